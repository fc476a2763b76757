"""A real node's programs and their files, as data: containerd, kubelet and kube-proxy.

A node sees a world of its own (``namespaces.py``): ``/run/node`` is its folder, ``/run/cache`` the cache
with the programs, ``/run/volumes`` the cluster's volumes; ``/var/lib``, ``/var/log`` and ``/tmp`` are its own. So every
path here is the same on every node, and short enough for a socket, wherever the checkout lies.
"""

import json
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from local.authority import Authority
from local.cluster.control_plane import Program
from local.cluster.pki import LIFETIME, kubeconfig, write, write_private
from local.cluster.spec import Cluster, Node

HOME = PurePosixPath("/run/node")
CACHE = PurePosixPath("/run/cache")
VOLUMES = PurePosixPath("/run/volumes")
SOCKET = "/run/containerd/containerd.sock"
RESERVED_MEMORY = 2 * 1024**3
"""Bytes of the machine kept for the control plane, builds and the person at the terminal."""


@dataclass(frozen=True)
class Programs:
    """Where a node's programs lie, as the node sees them."""

    containerd: PurePosixPath
    runc: PurePosixPath
    plugins: PurePosixPath
    pause: str
    """Reference of the image that holds a pod's namespaces."""
    kubelet: PurePosixPath
    kube_proxy: PurePosixPath


@dataclass(frozen=True)
class Machine:
    """What the nodes share: this machine's size."""

    processors: int
    memory: int
    """Bytes."""


def write_files(
    cluster: Cluster, node: Node, authority: Authority, programs: Programs, machine: Machine, home: Path
) -> None:
    """Write a node's certificates and configuration into its folder."""
    pki = home / "pki"
    name = f"system:node:{node.name}"
    hosts = [str(cluster.address(node)), node.name]
    write(authority.issue(name, "system:nodes", hosts=hosts, lifetime=LIFETIME), pki, "kubelet-server")
    (pki / "ca.crt").write_bytes(authority.pem)
    for file, user, group in (("kubelet", name, "system:nodes"), ("kube-proxy", "system:kube-proxy", None)):
        identity = authority.issue(user, group, lifetime=LIFETIME)
        content = kubeconfig(cluster.api_server, authority.pem, identity, cluster.name)
        write_private(pki / f"{file}.kubeconfig", content)
    (home / "containerd.toml").write_text(containerd_configuration(programs))
    _write_json(home / "cni" / "10-pods.conflist", cni_configuration(cluster, node))
    _write_json(home / "kubelet.json", kubelet_configuration(cluster, node, machine))
    _write_json(home / "kube-proxy.json", kube_proxy_configuration(cluster, node))


def programs_of(cluster: Cluster, node: Node, programs: Programs) -> list[Program]:
    """Return what runs on the node, in order of start."""
    labels = ",".join(f"{key}={value}" for key, value in node.labels.items())
    return [
        Program("containerd", (str(programs.containerd), "--config", str(HOME / "containerd.toml"))),
        Program(
            "kubelet",
            (
                str(programs.kubelet),
                f"--config={HOME}/kubelet.json",
                f"--kubeconfig={HOME}/pki/kubelet.kubeconfig",
                f"--hostname-override={node.name}",
                f"--node-ip={cluster.address(node)}",
                f"--node-labels={labels}",
            ),
        ),
        Program("kube-proxy", (str(programs.kube_proxy), f"--config={HOME}/kube-proxy.json")),
    ]


def containerd_configuration(programs: Programs) -> str:
    """Return containerd's configuration, with the few lines that differ from its defaults."""
    return f"""\
version = 2
root = "/var/lib/containerd"
state = "/run/containerd"
[grpc]
  address = "{SOCKET}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{programs.pause}"
  # Containers may lower their own score, but not all machines let a process raise its protection.
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
  # As AKS' nodes have it: any user may listen on a low port.
  enable_unprivileged_ports = true
  enable_unprivileged_icmp = true
[plugins."io.containerd.grpc.v1.cri".cni]
  bin_dir = "{programs.plugins}"
  conf_dir = "{HOME}/cni"
[plugins."io.containerd.grpc.v1.cri".containerd]
  snapshotter = "overlayfs"
  # Unpacked layers are all that a node needs.
  discard_unpacked_layers = true
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
  BinaryName = "{programs.runc}"
  SystemdCgroup = false
"""


def cni_configuration(cluster: Cluster, node: Node) -> dict[str, object]:
    """Return the pod network: a routed cable per pod, so that all its traffic passes the node's firewall."""
    return {
        "cniVersion": "1.0.0",
        "name": "pods",
        "plugins": [
            {
                "type": "ptp",
                "mtu": 1500,
                "ipam": {
                    "type": "host-local",
                    "dataDir": "/var/lib/cni/addresses",
                    "ranges": [[{"subnet": str(cluster.pod_subnet(node))}]],
                    "routes": [{"dst": "0.0.0.0/0"}],
                },
            }
        ],
    }


def kubelet_configuration(cluster: Cluster, node: Node, machine: Machine) -> dict[str, object]:
    """Return the kubelet's configuration: authenticated, authorized, and told its share of the machine."""
    others = machine.memory - (machine.memory - RESERVED_MEMORY) // len(cluster.nodes)
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": True},
            "x509": {"clientCAFile": f"{HOME}/pki/ca.crt"},
        },
        "authorization": {"mode": "Webhook"},
        "tlsCertFile": f"{HOME}/pki/kubelet-server.crt",
        "tlsPrivateKeyFile": f"{HOME}/pki/kubelet-server.key",
        "address": str(cluster.address(node)),
        "healthzBindAddress": "127.0.0.1",
        "clusterDNS": [str(cluster.dns_service)],
        "clusterDomain": "cluster.local",
        "containerRuntimeEndpoint": f"unix://{SOCKET}",
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": f"/{cgroup(cluster, node)}",
        "failCgroupV1": False,
        "failSwapOn": False,
        "enforceNodeAllocatable": [],
        # Each node would otherwise offer the whole machine to the scheduler.
        "systemReserved": {"memory": str(others)},
        "localStorageCapacityIsolation": False,
        "podLogsDir": f"{HOME}/pod-logs",
        "resolvConf": "",
        # Images come from no registry: one that is deleted could not be pulled again.
        "imageGCHighThresholdPercent": 100,
        "imageMaximumGCAge": "0s",
        "evictionHard": {"memory.available": "100Mi", "nodefs.available": "1%", "imagefs.available": "1%"},
        "maxPods": 110,
        "serializeImagePulls": False,
        # How long a changed ConfigMap takes to reach a pod that has it: on AKS it is a minute, which tests would wait.
        "syncFrequency": "10s",
        "shutdownGracePeriod": "0s",
        "logging": {"format": "text", "verbosity": 1},
    }


def kube_proxy_configuration(cluster: Cluster, node: Node) -> dict[str, object]:
    """Return kube-proxy's configuration."""
    return {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "mode": "nftables",
        "bindAddress": str(cluster.address(node)),
        "hostnameOverride": node.name,
        "clusterCIDR": str(cluster.pods),
        "clientConnection": {"kubeconfig": f"{HOME}/pki/kube-proxy.kubeconfig"},
        # The table of connections is the whole machine's: its size is not this node's to set.
        "conntrack": {"maxPerCore": 0, "min": 0, "tcpEstablishedTimeout": "0s", "tcpCloseWaitTimeout": "0s"},
    }


def cgroup(cluster: Cluster, node: Node) -> str:
    """Return the path of a node's control group below each controller's root."""
    return f"corda-operator/{cluster.name}/{node.name}"


def _write_json(file: Path, content: dict[str, object]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(content, indent=1))
