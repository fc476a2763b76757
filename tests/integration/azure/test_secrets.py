import datetime

import pytest
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.keyvault.secrets.aio import SecretClient as AsyncSecretClient

from local.azure.stub.roles import Role
from tests.integration.azure.fixtures.tenancy import Tenancy


def test_what_was_set_is_read_back_with_its_properties(tenancy: Tenancy) -> None:
    _, client = tenancy.officer()
    expires = datetime.datetime(2030, 1, 2, 3, 4, 5, tzinfo=datetime.UTC)
    begins = datetime.datetime(2020, 1, 2, 3, 4, 5, tzinfo=datetime.UTC)
    client.set_secret(
        "keystore",
        "grüße",
        content_type="application/x-pkcs12",
        tags={"node": "bank-a"},
        expires_on=expires,
        not_before=begins,
    )

    secret = client.get_secret("keystore")

    assert secret.value == "grüße"
    properties = secret.properties
    assert (properties.content_type, properties.tags) == ("application/x-pkcs12", {"node": "bank-a"})
    assert (properties.expires_on, properties.not_before) == (expires, begins)
    assert properties.enabled is True
    assert (properties.recoverable_days, properties.recovery_level) == (90, "Recoverable+Purgeable")
    assert properties.created_on is not None


def test_latest_is_the_last_one_set_and_older_versions_stay(tenancy: Tenancy) -> None:
    _, client = tenancy.officer()
    first = client.set_secret("password", "one")
    client.set_secret("password", "two")

    assert client.get_secret("password").value == "two"
    assert client.get_secret("password", first.properties.version).value == "one"


def test_names_differ_not_by_case(tenancy: Tenancy) -> None:
    _, client = tenancy.officer()
    client.set_secret("Password", "one")

    assert client.get_secret("password").value == "one"


def test_vaults_do_not_share_secrets(tenancy: Tenancy) -> None:
    _, client = tenancy.officer()
    _, other = tenancy.officer()
    client.set_secret("password", "one")

    with pytest.raises(ResourceNotFoundError):
        other.get_secret("password")


def test_update_changes_properties_and_leaves_the_rest(tenancy: Tenancy) -> None:
    _, client = tenancy.officer()
    version = client.set_secret("password", "one", content_type="text/plain", tags={"a": "1"}).properties.version
    expires = datetime.datetime(2031, 1, 1, tzinfo=datetime.UTC)

    client.update_secret_properties("password", version, expires_on=expires)
    client.update_secret_properties("password", tags={"b": "2"})

    secret = client.get_secret("password")
    assert secret.value == "one"
    assert secret.properties.version == version
    assert secret.properties.content_type == "text/plain"
    assert secret.properties.expires_on == expires
    assert secret.properties.tags == {"b": "2"}


def test_a_disabled_secret_is_not_given_out_until_enabled(tenancy: Tenancy) -> None:
    _, client = tenancy.officer()
    client.set_secret("password", "one", enabled=False)

    with pytest.raises(HttpResponseError) as refused:
        client.get_secret("password")
    assert refused.value.status_code == 403
    assert refused.value.error is not None
    assert refused.value.error.code == "Forbidden"
    assert "SecretDisabled" in str(refused.value.error.innererror)

    client.update_secret_properties("password", enabled=True)
    assert client.get_secret("password").value == "one"


def test_an_expired_secret_is_still_given_out(tenancy: Tenancy) -> None:
    _, client = tenancy.officer()
    client.set_secret("password", "one", expires_on=datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC))

    assert client.get_secret("password").value == "one"


def test_lists_go_over_page_borders_without_losing_or_doubling(tenancy: Tenancy) -> None:
    _, client = tenancy.officer()
    names = [f"secret-{number}" for number in range(7)]
    for name in names:
        client.set_secret(name, "value")
    listed = tenancy.count("list-secrets", "200")

    assert [each.name for each in client.list_properties_of_secrets()] == names
    assert listed() == 3


def test_a_client_may_ask_for_smaller_pages(tenancy: Tenancy) -> None:
    _, client = tenancy.officer()
    for number in range(3):
        client.set_secret(f"secret-{number}", "value")

    pages = [list(page) for page in client.list_properties_of_secrets(max_page_size=2).by_page()]

    assert [len(page) for page in pages] == [2, 1]


def test_versions_are_listed_over_page_borders_without_values(tenancy: Tenancy) -> None:
    _, client = tenancy.officer()
    versions = [client.set_secret("password", str(number)).properties.version for number in range(5)]

    assert [each.version for each in client.list_properties_of_secret_versions("password")] == versions


def test_a_missing_secret_is_told_as_azure_tells_it(tenancy: Tenancy) -> None:
    _, client = tenancy.officer()

    with pytest.raises(ResourceNotFoundError, match=r"A secret with \(name/id\) absent was not found") as missing:
        client.get_secret("absent")
    assert missing.value.error is not None
    assert missing.value.error.code == "SecretNotFound"

    client.set_secret("password", "one")
    with pytest.raises(ResourceNotFoundError):
        client.get_secret("password", "0" * 32)
    with pytest.raises(ResourceNotFoundError):
        client.update_secret_properties("absent", enabled=True)


def test_a_deleted_secret_is_gone_but_recoverable(tenancy: Tenancy) -> None:
    _, client = tenancy.officer()
    client.set_secret("password", "one")
    client.set_secret("password", "two")

    deleted = client.begin_delete_secret("password").result()

    assert deleted.recovery_id is not None
    assert deleted.scheduled_purge_date is not None
    assert deleted.deleted_date is not None
    assert (deleted.scheduled_purge_date - deleted.deleted_date).days == 90
    with pytest.raises(ResourceNotFoundError):
        client.get_secret("password")
    assert list(client.list_properties_of_secrets()) == []
    assert client.get_deleted_secret("password").name == "password"
    assert [each.name for each in client.list_deleted_secrets()] == ["password"]

    client.begin_recover_deleted_secret("password").result()

    assert client.get_secret("password").value == "two"
    assert len(list(client.list_properties_of_secret_versions("password"))) == 2
    assert list(client.list_deleted_secrets()) == []


def test_a_deleted_name_cannot_be_set_again_before_it_is_purged(tenancy: Tenancy) -> None:
    _, client = tenancy.officer()
    client.set_secret("password", "one")
    client.begin_delete_secret("password").result()

    with pytest.raises(ResourceExistsError, match="deleted but recoverable state") as conflict:
        client.set_secret("password", "two")
    assert conflict.value.status_code == 409
    assert conflict.value.error is not None
    assert "ObjectIsDeletedButRecoverable" in str(conflict.value.error.innererror)

    client.purge_deleted_secret("password")

    with pytest.raises(ResourceNotFoundError, match="Deleted Secret not found"):
        client.get_deleted_secret("password")
    client.set_secret("password", "three")
    assert len(list(client.list_properties_of_secret_versions("password"))) == 1


def test_nothing_that_is_not_deleted_can_be_recovered_or_purged(tenancy: Tenancy) -> None:
    _, client = tenancy.officer()
    client.set_secret("password", "one")

    with pytest.raises(ResourceNotFoundError):
        client.begin_recover_deleted_secret("password")
    with pytest.raises(ResourceNotFoundError):
        client.purge_deleted_secret("password")
    with pytest.raises(ResourceNotFoundError):
        client.begin_delete_secret("absent")


def test_a_value_of_25k_bytes_fits_and_one_byte_more_does_not(tenancy: Tenancy) -> None:
    _, client = tenancy.officer()
    client.set_secret("keystore", "x" * 25_600)

    with pytest.raises(HttpResponseError) as refused:
        client.set_secret("keystore", "x" * 25_601)
    assert refused.value.status_code == 400
    assert refused.value.error is not None
    assert refused.value.error.code == "BadParameter"


@pytest.mark.parametrize("name", ["with_underscore", "with.dot", "x" * 128])
def test_a_name_outside_the_rules_is_refused(tenancy: Tenancy, name: str) -> None:
    _, client = tenancy.officer()

    with pytest.raises(HttpResponseError, match="invalid name") as refused:
        client.set_secret(name, "value")
    assert refused.value.status_code == 400


async def test_the_asynchronous_client_works_alike(tenancy: Tenancy) -> None:
    vault = tenancy.vault()
    workload = tenancy.workload((vault, Role.SECRETS_OFFICER))
    async with (
        tenancy.async_credential(workload) as credential,
        AsyncSecretClient(tenancy.azure.vault_url(vault), credential, transport=tenancy.transport()) as client,
    ):
        for number in range(4):
            await client.set_secret(f"secret-{number}", str(number))
        assert (await client.get_secret("secret-3")).value == "3"
        assert len([each async for each in client.list_properties_of_secrets()]) == 4
        await client.delete_secret("secret-3")
        with pytest.raises(ResourceNotFoundError):
            await client.get_secret("secret-3")
        await client.recover_deleted_secret("secret-3")
        assert (await client.get_secret("secret-3")).value == "3"
