"""The engine in this process, one life of it after another, and what it leaves in a namespace.

A life begins as a process does, knowing nothing: the world is what a listing shows. Killed, nothing of it is left.
"""

import asyncio
import contextlib
import re
import time
from collections.abc import AsyncIterator, Callable
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from kubernetes.aio import config
from kubernetes.aio.client import ApiClient, Configuration

from corda_operator.reconcile.cluster import ChangedMeanwhileError, Cluster
from corda_operator.reconcile.desired import Manifest, Reference
from corda_operator.reconcile.engine.applying import Applier
from corda_operator.reconcile.engine.keys import MANAGED, Key
from corda_operator.reconcile.engine.metrics import Metrics
from corda_operator.reconcile.engine.observing import Observer
from corda_operator.reconcile.engine.reconciler import Reconciler
from corda_operator.reconcile.engine.resync import OBJECTS, RESOURCES
from corda_operator.reconcile.engine.services import ServicesClient
from corda_operator.reconcile.engine.world import World
from corda_operator.reconcile.labels import WISH
from tests.integration.killing import Killed, Plan
from tests.unit.reconcile.node.world import SETTINGS

PATIENCE_SECONDS = 180.0
_OTHERS = ("creationTimestamp", "generation", "managedFields", "namespace", "resourceVersion", "uid")
"""Of an object's metadata: what the API server says."""
_OF_CHANCE = r"(-[a-z0-9]{8,10})?-[a-z0-9]{5}$"
"""The end of a pod's name."""
_ASSIGNED = ("clusterIP", "clusterIPs", "healthCheckNodePort", "volumeName")


_plan: ContextVar[Plan | None] = ContextVar("plan", default=None)
Answers = Callable[[str], bytes | None]
"""What network services say at a URL; None if it is none of theirs."""
_answers: ContextVar[Answers] = ContextVar("answers", default=lambda _: None)


class Canned:
    """An answer of network services that run nowhere."""

    def __init__(self, url: str, body: bytes) -> None:
        self.url = url
        self.status = 200
        self.reason = "OK"
        self._body = body

    async def __aenter__(self) -> "Canned":
        return self

    async def __aexit__(self, *_: object) -> None:
        pass

    async def iter_chunked(self, _: int) -> AsyncIterator[bytes]:
        """Yield the body."""
        yield self._body

    @property
    def content(self) -> "Canned":
        """What the body is read from."""
        return self

    def raise_for_status(self) -> None:
        """Do nothing: it is 200."""

    def close(self) -> None:
        """Do nothing."""


GENUINE = aiohttp.ClientSession._request


async def planned(session: aiohttp.ClientSession, method: str, url: Any, **options: Any) -> Any:
    """Stand in for `aiohttp.ClientSession._request`: go by the plan of the task that calls."""
    plan = _plan.get()
    chosen = plan is not None and plan.count(f"{method} {re.sub(r'[?].*', '', str(url))}")
    if plan is not None and chosen and not plan.after:
        raise Killed
    body = _answers.get()(str(url))
    answer: Any = await GENUINE(session, method, url, **options) if body is None else Canned(str(url), body)
    if chosen:
        answer.close()
        raise Killed
    return answer


@dataclass
class Namespace:
    """Where a test's resources are, and the way to them that is not the operator's."""

    cluster: Cluster
    name: str
    answers: Answers = lambda _: None

    async def create(self) -> None:
        """Have the namespace there, ready for pods."""
        self_reference = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": self.name}}
        await self.cluster._call("POST", "/api/v1/namespaces", self_reference)
        account = Reference("v1", "ServiceAccount", self.name, "default")
        await self.until(lambda: self.cluster.read(account), "a service account")

    async def put(self, manifest: Manifest) -> Manifest:
        """Apply a resource as a user does."""
        known = {**manifest, "metadata": {**manifest["metadata"], "namespace": self.name}}
        path = f"/apis/{known['apiVersion']}/namespaces/{self.name}"
        plural = {"Consortium": "consortia", "CordaNode": "cordanodes"}[known["kind"]]
        query = {"fieldManager": "user", "force": "true"}
        path = f"{path}/{plural}/{known['metadata']['name']}"

        async def applied() -> Manifest | None:
            # The API server may take its time with a definition that it has just established.
            return await self.cluster._call("PATCH", path, known, query, "application/apply-patch+yaml")

        found: Manifest = await self.until(applied, f"answer about {path}")
        return found

    async def until(self, what: Callable[[], Any], about: str) -> Any:
        """Wait for something and return it."""
        end = time.monotonic() + PATIENCE_SECONDS
        while not (found := await what()):
            assert time.monotonic() < end, f"there is no {about} in {self.name}"
            await asyncio.sleep(0.2)
        return found

    async def live(self, plan: Plan, keys: tuple[Key, ...], settled: Callable[[World], bool]) -> bool:
        """Work at resources, again and again, until the world is settled; tell whether this life was not killed."""

        async def life() -> bool:
            _answers.set(self.answers)
            end = time.monotonic() + PATIENCE_SECONDS
            async with aiohttp.ClientSession() as session:
                world = World()
                observer = Observer(world, self.cluster, ServicesClient(session))
                applier = Applier(self.cluster, world, "operator-0")
                reconciler = Reconciler(observer, applier, SETTINGS, Metrics())
                while True:
                    await self._look(world)
                    if settled(world):
                        return True
                    assert time.monotonic() < end, f"{self.name} does not settle: {self._standing(world)}"
                    _plan.set(plan)
                    for key in keys:
                        # As the queue does: what has changed meanwhile is looked at anew.
                        with contextlib.suppress(ChangedMeanwhileError):
                            await reconciler.reconcile(key)
                    _plan.set(None)
                    await asyncio.sleep(1)

        try:
            return await asyncio.create_task(life())
        except Killed:
            return False

    async def left(self) -> dict[str, Any]:
        """Return everything that is in the namespace and was not there before, without what differs from run to run."""
        found: dict[str, Any] = {}
        for api_version, kind in (*RESOURCES, *OBJECTS, ("v1", "Secret")):
            for each in await self.cluster.find(api_version, kind, self.name):
                name = each["metadata"]["name"]
                if name not in ("kube-root-ca.crt", "default"):
                    # Pods of one owner are alike, and only their number counts.
                    alike = f"{kind} {re.sub(_OF_CHANCE, '', name) if kind == 'Pod' else name}"
                    number = sum(known.startswith(f"{alike} #") for known in found)
                    found[f"{alike} #{number}"] = _plain(each, self.name)
        return found

    async def _look(self, world: World) -> None:
        """Make the world what a listing shows."""
        fresh: set[Reference] = set()
        for kind in (*RESOURCES, *OBJECTS):
            for each in await self.cluster.find(*kind, self.name, "" if kind in RESOURCES else MANAGED):
                world.put(each)
                fresh.add(Reference.of(each))
            for known in world.versions(*kind, self.name).keys() - fresh:
                world.drop(known)

    def _standing(self, world: World) -> str:
        return "; ".join(
            f"{key}: {each['type']} {each['status']} {each['reason']} {each['message']}"
            for key in world.resources()
            for each in (world.get(key.reference) or {}).get("status", {}).get("conditions", ())
        )


def _plain(manifest: Manifest, namespace: str) -> Any:
    metadata = {key: value for key, value in manifest["metadata"].items() if key not in _OTHERS}
    metadata["annotations"] = {
        key: value
        for key, value in metadata.get("annotations", {}).items()
        # Says what an object's owner was, among other things; and what controllers note of their own work.
        if key != WISH and not key.startswith(("deployment.", "pv.", "volume."))
    }
    metadata["ownerReferences"] = [{**each, "uid": ""} for each in metadata.get("ownerReferences", ())]
    if manifest["kind"] == "Pod":
        # What it is made of is its owner's template, and the rest is Kubernetes'.
        return {"annotations": metadata["annotations"]}
    spec = {key: value for key, value in manifest.get("spec", {}).items() if key not in _ASSIGNED}
    if manifest["kind"] == "Job":
        spec.pop("selector", None)
        spec["template"]["metadata"]["labels"] = {}
        metadata["labels"] = {}
    result = {"metadata": metadata, "spec": spec, "data": manifest.get("data")}
    if manifest["kind"] in ("Consortium", "CordaNode"):
        result["status"] = manifest.get("status")
    return _neutral(result, namespace)


def _neutral(value: Any, namespace: str) -> Any:
    if isinstance(value, dict):
        return {
            key: _neutral(each, namespace)
            for key, each in value.items()
            if key not in ("lastTransitionTime", "nodePort", "uid")
        }
    if isinstance(value, list):
        return [_neutral(each, namespace) for each in value]
    if isinstance(value, str):
        # Times of creation are part of the generation of the services' file.
        return re.sub(r"\b\d{10,}\b|\d{4}-\d\d-\d\dT[0-9:.]+Z", "<moment>", value.replace(namespace, "<namespace>"))
    return "<moment>" if isinstance(value, int) and value > 10**9 else value


@contextlib.asynccontextmanager
async def connected(kubeconfig: Path) -> AsyncIterator[Cluster]:
    """Give the way to an API server."""
    configuration = Configuration()
    await config.load_kube_config(str(kubeconfig), client_configuration=configuration)  # type: ignore[no-untyped-call]
    async with ApiClient(configuration) as client:
        yield Cluster(client)
