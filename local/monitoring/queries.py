"""What Grafana asks Prometheus for a dashboard, so that each query can be tried on a real one.

Grafana puts values in the place of variables, and turns ``label_values`` into an API call; so does this.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from local.monitoring.grafana import Json
from local.paths import ROOT

FOLDER: Final = ROOT / "charts" / "corda-operator" / "files" / "dashboards"
ALL: Final = ".*"
"""What a variable is replaced with if everything is chosen."""
_VARIABLE: Final = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
_LABEL_VALUES: Final = re.compile(r"label_values\((\w+)(?:\{(.+)\})?, (\w+)\)")


@dataclass(frozen=True)
class Query:
    """A query and what it is for."""

    name: str
    """As in ``Corda / Network / Nodes (A)``."""
    expression: str
    may_be_empty: bool = False
    """Whether no samples mean that nothing is wrong."""


def dashboards() -> dict[str, Json]:
    """Return the chart's dashboards by the names of their files."""
    return {path.stem: json.loads(path.read_text()) for path in sorted(FOLDER.glob("*.json"))}


def queries(dashboard: Json, chosen: Mapping[str, str] | None = None, *, rate_interval: str = "1m") -> Iterator[Query]:
    """Yield the queries of a dashboard's variables and panels; raise KeyError for a variable that it does not have.

    ``chosen`` has values of variables; of the others everything is chosen.
    """
    variables = [each for each in dashboard["templating"]["list"] if each["type"] == "query"]
    values = {
        **dict.fromkeys((each["name"] for each in variables), ALL),
        **(chosen or {}),
        "__rate_interval": rate_interval,
    }
    title = dashboard["title"]
    for each in variables:
        expression = _known_values(each["query"]["query"])
        yield Query(f"{title} / variable {each['name']}", substituted(expression, values))
    for panel in dashboard["panels"]:
        for target in panel.get("targets", ()):
            name = f"{title} / {panel['title']} ({target['refId']})"
            # Text in the place of no data says that there may be none.
            may_be_empty = "noValue" in panel["fieldConfig"]["defaults"]
            yield Query(name, substituted(target["expr"], values), may_be_empty)


def substituted(expression: str, values: Mapping[str, str]) -> str:
    """Return an expression with values in the place of ``$name`` and ``${name}``; raise KeyError."""
    return _VARIABLE.sub(lambda found: values[found[1] or found[2]], expression)


def _known_values(query: str) -> str:
    """Return the expression with one sample for each value that ``label_values`` finds."""
    found = _LABEL_VALUES.fullmatch(query)
    if found is None:
        raise ValueError(f"{query!r} is no label_values(metric, label)")
    metric, matchers, label = found.groups()
    present = f'{label}!=""'
    return f"group by ({label}) ({metric}{{{f'{matchers}, {present}' if matchers else present}}})"
