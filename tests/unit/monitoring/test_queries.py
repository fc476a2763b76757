"""Queries are what Grafana would ask with what is chosen."""

import re
from typing import Any

import pytest

from local.monitoring.queries import dashboards, queries, substituted

DASHBOARD: dict[str, Any] = {
    "title": "Ledger",
    "templating": {
        "list": [
            {"name": "datasource", "type": "datasource", "query": "prometheus"},
            {"name": "bank", "type": "query", "query": {"query": "label_values(accounts, bank)"}},
            {"name": "branch", "type": "query", "query": {"query": 'label_values(accounts{bank=~"$bank"}, branch)'}},
        ]
    },
    "panels": [
        {"type": "row", "title": "Money"},
        {
            "title": "Payments",
            "fieldConfig": {"defaults": {}},
            "targets": [
                {"refId": "A", "expr": 'rate(payments{bank=~"$bank", branch=~"${branch}"}[$__rate_interval])'},
                {"refId": "B", "expr": "fees"},
            ],
        },
        {
            "title": "Holiday",
            "fieldConfig": {"defaults": {"noValue": "none"}},
            "targets": [{"refId": "A", "expr": "holiday"}],
        },
    ],
}


def asked(**options: Any) -> dict[str, str]:
    return {query.name: query.expression for query in queries(DASHBOARD, **options)}


def test_everything_is_chosen_unless_said_otherwise() -> None:
    assert asked()["Ledger / Payments (A)"] == 'rate(payments{bank=~".*", branch=~".*"}[1m])'


def test_what_is_chosen_takes_the_place_of_variables() -> None:
    expression = asked(chosen={"bank": "a|b"}, rate_interval="2m")["Ledger / Payments (A)"]

    assert expression == 'rate(payments{bank=~"a|b", branch=~".*"}[2m])'


def test_values_of_a_variable_are_asked_for_as_the_samples_that_have_some() -> None:
    assert asked()["Ledger / variable bank"] == 'group by (bank) (accounts{bank!=""})'
    assert asked()["Ledger / variable branch"] == 'group by (branch) (accounts{bank=~".*", branch!=""})'


def test_each_query_of_a_panel_has_a_name_and_headings_have_none() -> None:
    assert [name for name in asked() if "variable" not in name] == [
        "Ledger / Payments (A)",
        "Ledger / Payments (B)",
        "Ledger / Holiday (A)",
    ]


def test_a_panel_that_has_a_text_for_it_may_be_empty() -> None:
    assert [query.name for query in queries(DASHBOARD) if query.may_be_empty] == ["Ledger / Holiday (A)"]


def test_a_variable_that_there_is_not_is_refused() -> None:
    with pytest.raises(KeyError, match="bnak"):
        substituted('payments{bank=~"$bnak"}', {"bank": "a"})


def test_a_variable_that_can_not_be_asked_for_is_refused() -> None:
    variable = {"name": "bank", "type": "query", "query": {"query": "metrics(accounts)"}}

    with pytest.raises(ValueError, match="label_values"):
        list(queries({**DASHBOARD, "templating": {"list": [variable]}}))


@pytest.mark.parametrize("name", dashboards())
def test_nothing_of_grafanas_is_left_in_the_charts_dashboards(name: str) -> None:
    found = list(queries(dashboards()[name]))

    assert found
    assert not [query.expression for query in found if re.search(r"\$|label_values", query.expression)]
