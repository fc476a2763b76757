"""Azurite with what the network services need of it, called with the stub's tokens."""

from collections.abc import Iterator

import pytest
from azure.core import MatchConditions
from azure.core.exceptions import (
    ClientAuthenticationError,
    HttpResponseError,
    ResourceExistsError,
    ResourceModifiedError,
    ServiceRequestError,
    ServiceResponseError,
)
from azure.storage.blob import BlobLeaseClient, BlobServiceClient, ContainerClient
from azure.storage.blob.aio import BlobServiceClient as AsyncBlobServiceClient

from local.azure.azurite import ACCOUNT
from local.azure.names import DOMAIN
from local.azure.toxiproxy import Toxic, ToxicKind
from tests.integration.azure.fixtures.tenancy import Tenancy

SHARED_KEY = {"account_name": ACCOUNT.name, "account_key": ACCOUNT.key}


@pytest.fixture
def service(tenancy: Tenancy) -> BlobServiceClient:
    """Return a client by host name, authorised by a workload's token."""
    credential = tenancy.credential(tenancy.workload())
    return tenancy.closing.enter_context(BlobServiceClient(tenancy.azure.account_url, credential))


@pytest.fixture
def container(service: BlobServiceClient, request: pytest.FixtureRequest) -> Iterator[ContainerClient]:
    name = "".join(part for part in request.node.name.lower() if part.isalnum())[-60:]
    with service.create_container(name) as client:
        yield client


def test_a_workload_reads_and_writes_with_its_token(container: ContainerClient) -> None:
    container.upload_blob("node-info", b"bytes")

    assert container.download_blob("node-info").readall() == b"bytes"


def test_the_account_is_reached_by_address_and_shared_key_too(tenancy: Tenancy, container: ContainerClient) -> None:
    container.upload_blob("node-info", b"bytes")

    with BlobServiceClient(tenancy.azure.account_url_by_path, SHARED_KEY) as service:
        blob = service.get_blob_client(container.container_name, "node-info")
        assert blob.download_blob().readall() == b"bytes"


def test_a_wrong_shared_key_is_refused(tenancy: Tenancy) -> None:
    wrong = {**SHARED_KEY, "account_key": "d3Jvbmc="}
    with (
        BlobServiceClient(tenancy.azure.account_url_by_path, wrong) as service,
        pytest.raises(ClientAuthenticationError),
    ):
        service.create_container("refused")


def test_a_token_for_the_vault_is_refused(tenancy: Tenancy) -> None:
    credential = tenancy.credential(tenancy.workload())
    with (
        BlobServiceClient(tenancy.azure.account_url, credential, audience=f"https://vault.{DOMAIN}") as service,
        pytest.raises(HttpResponseError) as error,
    ):
        service.create_container("refused")
    assert error.value.status_code == 403


def test_a_blob_is_made_once(container: ContainerClient) -> None:
    container.upload_blob("parameters", b"one")

    with pytest.raises(ResourceExistsError):
        container.upload_blob("parameters", b"two")


def test_a_stale_etag_overwrites_nothing(container: ContainerClient) -> None:
    blob = container.get_blob_client("map")
    first = blob.upload_blob(b"one")["etag"]
    blob.upload_blob(b"two", overwrite=True, etag=first, match_condition=MatchConditions.IfNotModified)

    with pytest.raises(ResourceModifiedError):
        blob.upload_blob(b"three", overwrite=True, etag=first, match_condition=MatchConditions.IfNotModified)
    assert blob.download_blob().readall() == b"two"


def test_only_the_holder_of_the_lease_writes(container: ContainerClient) -> None:
    blob = container.get_blob_client("map")
    blob.upload_blob(b"one")
    lease = blob.acquire_lease(lease_duration=60)

    with pytest.raises(ResourceExistsError):
        blob.acquire_lease(lease_duration=60)
    with pytest.raises(HttpResponseError) as error:
        blob.upload_blob(b"two", overwrite=True)
    assert error.value.status_code == 412
    blob.upload_blob(b"two", overwrite=True, lease=lease)
    lease.renew()
    lease.release()

    assert blob.download_blob().readall() == b"two"
    blob.acquire_lease(lease_duration=15)


def test_the_old_holder_is_fenced_off_after_a_break(container: ContainerClient) -> None:
    blob = container.get_blob_client("map")
    blob.upload_blob(b"one")
    old = blob.acquire_lease(lease_duration=60)
    BlobLeaseClient(blob).break_lease(lease_break_period=0)
    new = blob.acquire_lease(lease_duration=60)

    with pytest.raises(HttpResponseError) as error:
        blob.upload_blob(b"late", overwrite=True, lease=old)
    assert error.value.status_code == 412
    blob.upload_blob(b"two", overwrite=True, lease=new)
    assert blob.download_blob().readall() == b"two"


async def test_the_asynchronous_client_works_alike(tenancy: Tenancy) -> None:
    async with (
        tenancy.async_credential(tenancy.workload()) as credential,
        AsyncBlobServiceClient(tenancy.azure.account_url, credential, transport=tenancy.transport()) as service,
        await service.create_container("asynchronous") as container,
    ):
        await container.upload_blob("map", b"one")
        lease = await container.get_blob_client("map").acquire_lease(lease_duration=15)
        await container.upload_blob("map", b"two", overwrite=True, lease=lease)
        assert await (await container.download_blob("map")).readall() == b"two"


def test_a_cut_connection_fails_and_a_mended_one_works(tenancy: Tenancy, container: ContainerClient) -> None:
    toxiproxy = tenancy.azure.toxiproxy
    proxy = toxiproxy.create("storage", f"127.0.0.1:{tenancy.azure.ports.azurite}")
    url = f"https://{proxy.listen}/{ACCOUNT.name}"
    try:
        with BlobServiceClient(url, SHARED_KEY, retry_total=0) as service:
            blob = service.get_blob_client(container.container_name, "map")
            blob.upload_blob(b"one")

            toxiproxy.add_toxic("storage", Toxic("hang", ToxicKind.TIMEOUT, {"timeout": 0}))
            assert toxiproxy.toxics("storage") == ["hang"]
            with pytest.raises(ServiceResponseError):
                blob.get_blob_properties(read_timeout=1)
            toxiproxy.remove_toxic("storage", "hang")
            blob.get_blob_properties()

            toxiproxy.disable("storage")
            with pytest.raises((ServiceRequestError, ServiceResponseError)):
                blob.get_blob_properties()
            toxiproxy.enable("storage")
            blob.get_blob_properties()

            toxiproxy.add_toxic("storage", Toxic("reset", ToxicKind.RESET_PEER, {"timeout": 0}, upstream=True))
            with pytest.raises((ServiceRequestError, ServiceResponseError)):
                blob.get_blob_properties()
            toxiproxy.disable("storage")
            toxiproxy.reset()
            assert toxiproxy.toxics("storage") == []
            assert [(each.name, each.enabled) for each in toxiproxy.proxies()] == [("storage", True)]
            blob.get_blob_properties()
    finally:
        toxiproxy.delete("storage")
    assert toxiproxy.proxies() == []
