"""The control plane's programs and their flags, as data.

One control plane serves both flavours, so that a test on fake nodes meets the same admission, the same
authorization and the same token issuer as one on real nodes: RBAC with the Node authorizer, NodeRestriction,
Pod Security admission (on by default) and an OpenID issuer for service-account tokens.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath

from local.authority import Authority
from local.cluster.pki import LIFETIME, kubeconfig, service_account_keys, write, write_private
from local.cluster.spec import LOOPBACK, Cluster

ISSUER = "https://kubernetes.default.svc.cluster.local"
"""The issuer of service-account tokens; on AKS this is the cluster's public OpenID issuer URL."""

PROVISIONER = "disks.corda-operator.io"
"""Makes volumes, and is the user as which it asks for them."""

LOAD_BALANCERS = "load-balancers.corda-operator.io"
"""The user that serves Services of type LoadBalancer."""

UNLIMITED = {"kube-api-qps": 5000, "kube-api-burst": 10000}
"""As kwokctl sets them: with their defaults, programs of the control plane wait for their own clients, and hundreds of
pods take minutes in which nothing is computed."""


@dataclass(frozen=True)
class Program:
    """A program to start and how it is known in logs."""

    name: str
    command: tuple[str, ...]


def write_credentials(cluster: Cluster, authority: Authority, folder: Path) -> None:
    """Write the certificates, keys and kubeconfigs that the control plane and its users need."""
    write(authority.identity, folder, "ca")
    write(service_account_keys(), folder, "service-accounts")
    addresses = sorted({str(address) for address in (cluster.gateway, cluster.kubernetes_service, LOOPBACK)})
    names = ["kubernetes", "kubernetes.default", "kubernetes.default.svc", ISSUER.removeprefix("https://")]
    for file, user, group, hosts in (
        ("etcd", "etcd", None, [str(LOOPBACK)]),
        ("etcd-client", "kube-apiserver-etcd-client", None, []),
        ("kubelet-client", "kube-apiserver-kubelet-client", "corda-operator:kubelet-clients", []),
        ("apiserver", "kube-apiserver", None, [*addresses, *names]),
    ):
        write(authority.issue(user, group, hosts=hosts, lifetime=LIFETIME), folder, file)
    for file, user, group in (
        ("admin", "corda-operator-admin", "system:masters"),
        ("controller-manager", "system:kube-controller-manager", None),
        ("scheduler", "system:kube-scheduler", None),
        ("kwok", "kwok-controller", "system:masters"),
        ("provisioner", PROVISIONER, None),
        ("load-balancers", LOAD_BALANCERS, None),
    ):
        identity = authority.issue(user, group, lifetime=LIFETIME)
        content = kubeconfig(cluster.api_server, authority.pem, identity, cluster.name)
        write_private(folder / f"{file}.kubeconfig", content)


def etcd(cluster: Cluster, folder: Path, pki: Path, program: Path) -> Program:
    """Return etcd, which only clients with a certificate of the cluster's CA can talk to."""
    url = f"https://127.0.0.1:{cluster.etcd_port}"
    peer = f"https://127.0.0.1:{cluster.etcd_peer_port}"
    flags = {
        "name": cluster.name,
        "data-dir": folder / "etcd",
        "listen-client-urls": url,
        "advertise-client-urls": url,
        "listen-peer-urls": peer,
        "initial-advertise-peer-urls": peer,
        "initial-cluster": f"{cluster.name}={peer}",
        "peer-auto-tls": "true",
        "client-cert-auth": "true",
        "trusted-ca-file": pki / "ca.crt",
        "cert-file": pki / "etcd.crt",
        "key-file": pki / "etcd.key",
        "logger": "zap",
        "log-level": "warn",
    }
    return _program("etcd", program, flags)


def api_server(cluster: Cluster, pki: Path, program: Path) -> Program:
    """Return the API server."""
    flags: dict[str, object] = {
        "bind-address": cluster.gateway,
        "secure-port": cluster.api_port,
        "etcd-servers": f"https://127.0.0.1:{cluster.etcd_port}",
        "etcd-cafile": pki / "ca.crt",
        "etcd-certfile": pki / "etcd-client.crt",
        "etcd-keyfile": pki / "etcd-client.key",
        "client-ca-file": pki / "ca.crt",
        "tls-cert-file": pki / "apiserver.crt",
        "tls-private-key-file": pki / "apiserver.key",
        "authorization-mode": "Node,RBAC",
        "enable-admission-plugins": "NodeRestriction",
        "service-account-issuer": ISSUER,
        "service-account-key-file": pki / "service-accounts.crt",
        "service-account-signing-key-file": pki / "service-accounts.key",
        "service-cluster-ip-range": cluster.services,
        "kubelet-certificate-authority": pki / "ca.crt",
        "kubelet-client-certificate": pki / "kubelet-client.crt",
        "kubelet-client-key": pki / "kubelet-client.key",
        "kubelet-preferred-address-types": "InternalIP",
        "allow-privileged": "true",
        "profiling": "false",
        # It needs a newer etcd than Debian's; kwok, told so only as its watch ends, is deaf for longer and longer.
        "feature-gates": "WatchList=false",
    }
    if not cluster.nodes:
        # A Service cannot point at the loopback interface, and no pod is there to use it.
        flags["endpoint-reconciler-type"] = "none"
    return _program("kube-apiserver", program, flags)


def controller_manager(cluster: Cluster, pki: Path, program: Path) -> Program:
    """Return the controller manager."""
    flags = {
        "kubeconfig": pki / "controller-manager.kubeconfig",
        "bind-address": "127.0.0.1",
        "secure-port": 0,
        "use-service-account-credentials": "true",
        "service-account-private-key-file": pki / "service-accounts.key",
        "root-ca-file": pki / "ca.crt",
        "cluster-signing-cert-file": pki / "ca.crt",
        "cluster-signing-key-file": pki / "ca.key",
        "cluster-name": cluster.name,
        "service-cluster-ip-range": cluster.services,
        # The one replica need not wait for another's lease to run out after it was killed.
        "leader-elect": "false",
        **UNLIMITED,
    }
    return _program("kube-controller-manager", program, flags)


def scheduler(pki: Path, program: Path) -> Program:
    """Return the scheduler."""
    flags = {
        "kubeconfig": pki / "scheduler.kubeconfig",
        "bind-address": "127.0.0.1",
        "secure-port": 0,
        "leader-elect": "false",
        **UNLIMITED,
    }
    return _program("kube-scheduler", program, flags)


def provisioner(pki: Path, volumes: Path, on_nodes: PurePath, program: Path) -> Program:
    """Return what makes volumes for claims, as folders below ``volumes``."""
    flags = {
        "name": PROVISIONER,
        "kubeconfig": pki / "provisioner.kubeconfig",
        "folder": volumes,
        "folder-on-nodes": on_nodes,
    }
    return _program("provisioner", program, flags)


def load_balancers(cluster: Cluster, pki: Path, device: str, program: Path) -> Program:
    """Return what serves Services of type LoadBalancer, for a network namespace joined to the nodes by ``device``."""
    flags = {
        "cluster": cluster.name,
        "kubeconfig": pki / "load-balancers.kubeconfig",
        "range": cluster.load_balancers,
        "device": device,
    }
    return _program("load-balancers", program, flags)


def kwok(pki: Path, program: Path) -> Program:
    """Return kwok, which plays the kubelet for every node of the fast flavour."""
    flags = {
        "kubeconfig": pki / "kwok.kubeconfig",
        "manage-all-nodes": "true",
        "node-lease-duration-seconds": 40,
        "cidr": "10.229.0.0/16",
        "server-address": "127.0.0.1:0",
    }
    return _program("kwok", program, flags)


def _program(name: str, program: Path, flags: Mapping[str, object]) -> Program:
    return Program(name, (str(program), *(f"--{flag}={value}" for flag, value in flags.items())))
