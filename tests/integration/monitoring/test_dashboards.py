"""Prometheus understands what dashboards ask it."""

import pytest
import yaml

from local.monitoring.queries import dashboards, queries
from tests.integration.monitoring.conftest import Promtool

DASHBOARDS = dashboards()


@pytest.mark.parametrize("name", DASHBOARDS)
def test_prometheus_parses_every_query(name: str, promtool: Promtool) -> None:
    rules = [
        {"record": f"panel:{number}", "expr": query.expression, "labels": {"of": query.name}}
        for number, query in enumerate(queries(DASHBOARDS[name]))
    ]
    assert rules
    file = promtool.folder / "rules.yaml"
    file.write_text(yaml.safe_dump({"groups": [{"name": name, "rules": rules}]}))

    promtool.check(file)
