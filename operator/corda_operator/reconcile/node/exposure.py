"""How a node is reached: by other nodes, by applications, by whoever collects metrics; and what it may reach itself."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from corda_operator.api.azure import Exposure, RpcExposure
from corda_operator.api.consortium import Consortium, Member
from corda_operator.api.corda_node import CordaNode
from corda_operator.reconcile.consortium.naming import SERVICES
from corda_operator.reconcile.desired import Manifest, Settings
from corda_operator.reconcile.labels import COMPONENT, CONSORTIUM, MANAGER, MEMBER, owner_reference, selector
from corda_operator.reconcile.load_balancers import exposed
from corda_operator.reconcile.node import names
from corda_operator.reconcile.node.files import METRICS, RPC
from corda_operator.reconcile.node.inputs import Network, monitored, organisation_of

_METADATA_SERVICE: Final = "169.254.169.254/32"
_EVERYWHERE: Final = "0.0.0.0/0"


def governing_service(node: CordaNode, member: Member | None) -> Manifest:
    """Return the headless Service that a StatefulSet needs."""
    spec: Manifest = {
        "clusterIP": "None",
        "publishNotReadyAddresses": True,
        "ports": [_port("p2p", node.spec.p2p.port)],
    }
    return _service(node, names.governing_service(node), member, spec)


def p2p_service(node: CordaNode, member: Member | None) -> Manifest:
    """Return the Service for other nodes, inside or outside of this cluster."""
    port = node.spec.p2p.port
    return exposed(
        _service(node, names.p2p_service(node), member, {"ports": [_port("p2p", port)]}), node.spec.p2p.exposure
    )


def rpc_service(node: CordaNode, member: Member | None) -> Manifest | None:
    """Return the Service for applications of this node alone, if there shall be one.

    Its load balancer, if it shall have one, is the member's, over all its nodes: applications need no other. A
    notary, and a node of nobody's, has its own.
    """
    exposure = node.spec.rpc.exposure
    if exposure.type == "None":
        return None
    service = _service(node, names.rpc_service(node), member, {"ports": [_port("rpc", RPC)]})
    return exposed(service, RpcExposure() if _shares(node, member) else exposure)


def member_service(nodes: Iterable[CordaNode], consortium: Consortium, member: Member) -> Manifest | None:
    """Return the Service for applications over all nodes of a member in the namespace, if any shall be reached.

    Whichever node it is planned for, it is the same, and the first by name says how it is exposed.
    """
    sharing = [
        each
        for each in nodes
        if organisation_of(each.spec.legal_name) == member.organisation
        and _shares(each, member)
        and each.spec.rpc.exposure.type != "None"
        and each.metadata.deletion_timestamp is None
    ]
    if not sharing:
        return None
    first = min(sharing, key=lambda each: each.metadata.name)
    name = names.member_service(consortium.metadata.name, member.name)
    service: Manifest = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {
            "name": name,
            "namespace": consortium.metadata.namespace,
            "labels": {
                "app.kubernetes.io/name": "corda-member",
                "app.kubernetes.io/instance": member.name,
                "app.kubernetes.io/part-of": "corda",
                "app.kubernetes.io/managed-by": MANAGER,
                MEMBER: member.name,
            },
            "ownerReferences": [owner_reference(consortium)],
        },
        "spec": {
            "selector": {
                COMPONENT: names.COMPONENT,
                names.NETWORK: consortium.metadata.name,
                names.RPC_OF: member.name,
            },
            "ports": [_port("rpc", RPC)],
        },
    }
    return exposed(service, first.spec.rpc.exposure)


def network_policy(node: CordaNode, network: Network, settings: Settings) -> Manifest:
    """Return who may connect to the node's pod, and to what it may connect."""
    spec = node.spec
    ingress = [_rule(_ingress_of_nodes(node), spec.p2p.port)]
    clients = _ingress_of_applications(spec.rpc.exposure)
    if clients:
        ingress.append(_rule(clients, RPC))
    readers = _readers_of_metrics(node, network, settings)
    if readers:
        ingress.append(_rule(readers, METRICS))
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": names.metadata_of(node, names.workload(node), network.member),
        "spec": {
            "podSelector": {"matchLabels": selector(node, names.COMPONENT)},
            "policyTypes": ["Ingress", "Egress"],
            "ingress": ingress,
            "egress": _egress(),
        },
    }


def _shares(node: CordaNode, member: Member | None) -> bool:
    return member is not None and node.spec.notary is None


def _service(node: CordaNode, name: str, member: Member | None, spec: Manifest) -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": names.metadata_of(node, name, member),
        "spec": {"selector": selector(node, names.COMPONENT), **spec},
    }


def _port(name: str, number: int) -> Manifest:
    return {"name": name, "port": number, "targetPort": name, "protocol": "TCP"}


def _rule(peers: Sequence[Manifest], port: int) -> Manifest:
    return {"from": list(peers), "ports": [{"protocol": "TCP", "port": port}]}


def _ingress_of_nodes(node: CordaNode) -> list[Manifest]:
    # Network services try whether a node answers.
    components = {"key": COMPONENT, "operator": "In", "values": [names.COMPONENT, SERVICES]}
    nodes = {"namespaceSelector": {}, "podSelector": {"matchExpressions": [components]}}
    return [nodes, *_outside(node.spec.p2p.exposure)]


def _readers_of_metrics(node: CordaNode, network: Network, settings: Settings) -> list[Manifest]:
    readers: list[Manifest] = []
    if monitored(node, network) and settings.monitoring_namespaces:
        readers.append(_namespaces(*settings.monitoring_namespaces))
    if node.spec.notary is not None:
        # They count what the network's notaries have committed.
        services = {COMPONENT: SERVICES, CONSORTIUM: network.consortium}
        readers.append({"podSelector": {"matchLabels": services}})
    return readers


def _ingress_of_applications(exposure: RpcExposure) -> list[Manifest]:
    if exposure.type == "None":
        return []
    client = {"matchLabels": {names.RPC_CLIENT: "true"}}
    return [{"podSelector": client}, {"namespaceSelector": client, "podSelector": client}, *_outside(exposure)]


def _outside(exposure: Exposure | RpcExposure) -> list[Manifest]:
    if exposure.type != "InternalLoadBalancer":
        return []
    return [{"ipBlock": {"cidr": each}} for each in exposure.source_ranges or (_EVERYWHERE,)]


def _namespaces(*every: str) -> Manifest:
    expression = {"key": "kubernetes.io/metadata.name", "operator": "In", "values": sorted(every)}
    return {"namespaceSelector": {"matchExpressions": [expression]}}


def _egress() -> list[Manifest]:
    """Return rules for names and for whatever TCP peers, databases and Azure listen on.

    Peers choose their hosts and ports, and the network map tells them to nobody but nodes, so no list can be made of
    them. But no pod needs the machine's own identity, which the metadata service would give.
    """
    # Some network plugins take addresses of pods for no IP block, so pods are named beside it.
    everything: list[dict[str, Any]] = [
        {"namespaceSelector": {}},
        {"ipBlock": {"cidr": _EVERYWHERE, "except": [_METADATA_SERVICE]}},
    ]
    names_of_hosts = [{"protocol": protocol, "port": 53} for protocol in ("UDP", "TCP")]
    return [
        {"to": everything, "ports": names_of_hosts},
        {"to": everything, "ports": [{"protocol": "TCP", "port": 1, "endPort": 65535}]},
    ]
