"""The credit-score network under test: records through its gateways, and what happens to its parts."""

import asyncio
import json
import secrets
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar

from local.cluster.kubectl import Kubectl
from local.demo.application import Application, Applications, Record
from local.demo.architecture import BANK_A, BANK_B, BANKS, CONSORTIUM, NAMESPACES, NODES
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
        resources = everything(self.cluster, (*NAMESPACES, "bank-c"))
        lines = [f"{each.name}: {each.reason}: {each.message}" for each in resources]
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

    def write(self, bank: str = BANK_A, counterparty: str = BANKS[BANK_B]) -> Record:
        """Create a record and return it."""
        return self._call(bank, lambda gateway: gateway.create(new(counterparty), secrets.token_hex(16)))

    def begin_to_write(self, bank: str = BANK_A) -> "Future[Record]":
        """Begin to create a record."""
        return self._threads.submit(self.write, bank)

    def update(self, record: Record, score: int, bank: str = BANK_A) -> Record:
        """Update a record and return it."""
        changes = {"score": score, "historyReference": "history-2"}
        return self._call(bank, lambda gateway: gateway.update(record, changes, secrets.token_hex(16)))

    def find(self, record: Record, bank: str = BANK_B) -> list[Record]:
        """Return what a bank has about a record's subject."""
        return self._call(bank, lambda gateway: gateway.find(record["subject"]))

    def share(self, counterparty: str = BANK_B) -> Record:
        """Write a record, and wait until the other bank has it, once."""
        record = self.write(counterparty=organisation_of(counterparty))
        self.wait_for(record, counterparty)
        return record

    def connect_all(self) -> None:
        """Write through every node of Bank A until all nodes have what was written, so that all connections stand."""
        through: dict[str, Record] = {}

        def written() -> bool:
            record = self.share()
            through[record["node"]] = record
            return len(through) == 2

        self.until(written, 300, "a record through each node of Bank A")
        for record in through.values():
            known = partial(self._known_in_turn, record)
            self.until(known, 120, "the record at both nodes of Bank A")

    def _known_in_turn(self, record: Record) -> bool:
        """Return whether four calls find a record, for which the gateway asks the nodes in turn."""
        return all(self.find(record, BANK_A) for _ in range(4))

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


def new(counterparty: str) -> Record:
    """Return what a record that nobody else writes is created with."""
    return {
        "subject": f"customer-{secrets.token_hex(6)}",
        "score": 500 + secrets.randbelow(400),
        "historyReference": "history-1",
        "counterparty": counterparty,
    }


def organisation_of(bank: str) -> str:
    """Return the organisation of a namespace: bank-b is Bank B's."""
    return BANKS.get(bank) or " ".join(word.capitalize() for word in bank.split("-"))


SERVICES = f"{CONSORTIUM}-network"
"""The Deployment of identity manager and network map, in the founder's namespace."""
