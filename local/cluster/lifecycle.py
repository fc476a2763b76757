"""Bringing a cluster of genuine Kubernetes programs up and down, whatever the last run left behind.

A cluster's folder holds all of its state. ``up`` writes ``cluster.json`` first, since ``down`` needs the names in
it, and ``complete`` last: a cluster without that mark was killed half-way, and is cleared away before a new try.
"""

import json
import os
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path, PurePosixPath

from local import images, system, tools
from local.authority import Authority
from local.cluster import addons, control_plane, load_balancers, machine, namespaces, node
from local.cluster.control_plane import Program
from local.cluster.kubectl import Kubectl
from local.cluster.loading import import_image, load, unpacked
from local.cluster.pki import LIFETIME
from local.cluster.place import CLUSTERS, SETTINGS, Place, place, places
from local.cluster.spec import CLUSTER, Cluster, Node
from local.cluster.waiting import wait_until
from local.console import LocalError, say, step
from local.once import locked, made, remove
from local.paths import cache_root, fingerprint
from local.ports import free_ports
from local.processes import log_tail, spawn

DEFAULT_NODES = ("system:1", "corda:1", "corda:2")
PAUSE = "pause:3.10"
NAME_SERVICE = "coredns:1.13.2"


def up(name: str, nodes: tuple[Node, ...], image_names: Sequence[str]) -> Place:
    """Bring a cluster with real nodes up, or find it running, and return its place."""
    if os.geteuid() != 0:
        raise LocalError("real nodes need root (they mount, and make namespaces and interfaces): try sudo")
    system.ensure_packages("iproute2", "nftables", "util-linux", "mount", "procps", "libseccomp2")
    programs = _programs()
    here = place(name)
    wanted = fingerprint(json.dumps([str(path) for path in programs.values()]), repr(nodes), _sources())
    ready = images.ensure([PAUSE, NAME_SERVICE, *image_names])
    with _held(name):
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
    with _held(name), step(f"cluster {name}: down"):
        _clear(here)


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
            "load-balancers",
        ]
    )
    found["etcd"] = cache_root() / unpacked("etcd-server") / "usr/bin/etcd"
    return found


def _sources() -> Path:
    return Path(__file__).parent


def _held(name: str) -> AbstractContextManager[None]:
    """Hold one cluster: nobody else brings it up or down meanwhile. Locks outlive what they guard."""
    return locked(cache_root() / "locks" / f"cluster-{name}")


def _machine_held() -> AbstractContextManager[None]:
    """Hold what all clusters share: the address plan and the machine's settings."""
    return locked(cache_root() / "locks" / "machine")


def _answers(here: Place) -> bool:
    return Kubectl(here.kubeconfig).succeeds("get", "--raw=/readyz", "--request-timeout=5s")


def _start(
    name: str, nodes: tuple[Node, ...], here: Place, programs: dict[str, Path], ready: dict[str, images.Image]
) -> None:
    cluster = _begin(name, nodes, here)
    here.volumes.mkdir()
    authority = Authority.make(f"{name} cluster CA", LIFETIME)
    control_plane.write_credentials(cluster, authority, here.pki)
    machine.make_cgroups(cluster)
    holders = _hold_nodes(cluster, here, authority, programs, ready)
    machine.connect(cluster, holders)
    load_balancers.connect(cluster, here)
    start_control_plane(cluster, here, programs)
    for member, holder in holders.items():
        _start_node(cluster, here, member, holder, programs, ready)
    kubectl = Kubectl(here.kubeconfig)
    kubectl.apply([*addons.base_objects(), addons.load_balancer_rights()])
    kubectl.apply(addons.name_service(cluster, ready[NAME_SERVICE].reference))
    wait_for_nodes(here, len(nodes))
    disks = control_plane.provisioner(here.pki, here.volumes, node.VOLUMES, programs["provisioner"])
    spawn_program(here.folder / "control-plane", disks, namespaces.environment(here.folder))
    load_balancers.start(cluster, here, programs["load-balancers"])
    with step("name service"):
        kubectl.text("rollout", "status", "deployment/coredns", "--namespace=kube-system", "--timeout=120s")


def _begin(name: str, nodes: tuple[Node, ...], here: Place) -> Cluster:
    """Take a place in the address plan, and note how the machine is set before any kubelet changes it."""
    with _machine_held():
        here.folder.mkdir(parents=True, mode=0o700)
        made(SETTINGS, lambda file: file.write_text(json.dumps(machine.read_settings())))
        taken = [other.index for each in places() if (other := each.read()) is not None]
        cluster = Cluster(name, machine.free_index(taken), nodes, *free_ports(2))
        here.record.write_bytes(CLUSTER.dump_json(cluster))
    return cluster


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
            180,
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
    reaper = unpacked("catatonit") / "usr/bin/catatonit"
    holders = {}
    for member in cluster.nodes:
        home = here.home(member)
        home.mkdir(parents=True)
        node.write_files(cluster, member, authority, inside, machine.size(), home)
        holders[member] = namespaces.hold(here.folder, home, cache_root(), here.volumes, member.name, reaper)
    return holders


def _node_programs(programs: dict[str, Path], ready: dict[str, images.Image]) -> node.Programs:
    def seen(path: Path) -> PurePosixPath:
        return node.CACHE / path.relative_to(cache_root())

    return node.Programs(
        containerd=node.CACHE / unpacked("containerd") / "usr/bin/containerd",
        runc=node.CACHE / unpacked("runc") / "usr/sbin/runc",
        plugins=node.CACHE / unpacked("containernetworking-plugins") / "usr/lib/cni",
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
                import_image(here, member, ready[image])


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
    remove(here.folder)
    with _machine_held():
        if SETTINGS.exists() and not places():
            machine.write_settings(json.loads(SETTINGS.read_text()))
            remove(CLUSTERS.parent)


def spawn_program(logs: Path, program: Program, environment: dict[str, str]) -> None:
    """Start one of a cluster's programs with its log in a folder."""
    spawn(logs, program.name, program.command, environment)
