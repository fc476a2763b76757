"""Transactions per minute and how long they take, of both sides with the same number of clients."""

from collections.abc import Sequence
from math import ceil
from typing import Any

from bench.transactions.application import Load


def run(clients: int, direct: Load, gateway: Load) -> dict[str, Any]:
    """Return a run as the report has it."""
    return {
        "clients": clients,
        "direct_per_minute": per_minute(direct),
        "gateway_per_minute": per_minute(gateway),
        "ratio": round(per_minute(gateway) / per_minute(direct), 2),
        "p50_ms": percentile(gateway.milliseconds, 50),
        "p99_ms": percentile(gateway.milliseconds, 99),
        "direct_p50_ms": percentile(direct.milliseconds, 50),
        "direct_p99_ms": percentile(direct.milliseconds, 99),
        "transactions": len(gateway.milliseconds),
        "direct_transactions": len(direct.milliseconds),
        "retries": gateway.retries,
    }


def per_minute(load: Load) -> float:
    """Return the committed transactions of a minute."""
    return round(len(load.milliseconds) / load.seconds * 60, 1)


def percentile(values: Sequence[float], percent: int) -> float:
    """Return the smallest value that so many percent of all don't exceed."""
    return round(sorted(values)[max(0, ceil(len(values) * percent / 100) - 1)], 1)
