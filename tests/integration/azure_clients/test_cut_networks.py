"""The product's container by way of toxiproxy: whether a write may have reached the service."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from corda_operator.azure import AzureContainer, AzureSession, ETag, LeaseId, OutcomeUnknown, Unavailable
from local.azure.azurite import ACCOUNT
from local.azure.toxiproxy import Toxic, ToxicKind, Toxiproxy
from tests.integration.azure.fixtures.tenancy import Tenancy


@dataclass(frozen=True)
class Wire:
    """A way to the container that can be spoiled, and a leased blob in it."""

    container: AzureContainer
    toxiproxy: Toxiproxy
    name: str
    etag: ETag
    lease_id: LeaseId

    def spoil(self, kind: ToxicKind, **attributes: int) -> None:
        """Let answers come to grief, on present connections too."""
        self.toxiproxy.add_toxic(self.name, Toxic("spoiled", kind, attributes))

    async def replace(self, data: bytes, within: float = 10.0) -> ETag:
        """Replace the blob by this way."""
        return await self.container.replace("map", data, etag=self.etag, lease_id=self.lease_id, within=within)


@pytest.fixture
async def wire(tenancy: Tenancy, session: AzureSession, container: AzureContainer) -> AsyncIterator[Wire]:
    etag = await container.create("map", b"one")
    lease_id = await container.acquire_lease("map", 60)
    toxiproxy = tenancy.azure.toxiproxy
    proxy = toxiproxy.create(f"w-{uuid.uuid4().hex}", f"127.0.0.1:{tenancy.azure.ports.azurite}")
    try:
        way = session.container(f"https://{proxy.listen}/{ACCOUNT.name}", container.name)
        await way.read("map")
        yield Wire(way, toxiproxy, proxy.name, etag, lease_id)
    finally:
        toxiproxy.delete(proxy.name)


async def content(container: AzureContainer) -> bytes:
    blob = await container.read("map")
    assert blob is not None
    return blob.data


async def test_a_write_that_nobody_answers_is_of_unknown_outcome(wire: Wire, container: AzureContainer) -> None:
    wire.spoil(ToxicKind.TIMEOUT, timeout=0)

    with pytest.raises(OutcomeUnknown, match=r"no answer within 0\.5 s"):
        await wire.replace(b"two", within=0.5)
    async with asyncio.timeout(30):
        # The request is on its way, and only its answer will not come.
        while await content(container) != b"two":
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("kind", [ToxicKind.LIMIT_DATA, ToxicKind.RESET_PEER])
async def test_a_write_whose_connection_breaks_is_of_unknown_outcome(
    wire: Wire, container: AzureContainer, kind: ToxicKind
) -> None:
    wire.spoil(kind, **({"bytes": 1} if kind is ToxicKind.LIMIT_DATA else {"timeout": 200}))

    with pytest.raises(OutcomeUnknown, match="ConnectionLost"):
        await wire.replace(b"two")
    assert await content(container) == b"two"


async def test_a_write_for_which_nobody_listens_was_not_sent(wire: Wire, container: AzureContainer) -> None:
    wire.toxiproxy.disable(wire.name)
    # The connection that was open is found to be closed only when it is used or the loop has turned.
    with pytest.raises(Unavailable):
        await wire.container.read("map", within=0.3)

    with pytest.raises(Unavailable, match="ClientConnectorError") as error:
        await wire.replace(b"two")

    assert not isinstance(error.value, OutcomeUnknown)
    assert await content(container) == b"one"


async def test_a_mended_network_works_again(wire: Wire) -> None:
    wire.toxiproxy.disable(wire.name)
    with pytest.raises(Unavailable):
        await wire.container.read("map", within=0.3)
    wire.toxiproxy.enable(wire.name)

    assert await wire.replace(b"two")


async def test_a_blob_that_is_cut_off_on_its_way_is_unavailable(wire: Wire, container: AzureContainer) -> None:
    await container.create("large", bytes(1_000_000))
    wire.spoil(ToxicKind.LIMIT_DATA, bytes=20_000)

    with pytest.raises(Unavailable):
        await wire.container.read("large")
