"""A pod uses Azure's stand-ins as it would use Azure: by name, with the token that the cluster gave it."""

import json
from collections.abc import Iterator

import pytest

from local.azure.stub.directory import Directory
from local.cluster import stand_ins
from local.cluster.control_plane import ISSUER
from local.cluster.kubectl import Kubectl
from tests.e2e import pods
from tests.e2e.conftest import NAME

CLIENT_ID = "11111111-0000-4000-8000-000000000001"
TENANT_ID = "11111111-0000-4000-8000-00000000cafe"
NAMESPACE = "bank-a"
DIRECTORY = Directory.model_validate(
    {
        "tenantId": TENANT_ID,
        "identities": [
            {
                "name": "bank-a",
                "clientId": CLIENT_ID,
                "federatedCredentials": [{"issuer": ISSUER, "subject": f"system:serviceaccount:{NAMESPACE}:node"}],
            }
        ],
        "vaults": [
            {
                "name": "bank-a",
                "roleAssignments": [
                    {"identity": "bank-a", "role": "Key Vault Secrets Officer"},
                    {"identity": "bank-a", "role": "Key Vault Crypto Officer"},
                ],
            },
            {"name": "bank-b"},
        ],
    }
)

PREAMBLE = """
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError
from azure.identity import WorkloadIdentityCredential
from azure.keyvault.keys import KeyClient
from azure.keyvault.keys.crypto import CryptographyClient, SignatureAlgorithm
from azure.keyvault.secrets import SecretClient
from azure.storage.blob import BlobServiceClient
me = WorkloadIdentityCredential(disable_instance_discovery=True)
vault = "https://bank-a.vault.azure.test"
"""


@pytest.fixture(scope="module")
def bank(cluster: Kubectl, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kubectl]:
    """The stand-ins, and a namespace for a bank that trusts their CA and has a service account of its own."""
    ca = stand_ins.install(NAME, cluster, DIRECTORY, tmp_path_factory.mktemp("certificates"))
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    cluster.apply(
        [
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE, "labels": labels}},
            *(
                {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name, "namespace": NAMESPACE}}
                for name in ("node", "stranger")
            ),
            {
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "metadata": {"name": "azure-ca", "namespace": NAMESPACE},
                "data": {"ca.pem": ca.read_text()},
            },
        ]
    )
    yield cluster
    cluster.text("delete", "namespace", NAMESPACE, "azure", "--wait=false")


def run(bank: Kubectl, name: str, script: str, account: str = "node") -> str:
    """Run a script in a pod with the projected token that Azure's workload identity asks for; return its output."""
    variables = {
        "AZURE_CLIENT_ID": CLIENT_ID,
        "AZURE_TENANT_ID": TENANT_ID,
        "AZURE_AUTHORITY_HOST": "https://login.azure.test",
        "AZURE_FEDERATED_TOKEN_FILE": "/var/run/secrets/azure/tokens/azure-identity-token",
        "REQUESTS_CA_BUNDLE": "/etc/azure-ca/ca.pem",
        "SSL_CERT_FILE": "/etc/azure-ca/ca.pem",
    }
    token = {"path": "azure-identity-token", "audience": "api://AzureADTokenExchange", "expirationSeconds": 3600}
    spec = {
        "serviceAccountName": account,
        "automountServiceAccountToken": False,
        "volumes": [
            {"name": "token", "projected": {"sources": [{"serviceAccountToken": token}]}},
            {"name": "ca", "configMap": {"name": "azure-ca"}},
        ],
    }
    container = {
        "env": [{"name": key, "value": value} for key, value in variables.items()],
        "volumeMounts": [
            {"name": "token", "mountPath": "/var/run/secrets/azure/tokens", "readOnly": True},
            {"name": "ca", "mountPath": "/etc/azure-ca", "readOnly": True},
        ],
    }
    command = pods.python(PREAMBLE + script)
    bank.apply([pods.pod(NAMESPACE, name, command, spec=spec, container=container)])
    return pods.output(bank, NAMESPACE, name)


def test_a_pod_keeps_a_secret_signs_with_a_key_and_leases_a_blob(bank: Kubectl) -> None:
    said = run(
        bank,
        "work",
        """
import hashlib, json
secrets = SecretClient(vault, me)
secrets.set_secret("tls-key", "s3cret", tags={"node": "a"})
key = KeyClient(vault, me).create_ec_key("identity", curve="P-256", key_operations=["sign", "verify"])
digest = hashlib.sha256(b"record").digest()
crypto = CryptographyClient(key, me)
signature = crypto.sign(SignatureAlgorithm.es256, digest).signature
blobs = BlobServiceClient("https://cordastate.blob.azure.test", me)
container = blobs.create_container("map")
pointer = container.upload_blob("pointer", b"1")
lease = pointer.acquire_lease(15)
try:
    pointer.upload_blob(b"2", overwrite=True)
except HttpResponseError as error:
    refused = error.error_code
pointer.upload_blob(b"2", overwrite=True, lease=lease)
print(json.dumps({
    "secret": secrets.get_secret("tls-key").value,
    "verified": crypto.verify(SignatureAlgorithm.es256, digest, signature).is_valid,
    "private": getattr(key.key, "d", None),
    "refused": refused,
    "blob": pointer.download_blob().readall().decode(),
}))
""",
    )

    assert json.loads(said) == {
        "secret": "s3cret",
        "verified": True,
        "private": None,
        "refused": "LeaseIdMissing",
        "blob": "2",
    }


def test_an_identity_gets_nothing_from_another_banks_vault(bank: Kubectl) -> None:
    said = run(
        bank,
        "curious",
        """
try:
    SecretClient("https://bank-b.vault.azure.test", me).get_secret("tls-key")
except HttpResponseError as error:
    print(error.status_code, error.error.code)
""",
    )

    assert said.strip() == "403 Forbidden"


def test_another_service_account_of_the_same_namespace_is_not_the_identity(bank: Kubectl) -> None:
    said = run(
        bank,
        "stranger",
        """
try:
    SecretClient(vault, me).get_secret("tls-key")
except ClientAuthenticationError as error:
    print(error.message)
""",
        account="stranger",
    )

    assert "AADSTS700213" in said
    assert f"system:serviceaccount:{NAMESPACE}:stranger" in said
