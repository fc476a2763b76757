"""Nodes as sets of Linux namespaces, held by one process each.

Everything that a node makes lives inside: processes (PID), mounts of containers and volumes, and its network.
The holder is the namespaces' process 1; when it dies, however it dies, the kernel ends every process of the node,
unmounts what it mounted and takes its cables away. So a killed run leaves nothing behind but files, control groups
and a bridge, all with names of our own.

Whatever we start for a cluster carries ``CORDA_OPERATOR_CLUSTER=<its folder>`` in its environment: that is how its
processes are found again without a record that could be missing or stale, and how others' are left alone.
"""

import os
import signal
import subprocess
import time
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePath

from local.console import LocalError
from local.processes import Process, log_tail, spawn, start_time

MARK = "CORDA_OPERATOR_CLUSTER"

_ENTER = """
set -e
mount --make-rshared /
mount -t tmpfs -o mode=755 node /run
mkdir /run/node /run/cache /run/volumes /run/lock
mount --bind "$1" /run/node
mount --bind "$2" /run/cache
mount --bind "$3" /run/volumes
mkdir -p -m 1777 /run/node/tmp
mkdir -p /run/node/lib /run/node/log
mount --bind /run/node/tmp /tmp
mount --bind /run/node/log /var/log
mount --bind /run/node/lib /var/lib
hostname "$4"
exec "/run/cache/$5" -P
"""
"""What the holder does before it becomes a process that only reaps: the node's own view of the file system."""


def environment(cluster: Path, search_path: Sequence[PurePath | str] = ()) -> dict[str, str]:
    """Return the environment of a cluster's processes: the mark, and nothing of the terminal's own.

    In particular no proxy, token or CA setting of the person who starts it.
    """
    path = ":".join([*map(str, search_path), "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"])
    return {MARK: str(cluster), "PATH": path, "HOME": "/root", "LANG": "C.UTF-8"}


def hold(cluster: Path, home: Path, cache: Path, volumes: Path, name: str, reaper: Path) -> int:
    """Start a node's holder and return its process id, by which ``enter`` gets in.

    ``reaper``, relative to the cache, is the program that it becomes: it waits, and reaps orphans.
    """
    flags = ["--pid", "--mount", "--mount-proc", "--net", "--uts", "--ipc"]
    script: list[str | Path] = ["sh", "-c", _ENTER, "sh", home, cache, volumes, name, reaper]
    holder = spawn(
        home,
        "holder",
        ["unshare", "--fork", "--kill-child=SIGKILL", *flags, "--", *script],
        environment(cluster),
    )
    end = time.monotonic() + 10
    while time.monotonic() < end:
        if not holder.alive:
            raise LocalError(f"the namespaces of {name} could not be made:\n{log_tail(home, 'holder')}")
        inside = children(holder.pid)
        # Once the set-up is done, process 1 is the reaper itself.
        if inside and _runs(inside[0], cache / reaper):
            return inside[0]
        time.sleep(0.01)
    raise LocalError(f"the namespaces of {name} were not ready within 10 s:\n{log_tail(home, 'holder')}")


def enter(holder: int, command: Sequence[str | Path]) -> list[str]:
    """Return the command line that runs a command inside the node.

    Not ``ip netns exec``: it mounts /sys anew and hides the control groups from the kubelet.
    """
    flags = ["--mount", "--net", "--pid", "--uts", "--ipc"]
    return ["nsenter", f"--target={holder}", *flags, "--", *map(str, command)]


def children(pid: int) -> list[int]:
    """Return the ids of a process' children."""
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def find_holder(home: Path) -> int | None:
    """Return the process id of a running node's process 1, or None if the node is not running."""
    for process in owned(home.parent.parent):
        words = _words(process.pid, "cmdline")
        if words[:1] == ["unshare"] and str(home) in words:
            inside = children(process.pid)
            return inside[0] if inside else None
    return None


def owned(cluster: Path) -> list[Process]:
    """Return the processes that carry this cluster's mark, in order of their start."""
    mark = f"{MARK}={cluster}"
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and int(folder.name) != os.getpid():
            pid = int(folder.name)
            if mark in _words(pid, "environ"):
                started = start_time(pid)
                if started is not None:
                    words = _words(pid, "cmdline")
                    found.append(Process(Path(words[0]).name if words else "?", pid, started))
    return sorted(found, key=lambda process: process.started)


def end(processes: Iterable[Process], seconds: float = 15) -> None:
    """Kill processes and wait until they are gone.

    Nothing is asked to end by itself: a local cluster is thrown away whole, and what must survive a
    crash is tested by just this.
    """
    waiting = list(processes)
    for process in waiting:
        process.send(signal.SIGKILL)
    for process in waiting:
        process.wait_gone(seconds)
    # A namespace is gone once its last process has been reaped, by us or by whoever else is its parent.
    limit = time.monotonic() + 5
    while any(Path(f"/proc/{process.pid}").exists() for process in waiting) and time.monotonic() < limit:
        for process in waiting:
            process.reap()
        time.sleep(0.02)


def _words(pid: int, file: str) -> list[str]:
    try:
        return Path(f"/proc/{pid}/{file}").read_bytes().decode(errors="replace").split("\0")
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return []


def _runs(pid: int, program: Path) -> bool:
    # By the file itself: the node sees it under another path.
    try:
        return Path(f"/proc/{pid}/exe").samefile(program)
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return False


def run_inside(holder: int, cluster: Path, command: Sequence[str | Path]) -> str:
    """Run a command inside the node and return its output."""
    done = subprocess.run(enter(holder, command), env=environment(cluster), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise LocalError(f"`{' '.join(map(str, command))}` failed: {done.stderr.strip()}")
    return done.stdout


def succeeds_inside(holder: int, cluster: Path, command: Sequence[str | Path]) -> bool:
    """Tell whether a command succeeds inside the node."""
    done = subprocess.run(enter(holder, command), env=environment(cluster), capture_output=True, check=False)
    return done.returncode == 0
