"""Dashboards as Grafana's JSON, from what there is to say of each panel.

What Grafana fills in by itself is left out.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from string import ascii_uppercase
from typing import Any, ClassVar, Final

from local.monitoring.promql import filters

Json = dict[str, Any]
Colours = Mapping[float | None, str]
"""Colours, each from a value on; the first from none, for whatever is below the second."""

DATASOURCE: Final = {"type": "prometheus", "uid": "${datasource}"}
"""The Prometheus that is chosen on top of a dashboard."""
SCHEMA_VERSION: Final = 39
"""Of Grafana 11; newer ones read it, too."""
COLUMNS: Final = 24
PER_MINUTE: Final = "suffix:/min"
"""A unit of our own, which Grafana writes behind the number."""
DAY: Final = 24 * 3600
EXPIRY: Final[Colours] = {None: "red", 21 * DAY: "orange", 30 * DAY: "green"}
"""Of the time until a certificate ends: it is renewed 30 days before, and an alert is raised 21 days before."""
READY: Final = (("away", "red"), ("Ready", "green"))
"""What 0 and 1 mean of a node."""
_TAG: Final = "corda"


@dataclass(frozen=True)
class Panel:
    """What all panels have."""

    kind: ClassVar[str]
    """Grafana's name of it."""

    title: str
    description: str
    queries: Mapping[str, str]
    """Expressions by their legends."""
    unit: str = "none"
    """Grafana's name of it."""
    width: int = 8
    height: int = 8
    colours: Colours = field(default_factory=lambda: {None: "green"})
    no_data: str = ""
    """What is shown for no samples, where that is right and nothing is wrong."""


class Graph(Panel):
    """A panel with lines over time."""

    kind = "timeseries"


@dataclass(frozen=True)
class Number(Panel):
    """A panel with the newest value."""

    kind = "stat"
    width: int = 4
    height: int = 4


class Bars(Panel):
    """A panel with the newest values side by side."""

    kind = "bargauge"


@dataclass(frozen=True)
class Timeline(Panel):
    """A panel with states over time."""

    kind = "state-timeline"
    states: Sequence[tuple[str, str]] = ()
    """Text and colour of 0, 1 and so on."""


@dataclass(frozen=True)
class Dashboard:
    """A page of panels about one of several subjects."""

    name: str
    """Of its file; its address in Grafana follows from it."""
    title: str
    metric: str
    """Whose samples tell which subjects there are."""
    labels: Sequence[str]
    """Of the metric: the variables by which a subject is chosen, from wide to narrow."""
    rows: Mapping[str, Sequence[Panel]]
    """Panels by the headings that they are under."""


def document(dashboard: Dashboard) -> Json:
    """Return a dashboard's JSON."""
    panels = list(_placed(dashboard.rows))
    return {
        "uid": f"corda-{dashboard.name}",
        "title": dashboard.title,
        "tags": [_TAG],
        "schemaVersion": SCHEMA_VERSION,
        "editable": True,
        "graphTooltip": 1,
        "refresh": "30s",
        "time": {"from": "now-3h", "to": "now"},
        "timezone": "browser",
        "annotations": {"list": []},
        "links": [
            {"type": "dashboards", "title": "Corda", "tags": [_TAG], "includeVars": True, "keepTime": True},
        ],
        "templating": {"list": list(_variables(dashboard.metric, dashboard.labels))},
        "panels": [{"id": number, **each} for number, each in enumerate(panels, 1)],
    }


def _variables(metric: str, labels: Sequence[str]) -> Iterator[Json]:
    yield {"name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus"}
    for place, label in enumerate(labels):
        of = filters(*labels[:place])
        query = f"label_values({metric}{f'{{{of}}}' if of else ''}, {label})"
        variable = {
            "name": label,
            "label": label.capitalize(),
            "type": "query",
            "datasource": DATASOURCE,
            "definition": query,
            "query": {"query": query, "refId": label},
            "refresh": 2,
            "sort": 1,
            "multi": True,
        }
        # A page opens at one subject: lines of hundreds of nodes would tell nothing.
        narrowest = label == labels[-1]
        yield variable if narrowest else {**variable, "includeAll": True, "allValue": ".*"}


def _placed(rows: Mapping[str, Sequence[Panel]]) -> Iterator[Json]:
    """Yield headings and panels with their places: from left to right, and on below where the line is full."""
    y = 0
    for heading, panels in rows.items():
        yield {"type": "row", "title": heading, "collapsed": False, "panels": [], "gridPos": _place(0, y, COLUMNS, 1)}
        y += 1
        x = line = 0
        for panel in panels:
            if x + panel.width > COLUMNS:
                x, y, line = 0, y + line, 0
            yield {**_panel(panel), "gridPos": _place(x, y, panel.width, panel.height)}
            x, line = x + panel.width, max(line, panel.height)
        y += line


def _place(x: int, y: int, width: int, height: int) -> Json:
    return {"x": x, "y": y, "w": width, "h": height}


def _panel(panel: Panel) -> Json:
    defaults: Json = {
        "unit": panel.unit,
        "color": {"mode": "palette-classic" if isinstance(panel, Graph) else "thresholds"},
        "thresholds": {
            "mode": "absolute",
            "steps": [{"value": value, "color": colour} for value, colour in panel.colours.items()],
        },
    }
    if isinstance(panel, Graph):
        defaults["custom"] = {
            "fillOpacity": 10,
            "showPoints": "never",
            "thresholdsStyle": {"mode": "dashed" if len(panel.colours) > 1 else "off"},
        }
        defaults["min"] = 0
    if isinstance(panel, Timeline):
        texts = {
            str(value): {"text": text, "color": colour, "index": value}
            for value, (text, colour) in enumerate(panel.states)
        }
        defaults["mappings"] = [{"type": "value", "options": texts}]
    if panel.no_data:
        defaults["noValue"] = panel.no_data
    return {
        "type": panel.kind,
        "title": panel.title,
        "description": panel.description,
        "datasource": DATASOURCE,
        "fieldConfig": {"defaults": defaults, "overrides": []},
        "options": _OPTIONS[panel.kind],
        "targets": list(_targets(panel)),
    }


_NEWEST: Final[Json] = {"calcs": ["lastNotNull"], "fields": "", "values": False}
_BELOW: Final[Json] = {"displayMode": "list", "placement": "bottom", "showLegend": True}
_OPTIONS: Final[Mapping[str, Json]] = {
    "stat": {"reduceOptions": _NEWEST, "colorMode": "value", "graphMode": "none"},
    "timeseries": {"legend": _BELOW, "tooltip": {"mode": "multi", "sort": "desc"}},
    "bargauge": {"reduceOptions": _NEWEST, "displayMode": "basic", "orientation": "horizontal"},
    "state-timeline": {"legend": _BELOW, "mergeValues": True, "showValue": "never"},
}


def _targets(panel: Panel) -> Iterator[Json]:
    # The newest value of a range would go on showing what is no more.
    now = isinstance(panel, Number | Bars)
    for letter, (legend, expression) in zip(ascii_uppercase, panel.queries.items(), strict=False):
        yield {
            "refId": letter,
            "datasource": DATASOURCE,
            "expr": expression,
            "legendFormat": legend or "__auto",
            "instant": now,
            "range": not now,
        }
