"""A founder's Consortium, its notary and two banks, as somebody would apply them, and what they need of Azure."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from local.azure.names import DOMAIN
from local.azure.stub.directory import Directory
from local.cluster.control_plane import ISSUER
from local.demo.architecture import TENANT_ID
from local.images.jars import FINANCE, FINANCE_TABLE, sha256_of

NAMESPACE = "credit"
CONSORTIUM = "records"
NOTARY_SERVICE = "O=Notary Service, L=London, C=GB"
API_VERSION = "corda-operator.io/v1alpha1"
RPC_USER, RPC_SECRET = "application", "rpc-application"
TOOLS = "tools"
"""Namespace of the pods that tests work from."""
DESK_HOST = f"desk.{TOOLS}.svc.cluster.local"
"""Where CorDapps are fetched from."""
ADMINISTRATOR = "11111111-0000-4000-8000-0000000000ad"
ADMINISTRATOR_SECRET = "administrator"

Object = dict[str, Any]


@dataclass(frozen=True)
class Identity:
    """A managed identity, the service accounts that may take it on, and its vault with what it may do there."""

    name: str
    number: int
    service_accounts: Sequence[str]
    vault: str
    roles: Sequence[str]

    @property
    def client_id(self) -> str:
        """Made of the number."""
        return f"11111111-0000-4000-8000-{self.number:012d}"


FOUNDER = Identity("founder", 1, [f"{CONSORTIUM}-network"], "founder", ["Key Vault Crypto Officer"])
_OF_NODES = ("Key Vault Secrets Officer", "Key Vault Crypto Officer")
NODES = {
    name: Identity(name, number, [f"{name}-node"], name, _OF_NODES)
    for number, name in enumerate(("notary", "bank-a", "bank-b"), start=2)
}
BROKEN = ("denied", "forbidden", "no-image", "no-pool", "no-vault", "stranger", "wrong-hash")
"""Names of CordaNodes that can't become ready, each for a reason of its own."""
CLUMSY = Identity("clumsy", 9, [f"{name}-node" for name in BROKEN], "clumsy", _OF_NODES)
LEGAL_NAMES = {
    "notary": "O=Notary, L=London, C=GB",
    "bank-a": "O=Bank A, L=London, C=GB",
    "bank-b": "O=Bank B, L=Paris, C=FR",
}


def directory() -> Directory:
    """Return what the stub has to know."""
    identities = (FOUNDER, CLUMSY, *NODES.values())
    administrator = {
        "name": "administrator",
        "clientId": ADMINISTRATOR,
        "clientSecretSha256": hashlib.sha256(ADMINISTRATOR_SECRET.encode()).hexdigest(),
    }
    return Directory.model_validate(
        {
            "tenantId": TENANT_ID,
            "identities": [
                administrator,
                *(
                    {
                        "name": each.name,
                        "clientId": each.client_id,
                        "federatedCredentials": [
                            {"issuer": ISSUER, "subject": f"system:serviceaccount:{NAMESPACE}:{account}"}
                            for account in each.service_accounts
                        ],
                    }
                    for each in identities
                ),
            ],
            "vaults": [
                {
                    "name": each.vault,
                    "roleAssignments": [
                        {"identity": "administrator", "role": "Key Vault Administrator"},
                        *({"identity": each.name, "role": role} for role in each.roles),
                    ],
                }
                for each in identities
            ],
        }
    )


def consortium() -> Object:
    """Return the founder's resource: both banks are members, the notary's organisation, too."""
    return {
        "apiVersion": API_VERSION,
        "kind": "Consortium",
        "metadata": {"name": CONSORTIUM, "namespace": NAMESPACE},
        "spec": {
            "hosted": {
                "keyVault": {"url": f"https://{FOUNDER.vault}.vault.{DOMAIN}"},
                "storage": {"accountURL": f"https://cordastate.blob.{DOMAIN}"},
                "trustRoot": {"organisation": "Credit Consortium", "locality": "London", "country": "GB"},
                "workloadIdentity": {"clientID": FOUNDER.client_id},
                "networkMap": {"pollInterval": "5s"},
            },
            "members": [
                {"name": "founder", "organisation": "Notary"},
                {"name": "notary-service", "organisation": "Notary Service"},
                {"name": "bank-a", "organisation": "Bank A"},
                {"name": "bank-b", "organisation": "Bank B"},
                {"name": "clumsy", "organisation": "Clumsy Bank"},
                {"name": "denied", "organisation": "Denied Bank", "admission": "Denied"},
            ],
            "notaries": [{"serviceLegalName": NOTARY_SERVICE}],
        },
    }


def node(name: str, changes: Mapping[str, Any] | None = None) -> Object:
    """Return a CordaNode; ``changes`` replace fields of its spec."""
    identity = NODES[name]
    spec: Object = {
        "legalName": LEGAL_NAMES[name],
        "consortiumRef": {"name": CONSORTIUM},
        "keyVault": {"url": f"https://{identity.vault}.vault.{DOMAIN}"},
        "workloadIdentity": {"clientID": identity.client_id},
        "nodePool": "corda",
        "storage": {"size": "1Gi"},
        "drain": {"timeout": "20s"},
    }
    if name == "notary":
        spec["notary"] = {"serviceLegalName": NOTARY_SERVICE}
    else:
        spec["rpc"] = {"users": [{"name": RPC_USER, "passwordSecret": RPC_SECRET, "permissions": ["ALL"]}]}
        spec["cordapps"] = [
            {
                "name": jar.removesuffix("-4.10.jar"),
                "url": f"https://{DESK_HOST}/{jar}",
                "sha256": sha256_of(jar, FINANCE_TABLE),
            }
            for jar in FINANCE
        ]
        # These are signed with R3's key for development.
        spec["configuration"] = {"cordappSignerKeyFingerprintBlacklist": []}
    return {
        "apiVersion": API_VERSION,
        "kind": "CordaNode",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {**spec, **(changes or {})},
    }


def broken(name: str, changes: Mapping[str, Any] | None = None) -> Object:
    """Return one of `BROKEN` by what is wrong with it; all are of one identity and, mostly, of one vault."""
    organisation = {"denied": "Denied Bank", "stranger": "Strange Bank"}.get(name, "Clumsy Bank")
    spec: Object = {
        "legalName": f"OU={name}, O={organisation}, L=London, C=GB",
        "consortiumRef": {"name": CONSORTIUM},
        "keyVault": {"url": f"https://{CLUMSY.vault}.vault.{DOMAIN}"},
        "workloadIdentity": {"clientID": CLUMSY.client_id},
        "nodePool": "corda",
        "storage": {"size": "1Gi"},
        # So small that all of them fit beside the nodes that work.
        "resources": {"requests": {"cpu": "10m", "memory": "128Mi"}},
    }
    metadata = {"name": name, "namespace": NAMESPACE}
    return {"apiVersion": API_VERSION, "kind": "CordaNode", "metadata": metadata, "spec": {**spec, **(changes or {})}}


def everything() -> list[Object]:
    """Return all resources, for one apply."""
    return [consortium(), *map(node, NODES)]
