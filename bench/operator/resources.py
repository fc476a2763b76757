"""The resources that are measured, and the objects that the operator makes of them."""

import datetime
from collections.abc import Sequence
from typing import Any, Final

from bench.operator.network import NOTARY, Joined
from corda_operator.api.consortium import Consortium
from corda_operator.api.corda_node import CordaNode
from corda_operator.api.resource import API_VERSION
from corda_operator.reconcile.desired import Manifest, Reference, Settings
from corda_operator.reconcile.node.observed import ObservedNode
from corda_operator.reconcile.node.plan import plan

NAMESPACE: Final = "bank"
CONSORTIUM: Final = "measured"
NODES_OF_A_MEMBER: Final = 5
MONITORING_NAMESPACE: Final = "monitoring"
OPERATOR: Final[dict[str, Any]] = {
    "operatorImage": "registry.example.com/corda-operator:1.0",
    "cordaImagePattern": "registry.example.com/corda:{version}",
    "tenantId": "7d5c2a10-0000-4000-8000-000000000001",
    "monitoringNamespaces": [MONITORING_NAMESPACE],
}
"""The operator's configuration, as far as what it makes follows from it."""
SETTINGS: Final = Settings(
    operator_image=OPERATOR["operatorImage"],
    corda_image_pattern=OPERATOR["cordaImagePattern"],
    operator_namespace="default",
    tenant_id=OPERATOR["tenantId"],
    monitoring_namespaces=tuple(OPERATOR["monitoringNamespaces"]),
)
"""What plans make of it."""


def consortium(network: Joined, nodes: int) -> Manifest:
    """Return a Consortium whose members have five nodes each."""
    members = range(-(-nodes // NODES_OF_A_MEMBER))
    return {
        "apiVersion": API_VERSION,
        "kind": "Consortium",
        "metadata": {"name": CONSORTIUM, "namespace": NAMESPACE},
        "spec": {
            "joined": {
                "identityManagerURL": network.url,
                "networkMapURL": network.url,
                "trustRoot": network.trust_root,
                "tlsRevocationList": {"url": f"{network.url}/certificate-revocation-list/tls"},
            },
            "members": [{"name": f"bank-{each}", "organisation": _organisation(each)} for each in members],
            "notaries": [{"serviceLegalName": str(NOTARY)}],
        },
    }


def corda_node(number: int) -> Manifest:
    """Return a CordaNode as a bank would write it."""
    return {
        "apiVersion": API_VERSION,
        "kind": "CordaNode",
        "metadata": {"name": name(number), "namespace": NAMESPACE},
        "spec": {
            "legalName": f"O={_organisation(number // NODES_OF_A_MEMBER)}, OU={number}, L=London, C=GB",
            "consortiumRef": {"name": CONSORTIUM},
            "keyVault": {"url": f"https://bank-{number // NODES_OF_A_MEMBER}.vault.azure.net"},
            "workloadIdentity": {"clientID": f"7d5c2a10-0000-4000-8000-{number:012}"},
            "rpc": {
                "users": [{"name": "application", "passwordSecret": "rpc-application", "permissions": ["ALL"]}],
                "exposure": {"type": "ClusterIP"},
            },
            "cordapps": [
                {
                    "name": "credit-record",
                    "url": "https://example.com/credit-record.jar",
                    "sha256": "ab" * 32,
                }
            ],
        },
    }


def name(number: int) -> str:
    """Return a CordaNode's name."""
    return f"node-{number:03}"


def rendered(of: Manifest, nodes: Sequence[Manifest]) -> list[Manifest]:
    """Return the objects that the operator makes of nodes, as the API server has these and their Consortium."""
    some = Consortium.model_validate(of)
    all_nodes = tuple(CordaNode.model_validate(each) for each in nodes)
    now = datetime.datetime.now(datetime.UTC)
    found: dict[Reference, Manifest] = {}
    for node in all_nodes:
        desired = plan(node, ObservedNode(consortium=some, nodes=all_nodes), SETTINGS, now)
        found.update({Reference.of(each): each for each in desired.objects})
    return list(found.values())


def _organisation(member: int) -> str:
    return f"Bank {member:03}"
