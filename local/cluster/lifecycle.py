"""Bringing a cluster of genuine Kubernetes programs up and down, whatever the last run left behind.

A cluster's folder holds all of its state. ``up`` writes ``cluster.json`` first, since ``down`` needs the names in
it, and ``complete`` last: a cluster without that mark was killed half-way, and is cleared away before a new try.
"""

import datetime
import json
import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from local import images, system, tools
from local.cluster import addons, control_plane, machine, namespaces, node
from local.cluster.control_plane import Program
from local.cluster.kubectl import Kubectl
from local.cluster.pki import Authority
from local.cluster.spec import CLUSTER, Cluster, Node
from local.console import LocalError, say, step
from local.once import locked, remove
from local.paths import cache_root, fingerprint
from local.ports import free_ports
from local.processes import log_tail, spawn

CLUSTERS = Path("/var/lib/corda-operator/clusters")
DEFAULT_NODES = ("system:1", "corda:1", "corda:2")
PAUSE = "pause:3.10"
NAME_SERVICE = "coredns:1.13.2"


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


def place(name: str) -> Place:
    """Return the place of a cluster by name."""
    return Place(CLUSTERS / name)


def up(name: str, nodes: tuple[Node, ...], image_names: Sequence[str]) -> Place:
    """Bring a cluster with real nodes up, or find it running, and return its place."""
    if os.geteuid() != 0:
        raise LocalError("real nodes need root (they mount, and make namespaces and interfaces): try sudo")
    system.ensure_packages("iproute2", "nftables", "util-linux", "mount", "procps", "libseccomp2")
    programs = _programs()
    here = place(name)
    wanted = fingerprint(json.dumps([str(path) for path in programs.values()]), repr(nodes), _sources())
    ready = images.ensure([PAUSE, NAME_SERVICE, *image_names])
    with locked(CLUSTERS / f".{name}.lock"):
        if here.complete.exists() and here.complete.read_text() == wanted and _answers(here):
            say(f"cluster {name} is up already")
        else:
            _clear(here)
            with step(f"cluster {name}: {len(nodes)} nodes"):
                _start(name, nodes, here, programs, ready)
            here.complete.write_text(wanted)
        for image in image_names:
            load(here, ready[image])
    return here


def down(name: str) -> None:
    """Take a cluster away: its processes, mounts, namespaces, interfaces, control groups and files."""
    here = place(name)
    if not here.folder.exists():
        say(f"there is no cluster {name}")
        return
    with locked(CLUSTERS / f".{name}.lock"), step(f"cluster {name}: down"):
        _clear(here)
    (CLUSTERS / f".{name}.lock").unlink()
    for folder in (CLUSTERS, CLUSTERS.parent):
        if not any(folder.iterdir()):
            folder.rmdir()


def load(here: Place, image: images.Image, pool: str | None = None) -> None:
    """Bring an image to every node of a running cluster, or of one pool, that has not got this very build of it."""
    cluster = here.read()
    if cluster is None:
        raise LocalError(f"no cluster is up in {here.folder}")
    lacking = [member for member in cluster.nodes if pool in {None, member.pool} and not _has(here.home(member), image)]
    if not lacking:
        return
    with step(f"{image.reference} to {', '.join(member.name for member in lacking)}"), ThreadPoolExecutor() as several:
        for _ in several.map(lambda member: _import(here, member, image), lacking):
            pass
    for member in lacking:
        loaded = _loaded(here.home(member), image)
        loaded.parent.mkdir(exist_ok=True)
        loaded.write_text(image.archive.name)


def _loaded(home: Path, image: images.Image) -> Path:
    return home / "images" / fingerprint(image.reference)


def _has(home: Path, image: images.Image) -> bool:
    loaded = _loaded(home, image)
    return loaded.exists() and loaded.read_text() == image.archive.name


def _import(here: Place, member: Node, image: images.Image) -> None:
    holder = namespaces.find_holder(here.home(member))
    if holder is None:
        raise LocalError(f"node {member.name} is not running: try `make cluster-down cluster`")
    ctr = node.CACHE / _unpacked("containerd") / "usr/bin/ctr"
    archive = node.CACHE / image.archive.relative_to(cache_root())
    command = [str(ctr), "--address", node.SOCKET, "--namespace", "k8s.io", "images", "import", str(archive)]
    namespaces.run_inside(holder, here.folder, command)


def _programs() -> dict[str, Path]:
    found = tools.binaries(
        [
            "kube-apiserver",
            "kube-controller-manager",
            "kube-scheduler",
            "kubelet",
            "kube-proxy",
            "kubectl",
            "helm",
            "provisioner",
        ]
    )
    found["etcd"] = cache_root() / _unpacked("etcd-server") / "usr/bin/etcd"
    found["catatonit"] = cache_root() / _unpacked("catatonit") / "usr/bin/catatonit"
    return found


def _unpacked(package: str) -> Path:
    return system.unpacked_package(package).relative_to(cache_root())


def _sources() -> Path:
    return Path(__file__).parent


def _answers(here: Place) -> bool:
    return Kubectl(here.kubeconfig).succeeds("get", "--raw=/readyz", "--request-timeout=5s")


def _start(
    name: str, nodes: tuple[Node, ...], here: Place, programs: dict[str, Path], ready: dict[str, images.Image]
) -> None:
    taken = [other.index for folder in CLUSTERS.glob("*/") if (other := Place(folder).read()) is not None]
    cluster = Cluster(name, machine.free_index(taken), nodes, *free_ports(2))
    here.folder.mkdir(parents=True, mode=0o700)
    (here.folder / "settings.json").write_text(json.dumps(machine.read_settings()))
    here.record.write_bytes(CLUSTER.dump_json(cluster))
    here.volumes.mkdir()
    authority = Authority(f"{name} cluster CA", datetime.datetime.now(datetime.UTC))
    control_plane.write_credentials(cluster, authority, here.pki)
    machine.make_cgroups(cluster)
    holders = _hold_nodes(cluster, here, authority, programs, ready)
    machine.connect(cluster, holders)
    start_control_plane(cluster, here, programs)
    for member, holder in holders.items():
        _start_node(cluster, here, member, holder, programs, ready)
    kubectl = Kubectl(here.kubeconfig)
    kubectl.apply([*addons.base_objects(), *addons.name_service(cluster, ready[NAME_SERVICE].reference)])
    wait_for_nodes(here, len(nodes))
    disks = control_plane.provisioner(here.pki, here.volumes, node.VOLUMES, programs["provisioner"])
    spawn_program(here.folder / "control-plane", disks, namespaces.environment(here.folder))
    with step("name service"):
        kubectl.text("rollout", "status", "deployment/coredns", "--namespace=kube-system", "--timeout=120s")


def wait_for_nodes(here: Place, count: int) -> None:
    """Wait until this many nodes are Ready."""
    kubectl = Kubectl(here.kubeconfig)
    with step("nodes Ready"):
        wait_until(
            lambda: (
                kubectl.succeeds("wait", "--for=condition=Ready", "nodes", "--all", "--timeout=1s")
                and len(kubectl.names("nodes")) == count
            ),
            120,
            lambda: f"not all nodes became Ready:\n{kubectl.text('get', 'nodes')}",
        )
        # Without it no pod is admitted; the controller manager makes it when it gets round to it.
        kubectl.text("wait", "--for=create", "serviceaccount/default", "--namespace=default", "--timeout=60s")


def start_control_plane(cluster: Cluster, here: Place, programs: dict[str, Path]) -> None:
    """Start etcd, API server, controller manager and scheduler, and wait until the API server is ready."""
    logs = here.folder / "control-plane"
    environment = namespaces.environment(here.folder)
    with step("control plane"):
        spawn_program(logs, control_plane.etcd(cluster, here.folder, here.pki, programs["etcd"]), environment)
        spawn_program(logs, control_plane.api_server(cluster, here.pki, programs["kube-apiserver"]), environment)
        spawn_program(
            logs,
            control_plane.controller_manager(cluster, here.pki, programs["kube-controller-manager"]),
            environment,
        )
        spawn_program(logs, control_plane.scheduler(here.pki, programs["kube-scheduler"]), environment)
        wait_until(
            lambda: _answers(here),
            60,
            lambda: f"the API server is not ready:\n{log_tail(logs, 'kube-apiserver')}\n{log_tail(logs, 'etcd')}",
        )


def _hold_nodes(
    cluster: Cluster,
    here: Place,
    authority: Authority,
    programs: dict[str, Path],
    ready: dict[str, images.Image],
) -> dict[Node, int]:
    inside = _node_programs(programs, ready)
    holders = {}
    for member in cluster.nodes:
        home = here.home(member)
        home.mkdir(parents=True)
        node.write_files(cluster, member, authority, inside, machine.size(), home)
        holders[member] = namespaces.hold(
            here.folder, home, cache_root(), here.volumes, member.name, programs["catatonit"]
        )
    return holders


def _node_programs(programs: dict[str, Path], ready: dict[str, images.Image]) -> node.Programs:
    def seen(path: Path) -> PurePosixPath:
        return node.CACHE / path.relative_to(cache_root())

    return node.Programs(
        containerd=node.CACHE / _unpacked("containerd") / "usr/bin/containerd",
        runc=node.CACHE / _unpacked("runc") / "usr/sbin/runc",
        plugins=node.CACHE / _unpacked("containernetworking-plugins") / "usr/lib/cni",
        pause=ready[PAUSE].reference,
        kubelet=seen(programs["kubelet"]),
        kube_proxy=seen(programs["kube-proxy"]),
    )


def _start_node(
    cluster: Cluster,
    here: Place,
    member: Node,
    holder: int,
    programs: dict[str, Path],
    ready: dict[str, images.Image],
) -> None:
    inside = _node_programs(programs, ready)
    home = here.home(member)
    environment = namespaces.environment(here.folder, [inside.containerd.parent, inside.runc.parent])
    for program in node.programs_of(cluster, member, inside):
        spawn_program(home, Program(program.name, tuple(namespaces.enter(holder, program.command))), environment)
        if program.name == "containerd":
            wait_until(
                lambda: namespaces.succeeds_inside(holder, here.folder, ["test", "-S", node.SOCKET]),
                30,
                lambda: f"containerd does not start:\n{log_tail(home, 'containerd')}",
            )
            for image in (PAUSE, NAME_SERVICE):
                _import(here, member, ready[image])


def _clear(here: Place) -> None:
    """Remove whatever there is of a cluster; every line copes with nothing being there."""
    if not here.folder.exists():
        return
    cluster = here.read()
    here.complete.unlink(missing_ok=True)
    namespaces.end(namespaces.owned(here.folder))
    if cluster is not None:
        machine.disconnect(cluster)
        machine.remove_cgroups(cluster.name)
    settings = here.folder / "settings.json"
    if settings.exists() and settings.stat().st_size:
        machine.write_settings(json.loads(settings.read_text()))
    remove(here.folder)


def spawn_program(logs: Path, program: Program, environment: dict[str, str]) -> None:
    """Start one of a cluster's programs with its log in a folder."""
    spawn(logs, program.name, program.command, environment)


def wait_until(holds: Callable[[], bool], seconds: float, otherwise: Callable[[], str]) -> None:
    """Wait until something holds, or raise with a sentence that tells what does not."""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            raise LocalError(f"after {seconds:.0f} s, {otherwise()}")
        time.sleep(0.2)
