"""Who the product is to Azure, and what it holds open."""

import asyncio
import gc
import hashlib
import os
import uuid
from collections.abc import Mapping
from pathlib import Path

import pytest

from corda_operator.azure import AccessDenied, AzureSession, NotConfigured, NotFound, Unavailable
from local.azure.certificates import ca_certificate
from local.azure.stub.directory import Identity
from local.azure.stub.faults import Fault
from tests.integration.azure.fixtures.tenancy import Tenancy
from tests.integration.azure_clients.conftest import environment


async def reach(tenancy: Tenancy, environment: Mapping[str, str]) -> None:
    """Call storage, which needs a token."""
    async with AzureSession(environment) as session:
        with pytest.raises(NotFound):
            await session.container(tenancy.azure.account_url, "nowhere").read("map")


async def test_a_pod_is_known_by_its_service_accounts_token(tenancy: Tenancy) -> None:
    await reach(tenancy, environment(tenancy.workload()))


async def test_a_developer_is_known_by_a_clients_secret(tenancy: Tenancy) -> None:
    secret = uuid.uuid4().hex
    identity = Identity(
        name=f"developer-{secret}",
        client_id=str(uuid.uuid4()),
        client_secret_sha256=hashlib.sha256(secret.encode()).hexdigest(),
    )
    tenancy.azure.admin.put_identity(identity)

    await reach(tenancy, {**os.environ, "AZURE_CLIENT_ID": identity.client_id, "AZURE_CLIENT_SECRET": secret})


async def test_one_token_serves_many_calls_of_all_clients(tenancy: Tenancy) -> None:
    issued = tenancy.count("token", "200")
    async with AzureSession(environment(tenancy.workload())) as session:
        first, second = (session.container(tenancy.azure.account_url, name) for name in ("nowhere", "elsewhere"))
        with pytest.raises(NotFound):
            await first.read("map")
        reads = [container.read("map") for container in (first, second) for _ in range(5)]
        outcomes = await asyncio.gather(*reads, return_exceptions=True)

    assert [type(outcome) for outcome in outcomes] == [NotFound] * 10
    assert issued() == 1


async def test_whoever_observes_is_told_of_every_request_and_of_those_without_an_answer(tenancy: Tenancy) -> None:
    told: list[tuple[str, str, int]] = []

    def observe(service: str, method: str, status: int, seconds: float) -> None:
        assert seconds > 0
        told.append((service, method, status))

    vault = tenancy.vault()
    async with AzureSession(environment(tenancy.workload()), observe) as session:
        secrets = session.vault_secrets(tenancy.azure.vault_url(vault))
        with pytest.raises(NotFound):
            await session.container(tenancy.azure.account_url, "nowhere").read("map")
        with pytest.raises(AccessDenied):
            await secrets.get("password")
        tenancy.azure.admin.switch_on(Fault.model_validate({"kind": "drop-before", "times": 1, "vault": vault}))
        # The SDK asks again.
        with pytest.raises(AccessDenied):
            await secrets.get("password")

    assert ("Entra", "POST", 200) in told
    assert ("BlobStorage", "GET", 404) in told
    assert ("KeyVault", "GET", 403) in told
    assert ("KeyVault", "GET", 0) in told


async def test_the_same_vault_and_container_are_given_out_again(tenancy: Tenancy) -> None:
    async with AzureSession(environment(tenancy.workload())) as session:
        url = tenancy.azure.vault_url("one")

        assert session.vault_keys(url) is session.vault_keys(f"{url}/")
        assert session.vault_keys(url) is not session.vault_keys(tenancy.azure.vault_url("two"))
        assert session.container(tenancy.azure.account_url, "a") is session.container(tenancy.azure.account_url, "a")


async def test_a_service_account_without_federated_credential_is_told_what_is_missing(tenancy: Tenancy) -> None:
    workload = tenancy.workload()
    tenancy.write_token(workload, tenancy.issuer.token("bank-a", "another-service-account"))
    async with AzureSession(environment(workload)) as session:
        with pytest.raises(AccessDenied, match=r"get a token .*AADSTS700213.*federated credential"):
            await session.container(tenancy.azure.account_url, "nowhere").create("map", b"one")


async def test_a_wrong_secret_is_refused_without_being_told(tenancy: Tenancy) -> None:
    identity = Identity(
        name=f"developer-{uuid.uuid4().hex}", client_id=str(uuid.uuid4()), client_secret_sha256="0" * 64
    )
    tenancy.azure.admin.put_identity(identity)
    given = {**os.environ, "AZURE_CLIENT_ID": identity.client_id, "AZURE_CLIENT_SECRET": "not-the-secret"}
    async with AzureSession(given) as session:
        with pytest.raises(AccessDenied, match="AADSTS7000215") as error:
            await session.container(tenancy.azure.account_url, "nowhere").read("map")
    assert "not-the-secret" not in str(error.value)


@pytest.mark.parametrize("fault", [{"kind": "status", "status": 503}, {"kind": "drop-before"}])
async def test_a_write_for_which_there_was_no_token_was_not_sent(tenancy: Tenancy, fault: dict[str, object]) -> None:
    tenancy.azure.admin.switch_on(Fault.model_validate({"service": "entra", **fault}))
    async with AzureSession(environment(tenancy.workload())) as session:
        with pytest.raises(Unavailable, match=r"get a token for https://storage\.azure\.com") as error:
            await session.container(tenancy.azure.account_url, "nowhere").create("map", b"one")

    assert type(error.value) is Unavailable


async def test_a_token_file_that_is_missing_is_named(tenancy: Tenancy) -> None:
    given = {**environment(tenancy.workload()), "AZURE_FEDERATED_TOKEN_FILE": str(tenancy.folder / "absent")}
    async with AzureSession(given) as session:
        with pytest.raises(Unavailable, match="absent"):
            await session.container(tenancy.azure.account_url, "nowhere").read("map")


async def test_a_write_to_a_name_that_does_not_resolve_was_not_sent(tenancy: Tenancy) -> None:
    async with AzureSession(environment(tenancy.workload())) as session:
        with pytest.raises(Unavailable, match=r"create blob map of https://account\.invalid/.*DNS") as error:
            await session.container("https://account.invalid", "nowhere").create("map", b"one")

    assert type(error.value) is Unavailable


async def test_nothing_is_sent_to_a_service_of_an_unknown_authority(
    tenancy: Tenancy, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(ca_certificate(tmp_path)))
    async with AzureSession(environment(tenancy.workload())) as session:
        with pytest.raises(Unavailable, match="CERTIFICATE_VERIFY_FAILED") as error:
            await session.container(tenancy.azure.account_url, "nowhere").create("map", b"one")

    assert type(error.value) is Unavailable


async def test_nothing_stays_open(tenancy: Tenancy) -> None:
    await reach(tenancy, environment(tenancy.workload()))
    with pytest.raises(NotConfigured):
        async with AzureSession({}):
            pass

    gc.collect()  # Whatever was left open warns now, which fails the test.
