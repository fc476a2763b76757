"""What the operator tells Prometheus."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.process_collector import ProcessCollector

from corda_operator.reconcile.engine.resource_metrics import ResourceMetrics

_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)


class Metrics:
    """Counters and gauges in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._reconciled = Counter(
            "corda_operator_reconciles", "Attempts, by kind and result", ["kind", "result"], registry=self.registry
        )
        self._seconds = Histogram(
            "corda_operator_reconcile_seconds",
            "Time of an attempt",
            ["kind"],
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self._calls = Counter(
            "corda_operator_api_calls",
            "Calls to the API server, by method, kind and status (0: no answer)",
            ["method", "resource", "status"],
            registry=self.registry,
        )
        self._events = Counter(
            "corda_operator_watch_events", "Events that watches brought, by kind", ["kind"], registry=self.registry
        )
        self.leading = self._gauge("corda_operator_leading", "1 if this replica is the active one")
        self.queue_depth = self._gauge("corda_operator_queue_depth", "Resources that wait for a worker")
        self.queue_oldest = self._gauge(
            "corda_operator_queue_oldest_seconds", "For how long the longest waiting, or worked at, resource is so"
        )
        self.failing = self._gauge("corda_operator_failing_resources", "Resources whose last attempt failed")
        self.missed = Counter(
            "corda_operator_missed_changes",
            "Changes that a listing found and the watch had not brought, by kind",
            ["kind"],
            registry=self.registry,
        )
        self.last_resync = self._gauge("corda_operator_last_resync_timestamp_seconds", "When all was last listed")
        self.resources = ResourceMetrics()
        self.registry.register(self.resources)

    def reconciled(self, kind: str, result: str, seconds: float) -> None:
        """Count an attempt."""
        self._reconciled.labels(kind, result).inc()
        self._seconds.labels(kind).observe(seconds)

    def called(self, method: str, resource: str, status: int) -> None:
        """Count a call to the API server."""
        self._calls.labels(method, resource, str(status)).inc()

    def watched(self, kind: str) -> None:
        """Count an event."""
        self._events.labels(kind).inc()

    def _gauge(self, name: str, text: str) -> Gauge:
        return Gauge(name, text, registry=self.registry)
