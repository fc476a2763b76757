"""The processes that are measured, and what the kernel says they took."""

import asyncio
import contextlib
import http.client
import os
import re
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from local.console import LocalError
from local.paths import ROOT
from local.processes import Process, log_tail, spawn

_PATIENCE_SECONDS = 120
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Served:
    """A running process that serves HTTP at a port of 127.0.0.1."""

    process: Process
    port: int

    def cpu_seconds(self) -> float:
        """Return the time that it has spent computing, in user and kernel mode."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def memory_mb(self, line: str) -> float:
        """Return a line of ``/proc/<pid>/status``: VmRSS is what it has in memory, VmHWM the most it ever had."""
        status = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return int(next(each for each in status if each.startswith(f"{line}:")).split()[1]) / 1024


@dataclass
class Cpu:
    """Adds up the time that a process spends computing while contexts last."""

    served: Served
    seconds: float = 0.0

    def __enter__(self) -> Self:
        self.seconds -= self.served.cpu_seconds()
        return self

    def __exit__(self, *_: object) -> None:
        self.seconds += self.served.cpu_seconds()


@contextlib.asynccontextmanager
async def network_services(
    folder: Path, configuration: Path, ports: tuple[int, int, int], environment: Mapping[str, str]
) -> AsyncIterator[Served]:
    """Run a replica of the network services with the image's settings of the allocator, given when it answers."""
    words = ["local.azure.resolving", "corda_operator", "network-services", "--config", str(configuration)]
    allocator = dict(re.findall(r"(MALLOC_\w+)=(\w+)", (ROOT / "Dockerfile").read_text()))
    async with _running(folder, configuration.stem, words, {**environment, **allocator}) as process:
        await asyncio.to_thread(_wait, process, folder, ports[1], "/readyz")
        yield Served(process, ports[0])


@contextlib.asynccontextmanager
async def plain_aiohttp(folder: Path, file: Path, cache_control: str, port: int) -> AsyncIterator[Served]:
    """Run a server that does nothing but answer GET /network-map with a file's bytes."""
    words = ["bench.network_map.plain", str(file), cache_control, str(port)]
    async with _running(folder, "plain-aiohttp", words, {}) as process:
        await asyncio.to_thread(_wait, process, folder, port, "/network-map")
        yield Served(process, port)


@contextlib.asynccontextmanager
async def _running(
    folder: Path, name: str, words: Sequence[str], environment: Mapping[str, str]
) -> AsyncIterator[Process]:
    # The product is found where this interpreter finds it.
    found = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]), **environment}
    process = spawn(folder, name, [sys.executable, "-m", *words], found)
    try:
        yield process
    finally:
        await asyncio.to_thread(process.stop, 30)


def _wait(process: Process, folder: Path, port: int, path: str) -> None:
    end = time.monotonic() + _PATIENCE_SECONDS
    while _status(port, path) != http.client.OK:
        if not process.alive or time.monotonic() > end:
            raise LocalError(f"{process.name} does not answer. Its log ends:\n{log_tail(folder, process.name)}")
        time.sleep(0.1)


def _status(port: int, path: str) -> int | None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except OSError:
        return None
    finally:
        connection.close()
