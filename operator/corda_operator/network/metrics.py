"""What the network services tell Prometheus."""

import contextlib
from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.process_collector import ProcessCollector

from corda_operator.network.page.metrics import PageMetrics
from corda_operator.network.state_metrics import StateMetrics

_BUCKETS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20)


class Metrics:
    """Counters and gauges in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._requests = Counter(
            "corda_network_requests",
            "HTTP requests by endpoint and status",
            ["method", "endpoint", "status"],
            registry=self.registry,
        )
        self._seconds = Histogram(
            "corda_network_request_seconds",
            "Time to answer, without sending it",
            ["method", "endpoint"],
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self._azure_requests = Counter(
            "corda_network_azure_requests",
            "Requests to Azure by service and status (0: no answer)",
            ["service", "method", "status"],
            registry=self.registry,
        )
        self._azure_seconds = Histogram(
            "corda_network_azure_request_seconds",
            "Time until Azure's answer began",
            ["service"],
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self._lease = Counter(
            "corda_network_lease_attempts",
            "Attempts to get the lease of the log's head (taken: another replica has it)",
            ["result"],
            registry=self.registry,
        )
        self._lease_seconds = Histogram(
            "corda_network_lease_wait_seconds",
            "For how long changes waited for the lease",
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self._lease_held = self._gauge("corda_network_lease_held", "1 while this replica may write to the log")
        self._commits = Counter(
            "corda_network_commits",
            "Blocks, by whether they became part of the log",
            ["result"],
            registry=self.registry,
        )
        self._changes = Counter(
            "corda_network_changes", "Proposals that became durable with those blocks", registry=self.registry
        )
        self.waiting = self._gauge("corda_network_waiting_changes", "Proposals that wait to become durable")
        # To look them up by their labels takes longer than to count.
        self._kinds: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}
        self.state = StateMetrics()
        self.registry.register(self.state)
        self.page = PageMetrics()
        self.registry.register(self.page)
        self.current_at = self._gauge(
            "corda_network_state_timestamp_seconds", "When this replica last knew that its state is the newest"
        )
        self.configuration_valid = self._gauge(
            "corda_network_configuration_valid", "1 if the configuration file is valid, 0 if an older one is in use"
        )
        self.connections = self._gauge("corda_network_connections", "Open connections")
        self.connections_refused = self._gauge(
            "corda_network_connections_refused", "Connections turned away or cut off since the start"
        )

    def answered(self, method: str, endpoint: str, status: int, seconds: float) -> None:
        """Count a request and the time it took; 0 is the status of one that was given up."""
        kind = (method, endpoint, status)
        if kind not in self._kinds:
            requests = self._requests.labels(method, endpoint, str(status))
            self._kinds[kind] = requests, self._seconds.labels(method, endpoint)
        requests, duration = self._kinds[kind]
        requests.inc()
        duration.observe(seconds)

    def asked_azure(self, service: str, method: str, status: int, seconds: float) -> None:
        """Count a request to Azure and the time until its answer began; 0 is the status of one without an answer."""
        self._azure_requests.labels(service, method, str(status)).inc()
        self._azure_seconds.labels(service).observe(seconds)

    def asked_for_lease(self, *, granted: bool) -> None:
        """Count an attempt to get the head's lease, which another replica may have."""
        self._lease.labels("granted" if granted else "taken").inc()

    @contextlib.contextmanager
    def holding_lease(self, seconds: float) -> Iterator[None]:
        """Show that this replica has the lease, for which changes have waited so long."""
        self._lease_seconds.observe(seconds)
        with self._lease_held.track_inprogress():
            yield

    @contextlib.contextmanager
    def committing(self, changes: int) -> Iterator[None]:
        """Count a block and the changes in it, or that it was not written."""
        try:
            yield
        except BaseException:
            self._commits.labels("failed").inc()
            raise
        self._commits.labels("written").inc()
        self._changes.inc(changes)

    def _gauge(self, name: str, text: str) -> Gauge:
        return Gauge(name, text, registry=self.registry)
