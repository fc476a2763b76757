"""A Consortium that joins a network, and nodes of it, as users write them."""

from typing import Any

from corda_operator.api.resource import API_VERSION
from tests.unit.api.examples import example

Object = dict[str, Any]
CONSORTIUM = "elsewhere"
NODES = ("notary", "bank-a", "bank-b")


def consortium(root_pem: str, url: str, name: str = CONSORTIUM, **changes: Any) -> Object:
    """Return a Consortium whose services are at a URL."""
    spec = {
        "joined": {"identityManagerURL": url, "networkMapURL": url, "trustRoot": root_pem},
        "members": [{"name": each, "organisation": each.replace("-", " ").title()} for each in NODES],
        **changes,
    }
    return {"apiVersion": API_VERSION, "kind": "Consortium", "metadata": {"name": name}, "spec": spec}


def node(name: str, **changes: Any) -> Object:
    """Return a CordaNode."""
    spec: Object = {
        "legalName": f"O={name.replace('-', ' ').title()}, L=London, C=GB",
        "consortiumRef": {"name": CONSORTIUM},
        "keyVault": {"url": "https://bank.vault.azure.net"},
        "workloadIdentity": example("bank-a")["spec"]["workloadIdentity"],
        "revocation": {"hardFail": False},
        "storage": {"size": "1Gi"},
        **({"notary": {"serviceLegalName": "O=Notary Service, L=London, C=GB"}} if name == "notary" else {}),
        **changes,
    }
    return {"apiVersion": API_VERSION, "kind": "CordaNode", "metadata": {"name": name}, "spec": spec}
