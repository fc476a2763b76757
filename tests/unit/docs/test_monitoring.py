"""The page about metrics names those that there are."""

import re

from prometheus_client import CollectorRegistry

from corda_operator.network.metrics import Metrics as NetworkMetrics
from corda_operator.reconcile.engine.metrics import Metrics as OperatorMetrics
from corda_operator.reconcile.engine.world import World
from local.paths import ROOT
from tests.unit.network.consortium import BANK_A, consortium

PAGE = (ROOT / "docs" / "monitoring.md").read_text()


def documented(prefix: str) -> set[str]:
    """Return the names of metrics in the page's tables."""
    return {
        name
        for line in PAGE.splitlines()
        if line.startswith(f"| `{prefix}")
        for name in re.findall(rf"`({prefix}\w+)(?:\{{[\w,]+\}})?`", line.split(" | ")[0])
    }


def told(registry: CollectorRegistry, prefix: str) -> set[str]:
    """Return the names that Prometheus reads; counters end in _total."""
    return {
        f"{family.name}_total" if family.type == "counter" else family.name
        for family in registry.collect()
        if family.name.startswith(prefix)
    }


def test_those_of_the_operator() -> None:
    metrics = OperatorMetrics()
    metrics.resources.world = World()

    assert documented("corda_operator_") == told(metrics.registry, "corda_operator_")


async def test_those_of_the_network_services() -> None:
    metrics = NetworkMetrics()
    async with consortium() as replica:
        await replica.listed(BANK_A)
        replica.configure(networkParameters={"maxMessageSize": 20_000_000}, parametersUpdate={"description": "larger"})
        await replica.settle()
        metrics.state.source = lambda: (replica.state, replica.configuration)

        assert documented("corda_network_") == told(metrics.registry, "corda_network_")
