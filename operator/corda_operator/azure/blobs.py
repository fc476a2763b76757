"""A container of blobs with what a store needs that several processes share: ETags and leases.

azure: "Specifying conditional headers for Blob service operations", "Lease Blob".
"""

import uuid
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NewType, Protocol

from azure.core import MatchConditions
from azure.core.credentials_async import AsyncTokenCredential
from azure.core.exceptions import HttpResponseError
from azure.core.pipeline.transport import AsyncHttpTransport
from azure.storage.blob import ContentSettings
from azure.storage.blob.aio import BlobClient, BlobLeaseClient, ContainerClient, LinearRetry

from corda_operator.azure.errors import AlreadyExists, Conflict, LeaseLost
from corda_operator.azure.translation import Call, Effect, translated

ETag = NewType("ETag", str)
"""A version of a blob, as the service gave it, with its quotes."""
LeaseId = NewType("LeaseId", str)

BYTES = "application/octet-stream"
_SECONDS = 10.0
_CLIENTS = 64
_ROLE = "the role Storage Blob Data Contributor"
_UNCHANGED, _BEYOND_THE_END = 304, 416


@dataclass(frozen=True)
class Blob:
    """A blob's content and the version that it is of."""

    data: bytes
    etag: ETag


class Container(Protocol):
    """A container of blobs. ``within`` is the time that a call may take in all, in seconds.

    Every call may raise Unavailable and AccessDenied; those that write raise Unavailable only if they had no
    effect, else its subclass OutcomeUnknown. Nobody but ``put_immutable`` and the lease calls sends a write twice.
    """

    async def create_if_absent(self, *, within: float = _SECONDS) -> None:
        """Make the container unless it is there."""
        ...

    async def read(self, name: str, *, unless: ETag | None = None, within: float = _SECONDS) -> Blob | None:
        """Return a blob, or None if it is still of the version ``unless``. Raises NotFound."""
        ...

    async def read_range(self, name: str, offset: int, length: int, *, within: float = _SECONDS) -> bytes:
        """Return ``data[offset:offset + length]``, so less or nothing at the end. Raises NotFound."""
        ...

    async def create(self, name: str, data: bytes, *, content_type: str = BYTES, within: float = _SECONDS) -> ETag:
        """Write a blob that must not be there yet. Raises AlreadyExists, NotFound (no container), OutcomeUnknown."""
        ...

    async def put_immutable(self, name: str, data: bytes, *, content_type: str = BYTES, within: float = 30.0) -> ETag:
        """Write a blob whose name stands for its content; that it is there with that content is success.

        Raises Conflict if it is there with another content, NotFound (no container), OutcomeUnknown. May be repeated.
        """
        ...

    async def replace(
        self,
        name: str,
        data: bytes,
        *,
        etag: ETag,
        lease_id: LeaseId,
        content_type: str = BYTES,
        within: float = _SECONDS,
    ) -> ETag:
        """Replace a blob if it is of a version and leased to the caller. Tried once.

        Raises PreconditionFailed, LeaseLost, NotFound, OutcomeUnknown. Whichever of the two conditions fails first
        is the service's choice.
        """
        ...

    async def acquire_lease(
        self, name: str, seconds: int, *, lease_id: LeaseId | None = None, within: float = _SECONDS
    ) -> LeaseId:
        """Lease a blob for 15 to 60 seconds, which count from when this was called. Raises LeaseTaken, NotFound.

        Whoever brings an id (a UUID) of its own gets a lease again that it has already. Without one the lease may,
        after OutcomeUnknown, be held by an id that nobody knows, until it expires.
        """
        ...

    async def renew_lease(self, name: str, lease_id: LeaseId, *, within: float = _SECONDS) -> None:
        """Begin a lease's time anew, counted from when this was called. Raises LeaseLost, NotFound.

        A lease that expired can be renewed if nobody has leased or written the blob since.
        """
        ...

    async def release_lease(self, name: str, lease_id: LeaseId, *, within: float = _SECONDS) -> None:
        """Give a lease back; that it is not held any more is success. Raises NotFound."""
        ...

    def list(self, prefix: str = "", *, within: float = _SECONDS) -> AsyncIterator[str]:
        """Give the names of the blobs whose names begin so, in order; ``within`` is for each page of up to 5000."""
        ...


class AzureContainer:
    """A Container in Azure Storage. Made by AzureSession, which closes what is beneath.

    Meant for blobs of a few MiB: up to 64 MiB are sent in one request, as one piece of the event loop's work.
    """

    def __init__(
        self, account_url: str, name: str, credential: AsyncTokenCredential, transport: AsyncHttpTransport[Any, Any]
    ) -> None:
        self.name = name
        self._where = f"{account_url}/{name}"
        options: dict[str, Any] = {"credential": credential, "transport": transport}
        patient = LinearRetry(backoff=1, random_jitter_range=1, retry_total=3)
        self._patient = ContainerClient(account_url, name, retry_policy=patient, **options)
        single = ContainerClient(account_url, name, retry_policy=LinearRetry(retry_total=0), **options)
        # Making the SDK's client of a blob is a fifth of a call's time.
        self._patiently = lru_cache(_CLIENTS)(self._patient.get_blob_client)
        self._once = lru_cache(_CLIENTS)(single.get_blob_client)

    async def create_if_absent(self, *, within: float = _SECONDS) -> None:
        """See Container."""
        where = f"container {self._where}"
        # Whose role is for this container only may not create it, not even in vain.
        async with translated(Call("look for", where, _ROLE), within):
            present = await self._patient.exists()
        if present:
            return
        try:
            async with translated(Call("create", where, f"{_ROLE} on the account", Effect.REPEATED), within):
                await self._patient.create_container()
        except AlreadyExists:
            return

    async def read(self, name: str, *, unless: ETag | None = None, within: float = _SECONDS) -> Blob | None:
        """See Container."""
        condition: dict[str, Any] = {} if unless is None else _unless(unless)
        blob = self._patiently(name)
        async with translated(self._call("read", name), within):
            try:
                download = await blob.download_blob(**condition)
            except HttpResponseError as error:
                if error.status_code == _UNCHANGED:
                    return None
                raise
            return Blob(await download.readall(), ETag(download.properties.etag))

    async def read_range(self, name: str, offset: int, length: int, *, within: float = _SECONDS) -> bytes:
        """See Container."""
        blob = self._patiently(name)
        async with translated(self._call("read a range of", name), within):
            try:
                return await (await blob.download_blob(offset=offset, length=length)).readall()
            except HttpResponseError as error:
                if error.status_code == _BEYOND_THE_END:
                    return b""
                raise

    async def create(self, name: str, data: bytes, *, content_type: str = BYTES, within: float = _SECONDS) -> ETag:
        """See Container."""
        blob = self._once(name)
        async with translated(self._call("create", name, Effect.ONCE), within):
            return await _upload(blob, data, content_type)

    async def put_immutable(self, name: str, data: bytes, *, content_type: str = BYTES, within: float = 30.0) -> ETag:
        """See Container."""
        blob = self._patiently(name)
        try:
            async with translated(self._call("create", name, Effect.REPEATED), within):
                return await _upload(blob, data, content_type)
        except AlreadyExists:
            present = await self.read(name, within=within)
        if present is None or present.data != data:
            raise Conflict(
                f"Blob {name} of {self._where} is there with another content than its name stands for. It was left as "
                "it is; find out who wrote it."
            )
        return present.etag

    async def replace(
        self,
        name: str,
        data: bytes,
        *,
        etag: ETag,
        lease_id: LeaseId,
        content_type: str = BYTES,
        within: float = _SECONDS,
    ) -> ETag:
        """See Container."""
        blob = self._once(name)
        async with translated(self._call("replace", name, Effect.ONCE), within):
            return await _upload(
                blob,
                data,
                content_type,
                overwrite=True,
                etag=etag,
                match_condition=MatchConditions.IfNotModified,
                lease=lease_id,
            )

    async def acquire_lease(
        self, name: str, seconds: int, *, lease_id: LeaseId | None = None, within: float = _SECONDS
    ) -> LeaseId:
        """See Container."""
        # With an id of one's own a second try after a lost answer finds the lease one's own.
        lease = self._lease(name, lease_id or str(uuid.uuid4()))
        async with translated(self._call("lease", name, Effect.REPEATED), within):
            await lease.acquire(lease_duration=seconds)
        return LeaseId(lease.id)

    async def renew_lease(self, name: str, lease_id: LeaseId, *, within: float = _SECONDS) -> None:
        """See Container."""
        lease = self._lease(name, lease_id)
        async with translated(self._call("renew the lease of", name, Effect.REPEATED), within):
            await lease.renew()

    async def release_lease(self, name: str, lease_id: LeaseId, *, within: float = _SECONDS) -> None:
        """See Container."""
        lease = self._lease(name, lease_id)
        try:
            async with translated(self._call("release the lease of", name, Effect.REPEATED), within):
                await lease.release()
        except LeaseLost:
            return

    async def list(self, prefix: str = "", *, within: float = _SECONDS) -> AsyncIterator[str]:
        """See Container."""
        pages = self._patient.list_blob_names(name_starts_with=prefix).by_page()
        call = Call("list", f"blobs {prefix}* of {self._where}", _ROLE)
        names: Sequence[str] | None = ()
        while names is not None:
            async with translated(call, within):
                page = await anext(pages, None)
                names = None if page is None else [name async for name in page]
            for name in names or ():
                yield name

    def _lease(self, name: str, lease_id: str) -> BlobLeaseClient:
        return BlobLeaseClient(self._patiently(name), lease_id)

    def _call(self, verb: str, name: str, effect: Effect = Effect.NONE) -> Call:
        return Call(verb, f"blob {name} of {self._where}", _ROLE, effect)


def _unless(etag: ETag) -> dict[str, Any]:
    return {"etag": etag, "match_condition": MatchConditions.IfModified}


async def _upload(blob: BlobClient, data: bytes, content_type: str, **conditions: Any) -> ETag:
    settings = ContentSettings(content_type=content_type)
    return ETag((await blob.upload_blob(data, content_settings=settings, **conditions))["etag"])
