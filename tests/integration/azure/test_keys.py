import base64
import datetime
import hashlib
from typing import TYPE_CHECKING, Any

import pytest
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.core.rest import HttpRequest
from azure.keyvault.keys import KeyClient, KeyCurveName, KeyOperation, KeyVaultKey
from azure.keyvault.keys.aio import KeyClient as AsyncKeyClient
from azure.keyvault.keys.crypto import CryptographyClient, SignatureAlgorithm
from azure.keyvault.keys.crypto.aio import CryptographyClient as AsyncCryptographyClient
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, encode_dss_signature

from local.azure.names import DOMAIN
from local.azure.stub.roles import Role
from tests.integration.azure.fixtures.tenancy import QUICK, Tenancy, Workload

if TYPE_CHECKING:
    from collections.abc import Callable

DIGEST = hashlib.sha256(b"network parameters").digest()
OTHER_DIGEST = hashlib.sha256(b"other parameters").digest()


def crypto(tenancy: Tenancy, workload: Workload, key: KeyVaultKey) -> CryptographyClient:
    """Return a client that knows only the key's id, so that it has to ask the service."""
    assert key.id is not None
    return tenancy.closing.enter_context(CryptographyClient(key.id, tenancy.credential(workload), **QUICK))


def point(key: KeyVaultKey) -> tuple[int, int]:
    numbers: Any = key.key
    return int.from_bytes(numbers.x, "big"), int.from_bytes(numbers.y, "big")


def public_key(key: KeyVaultKey) -> ec.EllipticCurvePublicKey:
    return ec.EllipticCurvePublicNumbers(*point(key), ec.SECP256R1()).public_key()


def check(key: KeyVaultKey, signature: bytes, digest: bytes) -> None:
    r, s = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
    public_key(key).verify(encode_dss_signature(r, s), digest, ec.ECDSA(Prehashed(hashes.SHA256())))


@pytest.fixture
def vault(tenancy: Tenancy) -> str:
    return tenancy.vault()


@pytest.fixture
def officer(tenancy: Tenancy, vault: str) -> Workload:
    return tenancy.workload((vault, Role.CRYPTO_OFFICER))


@pytest.fixture
def client(tenancy: Tenancy, vault: str, officer: Workload) -> KeyClient:
    return tenancy.keys(officer, vault)


def test_a_signature_is_raw_r_and_s_and_fits_the_public_key(
    tenancy: Tenancy, client: KeyClient, officer: Workload
) -> None:
    key = client.create_ec_key(
        "network-map", curve=KeyCurveName.p_256, key_operations=[KeyOperation.sign, KeyOperation.verify]
    )

    signature = crypto(tenancy, officer, key).sign(SignatureAlgorithm.es256, DIGEST).signature

    assert len(signature) == 64
    check(key, signature, DIGEST)
    with pytest.raises(InvalidSignature):
        check(key, signature, OTHER_DIGEST)


def test_the_service_itself_verifies(tenancy: Tenancy, client: KeyClient, officer: Workload) -> None:
    key = client.create_ec_key("network-map")
    signature = crypto(tenancy, officer, key).sign(SignatureAlgorithm.es256, DIGEST).signature
    verifying = tenancy.count("verify", "200")

    def verified(digest: bytes, signature: bytes) -> bool:
        body = {"alg": "ES256", "digest": url_safe(digest), "value": url_safe(signature)}
        answer = client.send_request(HttpRequest("POST", "/keys/network-map/verify?api-version=7.5", json=body))
        answer.raise_for_status()
        return bool(answer.json()["value"])

    assert verified(DIGEST, signature) is True
    assert verified(OTHER_DIGEST, signature) is False
    assert verified(DIGEST, signature[:-1]) is False
    assert verified(DIGEST, bytes(64)) is False
    assert verifying() == 4


def test_no_answer_ever_has_the_private_part(client: KeyClient) -> None:
    body = {"kty": "EC", "crv": "P-256", "key_ops": ["sign"]}
    paths = [
        ("POST", "/keys/map/create", body),
        ("GET", "/keys/map/", None),
        ("GET", "/keys", None),
        ("GET", "/keys/map/versions", None),
        ("PATCH", "/keys/map/", {"tags": {"a": "b"}}),
        ("DELETE", "/keys/map", None),
        ("GET", "/deletedkeys/map", None),
        ("GET", "/deletedkeys", None),
        ("POST", "/deletedkeys/map/recover", None),
    ]
    for method, path, content in paths:
        answer = client.send_request(HttpRequest(method, f"{path}?api-version=7.5", json=content))
        answer.raise_for_status()
        assert "PRIVATE" not in answer.text()
        assert '"d"' not in answer.text()


def test_a_key_made_without_sign_refuses_to_sign(client: KeyClient) -> None:
    client.create_ec_key("map", key_operations=[KeyOperation.verify])
    body = {"alg": "ES256", "value": url_safe(DIGEST)}

    answer = client.send_request(HttpRequest("POST", "/keys/map/sign?api-version=7.5", json=body))

    assert answer.status_code == 403
    assert answer.json()["error"] == {
        "code": "Forbidden",
        "message": "Operation sign is not permitted on this key.",
        "innererror": {"code": "KeyOperationForbidden"},
    }


def test_operations_left_out_mean_all_that_the_type_can(client: KeyClient) -> None:
    assert client.create_ec_key("map").key_operations == ["sign", "verify"]


def test_creating_again_makes_a_new_version_and_the_old_one_still_signs(
    tenancy: Tenancy, client: KeyClient, officer: Workload
) -> None:
    first = client.create_ec_key("map")
    second = client.create_ec_key("map")

    assert first.id != second.id
    assert client.get_key("map").id == second.id
    assert point(client.get_key("map", first.properties.version)) == point(first)
    check(first, crypto(tenancy, officer, first).sign(SignatureAlgorithm.es256, DIGEST).signature, DIGEST)
    versions = [each.version for each in client.list_properties_of_key_versions("map")]
    assert versions == [first.properties.version, second.properties.version]


def test_keys_are_listed_over_page_borders(client: KeyClient) -> None:
    names = [f"key-{number}" for number in range(7)]
    for name in names:
        client.create_ec_key(name)

    assert [each.name for each in client.list_properties_of_keys()] == names


def test_update_changes_properties_and_operations(client: KeyClient) -> None:
    client.create_ec_key("map", tags={"a": "1"})
    expires = datetime.datetime(2031, 1, 1, tzinfo=datetime.UTC)

    client.update_key_properties("map", expires_on=expires)
    client.update_key_properties("map", key_operations=[KeyOperation.verify])

    key = client.get_key("map")
    assert key.properties.expires_on == expires
    assert key.properties.tags == {"a": "1"}
    assert key.key_operations == ["verify"]


@pytest.mark.parametrize(
    ("properties", "code"),
    [
        ({"enabled": False}, "KeyDisabled"),
        ({"exp": 1_600_000_000}, "KeyExpired"),
        ({"nbf": 4_000_000_000}, "KeyNotYetValid"),
    ],
)
def test_a_disabled_or_untimely_key_refuses_to_sign(
    client: KeyClient, properties: dict[str, object], code: str
) -> None:
    client.create_ec_key("map")
    change = HttpRequest("PATCH", "/keys/map/?api-version=7.5", json={"attributes": properties})
    client.send_request(change).raise_for_status()
    body = {"alg": "ES256", "value": url_safe(DIGEST)}

    answer = client.send_request(HttpRequest("POST", "/keys/map/sign?api-version=7.5", json=body))

    assert (answer.status_code, answer.json()["error"]["innererror"]["code"]) == (403, code)


def test_deleted_keys_come_back_and_block_their_name_until_then(
    tenancy: Tenancy, client: KeyClient, officer: Workload
) -> None:
    key = client.create_ec_key("map")
    client.begin_delete_key("map").result()

    with pytest.raises(ResourceNotFoundError, match=r"A key with \(name/id\) map"):
        client.get_key("map")
    with pytest.raises(ResourceNotFoundError):
        crypto(tenancy, officer, key).sign(SignatureAlgorithm.es256, DIGEST)
    with pytest.raises(ResourceExistsError, match="deleted but recoverable"):
        client.create_ec_key("map")
    assert point(client.get_deleted_key("map")) == point(key)
    assert [each.name for each in client.list_deleted_keys()] == ["map"]

    client.begin_recover_deleted_key("map").result()

    check(key, crypto(tenancy, officer, key).sign(SignatureAlgorithm.es256, DIGEST).signature, DIGEST)


def test_a_purged_key_is_gone_for_good(client: KeyClient) -> None:
    client.create_ec_key("map")
    client.begin_delete_key("map").result()
    client.purge_deleted_key("map")

    with pytest.raises(ResourceNotFoundError):
        client.get_deleted_key("map")
    assert client.create_ec_key("map").name == "map"
    assert len(list(client.list_properties_of_key_versions("map"))) == 1


def test_other_types_and_curves_are_refused(client: KeyClient) -> None:
    attempts: tuple[Callable[[], object], ...] = (
        lambda: client.create_rsa_key("map", size=2048),
        lambda: client.create_ec_key("map", curve=KeyCurveName.p_384),
        lambda: client.create_ec_key("map", hardware_protected=True),
        lambda: client.create_key("map", "EC", key_operations=["wrapKey"]),
    )
    for refused in attempts:
        with pytest.raises(HttpResponseError) as error:
            refused()
        assert error.value.status_code == 400
        assert error.value.error is not None
        assert error.value.error.code == "BadParameter"
    assert list(client.list_properties_of_keys()) == []


@pytest.mark.parametrize(
    "body",
    [
        {"alg": "ES384", "value": "A" * 64},
        {"alg": "ES256", "value": "A" * 42},
        {"alg": "ES256", "value": "!" * 43},
        {"alg": "ES256"},
        [],
    ],
)
def test_what_cannot_be_signed_is_refused_clearly(client: KeyClient, body: object) -> None:
    client.create_ec_key("map")

    answer = client.send_request(HttpRequest("POST", "/keys/map/sign?api-version=7.5", json=body))

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "BadParameter")


def test_what_the_stub_lacks_it_says(client: KeyClient) -> None:
    answer = client.send_request(HttpRequest("POST", "/keys/map/rotate?api-version=7.5"))

    assert answer.status_code == 501
    assert answer.json()["error"]["code"] == "NotImplementedByStub"
    assert "protocol stub" in answer.json()["error"]["message"]


def test_a_request_without_api_version_is_refused(tenancy: Tenancy, vault: str, officer: Workload) -> None:
    token = tenancy.credential(officer).get_token(f"https://vault.{DOMAIN}/.default").token

    answer = tenancy.bare(f"{tenancy.azure.vault_url(vault)}/keys", token)

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "BadParameter")


async def test_the_asynchronous_clients_work_alike(tenancy: Tenancy, vault: str, officer: Workload) -> None:
    async with (
        tenancy.async_credential(officer) as credential,
        AsyncKeyClient(tenancy.azure.vault_url(vault), credential, transport=tenancy.transport()) as client,
    ):
        key = await client.create_ec_key("map", key_operations=[KeyOperation.sign])
        assert key.id is not None
        async with AsyncCryptographyClient(key.id, credential, transport=tenancy.transport()) as signer:
            check(key, (await signer.sign(SignatureAlgorithm.es256, DIGEST)).signature, DIGEST)
        await client.delete_key("map")
        await client.recover_deleted_key("map")
        assert (await client.get_key("map")).id == key.id


def url_safe(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
