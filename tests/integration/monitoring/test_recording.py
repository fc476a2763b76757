"""Recorded figures as Prometheus' own tool evaluates them: its unit tests, in recording.yaml beside this file."""

import re
from pathlib import Path
from typing import Any

import yaml

from local.paths import ROOT
from tests.integration.charts.helm import OPERATOR, REQUIRED, merged, rendered
from tests.integration.monitoring.conftest import Promtool

RECORDING = ROOT / "charts" / "corda-operator" / "files" / "recording.yaml"
CASES: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("recording.yaml").read_text())["tests"]
LABELS = 'namespace="bank-a", node="node-1", consortium="credit-records", member="bank-a"'


def rounded(expected: dict[str, Any]) -> dict[str, Any]:
    """Return the same without the last digits, which rates don't agree on; what is rounded has no name any more."""
    samples = [
        {**each, "labels": re.sub(r"^corda:[\w:]+", "", each["labels"]) or "{}"} for each in expected["exp_samples"]
    ]
    return {**expected, "expr": f"round({expected['expr']}, 0.000001)", "exp_samples": samples}


def test_prometheus_accepts_the_file(promtool: Promtool) -> None:
    promtool.check(RECORDING)


def test_figures_are_what_has_happened(promtool: Promtool) -> None:
    cases = [{**case, "promql_expr_test": list(map(rounded, case["promql_expr_test"]))} for case in CASES]
    promtool.test(RECORDING, cases, "30s")


def test_each_figure_is_looked_at() -> None:
    rules = [rule for group in yaml.safe_load(RECORDING.read_text())["groups"] for rule in group["rules"]]
    looked_at = (expected["expr"] for case in CASES for expected in case["promql_expr_test"])
    seen = {name for each in looked_at for name in re.findall(r"corda:[\w:]+", each)}

    assert seen == {rule["record"] for rule in rules}


def test_flows_that_the_chart_is_told_are_counted_and_no_others(promtool: Promtool) -> None:
    told = {"enabled": True, "transactionFlows": r".*\.SignBond|.*\$Issue"}
    (rule,) = rendered(OPERATOR, merged(REQUIRED, {"monitoring": {"recording": told}})).of("PrometheusRule")
    file = promtool.folder / "rules.yaml"
    file.write_text(yaml.safe_dump(rule["spec"]))
    flows = {"org.example.SignBond": 1, "org.example.BondFlow$Issue": 2, "org.example.CreateBond": 4}
    series = [
        {
            "series": f'corda_flow_completed_total{{{LABELS}, outcome="Success", flow="{flow}"}}',
            "values": f"0+{each}x20",
        }
        for flow, each in flows.items()
    ]
    figure = f"corda:node_transactions:per_minute{{{LABELS}}}"
    expected = {"expr": figure, "eval_time": "5m", "exp_samples": [{"labels": figure, "value": 6}]}

    promtool.test(file, [{"interval": "30s", "input_series": series, "promql_expr_test": [rounded(expected)]}], "30s")


def test_the_rule_names_flows_once_so_that_the_chart_can_replace_them() -> None:
    assert len(re.findall("flow!~", RECORDING.read_text())) == 1
