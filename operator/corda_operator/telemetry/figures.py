"""Which of Prometheus' figures are sent, and how they are read out of its registry."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from prometheus_client.core import Metric

UNITS: Final[Mapping[str, str]] = {
    "corda_network_members": "{member}",
    "corda_network_nodes": "{node}",
    "corda_network_node_reachability": "{node}",
    "corda_network_transactions_per_minute": "{transaction}/min",
    "corda_network_transactions": "{transaction}",
    "corda_network_pending_requests": "{request}",
    "corda_network_certificates": "{certificate}",
    "corda_network_authority_expiry_timestamp_seconds": "s",
    "corda_network_parameters_update_nodes": "{node}",
    "corda_network_map_signed_timestamp_seconds": "s",
    "corda_network_log_blocks": "{block}",
    "corda_network_state_timestamp_seconds": "s",
    "corda_network_requests": "{request}",
    "corda_network_commits": "{block}",
    "corda_network_configuration_valid": "1",
    "corda_operator_leading": "1",
    "corda_operator_resources": "{resource}",
    "corda_operator_paused_resources": "{resource}",
    "corda_operator_members": "{member}",
    "corda_operator_node_ready": "1",
    "corda_operator_node_certificate_expiry_timestamp_seconds": "s",
    "corda_operator_reconciles": "{attempt}",
    "corda_operator_queue_depth": "{resource}",
    "corda_operator_queue_oldest_seconds": "s",
    "corda_operator_failing_resources": "{resource}",
}
"""Units (UCUM) of the families that are sent, by their names, which for counters are those without ``_total``."""


@dataclass(frozen=True)
class Point:
    """One value of a figure."""

    labels: Mapping[str, str]
    value: float


@dataclass(frozen=True)
class Figure:
    """A figure as it is now."""

    name: str
    """As Prometheus shows it; with ``_total`` if it is counted."""
    description: str
    unit: str
    counted: bool
    """Whether it only grows, from nought at the process' start."""
    points: tuple[Point, ...]


def figures(families: Iterable[Metric]) -> tuple[Figure, ...]:
    """Return the figures to send, of a registry's families; those without a value are left out."""
    found = (_figure(family, UNITS[family.name]) for family in families if family.name in UNITS)
    return tuple(each for each in found if each.points)


def _figure(family: Metric, unit: str) -> Figure:
    counted = family.type == "counter"
    name = f"{family.name}_total" if counted else family.name
    points = tuple(
        # OpenTelemetry tells whole numbers from others, and a figure must not change its kind with its value.
        Point(dict(sample.labels), float(sample.value))
        for sample in family.samples
        # What is no number can't be written in JSON, nor added to anything.
        if sample.name == name and math.isfinite(sample.value)
    )
    return Figure(name, family.documentation, unit, counted, points)
