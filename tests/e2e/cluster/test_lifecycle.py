"""Up, up again, killed half-way, and down without a trace."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.cluster import choice, machine
from local.cluster.kind import docker_answers
from local.cluster.kubectl import Kubectl
from local.cluster.place import CLUSTERS, place
from local.paths import ROOT

pytestmark = pytest.mark.skipif(docker_answers(), reason="with Docker this is kind's own business")

NAME = "lifecycle"
NODES = ("system:1",)


@pytest.fixture
def afterwards() -> Iterator[None]:
    yield
    choice.down(NAME)


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "local.cluster", *words, f"--name={NAME}"]


def traces() -> dict[str, set[str]]:
    """All that this machine has of processes, mounts, namespaces, interfaces, routes, control groups and folders."""
    mark = str(place(NAME).folder).encode()
    processes = set()
    namespaces = set()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if mark in folder.joinpath("environ").read_bytes():
                processes.add(folder.name)
            namespaces |= {str(link.readlink()) for link in folder.joinpath("ns").iterdir()}
        except OSError:
            # It ended while we looked, or has ended and waits to be reaped.
            continue
    return {
        "processes": processes,
        "namespaces": namespaces,
        "mounts": set(Path("/proc/self/mounts").read_text().splitlines()),
        "interfaces": {path.name for path in Path("/sys/class/net").iterdir()},
        "routes": set(subprocess.run(["ip", "route"], capture_output=True, text=True, check=True).stdout.splitlines()),
        "control groups": {str(path) for path in Path("/sys/fs/cgroup").rglob(f"corda-operator/{NAME}/**/")},
        "folders": {str(path) for path in CLUSTERS.glob(f"*{NAME}*")},
        "settings": {f"{name}={Path('/proc/sys', name).read_text()}" for name in machine.KUBELET_SETTINGS},
    }


@pytest.mark.usefixtures("cluster", "afterwards")
def test_a_cluster_comes_up_beside_another_stays_as_it_is_and_goes_without_a_trace() -> None:
    before = traces()

    kubectl = Kubectl(choice.up(NAME, NODES))
    assert kubectl.names("nodes") == ["node/aks-system-west-vmss000000"]
    kubectl.text("create", "configmap", "still-here")
    during = traces()
    choice.up(NAME, NODES)
    kubectl.text("get", "configmap", "still-here")
    choice.down(NAME)

    after = traces()
    changed = {kind for kind, found in during.items() if found != before[kind]}
    assert {"processes", "namespaces", "interfaces", "routes", "control groups", "folders"} <= changed
    # Another cluster's containers come and go meanwhile; what is new must belong to none of them.
    assert {kind: found - before[kind] for kind, found in after.items() if kind != "namespaces"} == {
        kind: set() for kind in after if kind != "namespaces"
    }
    assert not (after["namespaces"] - before["namespaces"]) & during["namespaces"]


@pytest.mark.usefixtures("cluster", "afterwards")
@pytest.mark.parametrize("sign", ["==> cluster", "==> control plane", "s: control plane", "==> nodes Ready"])
def test_a_cluster_whose_making_was_killed_is_made_anew(sign: str, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with log.open("wb") as sink:
        making = subprocess.Popen(
            command("up", *(f"--node={node}" for node in NODES)),
            cwd=ROOT,
            stdout=sink,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
    while sign not in log.read_text():
        assert making.poll() is None, log.read_text()
        time.sleep(0.01)
    making.send_signal(signal.SIGKILL)
    making.wait()
    assert not place(NAME).complete.exists()

    kubectl = Kubectl(choice.up(NAME, NODES))

    assert kubectl.text("get", "nodes", "--output=jsonpath={.items[*].status.conditions[-1].status}") == "True"


@pytest.mark.usefixtures("cluster", "afterwards")
def test_make_leaves_a_kubeconfig_and_the_tools_behind() -> None:
    published = ROOT / "build" / "kubeconfig"
    kept = published.read_bytes() if published.exists() else None
    try:
        said = subprocess.run(
            ["make", "cluster", f"CLUSTER={NAME}"], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout
        tools = ROOT / "build" / "bin"
        nodes = [str(tools / "kubectl"), f"--kubeconfig={published}", "get", "nodes", "--no-headers"]
        listed = subprocess.run(nodes, capture_output=True, text=True, check=True).stdout

        assert [line.split()[1] for line in listed.splitlines()] == ["Ready"] * 3
        # What the pod printed, read back through the API server.
        assert "CoreDNS-" in said
        subprocess.run([tools / "helm", "version"], capture_output=True, check=True)
        subprocess.run(["make", "cluster-down", f"CLUSTER={NAME}"], cwd=ROOT, capture_output=True, check=True)
        assert not place(NAME).folder.exists()
    finally:
        if kept is not None:
            published.write_bytes(kept)
