"""A founder's Consortium, its notary and two banks, as somebody would apply them, and what they need of Azure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from local.azure.names import DOMAIN
from local.azure.stub.directory import Directory
from local.cluster.control_plane import ISSUER

NAMESPACE = "credit"
CONSORTIUM = "records"
TENANT_ID = "11111111-0000-4000-8000-00000000cafe"
NOTARY_SERVICE = "O=Notary Service, L=London, C=GB"
API_VERSION = "corda-operator.io/v1alpha1"

Object = dict[str, Any]


@dataclass(frozen=True)
class Identity:
    """A managed identity, the service account that may take it on, and its vault with what it may do there."""

    name: str
    number: int
    service_account: str
    vault: str
    roles: Sequence[str]

    @property
    def client_id(self) -> str:
        """Made of the number."""
        return f"11111111-0000-4000-8000-{self.number:012d}"


FOUNDER = Identity("founder", 1, f"{CONSORTIUM}-network", "founder", ["Key Vault Crypto Officer"])
NODES = {
    name: Identity(name, number, f"{name}-node", name, ["Key Vault Secrets Officer", "Key Vault Crypto Officer"])
    for number, name in enumerate(("notary", "bank-a", "bank-b"), start=2)
}
LEGAL_NAMES = {
    "notary": "O=Notary, L=London, C=GB",
    "bank-a": "O=Bank A, L=London, C=GB",
    "bank-b": "O=Bank B, L=Paris, C=FR",
}


def directory() -> Directory:
    """Return what the stub has to know."""
    identities = (FOUNDER, *NODES.values())
    return Directory.model_validate(
        {
            "tenantId": TENANT_ID,
            "identities": [
                {
                    "name": each.name,
                    "clientId": each.client_id,
                    "federatedCredentials": [
                        {
                            "issuer": ISSUER,
                            "subject": f"system:serviceaccount:{NAMESPACE}:{each.service_account}",
                        }
                    ],
                }
                for each in identities
            ],
            "vaults": [
                {
                    "name": each.vault,
                    "roleAssignments": [{"identity": each.name, "role": role} for role in each.roles],
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
    }
    if name == "notary":
        spec["notary"] = {"serviceLegalName": NOTARY_SERVICE}
    return {
        "apiVersion": API_VERSION,
        "kind": "CordaNode",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {**spec, **(changes or {})},
    }


def everything() -> list[Object]:
    """Return all resources, for one apply."""
    return [consortium(), *map(node, NODES)]


def values(operator_image: str, corda_image: str) -> Object:
    """Return what the chart is installed with."""
    return {
        "image": {"reference": operator_image},
        "corda": {"imagePattern": corda_image.replace("4.10", "{version}")},
        "azure": {
            "tenantID": TENANT_ID,
            "authorityHost": f"https://login.{DOMAIN}",
            "caConfigMap": "azure-ca",
            # The stand-ins' pods, behind their Services on 443.
            "ports": [443, 8443, 10000],
        },
    }
