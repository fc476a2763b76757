"""One attempt: what it writes, in which order, and what is left to the next one."""

import dataclasses
import datetime
from collections.abc import AsyncIterator

import aiohttp
import pytest

from corda_operator.reconcile.desired import Manifest, Reference
from corda_operator.reconcile.engine.applying import Applier
from corda_operator.reconcile.engine.metrics import Metrics
from corda_operator.reconcile.engine.observing import Observer
from corda_operator.reconcile.engine.reconciler import Reconciler
from corda_operator.reconcile.engine.services import ServicesClient
from corda_operator.reconcile.engine.world import World
from corda_operator.reconcile.labels import FINALIZER
from tests.unit.reconcile.engine.api_server import ApiServer, Call
from tests.unit.reconcile.engine.objects import DELETED, NAMESPACE, consortium, node, node_key, owned
from tests.unit.reconcile.node.world import SETTINGS

ALPHA = node_key("alpha")
NOW = datetime.datetime(2026, 12, 1, 12, tzinfo=datetime.UTC)
CLAIM = Reference("v1", "PersistentVolumeClaim", NAMESPACE, "alpha-data")


@dataclasses.dataclass
class Bench:
    """An API server, and the operator that works on it."""

    server: ApiServer
    world: World
    reconciler: Reconciler

    def status(self) -> dict[str, tuple[str, str]]:
        """Return status and reason of the node's conditions."""
        found = self.server.get(ALPHA.reference)
        assert found is not None
        return {each["type"]: (each["status"], each["reason"]) for each in found["status"]["conditions"]}

    def put(self, manifest: Manifest) -> None:
        """Have an object there and known."""
        self.world.put(self.server.put(manifest))


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with aiohttp.ClientSession() as session:
        server, world = ApiServer(), World()
        cluster = server.cluster()
        observer = Observer(world, cluster, ServicesClient(session))
        reconciler = Reconciler(observer, Applier(cluster, world, "operator-0"), SETTINGS, Metrics(), now=lambda: NOW)
        bench = Bench(server, world, reconciler)
        bench.put(consortium())
        bench.put(node("alpha"))
        yield bench


async def test_a_new_resource_gets_its_finalizer_first_then_objects_then_its_status_then_events(bench: Bench) -> None:
    await bench.reconciler.reconcile(ALPHA)
    writes = bench.server.writes
    assert writes[0] == "PATCH CordaNode alpha"
    status = writes.index("PUT CordaNode alpha status")
    assert all(each.startswith("PATCH") for each in writes[1:status])
    assert len(writes[1:status]) > 5
    assert all(each.startswith("POST Event") for each in writes[status + 1 :])


async def test_the_second_attempt_in_the_same_world_makes_no_call(bench: Bench) -> None:
    await bench.reconciler.reconcile(ALPHA)
    bench.server.calls.clear()
    assert await bench.reconciler.reconcile(ALPHA)
    assert bench.server.calls == []


async def test_what_has_gone_is_nothing_to_do(bench: Bench) -> None:
    assert await bench.reconciler.reconcile(node_key("gone")) is None
    assert bench.server.calls == []


async def test_a_refused_object_shows_in_the_status_of_the_same_attempt_and_goes_once_it_is_admitted(
    bench: Bench,
) -> None:
    bench.server.refused["StatefulSet", "alpha-node"] = "exceeded quota"
    await bench.reconciler.reconcile(ALPHA)
    assert bench.status()["ConfigurationApplied"] == ("False", "ApplyFailed")
    bench.server.refused.clear()
    await bench.reconciler.reconcile(ALPHA)
    assert bench.status()["ConfigurationApplied"][1] != "ApplyFailed"


async def test_a_refusal_that_stays_is_tried_again_without_a_new_status(bench: Bench) -> None:
    bench.server.refused["StatefulSet", "alpha-node"] = "exceeded quota"
    await bench.reconciler.reconcile(ALPHA)
    bench.server.calls.clear()
    await bench.reconciler.reconcile(ALPHA)
    assert bench.server.writes == ["PATCH StatefulSet alpha-node"]


async def test_a_resource_that_cannot_be_read_is_told_so_and_left_alone(bench: Bench) -> None:
    broken = node("alpha")
    del broken["spec"]["legalName"]
    bench.put(broken)
    await bench.reconciler.reconcile(ALPHA)
    assert bench.server.writes == ["PUT CordaNode alpha status"]
    assert bench.status() == {"Ready": ("False", "InvalidSpec"), "Stalled": ("True", "InvalidSpec")}
    bench.server.calls.clear()
    await bench.reconciler.reconcile(ALPHA)
    assert bench.server.calls == []


async def test_a_resource_that_cannot_be_read_can_be_deleted(bench: Bench) -> None:
    broken = node("alpha", metadata={"finalizers": [FINALIZER], "deletionTimestamp": DELETED})
    del broken["spec"]["legalName"]
    bench.put(broken)
    await bench.reconciler.reconcile(ALPHA)
    found = bench.server.get(ALPHA.reference)
    assert found is not None
    assert found["metadata"]["finalizers"] == []


async def test_a_node_that_is_deleted_keeps_its_finalizer_until_its_pod_has_ended(bench: Bench) -> None:
    await bench.reconciler.reconcile(ALPHA)
    pod = owned("Pod", "alpha-node-0", of=ALPHA, spec={"volumes": [], "containers": []}, status={})
    bench.put(pod)
    known = bench.server.get(ALPHA.reference)
    assert known is not None
    bench.put({**known, "metadata": {**known["metadata"], "deletionTimestamp": DELETED}})
    await bench.reconciler.reconcile(ALPHA)
    assert FINALIZER in (bench.server.get(ALPHA.reference) or {})["metadata"]["finalizers"]
    assert bench.server.get(Reference("apps/v1", "StatefulSet", NAMESPACE, "alpha-node")) is None

    for gone in (Reference("apps/v1", "StatefulSet", NAMESPACE, "alpha-node"), Reference.of(pod)):
        bench.world.drop(gone)
    await bench.reconciler.reconcile(ALPHA)
    assert (bench.server.get(ALPHA.reference) or {})["metadata"]["finalizers"] == []
    assert bench.server.get(CLAIM) is not None


async def test_a_restart_is_told_although_the_world_after_it_knows_nothing_of_it(bench: Bench) -> None:
    await bench.reconciler.reconcile(ALPHA)
    workload = bench.server.get(Reference("apps/v1", "StatefulSet", NAMESPACE, "alpha-node")) or {}
    outdated = {"corda-operator.io/intent": "of another configuration"}
    template = {**workload["spec"]["template"], "metadata": {"annotations": outdated}}
    pod = owned("Pod", "alpha-node-0", of=ALPHA, spec=template["spec"], status={})
    pod["metadata"]["annotations"] = outdated
    pod["metadata"]["labels"]["controller-revision-hash"] = "old"
    bench.put(pod)
    status = {"observedGeneration": 7, "updateRevision": "new"}
    bench.put({**workload, "metadata": {**workload["metadata"], "generation": 7}, "status": status})
    await bench.reconciler.reconcile(ALPHA)
    assert "DELETE Pod alpha-node-0" in bench.server.writes
    events = await bench.server.cluster().find("v1", "Event", NAMESPACE)
    assert [each["reason"] for each in events].count("Restarting") == 1


async def test_an_attempt_that_fails_is_counted_and_raised(bench: Bench) -> None:
    async def broken(call: Call) -> None:
        if call.subresource == "status":
            raise aiohttp.ClientConnectionError("lost")

    bench.server.before = broken
    with pytest.raises(Exception, match="does not answer"):
        await bench.reconciler.reconcile(ALPHA)
    counted = bench.reconciler.metrics.registry.get_sample_value(
        "corda_operator_reconciles_total", {"kind": "CordaNode", "result": "failed"}
    )
    assert counted == 1
