"""A simulation of one container in Azure Storage, by Azure's rules, with everything that can go wrong on the way.

A call is a request that arrives, has its effect, and an answer that comes back; each of the three can fail, or take
its time, without the others knowing. What holds against the real thing is shown in tests/integration.

azure: "Lease Blob", "Specifying conditional headers for Blob service operations".
"""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import TypeVar

from corda_operator.azure.blobs import BYTES, Blob, ETag, LeaseId
from corda_operator.azure.errors import (
    AlreadyExists,
    Conflict,
    LeaseLost,
    LeaseTaken,
    NotFound,
    OutcomeUnknown,
    PreconditionFailed,
    Unavailable,
)

T = TypeVar("T")
SECONDS = 10.0


@dataclass
class _Stored:
    data: bytes
    etag: ETag
    lease_id: LeaseId | None = None
    leased_until: float = 0.0
    written_since_lease: bool = False


@dataclass(frozen=True)
class Way:
    """How one call goes."""

    arrives: bool = True
    delay: float = 0.0
    """Until it has its effect, in seconds; the caller may have given up by then."""
    answered: bool = True
    return_delay: float = 0.0


Faults = Callable[[str, str], Way]
"""Tells how a call goes, by operation and blob."""


def no_faults(_: str, __: str) -> Way:
    """Let every call go well."""
    return Way()


class SimulatedStorage:
    """The container itself: every method is one atomic effect."""

    def __init__(
        self, clock: Callable[[], float], rng: random.Random | None = None, *, leases_exclude: bool = True
    ) -> None:
        """Make an empty container; leases that don't exclude are given to everybody, and never end."""
        self._leases_exclude = leases_exclude
        self._clock = clock
        self._rng = rng or random.Random(0)  # noqa: S311 - repeatable, not secret
        self._versions = 0
        self.blobs: dict[str, _Stored] = {}
        self.written: list[tuple[str, bytes]] = []
        """All that was ever written, in its order."""

    def read(self, name: str, unless: ETag | None) -> Blob | None:
        stored = self._present(name)
        return None if stored.etag == unless else Blob(stored.data, stored.etag)

    def read_range(self, name: str, offset: int, length: int) -> bytes:
        return self._present(name).data[offset : offset + length]

    def create(self, name: str, data: bytes) -> ETag:
        if name in self.blobs:
            raise AlreadyExists(f"blob {name} is there")
        self.blobs[name] = _Stored(data, self._version())
        self.written.append((name, data))
        return self.blobs[name].etag

    def put_immutable(self, name: str, data: bytes) -> ETag:
        if name not in self.blobs:
            return self.create(name, data)
        if self.blobs[name].data != data:
            raise Conflict(f"blob {name} is there with another content")
        return self.blobs[name].etag

    def replace(self, name: str, data: bytes, etag: ETag, lease_id: LeaseId) -> ETag:
        stored = self._present(name)
        refusals: list[Conflict] = []
        if stored.etag != etag:
            refusals.append(PreconditionFailed(f"blob {name} is of another version"))
        if self._leases_exclude and self._holder(stored) != lease_id:
            refusals.append(LeaseLost(f"blob {name} is not leased to {lease_id}"))
        if refusals:
            raise self._rng.choice(refusals)
        stored.data, stored.etag, stored.written_since_lease = data, self._version(), True
        self.written.append((name, data))
        return stored.etag

    def acquire_lease(self, name: str, seconds: int, lease_id: LeaseId) -> LeaseId:
        stored = self._present(name)
        if self._leases_exclude and self._holder(stored) not in (None, lease_id):
            raise LeaseTaken(f"blob {name} is leased")
        stored.lease_id, stored.leased_until = lease_id, self._clock() + seconds
        stored.written_since_lease = False
        return lease_id

    def renew_lease(self, name: str, lease_id: LeaseId, seconds: int) -> None:
        stored = self._present(name)
        expired = self._holder(stored) is None
        if self._leases_exclude and (stored.lease_id != lease_id or (expired and stored.written_since_lease)):
            raise LeaseLost(f"blob {name} is not leased to {lease_id}")
        stored.leased_until = self._clock() + seconds

    def release_lease(self, name: str, lease_id: LeaseId) -> None:
        stored = self._present(name)
        if stored.lease_id == lease_id:
            stored.lease_id = None

    def _holder(self, stored: _Stored) -> LeaseId | None:
        return stored.lease_id if self._clock() < stored.leased_until else None

    def _present(self, name: str) -> _Stored:
        if name not in self.blobs:
            raise NotFound(f"there is no blob {name}")
        return self.blobs[name]

    def _version(self) -> ETag:
        self._versions += 1
        return ETag(f'"{self._versions}"')


@dataclass
class SimulatedContainer:
    """One process' way to the storage: a `corda_operator.azure.blobs.Container`."""

    storage: SimulatedStorage
    faults: Faults = no_faults
    crashed: bool = False
    """Whoever called from here is dead: what was sent arrives, nothing else is sent, no answer matters."""
    calls: list[tuple[str, str]] = field(default_factory=list)
    _lease_seconds: int = 15

    async def create_if_absent(self, *, within: float = SECONDS) -> None:
        await self._call("create container", "", lambda: None, within)

    async def read(self, name: str, *, unless: ETag | None = None, within: float = SECONDS) -> Blob | None:
        return await self._call("read", name, lambda: self.storage.read(name, unless), within)

    async def read_range(self, name: str, offset: int, length: int, *, within: float = SECONDS) -> bytes:
        return await self._call("read", name, lambda: self.storage.read_range(name, offset, length), within)

    async def create(self, name: str, data: bytes, *, content_type: str = BYTES, within: float = SECONDS) -> ETag:
        del content_type
        return await self._call("create", name, lambda: self.storage.create(name, data), within)

    async def put_immutable(self, name: str, data: bytes, *, content_type: str = BYTES, within: float = 30.0) -> ETag:
        del content_type
        return await self._call("put", name, lambda: self.storage.put_immutable(name, data), within)

    async def replace(
        self,
        name: str,
        data: bytes,
        *,
        etag: ETag,
        lease_id: LeaseId,
        content_type: str = BYTES,
        within: float = SECONDS,
    ) -> ETag:
        del content_type
        return await self._call("replace", name, lambda: self.storage.replace(name, data, etag, lease_id), within)

    async def acquire_lease(
        self, name: str, seconds: int, *, lease_id: LeaseId | None = None, within: float = SECONDS
    ) -> LeaseId:
        assert lease_id is not None, "a lease under an id that nobody knows would be lost with its answer"
        known = lease_id
        return await self._call("acquire", name, lambda: self.storage.acquire_lease(name, seconds, known), within)

    async def renew_lease(self, name: str, lease_id: LeaseId, *, within: float = SECONDS) -> None:
        seconds = self._lease_seconds
        await self._call("renew", name, lambda: self.storage.renew_lease(name, lease_id, seconds), within)

    async def release_lease(self, name: str, lease_id: LeaseId, *, within: float = SECONDS) -> None:
        await self._call("release", name, lambda: self.storage.release_lease(name, lease_id), within)

    async def list(self, prefix: str = "", *, within: float = SECONDS) -> AsyncIterator[str]:
        del within
        for name in sorted(self.storage.blobs):
            if name.startswith(prefix):
                yield name

    async def _call(self, operation: str, name: str, effect: Callable[[], T], within: float) -> T:
        if self.crashed:
            raise Unavailable("the process is dead")
        self.calls.append((operation, name))
        way = self.faults(operation, name)
        loop = asyncio.get_running_loop()
        result: asyncio.Future[T] = loop.create_future()

        def arrive() -> None:
            try:
                outcome = effect()
            except Exception as error:
                if not result.done():
                    result.set_exception(error)
                    result.exception()
            else:
                if not result.done():
                    result.set_result(outcome)

        if not way.arrives:
            await asyncio.sleep(way.delay)
            raise Unavailable(f"{operation} {name}: no connection")
        # Whatever becomes of the caller meanwhile, even its death: what was sent arrives.
        loop.call_later(way.delay, arrive)
        unknown = Unavailable if operation == "read" else OutcomeUnknown
        try:
            async with asyncio.timeout(within):
                await asyncio.wait([result])
                await asyncio.sleep(way.return_delay)
        except TimeoutError:
            raise unknown(f"{operation} {name}: no answer within {within:g} s") from None
        if not way.answered or self.crashed:
            raise unknown(f"{operation} {name}: the connection broke before the answer")
        return result.result()
