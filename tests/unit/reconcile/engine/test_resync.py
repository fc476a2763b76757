"""What a watch has missed is found, and a watch that misses again and again is found out; in simulated time."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from corda_operator.reconcile.engine.keys import Key
from corda_operator.reconcile.engine.metrics import Metrics
from corda_operator.reconcile.engine.resync import OBJECTS, RESOURCES, Resync
from corda_operator.reconcile.engine.watching import Watcher
from corda_operator.reconcile.engine.world import World
from corda_operator.reconcile.queue import WorkQueue
from tests.unit.network.simulated_time import simulated
from tests.unit.reconcile.engine.api_server import ApiServer, Call
from tests.unit.reconcile.engine.objects import NAMESPACE, NETWORK, consortium, node, node_key, owned, reference

ALPHA = node_key("alpha")
FILES = owned("ConfigMap", "files", of=ALPHA)


class Operator:
    """The parts that keep the world, with a queue that notes what it is given to do."""

    def __init__(self, *namespaces: str) -> None:
        self.server = ApiServer()
        self.world = World()
        self.done: list[Key] = []
        self.queue = WorkQueue(self._noted, workers=2)
        metrics = Metrics()
        self.watcher = Watcher(self.world, self.queue, metrics)
        cluster = self.server.cluster()
        self.resync = Resync(cluster, self.world, self.watcher, self.queue, metrics, namespaces or (None,), 600)
        self.metrics = metrics

    async def _noted(self, key: Key) -> float | None:
        self.done.append(key)
        return None

    async def seen(self, manifest: Any) -> None:
        """Have an object there which the watch brings."""
        await self.watcher.noticed("ADDED", self.server.put(manifest))

    async def settled(self) -> list[Key]:
        """Return what the queue was given, once it has done all of it."""
        await asyncio.sleep(100)
        done, self.done = self.done, []
        return done

    @property
    def missed(self) -> float:
        """How many changes were missed."""
        found = (
            self.metrics.registry.get_sample_value("corda_operator_missed_changes_total", {"kind": kind})
            for _, kind in (*RESOURCES, *OBJECTS)
        )
        return sum(each or 0 for each in found)


def living(test: Callable[[Operator], Coroutine[Any, Any, None]], *namespaces: str) -> None:
    """Run a test with an operator that has seen a Consortium, a node, and what that owns."""

    async def main() -> None:
        operator = Operator(*namespaces)
        work = asyncio.create_task(operator.queue.run())
        for manifest in (consortium(), node("alpha"), FILES):
            await operator.seen(manifest)
        await operator.settled()
        await test(operator)
        work.cancel()

    simulated(main)


def test_a_quiet_world_brings_no_event_and_has_everything_looked_at() -> None:
    async def test(operator: Operator) -> None:
        await operator.resync.once()
        assert await operator.settled() == [NETWORK, ALPHA]
        assert (operator.missed, operator.resync.dead()) == (0, [])

    living(test)


def test_a_change_that_the_watch_missed_is_taken_in() -> None:
    async def test(operator: Operator) -> None:
        operator.server.put({**FILES, "data": {"changed": "by hand"}})
        operator.server.put(node("beta"))
        await operator.resync.once()
        assert node_key("beta") in await operator.settled()
        assert (operator.world.get(reference(FILES)) or {})["data"] == {"changed": "by hand"}
        assert operator.missed == 2

    living(test)


def test_a_deletion_that_the_watch_missed_is_taken_in() -> None:
    async def test(operator: Operator) -> None:
        operator.server.drop(reference(FILES))
        await operator.resync.once()
        assert operator.world.get(reference(FILES)) is None
        assert ALPHA in await operator.settled()
        assert operator.missed == 1

    living(test)


def test_what_was_deleted_and_made_again_in_a_gap_is_known_as_the_new_one() -> None:
    async def test(operator: Operator) -> None:
        operator.server.drop(reference(FILES))
        operator.server.put({**FILES, "metadata": {**FILES["metadata"], "uid": "new"}})
        await operator.resync.once()
        assert operator.world.uid(reference(FILES)) == "new"

    living(test)


def test_a_watch_that_is_only_some_seconds_behind_has_missed_nothing() -> None:
    async def test(operator: Operator) -> None:
        changed = operator.server.put({**FILES, "data": {"a": "1"}})
        operator.server.drop(NETWORK.reference)
        late = asyncio.create_task(_late(operator, changed))
        await operator.resync.once()
        await late
        assert (operator.missed, operator.resync.dead()) == (0, [])

    async def _late(operator: Operator, changed: Any) -> None:
        await asyncio.sleep(5)
        await operator.watcher.noticed("DELETED", consortium(9999))
        await operator.watcher.noticed("MODIFIED", changed)

    living(test)


def test_what_comes_and_goes_during_the_listing_was_not_missed() -> None:
    async def test(operator: Operator) -> None:
        short = operator.server.put(owned("Pod", "short", of=ALPHA))

        async def gone() -> None:
            await asyncio.sleep(5)
            operator.server.drop(reference(short))

        going = asyncio.create_task(gone())
        await operator.resync.once()
        await going
        assert operator.missed == 0

    living(test)


@pytest.mark.parametrize("namespaces", [(), (NAMESPACE, "another")], ids=["all namespaces", "some"])
def test_a_watch_that_misses_changes_again_and_again_is_found_out_until_it_brings_them(
    namespaces: tuple[str, ...],
) -> None:
    async def test(operator: Operator) -> None:
        for number in range(2):
            assert operator.resync.dead() == []
            operator.server.put({**FILES, "data": {"number": str(number)}})
            await operator.resync.once()
        assert operator.resync.dead() == ["ConfigMap"]
        await operator.resync.once()
        assert operator.resync.dead() == []

    living(test, *namespaces)


def test_an_api_server_that_is_away_for_one_listing_ends_nothing() -> None:
    async def test(operator: Operator) -> None:
        running = asyncio.create_task(operator.resync.run())
        operator.server.before = operator.server.away
        await asyncio.sleep(1000)
        operator.server.before = ApiServer.before
        operator.server.put(node("beta"))
        await asyncio.sleep(1000)
        assert not running.done()
        assert operator.world.node(node_key("beta")) is not None
        running.cancel()

    living(test)


def test_nothing_is_written_and_only_what_is_ours_is_listed() -> None:
    async def test(operator: Operator) -> None:
        operator.server.put(
            {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"namespace": NAMESPACE, "name": "theirs"}}
        )
        operator.server.calls.clear()
        await operator.resync.once()
        assert operator.server.writes == []
        assert {call.kind for call in operator.server.calls} == {kind for _, kind in (*RESOURCES, *OBJECTS)}
        assert operator.missed == 0

    living(test)


def test_a_listing_that_lasts_does_not_hold_up_the_news() -> None:
    async def test(operator: Operator) -> None:
        async def slow(_: Call) -> None:
            await asyncio.sleep(20)

        operator.server.before = slow
        listing = asyncio.create_task(operator.resync.once())
        await operator.watcher.noticed("ADDED", operator.server.put(node("beta")))
        await asyncio.sleep(1)
        assert node_key("beta") in operator.done
        assert not listing.done()
        await listing

    living(test)
