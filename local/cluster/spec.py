"""What a local cluster is made of: its nodes, networks, names and ports. No I/O."""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

from pydantic import TypeAdapter

from local.console import LocalError

LOOPBACK = IPv4Address("127.0.0.1")
REGION = "westeurope"
LARGEST_INDEX = 9
"""Ten clusters fit side by side into the address plan below."""


@dataclass(frozen=True)
class Node:
    """A node as AKS would name and label it: a virtual machine of a scale set behind a node pool."""

    pool: str
    zone: int
    number: int
    """Counts the cluster's nodes from 1."""

    @property
    def name(self) -> str:
        """The node's name, which is its host name too."""
        return f"aks-{self.pool}-{REGION[:4]}-vmss{self.number - 1:06d}"

    @property
    def labels(self) -> dict[str, str]:
        """The labels that AKS puts on a node and that workloads select by."""
        return {
            "agentpool": self.pool,
            "kubernetes.azure.com/agentpool": self.pool,
            "kubernetes.azure.com/mode": "system" if self.pool == "system" else "user",
            "kubernetes.azure.com/os-sku": "Ubuntu",
            "node.kubernetes.io/instance-type": "Standard_D4s_v5",
            "topology.kubernetes.io/region": REGION,
            "topology.kubernetes.io/zone": f"{REGION}-{self.zone}",
        }


@dataclass(frozen=True)
class Cluster:
    """A cluster and its place in the machine's address plan.

    ``index`` tells clusters that stand side by side apart: 10.20X.0.0/16 holds cluster X's machines,
    load balancers and Services, 10.22X.0.0/16 its pods.
    """

    name: str
    index: int
    nodes: tuple[Node, ...]
    """The real ones. Without any it is the fast flavour, which stays on the loopback interface."""
    etcd_port: int
    """On 127.0.0.1, like etcd's peer port, which is never spoken to."""
    etcd_peer_port: int
    api_port: int = 6443

    @property
    def machines(self) -> IPv4Network:
        """The subnet of the nodes and of the bridge that joins them."""
        return IPv4Network(f"10.20{self.index}.0.0/24")

    @property
    def load_balancers(self) -> IPv4Network:
        """The subnet of the load balancers' addresses: routed, with no machine in it."""
        return IPv4Network(f"10.20{self.index}.1.0/24")

    @property
    def services(self) -> IPv4Network:
        """The Services' cluster addresses."""
        return IPv4Network(f"10.20{self.index}.128.0/17")

    @property
    def pods(self) -> IPv4Network:
        """All pods' addresses."""
        return IPv4Network(f"10.22{self.index}.0.0/16")

    @property
    def gateway(self) -> IPv4Address:
        """Where the API server listens: the bridge's address, which is this machine as the pods see it."""
        return self.machines[1] if self.nodes else LOOPBACK

    @property
    def load_balancer_gateway(self) -> IPv4Address:
        """The machine by which the load balancers' addresses are reached."""
        return self.machines[2]

    @property
    def kubernetes_service(self) -> IPv4Address:
        """The address of ``kubernetes.default``, which is the first by definition."""
        return self.services[1]

    @property
    def dns_service(self) -> IPv4Address:
        """The address of ``kube-dns``, the tenth as everywhere."""
        return self.services[10]

    @property
    def api_server(self) -> str:
        """The API server's URL."""
        return f"https://{self.gateway}:{self.api_port}"

    @property
    def bridge(self) -> str:
        """The bridge's interface name; the kernel allows 15 characters."""
        return f"corda{self.index}"

    @property
    def load_balancer_interface(self) -> str:
        """The name of the bridge's end of the cable to the load balancers."""
        return f"{self.bridge}-lb"

    def address(self, node: Node) -> IPv4Address:
        """Return a node's address."""
        return self.machines[10 + node.number]

    def pod_subnet(self, node: Node) -> IPv4Network:
        """Return the addresses of a node's pods."""
        return IPv4Network((self.pods[256 * node.number], 24))

    def interface(self, node: Node) -> str:
        """Return the name of the bridge's end of the cable to a node."""
        return f"{self.bridge}-n{node.number}"


CLUSTER = TypeAdapter(Cluster)
"""Reads and writes a cluster as JSON."""


def parse_nodes(words: Sequence[str]) -> tuple[Node, ...]:
    """Return the nodes for words of the form ``pool:zone``.

    Raises LocalError.
    """
    nodes = []
    for number, word in enumerate(words, start=1):
        pool, colon, zone = word.partition(":")
        if not colon or zone not in {"1", "2", "3"}:
            raise LocalError(f"a node is given as pool:zone with zone 1, 2 or 3, such as corda:1; got {word!r}")
        # AKS' rule for Linux pools.
        if not (pool.isascii() and pool.isalnum() and pool.islower() and pool[0].isalpha() and len(pool) <= 12):
            raise LocalError(f"a pool's name is up to 12 lower-case letters and digits, letter first; got {pool!r}")
        nodes.append(Node(pool, int(zone), number))
    return tuple(nodes)
