import time

import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError
from azure.keyvault.keys.crypto import CryptographyClient, SignatureAlgorithm
from azure.keyvault.secrets import SecretClient

from local.azure.names import DOMAIN
from local.azure.stub.directory import RoleAssignment
from local.azure.stub.roles import Role
from tests.integration.azure.fixtures.plugin import TENANT
from tests.integration.azure.fixtures.tenancy import QUICK, Tenancy

DIGEST = bytes(32)


class FixedToken:
    """A credential that has one token, whatever is asked for."""

    def __init__(self, token: str) -> None:
        self._token = token

    def get_token(self, *_: str, **__: object) -> AccessToken:
        return AccessToken(self._token, int(time.time()) + 3600)


def with_token(tenancy: Tenancy, vault: str, token: str) -> SecretClient:
    return tenancy.closing.enter_context(SecretClient(tenancy.azure.vault_url(vault), FixedToken(token), **QUICK))


def refused(error: pytest.ExceptionInfo[HttpResponseError]) -> tuple[int | None, str | None, str]:
    assert error.value.error is not None
    return error.value.status_code, error.value.error.code, str(error.value.error.innererror)


def test_identity_without_a_role_on_the_vault_gets_403(tenancy: Tenancy) -> None:
    vault, officer = tenancy.officer()
    officer.set_secret("password", "one")
    other_vault = tenancy.vault()
    stranger = tenancy.workload((other_vault, Role.ADMINISTRATOR))
    client = tenancy.secrets(stranger, vault)

    with pytest.raises(HttpResponseError, match="not authorized to perform action") as error:
        client.get_secret("password")

    status, code, inner = refused(error)
    assert (status, code) == (403, "Forbidden")
    assert "ForbiddenByRbac" in inner
    assert "Action: 'Microsoft.KeyVault/vaults/secrets/getSecret/action'" in str(error.value)
    assert stranger.identity.object_id in str(error.value)


def test_secrets_user_reads_but_does_not_write(tenancy: Tenancy) -> None:
    vault, officer = tenancy.officer()
    officer.set_secret("password", "one")
    user = tenancy.secrets(tenancy.workload((vault, Role.SECRETS_USER)), vault)

    assert user.get_secret("password").value == "one"
    assert len(list(user.list_properties_of_secrets())) == 1
    for forbidden in (
        lambda: user.set_secret("password", "two"),
        lambda: user.update_secret_properties("password", tags={}),
        lambda: user.begin_delete_secret("password"),
    ):
        with pytest.raises(HttpResponseError) as error:
            forbidden()
        assert error.value.status_code == 403
    assert officer.get_secret("password").value == "one"


def test_reader_sees_what_there_is_but_no_value(tenancy: Tenancy) -> None:
    vault, officer = tenancy.officer()
    officer.set_secret("password", "one")
    reader = tenancy.secrets(tenancy.workload((vault, Role.READER)), vault)

    assert [each.name for each in reader.list_properties_of_secrets()] == ["password"]
    with pytest.raises(HttpResponseError) as error:
        reader.get_secret("password")
    assert error.value.status_code == 403


def test_secret_roles_say_nothing_about_keys_nor_key_roles_about_secrets(tenancy: Tenancy) -> None:
    vault = tenancy.vault()
    for_secrets = tenancy.workload((vault, Role.SECRETS_OFFICER))
    for_keys = tenancy.workload((vault, Role.CRYPTO_OFFICER))

    with pytest.raises(HttpResponseError) as error:
        tenancy.keys(for_secrets, vault).create_ec_key("map")
    assert error.value.status_code == 403
    with pytest.raises(HttpResponseError) as error:
        tenancy.secrets(for_keys, vault).set_secret("password", "one")
    assert error.value.status_code == 403


def test_crypto_user_signs_but_makes_no_keys(tenancy: Tenancy) -> None:
    vault, officer = tenancy.crypto_officer()
    key = officer.create_ec_key("map")
    assert key.id is not None
    workload = tenancy.workload((vault, Role.CRYPTO_USER))
    signer = tenancy.closing.enter_context(CryptographyClient(key.id, tenancy.credential(workload)))

    assert len(signer.sign(SignatureAlgorithm.es256, DIGEST).signature) == 64
    with pytest.raises(HttpResponseError) as error:
        tenancy.keys(workload, vault).create_ec_key("other")
    assert error.value.status_code == 403


def test_a_role_for_one_key_holds_for_that_key_only(tenancy: Tenancy) -> None:
    vault, officer = tenancy.crypto_officer()
    mine, other = officer.create_ec_key("mine"), officer.create_ec_key("other")
    workload = tenancy.workload((vault, Role.CRYPTO_USER, "keys/mine"))

    def sign(key_id: str | None) -> bytes:
        assert key_id is not None
        client = tenancy.closing.enter_context(CryptographyClient(key_id, tenancy.credential(workload)))
        return client.sign(SignatureAlgorithm.es256, DIGEST).signature

    assert len(sign(mine.id)) == 64
    with pytest.raises(HttpResponseError) as error:
        sign(other.id)
    assert error.value.status_code == 403
    with pytest.raises(HttpResponseError) as error:
        list(tenancy.keys(workload, vault).list_properties_of_keys())
    assert error.value.status_code == 403


def test_a_role_for_one_secret_lets_its_holder_make_it(tenancy: Tenancy) -> None:
    vault = tenancy.vault()
    client = tenancy.secrets(tenancy.workload((vault, Role.SECRETS_OFFICER, "secrets/mine")), vault)

    client.set_secret("mine", "one")

    assert client.get_secret("mine").value == "one"
    with pytest.raises(HttpResponseError) as error:
        client.set_secret("mine-too", "one")
    assert error.value.status_code == 403


def test_administrator_may_do_everything(tenancy: Tenancy) -> None:
    vault = tenancy.vault()
    workload = tenancy.workload((vault, Role.ADMINISTRATOR))

    tenancy.secrets(workload, vault).set_secret("password", "one")
    tenancy.keys(workload, vault).create_ec_key("map")


def test_a_role_works_from_when_it_is_given_until_it_is_taken(tenancy: Tenancy) -> None:
    vault, officer = tenancy.officer()
    officer.set_secret("password", "one")
    workload = tenancy.workload()
    client = tenancy.secrets(workload, vault)
    assignment = RoleAssignment(identity=workload.identity.name, role=Role.SECRETS_USER)

    with pytest.raises(HttpResponseError):
        client.get_secret("password")
    tenancy.azure.admin.grant(vault, assignment)
    assert client.get_secret("password").value == "one"
    tenancy.azure.admin.revoke(vault, assignment)
    with pytest.raises(HttpResponseError):
        client.get_secret("password")


def test_a_request_without_a_token_is_told_where_to_get_one(tenancy: Tenancy) -> None:
    vault = tenancy.vault()

    answer = tenancy.bare(f"{tenancy.azure.vault_url(vault)}/secrets?api-version=7.5")

    port = tenancy.azure.ports.stub
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == (
        f'Bearer authorization="https://login.{DOMAIN}:{port}/{TENANT}", resource="https://vault.{DOMAIN}:{port}"'
    )
    assert answer.json()["error"] == {
        "code": "Unauthorized",
        "message": "AKV10000: Request is missing a Bearer or PoP token.",
    }


def test_a_token_for_storage_is_no_token_for_the_vault(tenancy: Tenancy) -> None:
    vault = tenancy.vault()
    workload = tenancy.workload((vault, Role.ADMINISTRATOR))
    token = tenancy.credential(workload).get_token("https://storage.azure.com/.default").token

    with pytest.raises(ClientAuthenticationError, match="AKV10022: Invalid audience") as error:
        with_token(tenancy, vault, token).get_secret("password")
    assert error.value.status_code == 401


def test_an_expired_access_token_gets_401(tenancy: Tenancy) -> None:
    vault = tenancy.vault()
    workload = tenancy.workload((vault, Role.ADMINISTRATOR))
    directory = tenancy.azure.admin.directory()
    tenancy.azure.admin.put_directory(directory.model_copy(update={"access_token_lifetime": 1}))
    token = tenancy.credential(workload).get_token(f"https://vault.{DOMAIN}/.default")
    tenancy.azure.admin.put_directory(directory)
    client = with_token(tenancy, vault, token.token)

    time.sleep(max(0.0, token.expires_on - time.time()) + 1)

    with pytest.raises(ClientAuthenticationError, match="TokenExpired") as error:
        client.get_secret("password")
    assert error.value.status_code == 401


@pytest.mark.parametrize("spoil", [lambda token: token[:-8] + "AAAAAAAA", lambda _: "rubbish"])
def test_a_spoilt_access_token_gets_401(tenancy: Tenancy, spoil: object) -> None:
    assert callable(spoil)
    vault = tenancy.vault()
    workload = tenancy.workload((vault, Role.ADMINISTRATOR))
    token = tenancy.credential(workload).get_token(f"https://vault.{DOMAIN}/.default").token

    with pytest.raises(ClientAuthenticationError) as error:
        with_token(tenancy, vault, spoil(token)).get_secret("password")
    assert error.value.status_code == 401


def test_the_token_of_an_identity_that_was_removed_gets_401(tenancy: Tenancy) -> None:
    vault = tenancy.vault()
    workload = tenancy.workload((vault, Role.ADMINISTRATOR))
    client = tenancy.secrets(workload, vault)
    client.set_secret("password", "one")

    tenancy.azure.admin.delete_identity(workload.identity.name)

    with pytest.raises(ClientAuthenticationError):
        client.get_secret("password")


def test_an_unknown_vault_gets_404_that_says_so(tenancy: Tenancy) -> None:
    client = tenancy.secrets(tenancy.workload(), "nowhere")

    with pytest.raises(HttpResponseError, match="no vault nowhere; in Azure its host name would not resolve") as error:
        client.get_secret("password")
    assert error.value.status_code == 404


def test_a_host_that_is_no_services_gets_404(tenancy: Tenancy) -> None:
    answer = tenancy.bare(f"https://127.0.0.1:{tenancy.azure.ports.stub}/secrets?api-version=7.5")

    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "UnknownHost")
