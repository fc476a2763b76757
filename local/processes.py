"""Long-running processes that outlive the command that started them, and only those.

A process is known by its id *and* its start time (``/proc/<pid>/stat``, field 22), so that an id
which the kernel has handed to somebody else since is never signalled. The record is written to
``<folder>/<name>.process`` right after the start; between the two lies only the fork itself, and what
is lost there still dies with its parent namespace.
"""

import contextlib
import json
import os
import signal
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from local.console import LocalError


def start_time(pid: int) -> int | None:
    """Return when a process started, in clock ticks since boot, or None if there is none.

    A zombie counts as none: it runs no code and holds nothing.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] == "Z" else int(fields[19])


@dataclass(frozen=True)
class Process:
    """A process that we started."""

    name: str
    pid: int
    started: int

    @property
    def alive(self) -> bool:
        """Whether this very process still runs."""
        return start_time(self.pid) == self.started

    def send(self, number: signal.Signals) -> None:
        """Signal the process if it is still the one we started."""
        if self.alive:
            try:
                os.kill(self.pid, number)
            except ProcessLookupError:
                return

    def stop(self, grace: float = 10.0) -> None:
        """End the process: SIGTERM, then SIGKILL after ``grace`` seconds."""
        self.send(signal.SIGTERM)
        if not self._gone_within(grace):
            self.send(signal.SIGKILL)
            self.wait_gone(10.0)

    def wait_gone(self, seconds: float) -> None:
        """Wait for the end of a process that was told to end."""
        if not self._gone_within(seconds):
            raise LocalError(f"{self.name} (process {self.pid}) does not end within {seconds:.0f} s")

    def reap(self) -> None:
        """Let a process that has ended disappear if it is our own child, which stays until it is waited for."""
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self.pid, os.WNOHANG)

    def _gone_within(self, seconds: float) -> bool:
        end = time.monotonic() + seconds
        while self.alive:
            self.reap()
            if time.monotonic() > end:
                return False
            time.sleep(0.02)
        return True


def spawn(
    folder: Path, name: str, command: Sequence[str | Path], environment: Mapping[str, str] | None = None
) -> Process:
    """Start a process in a session of its own, its output in ``<folder>/<name>.log``."""
    folder.mkdir(parents=True, exist_ok=True)
    # Not subprocess: it complains of children that nobody waits for, and these are meant to stay.
    with (folder / f"{name}.log").open("ab") as log, Path(os.devnull).open("rb") as nothing:
        pid = os.posix_spawnp(
            str(command[0]),
            [str(word) for word in command],
            os.environ if environment is None else environment,
            file_actions=[
                (os.POSIX_SPAWN_DUP2, nothing.fileno(), 0),
                (os.POSIX_SPAWN_DUP2, log.fileno(), 1),
                (os.POSIX_SPAWN_DUP2, log.fileno(), 2),
            ],
            setsid=True,
        )
    started = start_time(pid)
    if started is None:
        raise LocalError(f"{name} ended at once:\n{log_tail(folder, name)}")
    process = Process(name, pid, started)
    (folder / f"{name}.process").write_text(json.dumps(asdict(process)))
    return process


def recorded(folder: Path) -> list[Process]:
    """Return the processes that were started with this folder, dead ones too, in order of their start."""
    found = []
    for record in folder.glob("*.process"):
        try:
            found.append(Process(**json.loads(record.read_text())))
        except (ValueError, TypeError):
            # Killed between creating the record and filling it.
            record.unlink()
    return sorted(found, key=lambda process: process.started)


def log_tail(folder: Path, name: str, lines: int = 15) -> str:
    """Return the last lines of a process' log, for an error message."""
    try:
        return "\n".join((folder / f"{name}.log").read_text(errors="replace").splitlines()[-lines:])
    except FileNotFoundError:
        return "(no log)"
