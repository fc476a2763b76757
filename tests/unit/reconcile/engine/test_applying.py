"""Only differences are written, and what can't be written holds up nothing else."""

import datetime
from typing import Any

import pytest

from corda_operator.reconcile.cluster import ChangedMeanwhileError, ClusterError
from corda_operator.reconcile.desired import Desired, Event, Manifest, Reference
from corda_operator.reconcile.engine.applying import Applier
from corda_operator.reconcile.engine.world import World
from corda_operator.reconcile.labels import FINALIZER
from tests.unit.reconcile.engine.api_server import ApiServer
from tests.unit.reconcile.engine.objects import DELETED, NAMESPACE, node, node_key, owned, reference

ALPHA = node_key("alpha")
NOW = datetime.datetime(2026, 12, 1, 12, tzinfo=datetime.UTC)


def config_map(name: str, **data: str) -> Manifest:
    """Return a wish."""
    wish = owned("ConfigMap", name, of=ALPHA, data=data)
    del wish["metadata"]["resourceVersion"], wish["metadata"]["uid"]
    return wish


def desired(*objects: Manifest, obsolete: tuple[Reference, ...] = (), **more: Any) -> Desired:
    return Desired(objects=objects, obsolete=obsolete, status={}, **more)


@pytest.fixture
def server() -> ApiServer:
    return ApiServer()


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def applier(server: ApiServer, world: World) -> Applier:
    world.put(server.put(node("alpha")))
    return Applier(server.cluster(), world, "operator-0")


async def test_what_is_not_there_is_applied_and_then_known(applier: Applier, server: ApiServer, world: World) -> None:
    assert (await applier.objects(desired(config_map("a", key="1"), config_map("b")))).written == 2
    assert server.writes == ["PATCH ConfigMap a", "PATCH ConfigMap b"]
    assert (world.get(reference(config_map("a"))) or {})["data"] == {"key": "1"}


async def test_what_is_as_wished_costs_no_call(applier: Applier, server: ApiServer) -> None:
    await applier.objects(desired(config_map("a", key="1")))
    server.calls.clear()
    assert (await applier.objects(desired(config_map("a", key="1")))).written == 0
    assert server.calls == []


async def test_only_what_differs_is_written(applier: Applier, server: ApiServer) -> None:
    await applier.objects(desired(config_map("a", key="1"), config_map("b", key="1")))
    server.calls.clear()
    await applier.objects(desired(config_map("a", key="1"), config_map("b", key="2")))
    assert server.writes == ["PATCH ConfigMap b"]


async def test_what_the_api_server_refuses_is_told_and_the_rest_is_applied(
    applier: Applier, server: ApiServer, world: World
) -> None:
    server.refused["ConfigMap", "a"] = "exceeded quota"
    applied = await applier.objects(desired(config_map("a"), config_map("b")))
    assert applied.refused == {reference(config_map("a")): "exceeded quota"}
    assert (applied.written, world.get(reference(config_map("a")))) == (1, None)


async def test_trouble_ends_the_attempt(applier: Applier, server: ApiServer) -> None:
    server.before = server.away
    with pytest.raises(ClusterError, match="does not answer"):
        await applier.objects(desired(config_map("a")))


async def test_nothing_is_written_by_an_operator_that_may_not(server: ApiServer, world: World) -> None:
    def fenced() -> None:
        raise ClusterError("another one is active")

    world.put(server.put(node("alpha")))
    applier = Applier(server.cluster(before_write=fenced), world, "operator-0")
    with pytest.raises(ClusterError, match="another one is active"):
        await applier.objects(desired(config_map("a")))
    with pytest.raises(ClusterError, match="another one is active"):
        await applier.finalizer(ALPHA, wanted=True)
    with pytest.raises(ClusterError, match="another one is active"):
        await applier.status(ALPHA, {"conditions": []})
    assert server.calls == []


async def test_what_is_obsolete_is_deleted(applier: Applier, server: ApiServer) -> None:
    await applier.objects(desired(config_map("a")))
    applied = await applier.objects(desired(obsolete=(reference(config_map("a")),)))
    assert (applied.written, server.get(reference(config_map("a")))) == (1, None)


async def test_another_object_of_the_same_name_is_not_deleted(applier: Applier, server: ApiServer) -> None:
    await applier.objects(desired(config_map("a")))
    other = config_map("a")
    other["metadata"]["uid"] = "another"
    server.drop(reference(other))
    server.put(other)
    applied = await applier.objects(desired(obsolete=(reference(other),)))
    assert applied.written == 0
    assert server.get(reference(other)) is not None


async def test_what_may_not_be_deleted_is_told_and_holds_up_nothing_else(applier: Applier, server: ApiServer) -> None:
    await applier.objects(desired(config_map("a"), config_map("b")))
    server.refused["ConfigMap", "a"] = "denied by policy"
    applied = await applier.objects(desired(obsolete=(reference(config_map("a")), reference(config_map("b")))))
    assert applied.refused == {reference(config_map("a")): "it can't be deleted: denied by policy"}
    assert applied.written == 1


async def test_the_finalizer_is_set_once_and_taken_away_once_and_others_stay(
    applier: Applier, server: ApiServer, world: World
) -> None:
    world.put(server.put(node("alpha", metadata={"finalizers": ["others.example.com/theirs"]})))
    assert await applier.finalizer(ALPHA, wanted=True)
    assert not await applier.finalizer(ALPHA, wanted=True)
    found = server.get(ALPHA.reference)
    assert found is not None
    assert found["metadata"]["finalizers"] == ["others.example.com/theirs", FINALIZER]
    assert await applier.finalizer(ALPHA, wanted=False)
    assert not await applier.finalizer(ALPHA, wanted=False)
    found = server.get(ALPHA.reference)
    assert found is not None
    assert found["metadata"]["finalizers"] == ["others.example.com/theirs"]


async def test_a_finalizer_that_somebody_else_adds_meanwhile_is_not_lost(applier: Applier, server: ApiServer) -> None:
    server.put(node("alpha", metadata={"finalizers": ["others.example.com/theirs"]}))
    with pytest.raises(ChangedMeanwhileError):
        await applier.finalizer(ALPHA, wanted=True)


async def test_a_status_is_written_only_if_it_is_another(applier: Applier, server: ApiServer, world: World) -> None:
    assert await applier.status(ALPHA, {"p2pAddress": "a:10002"})
    assert not await applier.status(ALPHA, {"p2pAddress": "a:10002"})
    assert server.writes == ["PUT CordaNode alpha status"]
    assert (world.get(ALPHA.reference) or {})["status"] == {"p2pAddress": "a:10002"}


async def test_a_status_of_what_has_gone_meanwhile_is_nothing_to_fail_for(applier: Applier, server: ApiServer) -> None:
    server.drop(ALPHA.reference)
    assert not await applier.status(ALPHA, {"p2pAddress": "a:10002"})


async def test_a_status_is_not_written_over_a_newer_version(applier: Applier, server: ApiServer) -> None:
    server.put(node("alpha", metadata={"labels": {"changed": "meanwhile"}}))
    with pytest.raises(ChangedMeanwhileError):
        await applier.status(ALPHA, {"p2pAddress": "a:10002"})


async def test_events_tell_of_the_resource_and_are_cut_to_what_kubernetes_takes(
    applier: Applier, server: ApiServer
) -> None:
    await applier.tell(ALPHA, (Event("Warning", "VaultAccessDenied", "x" * 5000),), NOW)
    (event,) = await server.cluster().find("v1", "Event", NAMESPACE)
    assert event["involvedObject"]["uid"] == "alpha-uid"
    assert (event["type"], event["reason"], len(event["message"])) == ("Warning", "VaultAccessDenied", 1024)


async def test_an_event_that_is_lost_is_no_harm(applier: Applier, server: ApiServer) -> None:
    server.before = server.away
    await applier.tell(ALPHA, (Event("Normal", "Ready", "it is"),), NOW)


async def test_nothing_is_told_of_what_is_not_known(applier: Applier, server: ApiServer) -> None:
    await applier.tell(node_key("gone"), (Event("Normal", "Ready", "it is"),), NOW)
    assert not await applier.finalizer(node_key("gone"), wanted=False)
    assert not await applier.status(node_key("gone"), {"conditions": []})
    assert server.calls == []


async def test_a_resource_that_is_being_deleted_keeps_its_place_in_the_world_until_it_has_gone(
    applier: Applier, server: ApiServer, world: World
) -> None:
    world.put(server.put(node("alpha", metadata={"finalizers": [FINALIZER], "deletionTimestamp": DELETED})))
    assert await applier.finalizer(ALPHA, wanted=False)
    assert world.get(ALPHA.reference) is not None
