"""The node's StatefulSet, and what its pod needs to be there: a volume, a service account, a disruption budget.

The StatefulSet replaces no pod by itself (OnDelete): when a running node is restarted, and what for, is decided in
`restart`. Its template thus follows the operator's version without any node noticing.
"""

from decimal import Decimal
from typing import Final

from corda_operator.api.consortium import Member
from corda_operator.api.corda_node import CordaNode
from corda_operator.corda.names import LegalName
from corda_operator.reconcile.desired import Manifest, Settings
from corda_operator.reconcile.labels import selector
from corda_operator.reconcile.node import names
from corda_operator.reconcile.node.inputs import Network
from corda_operator.reconcile.node.pod import template
from corda_operator.reconcile.quantities import canonical

_READY_SECONDS: Final = 5
_UNITS: Final[dict[str, int | Decimal]] = {
    **{f"{letter}i": 1024**power for power, letter in enumerate("KMGTPE", start=1)},
    **{letter: 1000**power for power, letter in enumerate("kMGTPE", start=1)},
    "m": Decimal("0.001"),
}


def service_account(node: CordaNode, member: Member | None) -> Manifest:
    """Return the account that the federated credential in Entra names."""
    return {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": names.metadata_of(node, names.workload(node), member),
        "automountServiceAccountToken": False,
    }


def claim(node: CordaNode, member: Member | None, live: Manifest | None) -> Manifest:
    """Return the volume's claim, which outlives the resource: the ledger is on it.

    Not one that the StatefulSet makes, since a StatefulSet's can't grow. It stays as large as it is if the wish is
    less, as after a CordaNode was deleted and made anew: volumes don't shrink.
    """
    size = canonical(node.spec.storage.size)
    if live is not None:
        size = max(live["spec"]["resources"]["requests"]["storage"], size, key=_bytes)
    spec: Manifest = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": size}}}
    if node.spec.storage.class_name is not None:
        spec["storageClassName"] = node.spec.storage.class_name
    annotations = {names.LEGAL_NAME: str(LegalName.parse(node.spec.legal_name))}
    metadata = names.metadata_of(node, names.claim(node), member, annotations=annotations, owned=False)
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata, "spec": spec}


def stateful_set(node: CordaNode, network: Network, settings: Settings, *, files: str, intent: str) -> Manifest:
    """Return the StatefulSet of one pod; ``files`` is the name of its ConfigMap. Raises BlockedError."""
    return {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": names.metadata_of(node, names.workload(node), network.member),
        "spec": {
            "replicas": 1,
            "serviceName": names.governing_service(node),
            "selector": {"matchLabels": selector(node, names.COMPONENT)},
            "updateStrategy": {"type": "OnDelete"},
            "podManagementPolicy": "Parallel",
            "minReadySeconds": _READY_SECONDS,
            "revisionHistoryLimit": 2,
            "template": template(node, network, settings, files=files, intent=intent),
        },
    }


def disruption_budget(node: CordaNode, member: Member | None) -> Manifest:
    """Return a budget that blocks no drain of a machine: AKS refuses upgrades if one does."""
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": names.metadata_of(node, names.workload(node), member),
        "spec": {
            "maxUnavailable": 1,
            "selector": {"matchLabels": selector(node, names.COMPONENT)},
            "unhealthyPodEvictionPolicy": "AlwaysAllow",
        },
    }


def _bytes(quantity: str) -> Decimal:
    for suffix, factor in _UNITS.items():
        if quantity.endswith(suffix):
            return Decimal(quantity.removesuffix(suffix)) * factor
    return Decimal(quantity)
