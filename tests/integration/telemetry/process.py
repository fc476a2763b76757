"""A process that has figures and sends them often."""

import asyncio
import contextlib
import datetime
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, Counter, Gauge

from corda_operator.telemetry.configuration import OpenTelemetry
from corda_operator.telemetry.exporting import ConnectionString, exporting
from corda_operator.telemetry.origin import Origin

OFTEN = datetime.timedelta(seconds=0.2)
NEVER = datetime.timedelta(hours=1)
"""So that only the end sends."""
_PATIENCE_SECONDS = 30


@dataclass
class Process:
    """Its registry, with a gauge and a counter of the network services."""

    registry: CollectorRegistry = field(default_factory=CollectorRegistry)

    def __post_init__(self) -> None:
        self.members = Gauge("corda_network_members", "Members", ["state"], registry=self.registry)
        self.commits = Counter("corda_network_commits", "Blocks", ["result"], registry=self.registry)
        self.members.labels("admitted").set(3)
        self.members.labels("listed").set(2)
        self.commits.labels("written").inc(7)

    def exports(self, destination: str, result: str) -> float:
        """Return how many exports ended so."""
        labels = {"destination": destination, "result": result}
        return self.registry.get_sample_value("corda_telemetry_exports_total", labels) or 0

    @contextlib.asynccontextmanager
    async def sending(
        self,
        endpoint: str | None = None,
        string: ConnectionString | None = None,
        interval: datetime.timedelta = OFTEN,
        last_seconds: float = _PATIENCE_SECONDS,
    ) -> AsyncIterator[None]:
        """Send at an interval; configuration files take none as short."""
        asked = OpenTelemetry(otlp_endpoint=endpoint).model_copy(update={"interval": interval})
        origin = Origin("corda-network-services", "network.example.com", "replica-0")
        async with exporting(self.registry, origin, lambda: asked, string, last_seconds):
            yield


async def until(true: Callable[[], object]) -> None:
    """Wait until something is the case; raise TimeoutError."""
    async with asyncio.timeout(_PATIENCE_SECONDS):
        while not true():
            await asyncio.sleep(0.05)
