"""What the network services tell Prometheus of the network itself, worked out when they are asked."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Final

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from corda_operator.corda.certificates.roles import Role
from corda_operator.network import facts
from corda_operator.network.configuration import Configuration
from corda_operator.network.log.state import State, TrustRoot
from corda_operator.network.report import role_name

_ROLES: Final = (Role.NODE_CA, Role.SERVICE_IDENTITY)
"""Of whom the identity manager certifies."""
_KEPT: Final = ("valid", "revoked")


class StateMetrics(Collector):
    """Counts; no name of a node or a member is a label, since there may be any number of them."""

    def __init__(self) -> None:
        self.source: Callable[[], tuple[State, Configuration]] | None = None
        """None while the services can't begin."""

    def collect(self) -> Iterator[Metric]:
        """Yield what there is to tell now."""
        if self.source is None:
            return
        state, configuration = self.source()
        yield _gauge("nodes", "Nodes that the network map lists", len(state.nodes))
        yield _gauge("pending_requests", "Certificate requests without a certificate", len(state.pending))
        yield _gauge("parameters_epoch", "Highest epoch of the network parameters", state.epoch)
        yield _gauge("log_blocks", "Number of the log's last block", state.sequence)
        yield _members(state, configuration)
        yield _certificates(state)
        if state.trust_root is not None:
            yield _authorities(state.trust_root)
        if state.revocation_list is not None:
            yield _gauge(
                "revocation_list_next_update_timestamp_seconds",
                "Until when the identity manager's revocation list has to be replaced",
                state.revocation_list.next_update.timestamp(),
            )
        if state.signed_map is not None:
            yield _gauge(
                "map_signed_timestamp_seconds",
                "When the network map last changed",
                state.signed_map.time.timestamp(),
            )
        yield from _update(state)


def _members(state: State, configuration: Configuration) -> Metric:
    family = GaugeMetricFamily(
        "corda_network_members",
        "Members: admitted by the configuration, and those of them with a node that the network map lists",
        labels=("state",),
    )
    family.add_metric(("admitted",), len(facts.admitted(configuration)))
    family.add_metric(("listed",), len(facts.listed(configuration, state)))
    return family


def _certificates(state: State) -> Metric:
    counts: Counter[tuple[str, str]] = Counter({(role_name(role), kept): 0 for role in _ROLES for kept in _KEPT})
    for each in state.registrations.values():
        if each.issued is not None:
            counts[role_name(each.role), _KEPT[each.issued.revocation is not None]] += 1
    family = GaugeMetricFamily(
        "corda_network_certificates", "Certificates that the identity manager issued", labels=("role", "state")
    )
    for labels, count in sorted(counts.items()):
        family.add_metric(labels, count)
    return family


def _authorities(root: TrustRoot) -> Metric:
    family = GaugeMetricFamily(
        "corda_network_authority_expiry_timestamp_seconds",
        "When the certificates end that those of all nodes stand on",
        labels=("authority",),
    )
    for name, end in facts.authorities(root).items():
        family.add_metric((name,), end.timestamp())
    return family


def _update(state: State) -> Iterator[Metric]:
    update = state.update
    waiting = len(state.not_accepted())
    family = GaugeMetricFamily(
        "corda_network_parameters_update_nodes",
        "Listed nodes that have accepted the proposed network parameters, and that have not; none if none are proposed",
        labels=("state",),
    )
    family.add_metric(("accepted",), 0 if update is None else len(state.nodes) - waiting)
    family.add_metric(("waiting",), waiting)
    yield family
    if update is not None:
        yield _gauge(
            "parameters_update_deadline_timestamp_seconds",
            "Flag day of the proposed network parameters",
            update.deadline.timestamp(),
        )


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"corda_network_{name}", text, value)
