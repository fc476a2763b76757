"""The page about metrics and alerts names those that there are."""

import datetime
import re
from typing import Any

import yaml
from prometheus_client import CollectorRegistry

from corda_operator.network.metrics import Metrics as NetworkMetrics
from corda_operator.network.page.observer import Observer
from corda_operator.reconcile.engine.metrics import Metrics as OperatorMetrics
from corda_operator.reconcile.engine.world import World
from corda_operator.telemetry.exporting import export_counter
from corda_operator.telemetry.figures import UNITS
from local.paths import ROOT
from tests.unit.network.consortium import BANK_A, consortium

EXPORTER = ROOT / "images" / "corda" / "rootfs" / "opt" / "corda" / "metrics.yaml"
ALERTS = ROOT / "charts" / "corda-operator" / "files" / "alerts.yaml"
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
        metrics.page.source = Observer(replica.ledger, lambda: replica.configuration)
        metrics.page.source.transactions.read("a notary", 0, datetime.datetime.now(datetime.UTC))

        assert documented("corda_network_") == told(metrics.registry, "corda_network_")


def test_those_of_what_is_sent() -> None:
    registry = CollectorRegistry()
    export_counter(registry)

    assert documented("corda_telemetry_") == told(registry, "corda_telemetry_")


def test_what_is_sent_is_among_them() -> None:
    known = documented("corda_network_") | documented("corda_operator_")

    assert [name for name in UNITS if name not in known and f"{name}_total" not in known] == []


def test_those_of_a_node() -> None:
    """The exporter's rules make names of what a pattern found, which the page has in full."""
    rules: list[dict[str, Any]] = yaml.safe_load(EXPORTER.read_text())["rules"]
    patterns = [re.compile(re.sub(r"\$\d", r"\\w+", rule["name"])) for rule in rules]
    names = {
        name
        for name in re.findall(r"`(corda_\w+)", PAGE)
        if not name.startswith(("corda_operator", "corda_network", "corda_telemetry"))
    }

    assert [name for name in names if not any(each.fullmatch(name) for each in patterns)] == []
    assert [each.pattern for each in patterns if not any(map(each.fullmatch, names))] == []


def test_each_alert_is_explained() -> None:
    groups: list[dict[str, Any]] = yaml.safe_load(ALERTS.read_text())["groups"]
    alerts = [rule["alert"] for group in groups for rule in group["rules"]]

    assert re.findall(r"^\| `(\w+)` \| [^|]+ \| [^|]+ \|$", PAGE.partition("## Alerts")[2], re.MULTILINE) == alerts
