"""The one way by which this replica changes the log: a queue of proposals, committed in batches under one lease.

A proposal is a function that looks at the state and adds records. It runs under the head's lease, on the newest state,
together with all others that wait: what a hundred nodes publish at once costs one block, one signed map and one write
of the head. A proposal may run more than once, namely when its block wasn't written; it must decide anew each time.
Its caller hears of it only when the block is durable.

Replicas share the lease by giving it back: when nothing waits, and after `TENURE` seconds at the latest.
"""

import asyncio
import base64
import contextlib
import datetime
import logging
import random
import time
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from corda_operator.azure.blobs import LeaseId
from corda_operator.azure.errors import AzureError, LeaseTaken
from corda_operator.corda.hashes import SecureHash
from corda_operator.network.ledger import Ledger, NotCommittedError, Sign, UnreadableLogError
from corda_operator.network.listing import network_map
from corda_operator.network.log.blocks import Draft, Location
from corda_operator.network.log.records import (
    MapSigned,
    NodeInfoPublished,
    NodeRemoved,
    ParametersAdopted,
    Record,
    UpdateProposed,
    UpdateWithdrawn,
)
from corda_operator.network.log.state import State
from corda_operator.network.metrics import Metrics
from corda_operator.network.store import LEASE_SECONDS

logger = logging.getLogger(__name__)

T = TypeVar("T")
TENURE = 2.0
"""How long a replica with work keeps the lease from the others, in seconds."""
LINGER = 0.05
"""How long it keeps the lease for work that may yet come, in seconds."""
GATHER = 0.01
"""How long it waits for as many changes as were under way a moment ago, in seconds."""
BATCH = 256
SNAPSHOT_INTERVAL = 256
"""Blocks from one snapshot to the next."""

_LISTING = (NodeInfoPublished, NodeRemoved, UpdateProposed, UpdateWithdrawn, ParametersAdopted)


class RefusedError(Exception):
    """A proposal was looked at and refused; the message is for whoever made it."""


class BusyError(Exception):
    """Too much waits already, or Storage has not answered in time: try again later. Nothing is known to be lost."""


class Proposing:
    """What a proposal sees and what it adds."""

    def __init__(self, state: State, now: datetime.datetime) -> None:
        self.state = state.copy()
        """The newest state, with the effects of all that was proposed before in this batch."""
        self.now = now
        self.draft = Draft()

    def attach(self, data: bytes) -> int:
        """Add an attachment and return its index."""
        return self.draft.attach(data)

    def add(self, record: Record) -> None:
        """Add a record."""
        self.draft.records.append(record)
        self.state.apply(record, self, self.now)

    def attachment(self, index: int) -> bytes:
        """Return an attachment's bytes."""
        return self.draft.attachments[index]

    def location(self, index: int) -> Location:
        """Return a place in the block to be."""
        return Location("", index, 0)


Proposal = Callable[[Proposing], T]
"""Adds records; must raise RefusedError before it added any."""


@dataclass(frozen=True)
class _Waiting(Generic[T]):
    propose: Proposal[T]
    answer: asyncio.Future[T]


class Writer:
    """Commits proposals; `run` must be running."""

    def __init__(
        self,
        ledger: Ledger,
        sign: Sign,
        *,
        capacity: int = 2048,
        now: Callable[[], datetime.datetime] = lambda: datetime.datetime.now(datetime.UTC),
        metrics: Metrics | None = None,
    ) -> None:
        self._ledger = ledger
        self._sign = sign
        self._capacity = capacity
        self._now = now
        self._queue: deque[_Waiting[Any]] = deque()
        self._waiting_since = time.monotonic()
        self._metrics = metrics or Metrics()
        self._metrics.waiting.set_function(lambda: len(self._queue))
        self._work = asyncio.Event()
        self._lease_id = LeaseId(str(uuid.uuid4()))
        self._idle = asyncio.Event()
        self._idle.set()
        self._expected = 0
        self._snapshot: asyncio.Task[None] | None = None

    async def propose(self, proposal: Proposal[T], patience: float = 20.0) -> T:
        """Return what a proposal returned, once all it added is durable.

        Raises RefusedError as the proposal did, or BusyError after ``patience`` seconds.
        """
        if len(self._queue) >= self._capacity:
            raise BusyError(f"{len(self._queue)} changes wait for Storage already")
        if not self._queue:
            self._waiting_since = time.monotonic()
        answer: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._queue.append(_Waiting(proposal, answer))
        self._work.set()
        self._idle.clear()
        try:
            async with asyncio.timeout(patience):
                return await answer
        except TimeoutError:
            raise BusyError(f"Storage or Key Vault did not confirm the change within {patience:.0f} s") from None

    async def run(self) -> None:
        """Commit what is proposed, until cancelled."""
        failures = 0
        while True:
            await self._work.wait()
            try:
                await self._with_lease()
                failures = 0
            except LeaseTaken:
                self._metrics.asked_for_lease(granted=False)
                await asyncio.sleep(random.uniform(0.02, 0.08))  # noqa: S311
            except (AzureError, NotCommittedError, UnreadableLogError) as error:
                failures += 1
                logger.warning("could not write to the log, %d changes wait: %s", len(self._queue), error)
                await asyncio.sleep(min(5.0, 0.1 * 2**failures) * random.uniform(0.5, 1.0))  # noqa: S311
            self._forget_those_gone()

    async def drain(self, patience: float) -> None:
        """Refuse what is new and wait until all that was proposed is answered, but not longer than ``patience``."""
        self._capacity = 0
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await self._idle.wait()

    async def _with_lease(self) -> None:
        store = self._ledger.store
        async with store.leased(self._lease_id):
            begun = renewed = time.monotonic()
            self._metrics.asked_for_lease(granted=True)
            with self._metrics.holding_lease(begun - self._waiting_since):
                await self._ledger.refresh()
                while time.monotonic() - begun < TENURE and await self._has_work():
                    if time.monotonic() - renewed > LEASE_SECONDS / 3:
                        await store.renew(self._lease_id)
                        renewed = time.monotonic()
                    await self._gather()
                    await self._commit_batch()
        self._waiting_since = time.monotonic()
        if self._queue:
            # Others get their turn before this replica asks again.
            await asyncio.sleep(random.uniform(0.02, 0.1))  # noqa: S311

    async def _has_work(self) -> bool:
        if not self._queue:
            self._work.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LINGER):
                    await self._work.wait()
        return bool(self._queue)

    async def _gather(self) -> None:
        # Whoever was just answered comes again too late for a batch of those who waited meanwhile: without this, two
        # batches would take turns, at twice the cost.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GATHER):
                while len(self._queue) < self._expected:
                    self._work.clear()
                    await self._work.wait()
        self._work.set()

    async def _commit_batch(self) -> None:
        batch = self._take()
        try:
            results, proposing = self._decide(batch)
            if proposing.draft.records:
                with self._metrics.committing(len(results)):
                    await self._commit(proposing)
        except BaseException:
            # Whoever waits still does, ahead of all others.
            self._queue.extendleft(reversed([each for each in batch if not each.answer.done()]))
            self._work.set()
            raise
        for waiting, result in results:
            if not waiting.answer.done():
                waiting.answer.set_result(result)
        self._expected = len(batch) + len(self._queue)
        self._snapshot_if_due()

    def _take(self) -> list[_Waiting[Any]]:
        batch: list[_Waiting[Any]] = []
        while self._queue and len(batch) < BATCH:
            waiting = self._queue.popleft()
            if not waiting.answer.done():
                batch.append(waiting)
        return batch

    def _decide(self, batch: list[_Waiting[Any]]) -> tuple[list[tuple[_Waiting[Any], Any]], Proposing]:
        proposing = Proposing(self._ledger.state, self._now())
        results = []
        for waiting in batch:
            before = len(proposing.draft.records)
            try:
                results.append((waiting, waiting.propose(proposing)))
            except Exception as error:
                if not isinstance(error, RefusedError | BusyError):
                    logger.exception("a proposal failed")
                waiting.answer.set_exception(error)
                if len(proposing.draft.records) != before:
                    # Half a decision must not be written with the others, so these decide again without it.
                    return self._decide([each for each in batch if not each.answer.done()])
        return results, proposing

    async def _commit(self, proposing: Proposing) -> None:
        ledger, state = self._ledger, proposing.state
        last = []
        if state.parameters_hash is not None and any(isinstance(each, _LISTING) for each in proposing.draft.records):
            raw = network_map(state)
            signature = base64.b64encode(await self._sign(raw)).decode()
            last.append(MapSigned(hash=str(SecureHash.of(raw)), nodes=len(state.nodes), signature=signature))
        # After the state that was decided on: the ledger may have followed others since, if this replica stood still.
        block = proposing.draft.block(state.sequence + 1, state.block, proposing.now, last)
        await ledger.commit(block, self._sign, self._lease_id)

    def _snapshot_if_due(self) -> None:
        named = self._ledger.newest_snapshot
        behind = self._ledger.state.sequence - (0 if named is None else named.sequence)
        if behind >= SNAPSHOT_INTERVAL and (self._snapshot is None or self._snapshot.done()):
            self._snapshot = asyncio.create_task(self._write_snapshot())

    async def _write_snapshot(self) -> None:
        try:
            await self._ledger.snapshot()
        except AzureError as error:
            logger.warning("could not write a snapshot; replicas take longer to start: %s", error)

    def _forget_those_gone(self) -> None:
        self._queue = deque(each for each in self._queue if not each.answer.done())
        if not self._queue:
            self._work.clear()
            self._idle.set()
