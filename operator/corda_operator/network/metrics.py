"""What the network services tell Prometheus."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.process_collector import ProcessCollector

from corda_operator.network.log.state import State

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
        # To look them up by their labels takes longer than to count.
        self._kinds: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}
        self.members = self._gauge("corda_network_nodes", "Nodes that the network map lists")
        self.pending = self._gauge("corda_network_pending_requests", "Certificate requests without a certificate")
        self.epoch = self._gauge("corda_network_parameters_epoch", "Highest epoch of the network parameters")
        self.sequence = self._gauge("corda_network_log_blocks", "Number of the log's last block")
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

    def show(self, state: State) -> None:
        """Show a state."""
        self.members.set(len(state.nodes))
        self.pending.set(len(state.pending))
        self.epoch.set(state.epoch)
        self.sequence.set(state.sequence)

    def _gauge(self, name: str, text: str) -> Gauge:
        return Gauge(name, text, registry=self.registry)
