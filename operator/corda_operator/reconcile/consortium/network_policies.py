"""Who may talk to the network services, and to whom they and the trust root's Job may."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from corda_operator.api.azure import Exposure
from corda_operator.api.consortium import Consortium
from corda_operator.api.hosted import Hosted
from corda_operator.reconcile.consortium.naming import (
    ADMIN_PORT,
    NODES_PORT,
    PAGE_PORT,
    SERVICES,
    TRUST_ROOT,
    services_name,
    trust_root_name,
)
from corda_operator.reconcile.consortium.services_file import otlp_endpoint
from corda_operator.reconcile.desired import Manifest, Settings
from corda_operator.reconcile.labels import COMPONENT, metadata, selector
from corda_operator.reconcile.node import names
from corda_operator.reconcile.node.files import METRICS

_NAMESPACE = "kubernetes.io/metadata.name"
_NODE = {COMPONENT: names.COMPONENT}
_OPERATOR = {"app.kubernetes.io/name": "corda-operator"}


def services_policy(consortium: Consortium, settings: Settings, hosted: Hosted) -> Manifest:
    """Return the services' policy.

    In: nodes to their port, operator and monitoring to the admin port, named namespaces to the network page. Out: to
    Azure, to nodes' P2P ports, which are tried, to notaries' metrics, and to the collector of OpenTelemetry if there is
    one.
    """
    operator = {"namespaceSelector": _named(settings.operator_namespace), "podSelector": {"matchLabels": _OPERATOR}}
    namespaces = () if consortium.spec.monitoring.enabled is False else settings.monitoring_namespaces
    monitoring = [{"namespaceSelector": _named(namespace)} for namespace in namespaces]
    ingress: list[Manifest] = [
        {**_nodes(hosted.network_map.exposure), "ports": [_tcp(NODES_PORT)]},
        {"from": [operator, *monitoring], "ports": [_tcp(ADMIN_PORT)]},
    ]
    page = hosted.network_page
    if page.enabled and page.namespaces:
        readers = [{"namespaceSelector": _named(namespace)} for namespace in page.namespaces]
        ingress.append({"from": readers, "ports": [_tcp(PAGE_PORT)]})
    out: list[Manifest] = [{"to": [{"podSelector": {"matchLabels": _NODE}}], "ports": [_tcp(METRICS)]}]
    if hosted.observation.p2p_ports:
        out.append({"ports": [_tcp(port) for port in hosted.observation.p2p_ports]})
    endpoint = otlp_endpoint(consortium, settings)
    ports = settings.azure_ports if endpoint is None else (*settings.azure_ports, _port(endpoint))
    return _policy(consortium, services_name(consortium), SERVICES, ingress, ports, out)


def trust_root_policy(consortium: Consortium, settings: Settings) -> Manifest:
    """Return the policy of the Job that makes the trust root: nobody in, out to Azure."""
    return _policy(consortium, trust_root_name(consortium), TRUST_ROOT, [], settings.azure_ports)


def _policy(
    consortium: Consortium,
    name: str,
    component: str,
    ingress: list[Manifest],
    ports: Iterable[int],
    out: Iterable[Manifest] = (),
) -> Manifest:
    dns: list[Manifest] = [{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}]
    egress = [{"ports": dns}, {"ports": [_tcp(port) for port in dict.fromkeys(ports)]}, *out]
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


def _port(url: str) -> int:
    parts = urlsplit(url)
    return parts.port or (443 if parts.scheme == "https" else 80)
