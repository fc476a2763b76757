"""What is applied in a run, each in a namespace of its own, and what Azure's stand-ins have to know of all runs."""

import hashlib
from typing import Any, Final

from bench.credit_records.by_hand import BANK_A, BANK_B, NOTARY, NOTARY_SERVICE, USER
from bench.credit_records.client import PERMISSIONS
from corda_operator.api.resource import API_VERSION
from local.azure.names import DOMAIN
from local.azure.stub.directory import Directory
from local.cluster.addons import Object
from local.cluster.control_plane import ISSUER
from local.cordapps import Built, sha256
from local.demo.architecture import (
    ADMINISTRATOR,
    ADMINISTRATOR_SECRET,
    RPC_SECRET,
    TENANT_ID,
    vault_url,
)

CONSORTIUM: Final = "measured"
POLL_INTERVAL: Final = "1s"
"""How often nodes ask for the network map, on both sides: often, so that the moment of a question decides little."""
NODES: Final = {"notary": NOTARY, "bank-a": BANK_A, "bank-b": BANK_B}
"""CordaNodes and their legal names."""
RPC_SERVICE: Final = f"{CONSORTIUM}-bank-a-member"
"""What the RPC client connects to: Bank A's load balancer."""
_SERVICE_ACCOUNTS: Final = (f"{CONSORTIUM}-network", f"{CONSORTIUM}-trust-root", *(f"{each}-node" for each in NODES))


def namespace_of(run: int) -> str:
    """Return the namespace of a run, which is also what its vault and its container are called."""
    return f"start-{run}"


def directory(runs: int) -> Directory:
    """Return an identity for each service account, that of all runs, and a vault for each run."""
    namespaces = [namespace_of(each) for each in range(runs)]
    administrator = {
        "name": "administrator",
        "clientId": ADMINISTRATOR,
        "clientSecretSha256": hashlib.sha256(ADMINISTRATOR_SECRET.encode()).hexdigest(),
    }
    identities = [
        {
            "name": account,
            "clientId": _client_id(account),
            "federatedCredentials": [
                {"issuer": ISSUER, "subject": f"system:serviceaccount:{each}:{account}"} for each in namespaces
            ],
        }
        for account in _SERVICE_ACCOUNTS
    ]
    roles = [
        {"identity": "administrator", "role": "Key Vault Administrator"},
        *({"identity": each, "role": "Key Vault Crypto Officer"} for each in _SERVICE_ACCOUNTS),
        *({"identity": f"{each}-node", "role": "Key Vault Secrets Officer"} for each in NODES),
    ]
    return Directory.model_validate(
        {
            "tenantId": TENANT_ID,
            "identities": [administrator, *identities],
            "vaults": [{"name": each, "roleAssignments": roles} for each in namespaces],
        }
    )


def resources(namespace: str, image: str, cordapps: Built) -> list[Object]:
    """Return all that is applied; the CorDapp comes from an image."""
    return [_consortium(namespace), *(_node(namespace, each, image, cordapps) for each in NODES)]


def _consortium(namespace: str) -> Object:
    spec = {
        "hosted": {
            "keyVault": {"url": vault_url(namespace)},
            "storage": {"accountURL": f"https://cordastate.blob.{DOMAIN}", "container": namespace},
            "trustRoot": {"organisation": "Example Consortium", "locality": "London", "country": "GB"},
            "workloadIdentity": {"clientID": _client_id(f"{CONSORTIUM}-network")},
            "trustRootIdentity": {"clientID": _client_id(f"{CONSORTIUM}-trust-root")},
            "networkMap": {"pollInterval": POLL_INTERVAL},
        },
        "members": [{"name": name, "organisation": legal.organisation} for name, legal in NODES.items()],
        "notaries": [{"serviceLegalName": str(NOTARY_SERVICE)}],
    }
    return _object("Consortium", namespace, CONSORTIUM, spec)


def _node(namespace: str, name: str, image: str, cordapps: Built) -> Object:
    legal_name = NODES[name]
    spec: dict[str, Any] = {
        "legalName": str(legal_name),
        "consortiumRef": {"name": CONSORTIUM},
        "version": "4.10",
        "keyVault": {"url": vault_url(namespace)},
        "workloadIdentity": {"clientID": _client_id(f"{name}-node")},
        "nodePool": "corda",
        "storage": {"size": "10Gi"},
    }
    if legal_name == NOTARY:
        return _object("CordaNode", namespace, name, {**spec, "notary": {"serviceLegalName": str(NOTARY_SERVICE)}})
    exposure = {"type": "InternalLoadBalancer" if legal_name == BANK_A else "None"}
    user = {"name": USER, "passwordSecret": RPC_SECRET, "permissions": list(PERMISSIONS)}
    archives = {"contracts": cordapps.contracts, "workflows": cordapps.workflows}
    of_image = [{"name": f"credit-record-{it}", "image": image, "sha256": sha256(jar)} for it, jar in archives.items()]
    return _object(
        "CordaNode", namespace, name, {**spec, "rpc": {"exposure": exposure, "users": [user]}, "cordapps": of_image}
    )


def _object(kind: str, namespace: str, name: str, spec: dict[str, Any]) -> Object:
    metadata = {"name": name, "namespace": namespace}
    return {"apiVersion": API_VERSION, "kind": kind, "metadata": metadata, "spec": spec}


def _client_id(account: str) -> str:
    return f"22222222-0000-4000-8000-{_SERVICE_ACCOUNTS.index(account):012d}"
