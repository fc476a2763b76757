"""Which news of the cluster has which resources looked at."""

import pytest

from corda_operator.reconcile.engine.keys import Key
from corda_operator.reconcile.engine.metrics import Metrics
from corda_operator.reconcile.engine.watching import Watcher, feed
from corda_operator.reconcile.engine.world import World
from corda_operator.reconcile.queue import WorkQueue
from tests.unit.reconcile.engine.objects import DELETED, NETWORK, consortium, node, node_key, owned, ready, with_status

ALPHA, BETA = node_key("alpha"), node_key("beta")
MEMBERS = [{"name": "bank-a", "organisation": "Bank A"}]


async def _nothing(_: Key) -> float | None:
    return None


class Queue(WorkQueue[Key]):
    """Notes what is added."""

    def __init__(self) -> None:
        super().__init__(_nothing, workers=1)
        self.woken: list[Key] = []
        self.later: dict[Key, float] = {}

    async def add(self, key: Key) -> None:
        self.woken.append(key)

    async def add_after(self, key: Key, seconds: float) -> None:
        self.later[key] = seconds

    def taken(self) -> list[Key]:
        """Return what was added since the last time, in order of names."""
        woken, self.woken, self.later = sorted({*self.woken, *self.later}), [], {}
        return woken


@pytest.fixture
async def queue() -> Queue:
    return Queue()


@pytest.fixture
async def world() -> World:
    return World()


@pytest.fixture
async def watcher(queue: Queue, world: World) -> Watcher:
    """A watcher that knows a Consortium of one member with two nodes."""
    watcher = Watcher(world, queue, Metrics())
    for manifest in (consortium(members=MEMBERS), node("alpha"), node("beta")):
        watcher.listed(manifest)
        await watcher.noticed(None, manifest)
    queue.taken()
    return watcher


async def test_a_first_listing_has_everything_looked_at_although_it_is_known_already(queue: Queue) -> None:
    watcher = Watcher(World(), queue, Metrics())
    for manifest in (node("alpha"), consortium()):
        watcher.listed(manifest)
    assert queue.taken() == []
    await watcher.noticed(None, node("alpha"))
    await watcher.noticed(None, consortium())
    assert queue.taken() == [NETWORK, ALPHA]


async def test_what_is_first_listed_while_it_changes_is_looked_at(queue: Queue) -> None:
    watcher = Watcher(World(), queue, Metrics())
    watcher.listed(node("alpha"))
    await watcher.noticed("MODIFIED", node("alpha"))
    assert ALPHA in queue.taken()


async def test_a_watch_that_begins_anew_has_what_it_lists_looked_at(watcher: Watcher, queue: Queue) -> None:
    await watcher.noticed(None, node("alpha"))
    assert queue.taken() == [ALPHA]


async def test_the_echo_of_what_the_operator_wrote_wakes_nobody(watcher: Watcher, queue: Queue, world: World) -> None:
    written = owned("ConfigMap", "files", 9, of=ALPHA)
    world.put(written)
    await watcher.noticed("MODIFIED", written)
    reported = with_status(node("alpha"), 10, p2pAddress="alpha.bank:10002")
    world.put(reported)
    await watcher.noticed("MODIFIED", reported)
    assert queue.taken() == []


async def test_a_node_that_the_operator_reported_ready_is_counted_by_its_consortium(
    watcher: Watcher, queue: Queue, world: World
) -> None:
    world.put(ready(10, node("alpha")))
    await watcher.noticed("MODIFIED", ready(10, node("alpha")))
    assert queue.taken() == [NETWORK]


async def test_facts_that_the_operator_reported_of_a_consortium_wake_its_nodes(
    watcher: Watcher, queue: Queue, world: World
) -> None:
    reported = with_status(consortium(members=MEMBERS), 10, parameters={"epoch": 2, "hash": "CD" * 32})
    world.put(reported)
    await watcher.noticed("MODIFIED", reported)
    assert queue.taken() == [ALPHA, BETA]


async def test_news_older_than_what_is_known_wakes_nobody(watcher: Watcher, queue: Queue) -> None:
    await watcher.noticed("ADDED", owned("ConfigMap", "files", 9, of=ALPHA))
    queue.taken()
    await watcher.noticed("MODIFIED", owned("ConfigMap", "files", 8, of=ALPHA))
    assert queue.taken() == []


@pytest.mark.parametrize("kind", ["ConfigMap", "Pod", "Service", "StatefulSet", "PersistentVolumeClaim"])
async def test_an_object_that_came_changed_or_went_wakes_its_owner_alone(
    watcher: Watcher, queue: Queue, kind: str
) -> None:
    for version, change in enumerate(("ADDED", "MODIFIED", "DELETED"), start=5):
        await watcher.noticed(change, owned(kind, "some", version, of=ALPHA))
        assert queue.taken() == [ALPHA], change


async def test_an_object_that_is_not_ours_wakes_nobody(watcher: Watcher, queue: Queue) -> None:
    await watcher.noticed("ADDED", owned("ConfigMap", "stray"))
    assert queue.taken() == []


async def test_a_consortiums_facts_wake_its_nodes(watcher: Watcher, queue: Queue) -> None:
    await watcher.noticed("MODIFIED", consortium(2, members=[*MEMBERS, {"name": "b", "organisation": "B"}]))
    assert queue.taken() == [NETWORK, ALPHA, BETA]
    facts = with_status(consortium(members=MEMBERS), 3, parameters={"epoch": 2, "hash": "CD" * 32})
    await watcher.noticed("MODIFIED", facts)
    assert queue.taken() == [NETWORK, ALPHA, BETA]


async def test_what_does_not_concern_its_nodes_wakes_a_consortium_alone(watcher: Watcher, queue: Queue) -> None:
    await watcher.noticed("MODIFIED", ready(2, consortium(members=MEMBERS)))
    assert queue.taken() == [NETWORK]


async def test_a_consortium_that_comes_or_goes_wakes_the_nodes_that_name_it(watcher: Watcher, queue: Queue) -> None:
    await watcher.noticed("DELETED", consortium(5, members=MEMBERS))
    assert queue.taken() == [NETWORK, ALPHA, BETA]
    await watcher.noticed("ADDED", consortium(6, members=MEMBERS))
    assert queue.taken() == [NETWORK, ALPHA, BETA]


async def test_a_node_that_becomes_ready_is_counted_by_its_consortium_soon(watcher: Watcher, queue: Queue) -> None:
    await watcher.noticed("MODIFIED", ready(2, node("alpha")))
    assert queue.later == {NETWORK: 1.0}
    assert queue.taken() == [NETWORK, ALPHA]
    await watcher.noticed("MODIFIED", ready(3, node("alpha")))
    assert queue.taken() == [ALPHA]


async def test_a_node_that_leaves_wakes_its_consortium(watcher: Watcher, queue: Queue) -> None:
    leaving = node("beta", 2, metadata={"deletionTimestamp": DELETED})
    await watcher.noticed("MODIFIED", leaving)
    assert NETWORK in queue.taken()
    await watcher.noticed("ADDED", owned("Pod", "beta-node-0", 5, of=BETA))
    queue.taken()
    await watcher.noticed("DELETED", owned("Pod", "beta-node-0", 6, of=BETA))
    assert queue.taken() == [NETWORK, BETA]


async def test_the_end_of_a_pod_that_comes_back_does_not_wake_the_consortium(watcher: Watcher, queue: Queue) -> None:
    await watcher.noticed("ADDED", owned("Pod", "beta-node-0", 5, of=BETA))
    await watcher.noticed("DELETED", owned("Pod", "beta-node-0", 6, of=BETA))
    assert queue.taken() == [BETA]


async def test_the_first_node_of_a_member_is_woken_when_another_one_is_exposed_otherwise(
    watcher: Watcher, queue: Queue
) -> None:
    await watcher.noticed("MODIFIED", node("beta", 2, rpc={"exposure": {"type": "None"}}))
    assert queue.taken() == [ALPHA, BETA]
    await watcher.noticed("MODIFIED", node("beta", 3, rpc={"exposure": {"type": "None"}}, paused=True))
    assert queue.taken() == [BETA]


async def test_the_next_node_of_a_member_takes_over_its_service_from_one_that_leaves(
    watcher: Watcher, queue: Queue
) -> None:
    await watcher.noticed("MODIFIED", node("alpha", 2, metadata={"deletionTimestamp": DELETED}))
    assert BETA in queue.taken()
    await watcher.noticed("DELETED", node("alpha", 3, metadata={"deletionTimestamp": DELETED}))
    assert ALPHA in queue.taken()


async def test_a_members_service_that_somebody_edits_wakes_one_of_its_nodes(watcher: Watcher, queue: Queue) -> None:
    service = owned("Service", "elsewhere-bank-a", 9, labels={"corda-operator.io/member": "bank-a"})
    await watcher.noticed("MODIFIED", service)
    assert queue.taken() == [ALPHA]
    service = owned("Service", "elsewhere-other", 9, labels={"corda-operator.io/member": "other"})
    await watcher.noticed("MODIFIED", service)
    assert queue.taken() == []


async def test_a_trust_root_that_is_made_wakes_the_nodes_that_wait_for_it(watcher: Watcher, queue: Queue) -> None:
    labels = {"app.kubernetes.io/component": "trust-root"}
    await watcher.noticed("ADDED", owned("ConfigMap", "root", 5, of=NETWORK, labels=labels))
    assert queue.taken() == [NETWORK, ALPHA, BETA]
    await watcher.noticed("ADDED", owned("ConfigMap", "services", 6, of=NETWORK))
    assert queue.taken() == [NETWORK]
    await watcher.noticed("ADDED", owned("Job", "root", 7, of=NETWORK, labels=labels))
    assert queue.taken() == [NETWORK]


async def test_a_resource_that_cannot_be_read_is_looked_at_too(watcher: Watcher, queue: Queue) -> None:
    broken = node("alpha", 2)
    del broken["spec"]["legalName"]
    await watcher.noticed("MODIFIED", broken)
    assert ALPHA in queue.taken()


@pytest.mark.usefixtures("watcher")
async def test_all_resources_are_fed_spread_over_time_consortia_first(queue: Queue, world: World) -> None:
    await feed(queue, world, over=30)
    assert queue.later == {NETWORK: 0, ALPHA: 10, BETA: 20}
