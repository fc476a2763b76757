"""Load balancers, as Azure's network gives them to a cluster: a network namespace between this machine and the nodes.

The addresses' subnet is routed there, and the kernel of the namespace forwards each connection to a node. It is held by
a process that only sleeps, so that the controller inside (``local/toolchain/load-balancers``) can end and start anew
without disturbing a connection. When the holder dies, cable, routes and filters go with it.
"""

import time
from pathlib import Path

from local.cluster import namespaces
from local.cluster.control_plane import Program, load_balancers
from local.cluster.machine import run
from local.cluster.place import Place
from local.cluster.spec import Cluster
from local.console import LocalError
from local.processes import Process, log_tail, recorded, spawn

_HOLDER = "network"
_DEVICE = "eth0"

_SETTINGS = (
    "net.ipv4.ip_forward=1",
    # By both addresses, both ports and the protocol, as Azure spreads by default. Not policy 1: it takes a hash over
    # from senders on this machine, who change theirs when they repeat a packet, and the connection would move.
    "net.ipv4.fib_multipath_hash_policy=3",
    "net.ipv4.fib_multipath_hash_fields=0x37",
    # Nodes lie behind the interface that packets come from, but nobody shall go there directly.
    "net.ipv4.conf.all.send_redirects=0",
    "net.ipv4.conf.default.send_redirects=0",
)


def connect(cluster: Cluster, here: Place) -> None:
    """Make the namespace, join it to the nodes' bridge, and lead the load balancers' addresses there."""
    holder = _hold(here)
    _inside(holder, "sysctl", "-qw", *_SETTINGS)
    cable = cluster.load_balancer_interface
    run("ip", "link", "add", cable, "type", "veth", "peer", "name", _DEVICE, "netns", str(holder.pid))
    run("ip", "link", "set", cable, "master", cluster.bridge, "up")
    _inside(holder, "ip", "link", "set", "lo", "up")
    address = f"{cluster.load_balancer_gateway}/{cluster.machines.prefixlen}"
    _inside(holder, "ip", "address", "add", address, "dev", _DEVICE)
    _inside(holder, "ip", "link", "set", _DEVICE, "up")
    run("ip", "route", "add", str(cluster.load_balancers), "via", str(cluster.load_balancer_gateway))


def start(cluster: Cluster, here: Place, program: Path) -> Process:
    """Start the controller in its namespace, which must be connected."""
    controller = load_balancers(cluster, here.pki, _DEVICE, program)
    command = _enter(_holder(here), *controller.command)
    return spawn(_folder(here), controller.name, command, namespaces.environment(here.folder))


def _hold(here: Place) -> Process:
    program = Program(_HOLDER, ("unshare", "--net", "--", "sleep", "infinity"))
    holder = spawn(_folder(here), program.name, program.command, namespaces.environment(here.folder))
    end = time.monotonic() + 10
    while time.monotonic() < end and holder.alive:
        if _network(holder.pid) != _network("self"):
            return holder
        time.sleep(0.01)
    raise LocalError(f"no network for load balancers could be made:\n{log_tail(_folder(here), _HOLDER)}")


def _holder(here: Place) -> Process:
    for process in recorded(_folder(here)):
        if process.name == _HOLDER and process.alive:
            return process
    raise LocalError("the load balancers' network is gone: try `make cluster-down cluster`")


def _folder(here: Place) -> Path:
    return here.folder / "load-balancers"


def _network(process: int | str) -> str:
    return str(Path(f"/proc/{process}/ns/net").readlink())


def _enter(holder: Process, *command: str) -> list[str]:
    return ["nsenter", f"--net=/proc/{holder.pid}/ns/net", "--", *command]


def _inside(holder: Process, *command: str) -> None:
    run(*_enter(holder, *command))
