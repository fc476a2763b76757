"""What happens to a machine: its kubelet ends and is started again, as systemd would."""

import os
import signal
import time
from pathlib import Path

from local.cluster import namespaces
from local.cluster.place import place
from local.processes import Process, recorded, spawn, start_time


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


def holding(folder: Path, needles: dict[str, bytes]) -> dict[str, str]:
    """Return which files below a folder hold any of the needles: the needle's name by the file's path."""
    found: dict[str, str] = {}
    for path in folder.rglob("*"):
        if path.is_symlink() or not path.is_file():
            continue
        content = path.read_bytes()
        found |= {str(path.relative_to(folder)): name for name, needle in needles.items() if needle in content}
    return found


def _words(pid: int, file: str) -> list[str]:
    content = Path(f"/proc/{pid}/{file}").read_bytes().rstrip(b"\0")
    return [os.fsdecode(word) for word in content.split(b"\0")]
