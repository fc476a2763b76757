"""Polls: wrk asks for the network map over 32 connections, as quickly as it is answered."""

import asyncio
import re
import shutil
from dataclasses import dataclass

from local.console import LocalError
from local.system import ensure_packages

CONNECTIONS = 32
_MILLISECONDS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}
_RATE = re.compile(r"^Requests/sec:\s+([\d.]+)$", re.MULTILINE)
_P99 = re.compile(r"^\s+99%\s+([\d.]+)(us|ms|s|m) *$", re.MULTILINE)
_REQUESTS = re.compile(r"^\s+(\d+) requests in ", re.MULTILINE)
_WRONG = re.compile(r"^\s*(?:Socket errors|Non-2xx or 3xx responses): .*$", re.MULTILINE)


@dataclass(frozen=True)
class Load:
    """What a load found."""

    requests: int
    per_second: float
    p99_ms: float


def parse(report: str) -> Load:
    """Read what wrk prints with ``--latency``; raise LocalError if a request failed."""
    requests, rate, p99, wrong = (each.search(report) for each in (_REQUESTS, _RATE, _P99, _WRONG))
    if requests is None or rate is None or p99 is None or wrong is not None:
        raise LocalError(f"wrk did not get all its answers:\n{report}")
    return Load(int(requests[1]), float(rate[1]), float(p99[1]) * _MILLISECONDS[p99[2]])


async def polled(port: int, seconds: int) -> Load:
    """Ask a server of 127.0.0.1 for its map for so long."""
    if shutil.which("wrk") is None:
        await asyncio.to_thread(ensure_packages, "wrk")
    url = f"http://127.0.0.1:{port}/network-map"
    words = ["wrk", "--threads", "1", "--connections", str(CONNECTIONS), "--duration", f"{seconds}s", "--latency", url]
    wrk = await asyncio.create_subprocess_exec(*words, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT)
    output, _ = await wrk.communicate()
    return parse(output.decode())
