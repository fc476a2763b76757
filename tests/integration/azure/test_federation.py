import base64
import json
import re
import ssl
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

import jwt
import pytest
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import ClientSecretCredential

from local.azure.names import DOMAIN
from local.azure.stub.directory import FederatedCredential, Identity
from tests.integration.azure.fixtures.cluster_issuer import ISSUER, ClusterIssuer
from tests.integration.azure.fixtures.plugin import TENANT
from tests.integration.azure.fixtures.tenancy import NAMESPACE, Tenancy, Workload

VAULT_SCOPE = f"https://vault.{DOMAIN}/.default"


def ask(tenancy: Tenancy, form: dict[str, str], tenant: str = TENANT) -> tuple[int, dict[str, Any]]:
    """Return status and body of a token request as a client without an SDK makes it."""
    request = urllib.request.Request(  # noqa: S310 - https, to a stand-in
        f"{tenancy.azure.authority_host}/{tenant}/oauth2/v2.0/token",
        data=urllib.parse.urlencode(form).encode(),
    )
    context = ssl.create_default_context(cafile=tenancy.azure.ca)
    try:
        with urllib.request.urlopen(request, context=context) as answer:  # noqa: S310 - as above
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def form(workload: Workload, assertion: str, **changes: str) -> dict[str, str]:
    return {
        "grant_type": "client_credentials",
        "client_id": workload.identity.client_id,
        "scope": VAULT_SCOPE,
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": assertion,
        **changes,
    }


def refusal(tenancy: Tenancy, workload: Workload, assertion: str) -> str:
    """Return the AADSTS code of the refusal that the SDK's credential meets with a token."""
    tenancy.write_token(workload, assertion)
    with pytest.raises(ClientAuthenticationError) as refused:
        tenancy.credential(workload).get_token(VAULT_SCOPE)
    found = re.search(r"AADSTS(\d+)", str(refused.value))
    assert found is not None
    return found[1]


def test_a_service_account_token_is_exchanged_for_an_access_token(tenancy: Tenancy) -> None:
    workload = tenancy.workload()

    token = tenancy.credential(workload).get_token(VAULT_SCOPE).token

    claims = jwt.decode(token, options={"verify_signature": False})
    assert claims["iss"] == f"https://sts.windows.net/{TENANT}/"
    assert claims["aud"] == f"https://vault.{DOMAIN}"
    assert claims["tid"] == TENANT
    assert (claims["appid"], claims["oid"]) == (workload.identity.client_id, workload.identity.object_id)
    assert claims["exp"] - claims["iat"] == 3600
    assert jwt.get_unverified_header(token)["alg"] == "RS256"


def test_the_access_token_verifies_by_the_published_keys(tenancy: Tenancy) -> None:
    token = tenancy.credential(tenancy.workload()).get_token("https://storage.azure.com/.default").token
    context = ssl.create_default_context(cafile=tenancy.azure.ca)
    base = f"{tenancy.azure.authority_host}/{TENANT}"
    with urllib.request.urlopen(f"{base}/v2.0/.well-known/openid-configuration", context=context) as answer:  # noqa: S310
        configuration = json.load(answer)

    keys = jwt.PyJWKClient(configuration["jwks_uri"], ssl_context=context)
    claims = jwt.decode(
        token,
        keys.get_signing_key_from_jwt(token),
        algorithms=["RS256"],
        audience="https://storage.azure.com",
    )

    assert claims["iss"] == configuration["issuer"]
    assert configuration["token_endpoint"] == f"{base}/oauth2/v2.0/token"


async def test_the_asynchronous_credential_works_alike(tenancy: Tenancy) -> None:
    async with tenancy.async_credential(tenancy.workload()) as credential:
        assert (await credential.get_token(VAULT_SCOPE)).token


def test_an_expired_token_gets_700024(tenancy: Tenancy, cluster_issuer: ClusterIssuer) -> None:
    workload = tenancy.workload()
    token = cluster_issuer.token(NAMESPACE, workload.service_account, begin=-7200)

    assert refusal(tenancy, workload, token) == "700024"


def test_a_token_of_the_future_gets_700024(tenancy: Tenancy, cluster_issuer: ClusterIssuer) -> None:
    workload = tenancy.workload()
    token = cluster_issuer.token(NAMESPACE, workload.service_account, begin=600)

    assert refusal(tenancy, workload, token) == "700024"


def test_a_token_for_another_audience_gets_700212(tenancy: Tenancy, cluster_issuer: ClusterIssuer) -> None:
    workload = tenancy.workload()
    token = cluster_issuer.token(NAMESPACE, workload.service_account, audience="https://kubernetes.default.svc")

    assert refusal(tenancy, workload, token) == "700212"


def test_another_service_accounts_token_gets_700213(tenancy: Tenancy, cluster_issuer: ClusterIssuer) -> None:
    workload, other = tenancy.workload(), tenancy.workload()

    assert refusal(tenancy, workload, cluster_issuer.token(NAMESPACE, other.service_account)) == "700213"
    assert refusal(tenancy, workload, cluster_issuer.token("bank-b", workload.service_account)) == "700213"
    upper = cluster_issuer.token(NAMESPACE, workload.service_account.upper())
    assert refusal(tenancy, workload, upper) == "700213"


def test_another_issuers_token_gets_700211(tenancy: Tenancy, cluster_issuer: ClusterIssuer) -> None:
    workload = tenancy.workload()
    token = cluster_issuer.token(NAMESPACE, workload.service_account, issuer="https://other.example")

    assert refusal(tenancy, workload, token) == "700211"


def test_a_forged_token_gets_700027(tenancy: Tenancy, cluster_issuer: ClusterIssuer) -> None:
    workload = tenancy.workload()

    assert refusal(tenancy, workload, cluster_issuer.forged_token(NAMESPACE, workload.service_account)) == "700027"


def test_a_token_whose_claims_were_changed_gets_700027(tenancy: Tenancy, cluster_issuer: ClusterIssuer) -> None:
    workload, other = tenancy.workload(), tenancy.workload()
    header, payload, signature = cluster_issuer.token(NAMESPACE, other.service_account).split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    claims["sub"] = f"system:serviceaccount:{NAMESPACE}:{workload.service_account}"
    changed = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()

    assert refusal(tenancy, workload, f"{header}.{changed}.{signature}") == "700027"


def test_an_unsigned_token_gets_700027(tenancy: Tenancy, cluster_issuer: ClusterIssuer) -> None:
    workload = tenancy.workload()
    signed = cluster_issuer.token(NAMESPACE, workload.service_account)
    claims = jwt.decode(signed, options={"verify_signature": False})

    assert refusal(tenancy, workload, jwt.encode(claims, "", algorithm="none")) == "700027"


def test_what_is_no_token_gets_50027(tenancy: Tenancy) -> None:
    assert refusal(tenancy, tenancy.workload(), "no-token") == "50027"


def test_keys_are_cached_and_fetched_again_when_the_issuer_rotates(
    tenancy: Tenancy, cluster_issuer: ClusterIssuer
) -> None:
    workload = tenancy.workload()
    tenancy.credential(workload).get_token(VAULT_SCOPE)
    fetched = cluster_issuer.fetched
    tenancy.credential(workload).get_token(VAULT_SCOPE)
    assert cluster_issuer.fetched == fetched

    old = cluster_issuer.token(NAMESPACE, workload.service_account)
    cluster_issuer.rotate()
    tenancy.write_token(workload, cluster_issuer.token(NAMESPACE, workload.service_account))
    tenancy.credential(workload).get_token(VAULT_SCOPE)

    assert cluster_issuer.fetched == fetched + 1
    assert refusal(tenancy, workload, old) == "7000272"


def test_an_issuer_that_does_not_answer_gets_50166(tenancy: Tenancy, cluster_issuer: ClusterIssuer) -> None:
    workload = tenancy.workload()
    cluster_issuer.rotate()
    cluster_issuer.available = False

    token = cluster_issuer.token(NAMESPACE, workload.service_account)
    assert refusal(tenancy, workload, token) == "50166"

    cluster_issuer.available = True
    assert tenancy.credential(workload).get_token(VAULT_SCOPE).token


def test_keys_are_found_by_discovery_under_another_address(tenancy: Tenancy, cluster_issuer: ClusterIssuer) -> None:
    discovery = f"{cluster_issuer.url}/.well-known/openid-configuration"
    tenancy.azure.admin.put_issuer(cluster_issuer.entry(keysUrl=None, discoveryUrl=discovery))

    assert tenancy.credential(tenancy.workload()).get_token(VAULT_SCOPE).token


def test_keys_are_asked_for_with_a_token_where_the_issuer_wants_one(
    tenancy: Tenancy, cluster_issuer: ClusterIssuer, tmp_path: Path
) -> None:
    workload = tenancy.workload()
    cluster_issuer.required_bearer = "of-the-stub"
    cluster_issuer.rotate()
    token = cluster_issuer.token(NAMESPACE, workload.service_account)
    assert refusal(tenancy, workload, token) == "50166"

    (tmp_path / "own-token").write_text("of-the-stub\n")
    tenancy.azure.admin.put_issuer(cluster_issuer.entry(tokenFile=str(tmp_path / "own-token")))

    assert tenancy.credential(workload).get_token(VAULT_SCOPE).token


def test_an_issuer_with_a_certificate_of_strangers_is_not_believed(
    tenancy: Tenancy, cluster_issuer: ClusterIssuer
) -> None:
    workload = tenancy.workload()
    tenancy.azure.admin.put_issuer(cluster_issuer.entry(caFile=str(tenancy.azure.ca)))

    assert refusal(tenancy, workload, workload.token_file.read_text()) == "50166"


def test_an_issuer_that_the_directory_lacks_gets_50166(tenancy: Tenancy) -> None:
    workload = tenancy.workload()
    tenancy.azure.admin.delete_issuer(ISSUER)

    assert refusal(tenancy, workload, workload.token_file.read_text()) == "50166"


@pytest.mark.parametrize(
    ("changes", "status", "error", "code"),
    [
        ({"client_id": "7d5c2a10-0000-4000-8000-00000000dead"}, 400, "unauthorized_client", 700016),
        ({"client_id": ""}, 400, "invalid_request", 900144),
        ({"grant_type": "password"}, 400, "unsupported_grant_type", 70003),
        ({"grant_type": ""}, 400, "invalid_request", 900144),
        ({"scope": ""}, 400, "invalid_request", 900144),
        ({"scope": f"https://vault.{DOMAIN}"}, 400, "invalid_scope", 1002012),
        ({"scope": "https://graph.example/.default"}, 400, "invalid_resource", 500011),
        ({"client_assertion_type": "saml"}, 400, "invalid_request", 900023),
    ],
)
def test_a_wrong_request_gets_entras_error(
    tenancy: Tenancy, changes: dict[str, str], status: int, error: str, code: int
) -> None:
    workload = tenancy.workload()

    got, body = ask(tenancy, form(workload, workload.token_file.read_text(), **changes))

    assert (got, body["error"], body["error_codes"]) == (status, error, [code])
    assert body["error_description"].startswith(f"AADSTS{code}: ")
    assert {"timestamp", "trace_id", "correlation_id", "error_uri"} <= body.keys()


def test_another_tenant_is_not_found(tenancy: Tenancy) -> None:
    workload = tenancy.workload()

    status, body = ask(tenancy, form(workload, workload.token_file.read_text()), "7d5c2a10-0000-4000-8000-00000000dead")

    assert (status, body["error_codes"]) == (400, [90002])


def test_a_request_that_proves_nothing_gets_7000216(tenancy: Tenancy) -> None:
    request = form(tenancy.workload(), "")
    del request["client_assertion"]

    status, body = ask(tenancy, request)

    assert (status, body["error"], body["error_codes"]) == (401, "invalid_client", [7000216])


def test_a_second_federated_credential_of_an_identity_is_good_too(
    tenancy: Tenancy, cluster_issuer: ClusterIssuer
) -> None:
    workload = tenancy.workload()
    second = FederatedCredential(issuer=ISSUER, subject="system:serviceaccount:bank-b:node")
    first = workload.identity.federated_credentials
    changed = workload.identity.model_copy(update={"federated_credentials": (*first, second)})
    tenancy.azure.admin.put_identity(changed)

    tenancy.write_token(workload, cluster_issuer.token("bank-b", "node"))

    assert tenancy.credential(workload).get_token(VAULT_SCOPE).token


def test_a_client_secret_works_and_a_wrong_one_gets_7000215(tenancy: Tenancy) -> None:
    identity = Identity(
        name="by-secret",
        client_id="7d5c2a10-0000-4000-8000-0000000000aa",
        client_secret_sha256="2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b",
    )
    tenancy.azure.admin.put_identity(identity)

    def token(secret: str) -> str:
        with ClientSecretCredential(TENANT, identity.client_id, secret, disable_instance_discovery=True) as credential:
            return credential.get_token(VAULT_SCOPE).token

    assert token("secret")
    with pytest.raises(ClientAuthenticationError, match="AADSTS7000215"):
        token("guess")
