"""A receiver of OTLP over HTTP. It is not the OpenTelemetry Collector.

It reads what arrives with OpenTelemetry's own definitions (opentelemetry-proto), and answers what it is told to.
"""

import contextlib
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from aiohttp import web
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric


@dataclass
class Receiver:
    """Keeps the requests that it has taken."""

    url: str
    statuses: list[int] = field(default_factory=list)
    """What the next requests are answered; 0: the connection breaks when the request was taken."""
    taken: list[ExportMetricsServiceRequest] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.Response:
        status = self.statuses.pop(0) if self.statuses else 200
        if status in (0, 200):
            self.taken.append(ExportMetricsServiceRequest.FromString(await request.read()))
        if status == 0:
            assert request.transport is not None
            request.transport.abort()
        return web.Response(status=status or 500, body=ExportMetricsServiceResponse().SerializeToString())

    def metrics(self, number: int = -1) -> dict[str, Metric]:
        """Return the metrics of a request by name."""
        (resource,) = self.taken[number].resource_metrics
        (scope,) = resource.scope_metrics
        return {each.name: each for each in scope.metrics}

    def committed(self) -> list[float]:
        """Return the total of blocks in each request."""
        metrics = (self.metrics(number)["corda_network_commits_total"] for number in range(len(self.taken)))
        return [each.sum.data_points[0].as_double for each in metrics]


@contextlib.asynccontextmanager
async def receiving(port: int, tls: ssl.SSLContext | None = None) -> AsyncIterator[Receiver]:
    receiver = Receiver(f"{'http' if tls is None else 'https'}://127.0.0.1:{port}")
    application = web.Application()
    application.add_routes([web.post("/v1/metrics", receiver.answer)])
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port, ssl_context=tls).start()
    try:
        yield receiver
    finally:
        await runner.cleanup()
