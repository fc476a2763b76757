"""What a cluster needs of the machine beside processes: a bridge, cables, routes, control groups, settings."""

import json
import os
import subprocess
import time
from collections.abc import Sequence
from ipaddress import IPv4Network
from pathlib import Path

from local.cluster.namespaces import enter
from local.cluster.node import Machine, cgroup
from local.cluster.spec import LARGEST_INDEX, Cluster, Node
from local.console import LocalError

CGROUPS = Path("/sys/fs/cgroup")

KUBELET_SETTINGS = ("vm/overcommit_memory", "vm/panic_on_oom", "kernel/panic", "kernel/panic_on_oops",
                    "kernel/keys/root_maxkeys", "kernel/keys/root_maxbytes")  # fmt: skip
"""What a kubelet sets under /proc/sys for the whole machine, and we put back."""


def size() -> Machine:
    """Return the machine's size."""
    return Machine(os.cpu_count() or 1, os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))


def run(*command: str | Path) -> str:
    """Run a program and return its output; its words and complaint make the error."""
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise LocalError(f"`{' '.join(map(str, command))}` failed: {done.stderr.strip()}")
    return done.stdout


def free_index(taken: Sequence[int]) -> int:
    """Return a place in the address plan that no route of this machine and no other cluster uses."""
    routes = json.loads(run("ip", "-json", "-4", "route", "show", "table", "all"))
    used = [IPv4Network(route["dst"], strict=False) for route in routes if route["dst"] != "default"]
    for index in range(LARGEST_INDEX + 1):
        probe = Cluster("probe", index, (Node("probe", 1, 1),), 0, 0)
        planned = (probe.machines, probe.load_balancers, probe.services, probe.pods)
        if index not in taken and not any(network.overlaps(other) for network in planned for other in used):
            return index
    raise LocalError("no free address range is left for another cluster: 10.200-209 and 10.220-229 are in use")


def connect(cluster: Cluster, holders: dict[Node, int]) -> None:
    """Make the bridge, and join every node to it, with routes to all nodes' pods."""
    run("ip", "link", "add", cluster.bridge, "type", "bridge")
    run("ip", "address", "add", f"{cluster.gateway}/{cluster.machines.prefixlen}", "dev", cluster.bridge)
    run("ip", "link", "set", cluster.bridge, "up")
    for node, holder in holders.items():
        cable = cluster.interface(node)
        run("ip", "link", "add", cable, "type", "veth", "peer", "name", "eth0", "netns", str(holder))
        run("ip", "link", "set", cable, "master", cluster.bridge, "up")
        address = f"{cluster.address(node)}/{cluster.machines.prefixlen}"
        for command in (
            "ip link set lo up",
            f"ip address add {address} dev eth0",
            "ip link set eth0 up",
            f"ip route add default via {cluster.gateway}",
            "sysctl -qw net.ipv4.ip_forward=1",
            *(
                f"ip route add {cluster.pod_subnet(other)} via {cluster.address(other)}"
                for other in cluster.nodes
                if other != node
            ),
        ):
            run(*enter(holder, command.split()))
        run("ip", "route", "add", str(cluster.pod_subnet(node)), "via", str(cluster.address(node)))


def disconnect(cluster: Cluster) -> None:
    """Take the bridge and what is left of the cables away; routes go with them."""
    for interface in (*map(cluster.interface, cluster.nodes), cluster.load_balancer_interface, cluster.bridge):
        there = Path(f"/sys/class/net/{interface}").exists
        if there():
            try:
                run("ip", "link", "delete", interface)
            except LocalError:
                # A cable goes with its node's namespace, which the kernel removes a moment after the last process.
                if there():
                    raise


def make_cgroups(cluster: Cluster) -> None:
    """Make each node's control group, below which the kubelet puts its pods."""
    for node in cluster.nodes:
        for root in _cgroup_roots():
            _make_cgroup(root, Path(cgroup(cluster, node)))


def remove_cgroups(cluster: str) -> None:
    """Remove the cluster's control groups, once their processes are gone."""
    # The container runtime makes groups even where the kubelet makes none.
    for top in (CGROUPS / "corda-operator", *CGROUPS.glob("*/corda-operator")):
        for folder, _, _ in os.walk(top / cluster, topdown=False):
            _remove_cgroup(Path(folder))
        if top.is_dir() and not any(child.is_dir() for child in top.iterdir()):
            _remove_cgroup(top)


def _remove_cgroup(folder: Path) -> None:
    end = time.monotonic() + 5
    while folder.exists():
        try:
            folder.rmdir()
        except OSError as error:
            # The kernel counts a process as a member for a moment after its end.
            if time.monotonic() > end:
                raise LocalError(f"the control group {folder} cannot be removed: {error.strerror}") from error
            time.sleep(0.05)


def _cgroup_roots() -> list[Path]:
    if (CGROUPS / "cgroup.controllers").exists():
        return [CGROUPS]
    return [folder for folder in CGROUPS.iterdir() if (folder / "cgroup.procs").exists() and folder.name != "unified"]


def _make_cgroup(root: Path, path: Path) -> None:
    parent = root
    for name in path.parts:
        if (root / "cgroup.controllers").exists():
            # Version 2 hands each controller down one level at a time.
            offered = (parent / "cgroup.controllers").read_text().split()
            (parent / "cgroup.subtree_control").write_text(" ".join(f"+{controller}" for controller in offered))
        child = parent / name
        child.mkdir(exist_ok=True)
        for setting in ("cpuset.cpus", "cpuset.mems"):
            # Version 1's cpuset starts empty and then takes no process.
            if (parent / setting).exists() and root.name == "cpuset":
                (child / setting).write_text((parent / setting).read_text())
        parent = child


def read_settings() -> dict[str, str]:
    """Return the machine's settings that a kubelet will change."""
    return {name: Path("/proc/sys", name).read_text().strip() for name in KUBELET_SETTINGS}


def write_settings(settings: dict[str, str]) -> None:
    """Put the machine's settings back."""
    for name, value in settings.items():
        file = Path("/proc/sys", name)
        if file.read_text().strip() != value:
            file.write_text(value)
