"""Where a cluster keeps everything, and what is where in it."""

from dataclasses import dataclass
from pathlib import Path

from local.cluster.spec import CLUSTER, Cluster, Node

CLUSTERS = Path("/var/lib/corda-operator/clusters")
SETTINGS = CLUSTERS.parent / "settings.json"
"""The machine's settings as they were before the first cluster, for when the last one goes."""


@dataclass(frozen=True)
class Place:
    """A cluster's folder and what is where in it."""

    folder: Path

    @property
    def pki(self) -> Path:
        """Certificates, keys and kubeconfigs of the control plane."""
        return self.folder / "pki"

    @property
    def kubeconfig(self) -> Path:
        """The administrator's."""
        return self.pki / "admin.kubeconfig"

    @property
    def record(self) -> Path:
        """What the cluster is made of."""
        return self.folder / "cluster.json"

    @property
    def complete(self) -> Path:
        """Tells that ``up`` came to its end, and from which programs and settings."""
        return self.folder / "complete"

    @property
    def volumes(self) -> Path:
        """The persistent volumes, which every node sees."""
        return self.folder / "volumes"

    def home(self, member: Node) -> Path:
        """Return a node's folder."""
        return self.folder / "nodes" / member.name

    def read(self) -> Cluster | None:
        """Return the cluster that was begun here, if any."""
        try:
            return CLUSTER.validate_json(self.record.read_bytes())
        except FileNotFoundError:
            return None


def places() -> list[Place]:
    """Return the places of all clusters on this machine, whole or begun."""
    return [Place(folder) for folder in CLUSTERS.glob("*/")]


def place(name: str) -> Place:
    """Return the place of a cluster by name."""
    return Place(CLUSTERS / name)
