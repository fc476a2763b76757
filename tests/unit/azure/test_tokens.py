import time
from pathlib import Path

import jwt
import pytest

from local.azure.stub.database import Database
from local.azure.stub.directory import FederatedCredential, Identity
from local.azure.stub.entra.assertions import matching
from local.azure.stub.entra.tokens import AccessTokens, TokenRefusedError
from local.azure.stub.errors import ServiceError

TENANT = "7d5c2a10-0000-4000-8000-000000000001"
AUDIENCE = "https://vault.azure.test"
CREDENTIALS = (
    FederatedCredential(issuer="https://one.example", subject="system:serviceaccount:a:node"),
    FederatedCredential(issuer="https://two.example", subject="system:serviceaccount:b:node", audience="other"),
)
IDENTITY = Identity(name="node", client_id="7D5C2A10-0000-4000-8000-00000000000a", federated_credentials=CREDENTIALS)


@pytest.fixture(scope="module")
def tokens(tmp_path_factory: pytest.TempPathFactory) -> AccessTokens:
    return AccessTokens(Database(tmp_path_factory.mktemp("tokens") / "state.sqlite"))


def test_a_token_is_accepted_where_it_is_for(tokens: AccessTokens) -> None:
    token = tokens.issue(TENANT, IDENTITY, AUDIENCE, 60)

    assert tokens.check(token, TENANT, AUDIENCE).object_id == IDENTITY.object_id


@pytest.mark.parametrize(
    ("tenant", "audience", "lifetime", "message"),
    [
        (TENANT, "https://storage.azure.com", 60, "AKV10022"),
        ("7d5c2a10-0000-4000-8000-000000000002", AUDIENCE, 60, "AKV10032"),
        (TENANT, AUDIENCE, -1, "TokenExpired"),
    ],
)
def test_a_token_for_elsewhere_or_of_the_past_is_refused(
    tokens: AccessTokens, tenant: str, audience: str, lifetime: int, message: str
) -> None:
    token = tokens.issue(tenant, IDENTITY, audience, lifetime)

    with pytest.raises(TokenRefusedError, match=message):
        tokens.check(token, TENANT, AUDIENCE)


def test_a_token_of_another_key_is_refused(tokens: AccessTokens, tmp_path: Path) -> None:
    other = AccessTokens(Database(tmp_path / "state.sqlite"))

    with pytest.raises(TokenRefusedError, match="AKV10046"):
        tokens.check(other.issue(TENANT, IDENTITY, AUDIENCE, 60), TENANT, AUDIENCE)


def test_an_unsigned_token_and_rubbish_are_refused(tokens: AccessTokens) -> None:
    claims = jwt.decode(tokens.issue(TENANT, IDENTITY, AUDIENCE, 60), options={"verify_signature": False})
    for token in (jwt.encode(claims, "", algorithm="none"), "rubbish", ""):
        with pytest.raises(TokenRefusedError):
            tokens.check(token, TENANT, AUDIENCE)


def test_the_key_outlives_the_process(tmp_path: Path) -> None:
    first = AccessTokens(Database(tmp_path / "state.sqlite"))
    token = first.issue(TENANT, IDENTITY, AUDIENCE, 60)

    second = AccessTokens(Database(tmp_path / "state.sqlite"))
    assert second.check(token, TENANT, AUDIENCE).object_id == IDENTITY.object_id
    assert first.key_set()["keys"][0].keys().isdisjoint({"d", "p", "q"})
    assert time.time() < jwt.decode(token, options={"verify_signature": False})["exp"]


def test_the_credential_that_fits_in_all_parts_is_found() -> None:
    assert matching(IDENTITY, "https://two.example", ["x", "other"], CREDENTIALS[1].subject) == CREDENTIALS[1]


@pytest.mark.parametrize(
    ("issuer", "audience", "subject", "code"),
    [
        ("https://three.example", "api://AzureADTokenExchange", CREDENTIALS[0].subject, 700211),
        ("https://one.example/", "api://AzureADTokenExchange", CREDENTIALS[0].subject, 700211),
        ("https://one.example", "other", CREDENTIALS[0].subject, 700212),
        ("https://one.example", "api://AzureADTokenExchange", CREDENTIALS[1].subject, 700213),
        ("https://one.example", "api://AzureADTokenExchange", CREDENTIALS[0].subject.upper(), 700213),
    ],
)
def test_the_refusal_names_the_part_that_does_not_fit(issuer: str, audience: str, subject: str, code: int) -> None:
    with pytest.raises(ServiceError) as error:
        matching(IDENTITY, issuer, [audience], subject)
    assert error.value.body["error_codes"] == [code]
