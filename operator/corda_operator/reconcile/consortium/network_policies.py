"""Who may talk to the network services, and to whom they and the trust root's Job may."""

from typing import Any

from corda_operator.api.azure import Exposure
from corda_operator.api.consortium import Consortium
from corda_operator.reconcile.consortium.naming import (
    ADMIN_PORT,
    NODES_PORT,
    SERVICES,
    TRUST_ROOT,
    services_name,
    trust_root_name,
)
from corda_operator.reconcile.desired import Manifest, Settings
from corda_operator.reconcile.labels import metadata, selector

_NAMESPACE = "kubernetes.io/metadata.name"
_OPERATOR = {"app.kubernetes.io/name": "corda-operator"}


def services_policy(consortium: Consortium, settings: Settings, exposure: Exposure) -> Manifest:
    """Return the services' policy: nodes to their port, operator and monitoring to the admin port, out to Azure."""
    operator = {"namespaceSelector": _named(settings.operator_namespace), "podSelector": {"matchLabels": _OPERATOR}}
    namespaces = () if consortium.spec.monitoring.enabled is False else settings.monitoring_namespaces
    monitoring = [{"namespaceSelector": _named(namespace)} for namespace in namespaces]
    ingress: list[Manifest] = [
        {**_nodes(exposure), "ports": [_tcp(NODES_PORT)]},
        {"from": [operator, *monitoring], "ports": [_tcp(ADMIN_PORT)]},
    ]
    return _policy(consortium, services_name(consortium), SERVICES, ingress, settings)


def trust_root_policy(consortium: Consortium, settings: Settings) -> Manifest:
    """Return the policy of the Job that makes the trust root: nobody in, out to Azure."""
    return _policy(consortium, trust_root_name(consortium), TRUST_ROOT, [], settings)


def _policy(consortium: Consortium, name: str, component: str, ingress: list[Manifest], settings: Settings) -> Manifest:
    dns: list[Manifest] = [{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}]
    egress = [{"ports": dns}, {"ports": [_tcp(port) for port in settings.azure_ports]}]
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": metadata(consortium, name, component),
        "spec": {
            "podSelector": {"matchLabels": selector(consortium, component)},
            "policyTypes": ["Ingress", "Egress"],
            "ingress": ingress,
            "egress": egress,
        },
    }


def _nodes(exposure: Exposure) -> Manifest:
    in_cluster: dict[str, Any] = {"namespaceSelector": {}}
    if exposure.type == "ClusterIP":
        return {"from": [in_cluster]}
    if exposure.source_ranges is None:
        return {}
    return {"from": [in_cluster, *({"ipBlock": {"cidr": cidr}} for cidr in exposure.source_ranges)]}


def _named(namespace: str) -> Manifest:
    return {"matchLabels": {_NAMESPACE: namespace}}


def _tcp(port: int) -> Manifest:
    return {"port": port, "protocol": "TCP"}
