"""Key Vault's secrets, against the protocol stub, whose pages have three versions."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from corda_operator.azure import AzureSession, NotFound, SoftDeleted
from corda_operator.azure.secrets import LARGEST_VALUE, KeyVaultSecrets
from tests.integration.azure.fixtures.tenancy import Tenancy
from tests.integration.enrolment.conftest import Bench


@pytest.fixture
def name() -> str:
    return f"s-{uuid.uuid4().hex}"


@pytest.fixture
def secrets(bench: Bench, session: AzureSession) -> KeyVaultSecrets:
    return session.vault_secrets(bench.vault_url)


async def test_all_pages_of_versions_are_listed_with_the_vaults_time(secrets: KeyVaultSecrets, name: str) -> None:
    for number in range(7):
        await secrets.add(name, f"value {number}", content_type="text/plain", tags={"number": str(number)})
    listing = await secrets.versions(name)
    assert sorted(each.tags["number"] for each in listing.versions) == list("0123456")
    assert {each.name for each in listing.versions} == {name}
    assert abs(listing.at - datetime.now(UTC)) < timedelta(minutes=1)
    assert all(timedelta(0) <= listing.at - each.created < timedelta(minutes=1) for each in listing.versions)
    for each in listing.versions:
        assert (await secrets.get(name, each.version)).value == f"value {each.tags['number']}"


async def test_a_secret_that_is_not_there_has_no_versions_and_no_value(secrets: KeyVaultSecrets, name: str) -> None:
    listing = await secrets.versions(name)
    assert listing.versions == ()
    assert abs(listing.at - datetime.now(UTC)) < timedelta(minutes=1)
    with pytest.raises(NotFound, match=name):
        await secrets.get(name)


async def test_a_deleted_secret_is_told_from_an_absent_one_and_comes_back_with_all_versions(
    secrets: KeyVaultSecrets, tenancy: Tenancy, bench: Bench, name: str
) -> None:
    for value in ("old", "new"):
        await secrets.add(name, value, content_type="text/plain", tags={})
    before = await secrets.versions(name)
    tenancy.secrets(bench.workload, bench.vault).begin_delete_secret(name).wait()
    assert (await secrets.versions(name)).versions == ()
    with pytest.raises(SoftDeleted, match="Recover it"):
        await secrets.add(name, "another", content_type="text/plain", tags={})
    await secrets.recover(name)
    await secrets.recover(name)
    assert set(map(repr, (await secrets.versions(name)).versions)) == set(map(repr, before.versions))


async def test_tags_and_enabled_are_changed_of_one_version_only(secrets: KeyVaultSecrets, name: str) -> None:
    for number in range(2):
        await secrets.add(name, "x", content_type="text/plain", tags={"number": str(number)})
    first = next(each for each in (await secrets.versions(name)).versions if each.tags["number"] == "0")
    await secrets.tag(first, {"number": "0", "more": "yes"})
    await secrets.disable(first)
    found = {each.tags["number"]: each for each in (await secrets.versions(name)).versions}
    assert (found["0"].enabled, dict(found["0"].tags)) == (False, {"number": "0", "more": "yes"})
    assert (found["1"].enabled, dict(found["1"].tags)) == (True, {"number": "1"})


async def test_a_value_that_is_too_large_is_not_sent(secrets: KeyVaultSecrets, name: str) -> None:
    await secrets.add(name, "x" * LARGEST_VALUE, content_type="text/plain", tags={})
    with pytest.raises(ValueError, match="more than the 25000"):
        await secrets.add(name, "x" * (LARGEST_VALUE + 1), content_type="text/plain", tags={})
    assert len((await secrets.versions(name)).versions) == 1


async def test_no_value_is_in_what_is_printed(secrets: KeyVaultSecrets, name: str) -> None:
    await secrets.add(name, "s3cret", content_type="text/plain", tags={})
    assert "s3cret" not in repr(await secrets.get(name))
