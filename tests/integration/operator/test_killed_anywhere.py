"""A reconcile that is killed at any of its calls leaves nothing that the next life of the operator can't go on from."""

import asyncio
import re
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest

from corda_operator.api.conditions import ConditionType, is_true
from corda_operator.api.consortium import Consortium
from corda_operator.reconcile.consortium.services_file import generation_of
from corda_operator.reconcile.desired import Manifest
from corda_operator.reconcile.engine.keys import CONSORTIUM_KIND, NODE_KIND, Key
from corda_operator.reconcile.engine.world import World
from local.cluster.place import Place
from tests.integration.killing import NEVER, Plan
from tests.integration.operator import life
from tests.integration.operator.life import Namespace, connected
from tests.unit.api.examples import example
from tests.unit.reconcile.consortium import world as founders
from tests.unit.reconcile.engine.served import Network

SIDE_BY_SIDE = 12
Story = Callable[[Namespace, Plan], Awaitable[list[dict[str, Any]]]]


@pytest.fixture(autouse=True)
def killing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have all HTTP calls of a life go by its plan."""
    monkeypatch.setattr(aiohttp.ClientSession, "_request", life.planned)


def joined() -> Manifest:
    """Return a Consortium whose services run elsewhere."""
    spec = {
        "identityManagerURL": "http://network.example.com",
        "networkMapURL": "http://network.example.com",
        "trustRoot": NETWORK.root_pem,
    }
    resource = example("elsewhere")
    return {**resource, "spec": {**resource["spec"], "joined": spec}}


def node(deletion_policy: str, **changes: Any) -> Manifest:
    """Return a node of it."""
    resource = example("bank-a")
    spec = {key: value for key, value in resource["spec"].items() if key not in ("nodePool", "zones")}
    spec |= {"consortiumRef": {"name": "elsewhere"}, "revocation": {"hardFail": False}, "storage": {"size": "1Gi"}}
    return {**resource, "spec": {**spec, "deletionPolicy": deletion_policy, **changes}}


NETWORK = Network()


async def node_story(namespace: Namespace, plan: Plan) -> list[dict[str, Any]]:
    """Create a node, change what it is started with, and delete it; return what there was after each."""
    node_key, network = Key(NODE_KIND, namespace.name, "bank-a"), Key(CONSORTIUM_KIND, namespace.name, "elsewhere")
    policy = "Keep" if plan.after else "Delete"
    namespace.answers = lambda url: NETWORK.pages.get(url.removeprefix("http://network.example.com"), None)

    def settled(world: World) -> bool:
        found = world.node(node_key)
        if found is None or not _settled(found):
            return False
        return _counted(world, network, nodes=1)

    async def deleted() -> None:
        await namespace.cluster.delete(node_key.reference)

    async def created() -> None:
        await namespace.put(joined())
        await namespace.put(node(policy))

    steps: list[tuple[Callable[[], Awaitable[object]], Callable[[World], bool]]] = [
        (created, settled),
        (lambda: namespace.put(node(policy, configuration={"sshd.port": 2222})), settled),
        (
            deleted,
            lambda world: (
                world.node(node_key) is None
                and {each.kind for each in world.owned(node_key)} <= {"PersistentVolumeClaim"}
                and _counted(world, network, nodes=0)
            ),
        ),
    ]
    return await _told(namespace, plan, (network, node_key), steps)


async def hosted_story(namespace: Namespace, plan: Plan) -> list[dict[str, Any]]:
    """Create a Consortium that is hosted here, change its services, and delete it."""
    key = Key(CONSORTIUM_KIND, namespace.name, "credit-records")
    resource: Manifest = example("credit-records")
    known: list[Consortium] = []

    def status(url: str) -> bytes | None:
        if not url.split("?")[0].endswith(":8081/status") or not known:
            return None
        created = known[-1].metadata.creation_timestamp
        assert created is not None
        generation = generation_of(known[-1], created)
        report = founders.report(generation=generation, replica_generation=generation)
        return report.model_dump_json(by_alias=True).encode()

    async def put(**changes: Any) -> None:
        hosted = {**resource["spec"]["hosted"], **changes}
        stored = await namespace.put({**resource, "spec": {**resource["spec"], "hosted": hosted}})
        known.append(Consortium.model_validate(stored))

    def settled(world: World) -> bool:
        found = world.consortium(*key[1:])
        deployment = next(iter(world.owned_of_kind(key, "Deployment")), {})
        rolled_out = deployment.get("status", {}).get("replicas") == deployment.get("spec", {}).get("replicas")
        return found is not None and _settled(found) and rolled_out and not world.owned_of_kind(key, "Job")

    async def deleted() -> None:
        await namespace.cluster.delete(key.reference)

    namespace.answers = status
    exposed = {**resource["spec"]["hosted"]["networkMap"], "replicas": 3, "exposure": {"type": "ClusterIP"}}
    steps: list[tuple[Callable[[], Awaitable[object]], Callable[[World], bool]]] = [
        (put, settled),
        (lambda: put(networkMap=exposed), settled),
        (deleted, lambda world: len(world) == 0),
    ]
    return await _told(namespace, plan, (key,), steps)


async def _told(
    namespace: Namespace,
    plan: Plan,
    keys: tuple[Key, ...],
    steps: list[tuple[Callable[[], Awaitable[object]], Callable[[World], bool]]],
) -> list[dict[str, Any]]:
    await namespace.create()
    left = []
    for change, settled in steps:
        await change()
        while not await namespace.live(plan, keys, settled):
            pass
        left.append(await namespace.left())
    return left


def _counted(world: World, key: Key, nodes: int) -> bool:
    """Tell whether a Consortium has counted its nodes."""
    found = world.consortium(key.namespace, key.name)
    return found is not None and found.status.nodes.available == nodes


def _settled(resource: Any) -> bool:
    conditions, generation = resource.status.conditions, resource.metadata.generation
    return (
        resource.status.observed_generation == generation
        and is_true(conditions, ConditionType.READY)
        and is_true(conditions, ConditionType.CONFIGURATION_APPLIED)
    )


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("story", [node_story, hosted_story], ids=["node", "consortium"])
async def test_a_life_that_is_killed_at_any_call_is_followed_by_one_that_ends_in_the_same_place(
    place: Place, story: Story, moment: str
) -> None:
    async with connected(place.kubeconfig) as cluster:
        gate = asyncio.Semaphore(SIDE_BY_SIDE)

        async def told(plan: Plan) -> list[dict[str, Any]]:
            async with gate:
                return await story(Namespace(cluster, f"killed-{uuid.uuid4().hex[:12]}"), plan)

        whole = Plan(NEVER, after=moment == "after")
        expected = await told(whole)
        assert len(expected[0]) > len(expected[2])
        plans = [Plan(number, after=moment == "after") for number in _moments(whole.calls)]
        found = await asyncio.gather(*(told(plan) for plan in plans))
        wrong = {
            f"{plan.calls[plan.at - 1]} ({step})": _difference(expected[step], left[step])
            for plan, left in zip(plans, found, strict=True)
            if plan.spent
            for step in range(len(expected))
            if left[step] != expected[step]
        }
        assert wrong == {}
        # How often something is waited for is not always the same, but most calls come in every life.
        assert sum(plan.spent for plan in plans) > len(plans) * 2 // 3


def _moments(calls: list[str]) -> list[int]:
    """Return at which calls to kill: the first and the last of those that are alike, as while something is awaited."""
    alike = [re.sub(r"killed-[0-9a-f]+|10[.][0-9.]+", "", call) for call in calls]
    first = {call: number for number, call in reversed(list(enumerate(alike, start=1)))}
    last = {call: number for number, call in enumerate(alike, start=1)}
    return sorted({*first.values(), *last.values()})


def _difference(expected: dict[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    names = sorted(expected.keys() | found.keys())
    return {name: (expected.get(name), found.get(name)) for name in names if expected.get(name) != found.get(name)}
