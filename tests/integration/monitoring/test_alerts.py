"""Alerts as Prometheus' own tool evaluates them: promtool's unit tests, in alerts.yaml beside this file."""

from collections import defaultdict
from pathlib import Path
from typing import Any

import yaml

from local.paths import ROOT
from tests.integration.monitoring.conftest import Promtool

ALERTS = ROOT / "charts" / "corda-operator" / "files" / "alerts.yaml"
CASES = Path(__file__).with_name("alerts.yaml")


def test_prometheus_accepts_the_file(promtool: Promtool) -> None:
    promtool.check(ALERTS)


def test_alerts_are_raised_when_they_should_be_and_only_then(promtool: Promtool) -> None:
    promtool.test(ALERTS, yaml.safe_load(CASES.read_text())["tests"], "1m")


def test_each_alert_is_seen_both_raised_and_not() -> None:
    seen: defaultdict[str, set[bool]] = defaultdict(set)
    for case in yaml.safe_load(CASES.read_text())["tests"]:
        for expected in case["alert_rule_test"]:
            seen[expected["alertname"]].add(bool(expected["exp_alerts"]))

    rules: list[dict[str, Any]] = [
        rule for group in yaml.safe_load(ALERTS.read_text())["groups"] for rule in group["rules"]
    ]
    assert {rule["alert"]: {True, False} for rule in rules} == seen
