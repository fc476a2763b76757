"""The work queue, in real time but with waits of milliseconds."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from corda_operator.reconcile.queue import Backoff, WorkQueue

QUICK = Backoff(first=0.001, longest=0.004)


@contextlib.asynccontextmanager
async def running(
    reconcile: Callable[[str], Awaitable[float | None]], workers: int = 2
) -> AsyncIterator[WorkQueue[str]]:
    queue = WorkQueue(reconcile, workers=workers, backoff=QUICK)
    task = asyncio.create_task(queue.run())
    try:
        yield queue
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


class Recorder:
    """Reconciles by noting the key; holds work while ``gate`` is closed."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.active: list[str] = []
        self.together: set[str] = set()
        self.most = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self.results: dict[str, list[float | Exception | None]] = {}

    async def __call__(self, key: str) -> float | None:
        if key in self.active:
            self.together.add(key)
        self.active.append(key)
        self.most = max(self.most, len(self.active))
        await self.gate.wait()
        await asyncio.sleep(0)
        self.active.remove(key)
        self.done.append(key)
        results = self.results.get(key)
        result = results.pop(0) if results else None
        if isinstance(result, Exception):
            raise result
        return result

    async def reached(self, count: int) -> None:
        async with asyncio.timeout(5):
            while len(self.done) < count:
                await asyncio.sleep(0.001)


async def test_many_events_about_one_object_are_one_piece_of_work() -> None:
    work = Recorder()
    queue = WorkQueue(work, workers=1)
    for _ in range(100):
        await queue.add("a")
    assert queue.depth == 1


async def test_a_key_added_while_it_is_worked_at_is_worked_at_once_more() -> None:
    work = Recorder()
    work.gate.clear()
    async with running(work) as queue:
        await queue.add("a")
        while not work.active:
            await asyncio.sleep(0)
        for _ in range(5):
            await queue.add("a")
        work.gate.set()
        await work.reached(2)
        await asyncio.sleep(0.01)
    assert work.done == ["a", "a"]
    assert not work.together


async def test_keys_are_worked_at_side_by_side_but_by_no_more_than_the_workers() -> None:
    work = Recorder()
    work.gate.clear()
    async with running(work, workers=3) as queue:
        for key in "abcdef":
            await queue.add(key)
        while len(work.active) < 3:
            await asyncio.sleep(0)
        await asyncio.sleep(0.01)
        work.gate.set()
        await work.reached(6)
    assert work.most == 3


async def test_failed_work_comes_back_until_it_succeeds(caplog: pytest.LogCaptureFixture) -> None:
    work = Recorder()
    work.results["a"] = [RuntimeError("vault away"), RuntimeError("vault away"), None]
    async with running(work) as queue:
        await queue.add("a")
        await work.reached(2)
        assert queue.failing == 1
        await work.reached(3)
        await asyncio.sleep(0.02)
        assert queue.failing == 0
    assert work.done == ["a"] * 3
    assert "vault away" in caplog.text


async def test_one_failing_key_keeps_no_other_back() -> None:
    work = Recorder()
    work.results["bad"] = [RuntimeError("no")] * 1000
    async with running(work, workers=1) as queue:
        await queue.add("bad")
        await queue.add("good")
        async with asyncio.timeout(5):
            while "good" not in work.done:
                await asyncio.sleep(0.001)


async def test_work_that_waits_for_a_moment_is_looked_at_then() -> None:
    work = Recorder()
    work.results["a"] = [0.005, None]
    async with running(work) as queue:
        await queue.add("a")
        await work.reached(2)


async def test_the_earlier_of_two_appointments_counts_and_the_later_is_void() -> None:
    work = Recorder()
    async with running(work) as queue:
        await queue.add_after("a", 0.05)
        await queue.add_after("a", 0.005)
        await work.reached(1)
        await asyncio.sleep(0.08)
    assert work.done == ["a"]


async def test_what_is_gone_is_forgotten() -> None:
    work = Recorder()
    async with running(work) as queue:
        await queue.add_after("a", 0.01)
        queue.forget("a")
        await asyncio.sleep(0.03)
    assert work.done == []


async def test_waits_grow_to_the_longest_and_differ() -> None:
    backoff = Backoff(first=1, longest=60, jitter=0.2)
    assert 0.8 <= backoff.wait(1) <= 1.2
    assert 3.2 <= backoff.wait(3) <= 4.8
    assert 48 <= backoff.wait(100) <= 72
    assert len({backoff.wait(5) for _ in range(20)}) > 1


async def test_the_oldest_wait_is_told_also_for_work_that_hangs() -> None:
    work = Recorder()
    work.gate.clear()
    async with running(work) as queue:
        await queue.add("a")
        await asyncio.sleep(0.02)
        assert queue.depth == 0
        assert queue.oldest() >= 0.015
