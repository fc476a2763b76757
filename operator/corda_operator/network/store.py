"""The log in Azure Storage: immutable blobs named by their hash, and one pointer, the head.

The head is the only blob that ever changes, and it changes only under its lease *and* with If-Match. So a replica that
lost its lease without knowing, or a write that arrives late, changes nothing; and a block that no head names never
happened. Nothing here is remembered between calls: `ledger` does that.
"""

import contextlib
from collections.abc import AsyncIterator

from corda_operator.azure.blobs import Blob, Container, ETag, LeaseId
from corda_operator.azure.errors import AlreadyExists, AzureError, NotFound
from corda_operator.corda.hashes import SecureHash
from corda_operator.network.log.blocks import Block, Location
from corda_operator.network.log.head import Head, SnapshotName
from corda_operator.network.log.snapshots import UnreadableSnapshotError

HEAD = "head"
LEASE_SECONDS = 15
"""The shortest that Azure grants: how long a replica that died keeps others from writing."""


class Store:
    """Reads and writes one consortium's blobs; every method raises `azure.errors.AzureError`."""

    def __init__(self, container: Container) -> None:
        self._container = container

    async def prepare(self) -> None:
        """Make sure that there is a container with a head; safe to be done by many at once."""
        try:
            await self._container.read(HEAD)
        except NotFound:
            # Whoever may only use a container must not be asked to make one, so this comes second.
            await self._container.create_if_absent()
            with contextlib.suppress(AlreadyExists):
                await self._container.create(HEAD, Head().encode(), content_type="application/json")

    async def head(self, unless: ETag | None = None) -> tuple[Head, ETag] | None:
        """Return the head, or None if it still has an ETag."""
        blob: Blob | None = await self._container.read(HEAD, unless=unless)
        return None if blob is None else (Head.decode(blob.data), blob.etag)

    async def replace_head(self, head: Head, etag: ETag, lease_id: LeaseId) -> ETag:
        """Replace the head that has an ETag, under its lease."""
        return await self._container.replace(
            HEAD, head.encode(), etag=etag, lease_id=lease_id, content_type="application/json"
        )

    @contextlib.asynccontextmanager
    async def leased(self, lease_id: LeaseId) -> AsyncIterator[LeaseId]:
        """Hold the head's lease, under an id of our own: a lease whose grant was not heard of is then no loss.

        Raises LeaseTaken. The lease ends by itself if it can't be given back.
        """
        await self._container.acquire_lease(HEAD, LEASE_SECONDS, lease_id=lease_id)
        try:
            yield lease_id
        finally:
            with contextlib.suppress(AzureError):
                await self._container.release_lease(HEAD, lease_id)

    async def renew(self, lease_id: LeaseId) -> None:
        """Prolong the lease."""
        await self._container.renew_lease(HEAD, lease_id)

    async def put_block(self, block: Block) -> None:
        """Write a block; to have written it before is fine."""
        await self._container.put_immutable(_block(block.hash), block.data)

    async def block(self, name: str) -> Block:
        """Return a block by its hash; raise UnreadableBlockError."""
        blob = await self._container.read(_block(name))
        return Block.decode(_present(blob).data, name)

    async def attachment(self, location: Location) -> bytes:
        """Return an attachment's bytes."""
        return await self._container.read_range(_block(location.block), location.offset, location.length)

    async def put_snapshot(self, sequence: int, data: bytes) -> SnapshotName:
        """Write a snapshot and return its name, for the next head."""
        name = SnapshotName(sequence=sequence, hash=str(SecureHash.of(data)))
        await self._container.put_immutable(_snapshot(name), data)
        return name

    async def snapshot(self, name: SnapshotName) -> bytes:
        """Return a snapshot's bytes; raise UnreadableSnapshotError if they're not what was written."""
        data = _present(await self._container.read(_snapshot(name))).data
        if str(SecureHash.of(data)) != name.hash:
            raise UnreadableSnapshotError(f"snapshot {name.hash} was altered")
        return data


def _block(name: str) -> str:
    return f"blocks/{name}"


def _snapshot(name: SnapshotName) -> str:
    return f"snapshots/{name.hash}"


def _present(blob: Blob | None) -> Blob:
    if blob is None:
        raise AssertionError("only a read that was asked to can find a blob unchanged")
    return blob
