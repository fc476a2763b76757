"""The product's container against Azurite."""

import pytest

from corda_operator.azure import (
    AlreadyExists,
    AzureContainer,
    AzureSession,
    Blob,
    Conflict,
    ETag,
    LeaseId,
    LeaseLost,
    LeaseTaken,
    NotFound,
    PreconditionFailed,
)
from tests.integration.azure.fixtures.tenancy import Tenancy


async def test_a_container_is_made_once_and_found_then(container: AzureContainer) -> None:
    await container.create("map", b"one")

    await container.create_if_absent()

    assert [name async for name in container.list()] == ["map"]


async def test_what_was_written_is_read_with_its_version(container: AzureContainer) -> None:
    etag = await container.create("map", b"one")

    assert await container.read("map") == Blob(b"one", etag)


async def test_an_empty_blob_is_a_blob(container: AzureContainer) -> None:
    etag = await container.create("map", b"")

    assert await container.read("map") == Blob(b"", etag)


@pytest.mark.filterwarnings("ignore:Sending a large body directly:ResourceWarning")
async def test_a_large_blob_arrives_whole(container: AzureContainer) -> None:
    content = bytes(range(256)) * 4096 * 5

    etag = await container.put_immutable("attachment", content)

    assert await container.read("attachment") == Blob(content, etag)
    assert await container.read_range("attachment", 1_000_000, 3_000_000) == content[1_000_000:4_000_000]


async def test_a_version_that_is_known_is_not_sent_again(container: AzureContainer) -> None:
    first = await container.create("map", b"one")
    lease = await container.acquire_lease("map", 60)

    assert await container.read("map", unless=first) is None
    second = await container.replace("map", b"two", etag=first, lease_id=lease)
    assert await container.read("map", unless=first) == Blob(b"two", second)


async def test_a_range_is_cut_as_a_slice_is(container: AzureContainer) -> None:
    await container.create("node-info", b"0123456789")

    assert await container.read_range("node-info", 2, 3) == b"234"
    assert await container.read_range("node-info", 8, 100) == b"89"
    assert await container.read_range("node-info", 10, 5) == b""


async def test_a_blob_is_created_once(container: AzureContainer) -> None:
    await container.create("map", b"one")

    with pytest.raises(AlreadyExists, match="create blob map of https://"):
        await container.create("map", b"two")
    assert (await read(container)).data == b"one"


async def test_what_is_missing_is_named(container: AzureContainer, session: AzureSession, tenancy: Tenancy) -> None:
    with pytest.raises(NotFound, match="BlobNotFound"):
        await container.read("absent")
    with pytest.raises(NotFound):
        await container.read_range("absent", 0, 1)
    with pytest.raises(NotFound):
        await container.acquire_lease("absent", 15)
    nowhere = session.container(tenancy.azure.account_url, "nowhere")
    with pytest.raises(NotFound, match="ContainerNotFound"):
        await nowhere.create("map", b"one")
    with pytest.raises(NotFound):
        _ = [name async for name in nowhere.list()]


async def test_names_are_listed_by_prefix(container: AzureContainer) -> None:
    for name in ("node-info/b", "node-info/a", "parameters/c"):
        await container.create(name, b"one")

    assert [name async for name in container.list("node-info/")] == ["node-info/a", "node-info/b"]


async def test_putting_the_same_content_again_is_success(container: AzureContainer) -> None:
    etag = await container.put_immutable("hash", b"content")

    assert await container.put_immutable("hash", b"content") == etag


async def test_another_content_under_an_immutable_name_is_a_conflict(container: AzureContainer) -> None:
    await container.put_immutable("hash", b"content")

    with pytest.raises(Conflict, match="another content"):
        await container.put_immutable("hash", b"CONTENT")
    assert await container.put_immutable("hash", b"content")


async def test_a_stale_version_overwrites_nothing(container: AzureContainer) -> None:
    first = await container.create("map", b"one")
    lease = await container.acquire_lease("map", 60)
    await container.replace("map", b"two", etag=first, lease_id=lease)

    with pytest.raises(PreconditionFailed, match="read again"):
        await container.replace("map", b"three", etag=first, lease_id=lease)
    assert (await read(container)).data == b"two"


async def test_a_lease_has_one_holder(container: AzureContainer) -> None:
    await container.create("map", b"one")
    await container.acquire_lease("map", 60)

    with pytest.raises(LeaseTaken, match="lease blob map"):
        await container.acquire_lease("map", 60)


async def test_a_foreign_lease_writes_and_renews_nothing(container: AzureContainer) -> None:
    etag = await container.create("map", b"one")
    await container.acquire_lease("map", 60)
    foreign = LeaseId("7d5c2a10-0000-4000-8000-00000000000f")

    with pytest.raises(LeaseLost, match="acquire the lease again"):
        await container.replace("map", b"two", etag=etag, lease_id=foreign)
    with pytest.raises(LeaseLost):
        await container.renew_lease("map", foreign)
    assert (await read(container)).data == b"one"


async def test_a_released_lease_is_free_and_may_be_released_again(container: AzureContainer) -> None:
    await container.create("map", b"one")
    lease = await container.acquire_lease("map", 60)
    await container.renew_lease("map", lease)

    await container.release_lease("map", lease)
    await container.release_lease("map", lease)

    assert await container.acquire_lease("map", 60) != lease


async def test_a_late_release_does_not_free_the_next_holders_lease(container: AzureContainer) -> None:
    await container.create("map", b"one")
    late = await container.acquire_lease("map", 60)
    await container.release_lease("map", late)
    await container.acquire_lease("map", 60)

    await container.release_lease("map", late)

    with pytest.raises(LeaseTaken):
        await container.acquire_lease("map", 60)


async def read(container: AzureContainer, unless: ETag | None = None) -> Blob:
    blob = await container.read("map", unless=unless)
    assert blob is not None
    return blob
