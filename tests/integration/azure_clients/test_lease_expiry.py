"""Fencing with real time: Azure's shortest lease is 15 seconds, and Azurite keeps to it.

Azurite 3.37 differs from Azure where a lease expired and nobody took it, so nothing here is about that.
"""

import asyncio
import time

import pytest

from corda_operator.azure import AzureContainer, LeaseLost, LeaseTaken

SECONDS = 15


async def test_the_next_holder_fences_off_the_one_whose_lease_expired(container: AzureContainer) -> None:
    etag = await container.create("map", b"one")
    begin = time.monotonic()
    old = await container.acquire_lease("map", SECONDS)
    with pytest.raises(LeaseTaken):
        await container.acquire_lease("map", SECONDS)
    await asyncio.sleep(begin + SECONDS + 1 - time.monotonic())

    new = await container.acquire_lease("map", SECONDS)

    with pytest.raises(LeaseLost):
        await container.replace("map", b"late", etag=etag, lease_id=old)
    with pytest.raises(LeaseLost):
        await container.renew_lease("map", old)
    await container.release_lease("map", old)
    assert await container.replace("map", b"two", etag=etag, lease_id=new)


async def test_a_renewed_lease_outlives_its_first_seconds(container: AzureContainer) -> None:
    await container.create("map", b"one")
    lease = await container.acquire_lease("map", SECONDS)
    await asyncio.sleep(10)
    await container.renew_lease("map", lease)
    await asyncio.sleep(8)

    with pytest.raises(LeaseTaken):
        await container.acquire_lease("map", SECONDS)
