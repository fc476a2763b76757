"""A replica's hold on the log: the state as of the last block that it knows to be durable.

`refresh` follows what others write, `commit` adds a block. What a commit did is never guessed: whatever way it fails,
the head is read again, and what stands there is what happened.
"""

import asyncio
import base64
import itertools
import logging
from collections.abc import Awaitable, Callable

from corda_operator.azure.blobs import ETag, LeaseId
from corda_operator.azure.errors import AzureError, NotFound
from corda_operator.network.log import snapshots
from corda_operator.network.log.blocks import Block, UnreadableBlockError
from corda_operator.network.log.head import Head, SnapshotName, UnreadableHeadError, statement
from corda_operator.network.log.snapshots import UnreadableSnapshotError
from corda_operator.network.log.state import State
from corda_operator.network.store import Store

logger = logging.getLogger(__name__)

Sign = Callable[[bytes], Awaitable[bytes]]
"""Returns the network map key's signature: ECDSA with SHA-256, DER."""


class NotCommittedError(Exception):
    """A block isn't part of the log; the ledger's state is what the log says."""


class UnreadableLogError(RuntimeError):
    """The log says what can't be or what this version doesn't know, it doesn't fit together, or it isn't there."""


class Ledger:
    """One replica's view of the log. `open` it before anything else."""

    def __init__(self, store: Store, on_change: Callable[[State], None] = lambda _: None) -> None:
        self.store = store
        self.state = State()
        self.head = Head()
        self.newest_snapshot: SnapshotName | None = None
        self._etag: ETag | None = None
        self._on_change = on_change
        self._turn = asyncio.Lock()
        self._tickets = itertools.count(1)
        self._covered = 0

    async def open(self) -> None:
        """Read the log as it is now."""
        await self.store.prepare()
        await self.refresh()

    async def refresh(self) -> None:
        """Catch up with the head as it is now; raise AzureError or UnreadableLogError.

        Whoever asks while others wait for their turn shares what the first of them finds.
        """
        ticket = next(self._tickets)
        async with self._turn:
            if self._covered < ticket:
                covering = next(self._tickets)
                await self._catch_up()
                self._covered = covering

    async def commit(self, block: Block, sign: Sign, lease_id: LeaseId) -> None:
        """Make a block, which follows `state`, the last of the log.

        Raises NotCommittedError if it is not, once that is certain, and AzureError as long as it isn't: then nothing
        may be told to anybody before `refresh` has succeeded.
        """
        async with self._turn:
            if self._etag is None:
                raise AssertionError("the ledger is not open")
            if block.header.previous != self.state.block:
                raise NotCommittedError(
                    f"block {block.sequence} was decided on after block {block.header.previous}, but another replica "
                    f"has written {self.state.block} since"
                )
            state = self.state.after(block)
            signature, _ = await asyncio.gather(
                sign(statement(block.sequence, block.hash)), self.store.put_block(block)
            )
            head = Head(
                sequence=block.sequence,
                block=block.hash,
                time=block.header.time,
                signature=base64.b64encode(signature).decode(),
                snapshot=self.newest_snapshot,
            )
            try:
                etag = await self.store.replace_head(head, self._etag, lease_id)
            except AzureError as error:
                await self._settle(block, error)
                return
            self._adopt(head, etag, state)

    async def snapshot(self) -> None:
        """Write the state as a snapshot, which the next head that this replica writes will name."""
        state = self.state
        data = await asyncio.to_thread(snapshots.encode, state)
        self._offer(await self.store.put_snapshot(state.sequence, data))

    def _offer(self, name: SnapshotName) -> None:
        if self.newest_snapshot is None or self.newest_snapshot.sequence < name.sequence:
            self.newest_snapshot = name

    async def _settle(self, block: Block, error: AzureError) -> None:
        await self._catch_up()
        if not await self._contains(block):
            raise NotCommittedError(f"block {block.sequence} was not written: {error}") from error
        logger.info("a write whose answer was lost has happened", extra={"block": block.hash})

    async def _contains(self, block: Block) -> bool:
        # Others may have written after it by now.
        name = self.head.block
        for _ in range(self.head.sequence - block.sequence):
            name = (await self.store.block(name)).header.previous
        return name == block.hash

    async def _catch_up(self) -> None:
        try:
            found = await self.store.head(unless=self._etag)
            if found is not None:
                await self._follow(*found)
        except (UnreadableHeadError, UnreadableBlockError) as error:
            raise UnreadableLogError(str(error)) from error

    async def _follow(self, head: Head, etag: ETag) -> None:
        if head.sequence < self.state.sequence:
            raise UnreadableLogError(
                f"the log went back from block {self.state.sequence} to block {head.sequence}: restored from a backup? "
                "Restart every replica once it is certain that this is what the log should be"
            )
        self._adopt(head, etag, await self._state(head))

    async def _state(self, head: Head) -> State:
        state = self.state
        if head.snapshot is not None and head.snapshot.sequence > state.sequence:
            state = await self._from_snapshot(head) or state
        missing: list[Block] = []
        name = head.block
        while head.sequence - len(missing) > state.sequence:
            try:
                missing.append(await self.store.block(name))
            except NotFound as error:
                raise UnreadableLogError(f"block {name}, which the log's head builds on, is not there") from error
            name = missing[-1].header.previous
        if name != state.block:
            raise UnreadableLogError(f"the log does not continue from block {state.block}: somebody rewrote it")
        return await asyncio.to_thread(_replay, state, missing) if len(missing) > 8 else _replay(state, missing)

    async def _from_snapshot(self, head: Head) -> State | None:
        if head.snapshot is None:
            return None
        try:
            data = await self.store.snapshot(head.snapshot)
            return await asyncio.to_thread(snapshots.decode, data)
        except (NotFound, UnreadableSnapshotError) as error:
            logger.warning("reading the whole log instead of a snapshot: %s", error)
            return None

    def _adopt(self, head: Head, etag: ETag, state: State) -> None:
        self.head, self._etag = head, etag
        self.state = state
        if head.snapshot is not None:
            self._offer(head.snapshot)
        self._on_change(state)


def _replay(state: State, blocks: list[Block]) -> State:
    for block in reversed(blocks):
        state = state.after(block)
    return state
