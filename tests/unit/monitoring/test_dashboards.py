"""What the chart's dashboards show is there, explained, and drawn where it can be seen."""

import itertools
import re
from typing import Any

import pytest
import yaml

from local.monitoring.grafana import DATASOURCE
from local.monitoring.queries import dashboards, queries
from local.paths import ROOT

DASHBOARDS = dashboards()
PANELS = [
    pytest.param(panel, id=f"{name}: {panel['title']}")
    for name, dashboard in DASHBOARDS.items()
    for panel in dashboard["panels"]
    if panel["type"] != "row"
]
RULES: list[dict[str, Any]] = yaml.safe_load(
    (ROOT / "charts" / "corda-operator" / "files" / "recording.yaml").read_text()
)["groups"][0]["rules"]
PAGE = (ROOT / "docs" / "monitoring.md").read_text()
_OTHERS = ("jvm_", "process_")
"""What the exporter in the node's image and Prometheus' Python client bring by themselves."""


def metrics(expression: str) -> set[str]:
    """Return the names of metrics: whatever has matchers or is a recorded or exported name of ours."""
    names = set(re.findall(r"([a-zA-Z_:][\w:]*)\{", expression)) | set(re.findall(r"corda[_:][\w:]+", expression))
    return {re.sub("_seconds_(bucket|sum|count)$", "_seconds", name) for name in names}


def explained() -> set[str]:
    """Return the names of metrics in the page's tables."""
    rows = (line.split(" | ")[0] for line in PAGE.splitlines() if line.startswith("| `corda"))
    return {name for row in rows for name in re.findall(r"`(corda[_:][\w:]+)", row)}


def test_there_is_one_for_each_subject() -> None:
    assert set(DASHBOARDS) == {"network", "member", "node", "operator"}


@pytest.mark.parametrize("name", DASHBOARDS)
def test_every_metric_of_a_dashboard_is_explained(name: str) -> None:
    used = set().union(*(metrics(query.expression) for query in queries(DASHBOARDS[name])))

    assert used
    assert {each for each in used if not each.startswith(_OTHERS)} - explained() == set()


def test_every_metric_of_a_recorded_figure_is_explained_and_so_is_the_figure() -> None:
    used = set().union(*(metrics(rule["expr"]) for rule in RULES))

    assert used - explained() == set()
    assert {name for name in explained() if name.startswith("corda:")} == {rule["record"] for rule in RULES}


def test_every_recorded_figure_is_shown_somewhere() -> None:
    shown = set().union(*(metrics(query.expression) for each in DASHBOARDS.values() for query in queries(each)))

    assert {rule["record"] for rule in RULES} - shown == set()


@pytest.mark.parametrize("panel", PANELS)
def test_a_panel_says_what_it_shows_and_in_which_unit(panel: dict[str, Any]) -> None:
    assert panel["title"]
    assert panel["description"].endswith(".")
    assert panel["fieldConfig"]["defaults"]["unit"]
    assert panel["targets"]


@pytest.mark.parametrize("name", DASHBOARDS)
def test_titles_are_unique_so_that_queries_have_names(name: str) -> None:
    names = [query.name for query in queries(DASHBOARDS[name])]

    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", DASHBOARDS)
def test_no_two_panels_overlap_and_none_is_wider_than_the_page(name: str) -> None:
    places = [panel["gridPos"] for panel in DASHBOARDS[name]["panels"]]

    for one, other in itertools.combinations(places, 2):
        beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        below = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
        assert beside or below
    assert all(place["x"] + place["w"] <= 24 for place in places)


@pytest.mark.parametrize("name", DASHBOARDS)
def test_everything_is_asked_of_the_chosen_data_source(name: str) -> None:
    dashboard = DASHBOARDS[name]
    panels = [panel for panel in dashboard["panels"] if panel["type"] != "row"]
    variables = dashboard["templating"]["list"]

    assert variables[0]["name"] == "datasource"
    assert all(each["datasource"] == DATASOURCE for each in (*panels, *variables[1:]))
    assert all(target["datasource"] == DATASOURCE for panel in panels for target in panel["targets"])


@pytest.mark.parametrize("name", DASHBOARDS)
def test_every_panel_is_about_what_is_chosen(name: str) -> None:
    dashboard = DASHBOARDS[name]
    narrowest = dashboard["templating"]["list"][-1]["name"]

    for panel in dashboard["panels"]:
        for target in panel.get("targets", ()):
            selected = re.findall(r"\{([^}]*)\}", target["expr"])
            assert selected
            assert all(f'{narrowest}=~"${narrowest}"' in each for each in selected), target["expr"]


@pytest.mark.parametrize("name", DASHBOARDS)
def test_no_line_of_a_panel_hides_another_of_the_same_name(name: str) -> None:
    for panel in DASHBOARDS[name]["panels"]:
        legends = [target["legendFormat"] for target in panel.get("targets", ())]
        assert len(legends) == len(set(legends)) <= 26
