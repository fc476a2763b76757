"""The operator as a process, and what it tells of itself."""

import asyncio
import contextlib
import os
import re
import sys
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import aiohttp
import yaml
from prometheus_client.parser import text_string_to_metric_families

from bench.network_map.processes import Served
from bench.operator.resources import OPERATOR
from local.console import LocalError
from local.paths import ROOT
from local.ports import free_ports
from local.processes import log_tail, spawn

_PATIENCE_SECONDS: Final = 120
_QUIET_SECONDS: Final = 2.0
_NO_WORK: Final = ("leases", "selfsubjectaccessreviews")
"""Kinds of calls that are the process' own, however many resources there are."""
_WRITES: Final = ("PATCH", "PUT", "POST", "DELETE")

Calls = Counter[tuple[str, str]]
"""Calls to the API server by method and kind."""


@dataclass(frozen=True)
class Figures:
    """What ``/metrics`` says at a moment."""

    calls: Calls
    reconciles: int
    waiting: int
    resynced: float
    """When everything was last listed anew, as a Unix time; 0 before the first time."""

    @property
    def writes(self) -> Calls:
        """Those calls that change something."""
        return Counter({each: count for each, count in self.calls.items() if each[0] in _WRITES})


@dataclass(frozen=True)
class Operator:
    """A running operator."""

    served: Served
    session: aiohttp.ClientSession

    async def figures(self) -> Figures:
        """Return what it tells now."""
        async with self.session.get(f"http://127.0.0.1:{self.served.port}/metrics") as answer:
            return figures(await answer.text())

    async def until(self, holds: Callable[[Figures], bool]) -> None:
        """Wait until something holds of what it tells."""
        for _ in range(_PATIENCE_SECONDS * 10):
            if holds(await self.figures()):
                return
            await asyncio.sleep(0.1)
        raise LocalError(f"the operator tells nothing else than {await self.figures()}")

    async def quiet(self) -> Figures:
        """Wait until nothing waits and nothing was written for two seconds, and return what it tells then."""
        before, since = await self.figures(), time.monotonic()
        while time.monotonic() < since + _QUIET_SECONDS:
            await asyncio.sleep(0.2)
            now = await self.figures()
            if now.waiting or now.calls != before.calls or not now.reconciles:
                before, since = now, time.monotonic()
        return before


def figures(text: str) -> Figures:
    """Read what ``/metrics`` answers."""
    calls: Calls = Counter()
    single: defaultdict[str, float] = defaultdict(float)
    for sample in (sample for family in text_string_to_metric_families(text) for sample in family.samples):
        if sample.name != "corda_operator_api_calls_total":
            single[sample.name] += sample.value
        elif sample.labels["resource"] not in _NO_WORK:
            calls[sample.labels["method"], sample.labels["resource"]] += int(sample.value)
    return Figures(
        calls,
        int(single["corda_operator_reconciles_total"]),
        int(single["corda_operator_queue_depth"]),
        single["corda_operator_last_resync_timestamp_seconds"],
    )


@contextlib.asynccontextmanager
async def operator(folder: Path, kubeconfig: Path, resync_seconds: float) -> AsyncIterator[Operator]:
    """Run an operator with the image's settings of the allocator, given when it is the active one."""
    port = free_ports(1)[0]
    document: dict[str, Any] = {**OPERATOR, "listen": f"127.0.0.1:{port}", "resyncSeconds": resync_seconds}
    configuration = folder / "operator.yaml"
    configuration.parent.mkdir(parents=True, exist_ok=True)
    configuration.write_text(yaml.safe_dump(document))
    environment = {
        **os.environ,
        **dict(re.findall(r"(MALLOC_\w+)=(\w+)", (ROOT / "Dockerfile").read_text())),
        "KUBECONFIG": str(kubeconfig),
    }
    process = spawn(
        folder,
        "operator",
        [sys.executable, "-m", "corda_operator", "operate", "--config", str(configuration)],
        environment,
    )
    try:
        async with aiohttp.ClientSession() as session:
            await _until_active(session, port, lambda: process.alive, folder)
            yield Operator(Served(process, port), session)
    finally:
        await asyncio.to_thread(process.stop, 30)


async def _until_active(session: aiohttp.ClientSession, port: int, alive: Any, folder: Path) -> None:
    for _ in range(_PATIENCE_SECONDS * 10):
        with contextlib.suppress(aiohttp.ClientError):
            async with session.get(f"http://127.0.0.1:{port}/readyz") as answer:
                if (await answer.text()).strip() == "active":
                    return
        if not alive():
            break
        await asyncio.sleep(0.1)
    raise LocalError(f"the operator does not become active. Its log ends:\n{log_tail(folder, 'operator')}")
