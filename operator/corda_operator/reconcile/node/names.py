"""What the objects of a node are called, and the labels and annotations that only nodes have.

Every name is the resource's with one suffix, which is another for each object, so that nodes whose names begin alike
do not get into one another's way.
"""

from typing import Final

from corda_operator.api.consortium import Member
from corda_operator.api.corda_node import CordaNode
from corda_operator.api.resource import GROUP
from corda_operator.reconcile.desired import Manifest, Reference
from corda_operator.reconcile.labels import MEMBER, metadata, owned_name

COMPONENT: Final = "node"

INTENT: Final = f"{GROUP}/intent"
"""Annotation of a pod: digest of what it was started for. A pod with another one than wished is due for a restart."""
RUNS: Final = f"{GROUP}/version"
"""Annotation of a pod: version of Corda."""
RESTART: Final = f"{GROUP}/restart"
"""Annotation of a CordaNode that users set: a new value, such as the time, restarts the node once."""
LEGAL_NAME: Final = f"{GROUP}/legal-name"
"""Annotation of a volume: whose ledger is on it."""
NETWORK: Final = f"{GROUP}/network"
"""Label of a pod: the Consortium whose network the node is in."""
RPC_OF: Final = f"{GROUP}/rpc-of"
"""Label of a pod: the member whose applications may be sent to it."""
RPC_CLIENT: Final = f"{GROUP}/rpc-client"
"""Label, ``true``, of pods that may connect to RPC; pods in other namespaces need it on their namespace, too."""


def workload(node: CordaNode) -> str:
    """Return the name of the StatefulSet and of what is about its pod."""
    return owned_name(node.metadata.name, "node")


def pod(node: CordaNode) -> str:
    """Return the name of the node's only pod."""
    return f"{workload(node)}-0"


def governing_service(node: CordaNode) -> str:
    """Return the name of the headless Service that a StatefulSet needs."""
    return owned_name(node.metadata.name, "pods")


def p2p_service(node: CordaNode) -> str:
    """Return the name of the Service for other nodes."""
    return owned_name(node.metadata.name, "p2p")


def rpc_service(node: CordaNode) -> str:
    """Return the name of the Service for applications."""
    return owned_name(node.metadata.name, "rpc")


def member_service(consortium: str, member: str) -> str:
    """Return the name of the Service for applications, over all nodes of a member."""
    return owned_name(f"{consortium}-{member}", "member")


def claim(node: CordaNode) -> str:
    """Return the name of the PersistentVolumeClaim."""
    return owned_name(node.metadata.name, "data")


def configuration(node: CordaNode, digest: str) -> str:
    """Return the name of the ConfigMap with a content."""
    return owned_name(node.metadata.name, f"node-{digest}")


def reference(node: CordaNode, api_version: str, kind: str, name: str) -> Reference:
    """Return a reference to an object in the node's namespace."""
    return Reference(api_version, kind, node.metadata.namespace, name)


def p2p_host(node: CordaNode, cluster_domain: str) -> str:
    """Return what other nodes connect to."""
    inside = f"{p2p_service(node)}.{node.metadata.namespace}.svc.{cluster_domain}"
    return node.spec.p2p.address or inside


def metadata_of(
    node: CordaNode,
    name: str,
    member: Member | None,
    *,
    annotations: dict[str, str] | None = None,
    owned: bool = True,
) -> Manifest:
    """Return an object's metadata.

    Without the label `CONSORTIUM`, which objects of the Consortium itself are found by.
    """
    more = {} if member is None else {MEMBER: member.name}
    return metadata(node, name, COMPONENT, more=more, annotations=annotations, owned=owned)
