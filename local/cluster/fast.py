"""The fast flavour: the same control plane on the loopback interface, nodes and pods faked by kwok.

Needs no container; any number can run side by side, each in a folder of its own.
"""

from pathlib import Path

from local import system, tools
from local.authority import Authority
from local.cluster import addons, control_plane, lifecycle, namespaces
from local.cluster.addons import Object
from local.cluster.kubectl import Kubectl
from local.cluster.pki import LIFETIME
from local.cluster.place import Place
from local.cluster.spec import CLUSTER, Cluster, Node
from local.cluster.waiting import wait_until
from local.console import LocalError, step
from local.once import remove
from local.ports import free_ports
from local.processes import log_tail, recorded

DEFAULT_NODES = (Node("system", 1, 1), Node("corda", 1, 2), Node("corda", 2, 3))


def up(folder: Path, nodes: tuple[Node, ...] = DEFAULT_NODES) -> Place:
    """Start a control plane in a folder, clearing away what an earlier run left there, and add fake nodes."""
    here = Place(folder.resolve())
    down(here.folder)
    programs = tools.binaries(
        ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubectl", "helm", "kwok", "provisioner"]
    )
    programs["etcd"] = system.unpacked_package("etcd-server") / "usr/bin/etcd"
    client, peer, api = free_ports(3)
    cluster = Cluster("fast", 0, (), client, peer, api)
    with step("fast cluster"):
        here.folder.mkdir(parents=True, mode=0o700)
        here.record.write_bytes(CLUSTER.dump_json(cluster))
        authority = Authority.make("fast cluster CA", LIFETIME)
        control_plane.write_credentials(cluster, authority, here.pki)
        lifecycle.start_control_plane(cluster, here, programs)
        Kubectl(here.kubeconfig).apply([*addons.base_objects(), *map(fake_node, nodes)])
        environment = namespaces.environment(here.folder)
        kwok = control_plane.kwok(here.pki, programs["kwok"])
        here.volumes.mkdir()
        disks = control_plane.provisioner(here.pki, here.volumes, here.volumes, programs["provisioner"])
        for program in (kwok, disks):
            lifecycle.spawn_program(here.folder / "control-plane", program, environment)
        lifecycle.wait_for_nodes(here, len(nodes))
    return here


def restart_api_server(here: Place) -> None:
    """End the API server, start it anew, and return once it answers."""
    cluster = here.read()
    if cluster is None:
        raise LocalError(f"there is no cluster in {here.folder}")
    logs = here.folder / "control-plane"
    program = control_plane.api_server(cluster, here.pki, tools.binary("kube-apiserver"))
    for process in recorded(logs):
        if process.name == program.name:
            # It would wait a minute for watches to end by themselves.
            process.stop(grace=5)
    lifecycle.spawn_program(logs, program, namespaces.environment(here.folder))
    kubectl = Kubectl(here.kubeconfig)
    wait_until(
        lambda: kubectl.succeeds("get", "--raw=/readyz", "--request-timeout=5s"),
        60,
        lambda: f"the API server is not ready:\n{log_tail(logs, program.name)}",
    )


def down(folder: Path) -> None:
    """End the control plane of a folder and delete the folder."""
    folder = folder.resolve()
    namespaces.end(namespaces.owned(folder))
    remove(folder)


def fake_node(node: Node) -> Object:
    """Return a node as AKS would label it, whose kubelet kwok plays."""
    resources = {"cpu": "64", "memory": "256Gi", "pods": "1000", "ephemeral-storage": "1Ti"}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": node.name,
            "labels": {**node.labels, "kubernetes.io/hostname": node.name, "kubernetes.io/os": "linux"},
        },
        "status": {"allocatable": resources, "capacity": resources},
    }
