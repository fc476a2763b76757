"""The schema of a chart is the one home of its values, and says something about each."""

from pathlib import Path

import pytest

from local import charts

SCHEMAS = {path.parent.name: charts.schema(path.parent) for path in charts.CHARTS.glob("*/values.schema.json")}
VALUES = [(chart, value) for chart, schema in SCHEMAS.items() for value in charts.values(schema)]


@pytest.mark.parametrize("path", charts.documents(), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_the_files_in_git_are_what_the_schemas_say(path: Path) -> None:
    assert path.read_text() == charts.documents()[path], "run `make charts` and commit what it writes"


@pytest.mark.parametrize(("chart", "value"), VALUES, ids=lambda each: getattr(each, "name", each))
def test_every_value_is_described_and_has_either_a_default_or_values_inside(chart: str, value: charts.Value) -> None:
    assert value.schema["description"].endswith("."), f"{chart}: {value.name}"
    assert value.is_leaf == ("default" in value.schema)


@pytest.mark.parametrize(("chart", "value"), VALUES, ids=lambda each: getattr(each, "name", each))
def test_no_misspelt_value_is_let_through(chart: str, value: charts.Value) -> None:
    assert value.is_leaf or value.schema["additionalProperties"] is False, f"{chart}: {value.name}"
    assert SCHEMAS[chart]["additionalProperties"] is False
