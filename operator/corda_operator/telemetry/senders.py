"""Figures as OpenTelemetry has them, and the two ways out of the process: the SDKs' exporters, which block.

Both are sent the same: gauges as they are, and counters as totals since the process' start. So a figure that arrives
twice, or not at all, falsifies none of those before and after it.
"""

import logging
import os
import ssl
from collections.abc import Iterable
from typing import Any, Final

import requests
from azure.core.pipeline import PipelineResponse
from azure.core.pipeline.policies import RetryPolicy
from azure.core.pipeline.transport import RequestsTransport
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.sdk.metrics.export import (
    AggregationTemporality,
    Gauge,
    Metric,
    MetricExporter,
    MetricExportResult,
    MetricsData,
    NumberDataPoint,
    ResourceMetrics,
    ScopeMetrics,
    Sum,
)
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope

from corda_operator import __version__
from corda_operator.telemetry.figures import Figure
from corda_operator.telemetry.origin import Origin

_SECONDS: Final = 10.0
"""For an export in all, and for each answer; of either kind."""
_LONGEST_WAIT: Final = 5.0
"""Seconds that a service may ask to wait before it is asked again; the next export comes by itself."""
_SILENCED: Final = ("azure.monitor.opentelemetry", "opentelemetry.exporter.otlp")
"""Loggers that tell of each failure with whole envelopes, and so with the instrumentation key."""
_QUIET: Final = {
    # Figures about the exporter itself, to Microsoft's own addresses and among ours.
    "APPLICATIONINSIGHTS_STATSBEAT_DISABLED_ALL": "true",
    "APPLICATIONINSIGHTS_SDKSTATS_DISABLED": "true",
    # Settings of the exporter, which are fetched from Microsoft and may turn all of this on again.
    "APPLICATIONINSIGHTS_CONTROLPLANE_DISABLED": "true",
}


class Sender:
    """One way out. Not for several threads at once."""

    def __init__(self, exporter: MetricExporter, session: "_Session", origin: Origin) -> None:
        self._exporter = exporter
        self._session = session
        self._resource = Resource(origin.attributes())
        self._started = origin.started

    def send(self, found: Iterable[Figure], now: int) -> str | None:
        """Send figures of a moment (nanoseconds since 1970); return why they may not have arrived, or None."""
        self._session.ending = "nothing was sent"
        data = metrics_data(found, self._resource, self._started, now)
        if self._exporter.export(data, timeout_millis=_SECONDS * 1000) is MetricExportResult.SUCCESS:
            return None
        return self._session.ending

    def close(self) -> None:
        """Let go of connections."""
        self._exporter.shutdown()
        self._session.close()


def otlp(endpoint: str, origin: Origin) -> Sender:
    """Return the way to a collector, by the URL that the OTLP specification calls its base."""
    _keep_quiet()
    session = _Session()
    exporter = OTLPMetricExporter(
        endpoint=f"{endpoint}/v1/metrics",
        timeout=_SECONDS,
        compression=Compression.Gzip,
        session=session,
    )
    return Sender(exporter, session, origin)


def application_insights(connection_string: str, origin: Origin) -> Sender:
    """Return the way to Application Insights; raise ImportError without the extra, ValueError for no such string."""
    _keep_quiet()
    from azure.monitor.opentelemetry.exporter import AzureMonitorMetricExporter

    session = _Session()
    exporter = AzureMonitorMetricExporter(
        connection_string=connection_string,
        # Pods have no disk to keep figures on, and the key would be in its path.
        disable_offline_storage=True,
        retry_policy=_Patience(retry_total=3, retry_backoff_factor=0.5, timeout=_SECONDS),
        transport=RequestsTransport(
            session=session,
            session_owner=False,
            connection_timeout=_SECONDS,
            read_timeout=_SECONDS,
        ),
    )
    return Sender(exporter, session, origin)


def metrics_data(found: Iterable[Figure], resource: Resource, started: int, now: int) -> MetricsData:
    """Return figures as OpenTelemetry has them; times in nanoseconds since 1970."""
    scope = ScopeMetrics(
        scope=InstrumentationScope("corda_operator", __version__),
        metrics=[_metric(each, started, now) for each in found],
        schema_url="",
    )
    return MetricsData([ResourceMetrics(resource=resource, scope_metrics=[scope], schema_url="")])


def _metric(figure: Figure, started: int, now: int) -> Metric:
    # A gauge begins nowhere, which OTLP writes as nought.
    begun = started if figure.counted else 0
    points = [NumberDataPoint(dict(each.labels), begun, now, each.value) for each in figure.points]
    data = Sum(points, AggregationTemporality.CUMULATIVE, is_monotonic=True) if figure.counted else Gauge(points)
    return Metric(figure.name, figure.description, figure.unit, data)


class _Session(requests.Session):
    """Trusts whom the rest of the process trusts, where requests has authorities of its own.

    And remembers how the last request ended: the exporters only tell whether they have failed.
    """

    def __init__(self) -> None:
        super().__init__()
        paths = ssl.get_default_verify_paths()
        self._authorities = paths.cafile or paths.capath
        self.ending = "nothing was sent"

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        if self._authorities is not None:
            options["verify"] = self._authorities
        try:
            answer = super().send(request, **options)
        except requests.RequestException as error:
            self.ending = f"no answer ({type(error).__name__})"
            raise
        self.ending = f"answer {answer.status_code}"
        return answer


class _Patience(RetryPolicy[Any, Any]):
    """Azure's own retries, but none that Azure wants to have much later."""

    def is_retry(self, settings: dict[str, Any], response: PipelineResponse[Any, Any]) -> bool:
        wait = self.get_retry_after(response)
        return (wait is None or wait <= _LONGEST_WAIT) and super().is_retry(settings, response)


def _keep_quiet() -> None:
    os.environ.update(_QUIET)
    for name in _SILENCED:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
