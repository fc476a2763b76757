"""A node's own view of the machine, and what is left of it when its holder dies."""

import os
import shutil
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from local import system
from local.cluster import namespaces
from local.console import LocalError
from local.processes import start_time

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="namespaces need root")


@dataclass(frozen=True)
class Node:
    cluster: Path
    home: Path
    holder: int

    def run(self, *command: str) -> str:
        return namespaces.run_inside(self.holder, self.cluster, command)


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    """A node whose cluster and cache lie below /tmp, which the node replaces by one of its own."""
    cache, home, volumes = tmp_path / "cache", tmp_path / "nodes" / "a", tmp_path / "volumes"
    for folder in (cache, home, volumes):
        folder.mkdir(parents=True)
    shutil.copy(system.unpacked_package("catatonit") / "usr/bin/catatonit", cache)
    holder = namespaces.hold(tmp_path, home, cache, volumes, "node-a", Path("catatonit"))
    yield Node(tmp_path, home, holder)
    namespaces.end(namespaces.owned(tmp_path))


def test_a_node_has_a_name_processes_and_a_network_of_its_own(node: Node) -> None:
    assert node.run("hostname").strip() == "node-a"
    assert "eth0" not in node.run("ls", "/proc/self/net/dev_snmp6")
    assert node.run("ps", "-o", "pid=,comm=", "1").split() == ["1", "catatonit"]


def test_a_node_sees_its_folder_the_cache_and_the_volumes_and_not_the_machines(node: Node) -> None:
    assert node.run("ls", "/run/cache").split() == ["catatonit"]
    assert node.run("ls", "/tmp").split() == []  # noqa: S108
    node.run("touch", "/run/volumes/ledger", "/var/lib/kubelet-was-here")

    assert (node.cluster / "volumes" / "ledger").exists()
    assert (node.home / "lib" / "kubelet-was-here").exists()
    assert not Path("/var/lib/kubelet-was-here").exists()


def test_a_nodes_mounts_and_processes_go_with_its_holder(node: Node) -> None:
    node.run("mount", "-t", "tmpfs", "pod", "/mnt")
    node.run("sh", "-c", "setsid sleep 60 >/dev/null 2>&1 & until pidof sleep; do :; done")
    assert "sleep" in node.run("ps", "-e", "-o", "comm=")
    before = {process.pid for process in namespaces.owned(node.cluster)}
    assert " /mnt " not in Path("/proc/self/mounts").read_text()

    os.kill(node.holder, signal.SIGKILL)

    for pid in before:
        for _ in range(500):
            if start_time(pid) is None:
                break
            time.sleep(0.01)
        assert start_time(pid) is None
    assert namespaces.find_holder(node.home) is None


def test_what_keeps_a_node_from_being_made_is_told(tmp_path: Path) -> None:
    with pytest.raises(LocalError, match=r"the namespaces of node-b could not be made:(.|\n)*mount"):
        namespaces.hold(tmp_path, tmp_path / "b", tmp_path / "missing", tmp_path, "node-b", Path("catatonit"))
