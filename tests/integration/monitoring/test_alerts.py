"""Alerts as Prometheus' own tool evaluates them: promtool's unit tests, in alerts.yaml beside this file."""

import subprocess
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
import yaml

from local.paths import ROOT
from local.system import unpacked_package

ALERTS = ROOT / "charts" / "corda-operator" / "files" / "alerts.yaml"
CASES = Path(__file__).with_name("alerts.yaml")


@pytest.fixture(scope="module")
def promtool() -> Path:
    return unpacked_package("prometheus") / "usr/bin/promtool"


def test_prometheus_accepts_the_file(promtool: Path) -> None:
    done = subprocess.run([promtool, "check", "rules", ALERTS], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_alerts_are_raised_when_they_should_be_and_only_then(promtool: Path, tmp_path: Path) -> None:
    document = {"rule_files": [str(ALERTS)], "evaluation_interval": "1m", **yaml.safe_load(CASES.read_text())}
    file = tmp_path / "alerts.yaml"
    file.write_text(yaml.safe_dump(document))

    done = subprocess.run([promtool, "test", "rules", file], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr


def test_each_alert_is_seen_both_raised_and_not() -> None:
    seen: defaultdict[str, set[bool]] = defaultdict(set)
    for case in yaml.safe_load(CASES.read_text())["tests"]:
        for expected in case["alert_rule_test"]:
            seen[expected["alertname"]].add(bool(expected["exp_alerts"]))

    rules: list[dict[str, Any]] = [
        rule for group in yaml.safe_load(ALERTS.read_text())["groups"] for rule in group["rules"]
    ]
    assert {rule["alert"]: {True, False} for rule in rules} == seen
