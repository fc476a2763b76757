"""The credit-score network under test: records through its gateways, and what happens to its parts."""

import asyncio
import json
import secrets
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

from local.cluster.kubectl import Kubectl
from local.demo.application import Application, Applications, Record
from local.demo.architecture import BANK_A, BANK_B, BANKS, NODES
from local.demo.progress import Standing, everything

Object = dict[str, Any]
T = TypeVar("T")


class CreditScores:
    """A founder and two banks in a cluster, whose applications speak to their gateways."""

    def __init__(self, cluster: Kubectl, urls: Mapping[str, str]) -> None:
        self.cluster = cluster
        self.urls = dict(urls)
        self._threads = ThreadPoolExecutor(4)

    def get(self, namespace: str, kind: str, name: str) -> Object:
        """Return an object."""
        found: Object = json.loads(self.cluster.text("get", kind, name, f"--namespace={namespace}", "--output=json"))
        return found

    def patch(self, namespace: str, kind: str, name: str, spec: Object) -> None:
        """Change fields of a resource's spec."""
        change = f"--patch={json.dumps({'spec': spec})}"
        self.cluster.text("patch", kind, name, f"--namespace={namespace}", "--type=merge", change)

    def until(self, what: Callable[[], object], seconds: float, about: str) -> None:
        """Wait until something is so; tell how things stand if it does not become so."""
        end = time.monotonic() + seconds
        while not what():
            if time.monotonic() > end:
                raise AssertionError(f"{about} has not come within {seconds:.0f} s:\n{self.standing()}")
            time.sleep(1)

    def standing(self) -> str:
        """Return how things stand, for a failure."""
        lines = [f"{each.name}: {each.reason}: {each.message}" for each in everything(self.cluster)]
        pods = self.cluster.text("get", "pods", "--all-namespaces", "--output=wide")
        logs = self.cluster.text("logs", "deployment/gateway", f"--namespace={BANK_A}", "--tail=15", "--all-pods=true")
        return "\n".join((*lines, pods, logs))

    def wait_until_ready(self, seconds: float = 300) -> None:
        """Wait until all resources, and both gateways, are Ready."""

        def ready() -> bool:
            found = everything(self.cluster)
            return len(found) >= len(NODES) + 3 and all(each.ready for each in found)

        self.until(ready, seconds, "Ready of everything")
        for bank in BANKS:
            self.cluster.text("rollout", "status", "deployment/gateway", f"--namespace={bank}", "--timeout=300s")

    def stands(self, namespace: str, name: str) -> Standing:
        """Return how a CordaNode stands."""
        return next(each for each in everything(self.cluster) if each.name == f"{namespace}/cordanode/{name}")

    def write(self) -> Record:
        """Create a record of Bank A's and return it."""
        return self._call(BANK_A, lambda gateway: gateway.create(new(), secrets.token_hex(16)))

    def begin_to_write(self) -> "Future[Record]":
        """Begin to create a record of Bank A's."""
        return self._threads.submit(self.write)

    def update(self, record: Record, score: int, bank: str = BANK_A) -> Record:
        """Update a record and return it."""
        changes = {"score": score, "historyReference": "history-2"}
        return self._call(bank, lambda gateway: gateway.update(record, changes, secrets.token_hex(16)))

    def find(self, record: Record, bank: str = BANK_B) -> list[Record]:
        """Return what a bank has about a record's subject."""
        return self._call(bank, lambda gateway: gateway.find(record["subject"]))

    def share(self) -> Record:
        """Write a record, and wait until Bank B has it, once."""
        record = self.write()
        self.wait_for(record)
        return record

    def wait_for(self, record: Record, bank: str = BANK_B) -> None:
        """Wait until a bank has a version of a record, and see that it has it once."""
        wanted = (record["id"], record["version"], record["score"])

        def known() -> bool:
            return [(each["id"], each["version"], each["score"]) for each in self.find(record, bank)] == [wanted]

        # After an outage, Corda connects again after a minute at the longest.
        self.until(known, 120, f"record {record['subject']} at {bank}")

    def change_node(self, bank: str, name: str, changes: Object) -> None:
        """Change a node's spec, and wait until another pod is Ready with it."""
        uid = self.get(bank, "pod", f"{name}-node-0")["metadata"]["uid"]
        self.patch(bank, "cordanode", name, changes)

        def changed() -> bool:
            return self.stands(bank, name).ready and self._uid(bank, f"{name}-node-0") not in (None, uid)

        self.until(changed, 300, f"another pod of {bank}'s {name}")

    def _uid(self, namespace: str, pod: str) -> str | None:
        where = (pod, f"--namespace={namespace}", "--ignore-not-found", "--output=jsonpath={.metadata.uid}")
        return self.cluster.text("get", "pod", *where) or None

    @contextmanager
    def away(self, namespace: str, name: str) -> Iterator[None]:
        """Stop a node, and let its operator keep it so, for as long as the context lasts."""
        self.patch(namespace, "cordanode", name, {"paused": True})
        workload = (f"statefulset/{name}-node", f"--namespace={namespace}")
        try:
            self.cluster.text("scale", *workload, "--replicas=0")
            self.cluster.text(
                "wait", "--for=delete", f"pod/{name}-node-0", f"--namespace={namespace}", "--timeout=180s"
            )
            yield
        finally:
            self.patch(namespace, "cordanode", name, {"paused": False})

    def _call(self, bank: str, what: Callable[[Application], Coroutine[Any, Any, T]]) -> T:
        async def call() -> T:
            async with Applications(self.urls) as applications:
                return await what(applications.of(bank))

        return asyncio.run(call())


def new() -> Record:
    """Return what a record that nobody else writes is created with."""
    return {
        "subject": f"customer-{secrets.token_hex(6)}",
        "score": 500 + secrets.randbelow(400),
        "historyReference": "history-1",
        "counterparty": BANKS[BANK_B],
    }
