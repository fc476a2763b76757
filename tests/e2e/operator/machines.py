"""What happens to a machine: its kubelet is killed and started again, and its disks are searched."""

import os
import signal
import time
from collections.abc import Iterable
from pathlib import Path

from local.cluster import namespaces
from local.cluster.place import place
from local.processes import Process, recorded, spawn, start_time
from tests.integration.enrolment.test_secrecy import unbroken


def restart_kubelet(cluster: str, machine: str) -> None:
    """Kill a machine's kubelet and start it again with the same arguments and environment."""
    home = place(cluster).folder / "nodes" / machine
    (entry,) = (each for each in recorded(home) if each.name == "kubelet")
    command = _words(entry.pid, "cmdline")
    environment = dict(word.split("=", 1) for word in _words(entry.pid, "environ"))
    inside = [Process("kubelet", pid, start_time(pid) or 0) for pid in namespaces.children(entry.pid)]
    assert inside, f"process {entry.pid} has no kubelet below it"
    for process in (*inside, entry):
        process.send(signal.SIGKILL)
        process.wait_gone(10)
    time.sleep(1)
    spawn(home, "kubelet", command, environment)


def holding(folders: Iterable[Path], needles: Iterable[bytes]) -> tuple[list[Path], list[Path]]:
    """Return the files below folders that hold any of the needles, whatever lines they are broken into; and all."""
    wanted = [unbroken(needle) for needle in needles]
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    found, read = [], []
    for file in files:
        try:
            content = unbroken(file.read_bytes())
        except FileNotFoundError:
            # Deleted since it was listed, as logs of pods that are gone.
            continue
        read.append(file)
        if any(needle in content for needle in wanted):
            found.append(file)
    return found, read


def _words(pid: int, file: str) -> list[str]:
    content = Path(f"/proc/{pid}/{file}").read_bytes().rstrip(b"\0")
    return [os.fsdecode(word) for word in content.split(b"\0")]
