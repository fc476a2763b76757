"""A queue of keys to reconcile: each key once, never twice at the same time, sooner or later always.

Events only say *which* object to look at, so a hundred events about one object are one piece of work. A key added
while it is worked at is worked at once more afterwards, since what was read may be old by then. Work that fails
comes back later and later, with jitter, so that objects that failed together don't come back together; work that waits
for a moment asks for it by its result.

client-go: util/workqueue, whose rules these are.
"""

import asyncio
import contextlib
import heapq
import itertools
import logging
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

logger = logging.getLogger(__name__)

Key = TypeVar("Key")


@dataclass(frozen=True)
class Backoff:
    """How long a key waits after failing, in seconds: doubling from the first to the longest."""

    first: float = 0.5
    longest: float = 300.0
    jitter: float = 0.2
    """By which part of itself a wait is longer or shorter."""

    def wait(self, failures: int) -> float:
        """Return the wait after so many failures in a row."""
        exact = min(self.longest, self.first * 2.0 ** min(failures - 1, 30))
        return exact * random.uniform(1 - self.jitter, 1 + self.jitter)  # noqa: S311 - not for secrets


@dataclass(order=True)
class _Delayed(Generic[Key]):
    due: float
    number: int
    key: Key = field(compare=False)


class WorkQueue(Generic[Key]):
    """Runs a reconcile function for keys; `run` must be running.

    The function returns in how many seconds the key wants to be looked at again, or None.
    """

    def __init__(
        self,
        reconcile: Callable[[Key], Awaitable[float | None]],
        *,
        workers: int,
        backoff: Backoff = Backoff(),
    ) -> None:
        self._reconcile = reconcile
        self._workers = workers
        self._backoff = backoff
        self._waiting: dict[Key, float] = {}
        """When each key that waits was added, in order."""
        self._active: dict[Key, float] = {}
        self._again: set[Key] = set()
        self._failures: dict[Key, int] = {}
        self._delayed: list[_Delayed[Key]] = []
        self._due: dict[Key, float] = {}
        """The earliest moment at which each delayed key comes back; later entries of the heap are void."""
        self._numbers = itertools.count()
        self._ready = asyncio.Condition()
        self._clock = asyncio.get_running_loop().time

    async def add(self, key: Key) -> None:
        """Have a key looked at as soon as a worker is free."""
        async with self._ready:
            self._enqueue(key)

    async def add_after(self, key: Key, seconds: float) -> None:
        """Have a key looked at in so many seconds, unless it already is to be sooner."""
        async with self._ready:
            due = self._clock() + seconds
            if due < self._due.get(key, float("inf")):
                self._due[key] = due
                heapq.heappush(self._delayed, _Delayed(due, next(self._numbers), key))
                self._ready.notify_all()

    def forget(self, key: Key) -> None:
        """Forget a key's failures and appointments: its object is gone."""
        self._failures.pop(key, None)
        self._due.pop(key, None)

    @property
    def depth(self) -> int:
        """How many keys wait for a worker."""
        return len(self._waiting)

    @property
    def failing(self) -> int:
        """How many keys failed when they were last worked at."""
        return len(self._failures)

    def oldest(self) -> float:
        """Return for how long the key that waits, or is worked at, longest has done so, in seconds."""
        return max((self._clock() - since for since in (*self._waiting.values(), *self._active.values())), default=0.0)

    async def run(self) -> None:
        """Work until cancelled; what is being worked at then is cancelled, too, and has to bear that."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._release(), name="queue-delays")
            for number in range(self._workers):
                group.create_task(self._work(), name=f"queue-worker-{number}")

    def _enqueue(self, key: Key) -> None:
        if key in self._active:
            self._again.add(key)
        elif key not in self._waiting:
            self._waiting[key] = self._clock()
            self._ready.notify_all()

    async def _work(self) -> None:
        while True:
            async with self._ready:
                await self._ready.wait_for(lambda: bool(self._waiting))
                key = next(iter(self._waiting))
                del self._waiting[key]
                self._active[key] = self._clock()
            wait = await self._attempt(key)
            async with self._ready:
                del self._active[key]
                if key in self._again:
                    self._again.remove(key)
                    self._enqueue(key)
            if wait is not None:
                await self.add_after(key, wait)

    async def _attempt(self, key: Key) -> float | None:
        try:
            wait = await self._reconcile(key)
        except Exception:
            self._failures[key] = self._failures.get(key, 0) + 1
            wait = self._backoff.wait(self._failures[key])
            logger.exception("reconciling %s failed, trying again in %.1f s", key, wait)
            return wait
        self._failures.pop(key, None)
        return wait

    async def _release(self) -> None:
        while True:
            async with self._ready:
                now = self._clock()
                while self._delayed and self._delayed[0].due <= now:
                    delayed = heapq.heappop(self._delayed)
                    if self._due.get(delayed.key) == delayed.due:
                        del self._due[delayed.key]
                        self._enqueue(delayed.key)
                pause = self._delayed[0].due - now if self._delayed else None
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(pause):
                        await self._ready.wait()
