"""What was found out about nodes and notaries, for Prometheus."""

import datetime
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, get_args

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from corda_operator.network.page.reachability import State

if TYPE_CHECKING:
    from corda_operator.network.page.observer import Observer

_STATES: Final[tuple[State, ...]] = get_args(State)


class PageMetrics(Collector):
    """The figures of the network page, worked out when they are asked for."""

    def __init__(self) -> None:
        self.source: Observer | None = None
        """None while the services can't begin."""

    def collect(self) -> Iterator[Metric]:
        """Yield what there is to tell now."""
        if self.source is None:
            return
        transactions, counts = self.source.transactions, self.source.states()
        states = GaugeMetricFamily(
            "corda_network_node_reachability",
            "Listed nodes, by whether their P2P address takes connections from the network services",
            labels=("state",),
        )
        for state in _STATES:
            states.add_metric((state.lower(),), counts[state])
        yield states
        now = datetime.datetime.now(datetime.UTC)
        if not transactions.known(now):
            return
        yield CounterMetricFamily(
            "corda_network_transactions",
            "Transactions that the network's notaries have committed since this replica looks at them",
            transactions.total,
        )
        yield GaugeMetricFamily(
            "corda_network_transactions_per_minute",
            "Transactions that the network's notaries committed in a minute, as the mean of the last five",
            transactions.per_minute(now),
        )
