"""``python -m local.charts``: write what follows from the charts' values.schema.json: values.yaml and READMEs' tables.

The schema is the home of every value: its description, type and default. Specs of custom resources in it follow from
the models. The operator's chart also has the dashboards of `local.monitoring`.
"""

import json
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from corda_operator.api.crds import custom_resource_definitions
from local.console import say
from local.monitoring import grafana, member_dashboard, network_dashboard, node_dashboard, operator_dashboard
from local.monitoring.queries import FOLDER
from local.paths import ROOT

CHARTS: Final = ROOT / "charts"
VALUES_HEADING: Final = "## Values\n"
"""What follows it in a README is written here."""
_MADE_FROM: Final = "# Made by `make charts` from values.schema.json; do not edit.\n"
_WIDTH: Final = 120
_SPECS: Final = {"consortium": "Consortium", "node": "CordaNode"}
"""Definitions in schemas, and the kinds whose spec they are."""
DASHBOARDS: Final = (
    network_dashboard.DASHBOARD,
    member_dashboard.DASHBOARD,
    node_dashboard.DASHBOARD,
    operator_dashboard.DASHBOARD,
)
_SAME: Final = ("description", "type", "enum", "pattern", "minimum", "maximum", "minLength", "maxLength")

Schema = dict[str, Any]


@dataclass(frozen=True)
class Value:
    """A value that a user may set; one with values inside has no default of its own."""

    path: tuple[str, ...]
    schema: Schema

    @property
    def name(self) -> str:
        """As in ``--set NAME=...``."""
        return ".".join(self.path)

    @property
    def is_leaf(self) -> bool:
        """Whether there are no values inside that are explained by themselves."""
        return "properties" not in self.schema

    @property
    def default(self) -> str:
        """The default as YAML that is also JSON."""
        return json.dumps(self.schema["default"], ensure_ascii=False)


def schema(chart: Path) -> Schema:
    """Return a chart's schema."""
    result: Schema = json.loads((chart / "values.schema.json").read_text())
    return result


def values(part: Schema, path: tuple[str, ...] = ()) -> Iterator[Value]:
    """Yield the values of a schema, outer ones before those inside; without Helm's own."""
    for name, each in part["properties"].items():
        if path or name != "global":
            value = Value((*path, name), each)
            yield value
            if not value.is_leaf:
                yield from values(each, value.path)


def values_file(whole: Schema) -> str:
    """Return values.yaml: the defaults, each under its description."""
    lines = [_MADE_FROM]
    for value in values(whole):
        indent = "  " * (len(value.path) - 1)
        if not indent:
            lines.append("\n")
        comment = textwrap.wrap(value.schema["description"], _WIDTH - len(indent) - 2)
        lines += [f"{indent}# {line}\n" for line in comment]
        default = f" {value.default}" if value.is_leaf else ""
        lines.append(f"{indent}{value.path[-1]}:{default}\n")
    return "".join(lines)


def readme(whole: Schema, text: str) -> str:
    """Return a README whose table of values is up to date; what is before it stays."""
    before, _, _ = text.partition(VALUES_HEADING)
    rows = [
        f"| `{value.name}` | `{value.default}` | {value.schema['description']} |\n"
        for value in values(whole)
        if value.is_leaf
    ]
    note = "This table and `values.yaml` are made from `values.schema.json` by `make charts`.\n"
    return f"{before}{VALUES_HEADING}\n{note}\n| value | default | |\n|---|---|---|\n{''.join(rows)}"


def with_specs(whole: Schema) -> Schema:
    """Return a schema whose definitions of custom resources' specs are up to date."""
    kinds = {
        each["spec"]["names"]["kind"]: each["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]
        for each in custom_resource_definitions().values()
    }
    specs = {name: _partial(kinds[kind]) for name, kind in _SPECS.items() if f"#/$defs/{name}" in json.dumps(whole)}
    return {**whole, "$defs": {**whole["$defs"], **specs}}


def _partial(part: Schema) -> Schema:
    """Return a structural schema as a plain one, in which nothing is required: defaults may have the rest."""
    result: Schema = {keyword: part[keyword] for keyword in _SAME if keyword in part}
    if "properties" in part:
        result["properties"] = {name: _partial(each) for name, each in part["properties"].items()}
        result["additionalProperties"] = part.get("x-kubernetes-preserve-unknown-fields", False)
    elif isinstance(part.get("additionalProperties"), dict):
        result["additionalProperties"] = _partial(part["additionalProperties"])
    if "items" in part:
        result["items"] = _partial(part["items"])
    return result


def documents() -> dict[Path, str]:
    """Return what the files have to hold; the same for the same schemas."""
    result = {}
    for chart in sorted(path.parent for path in CHARTS.glob("*/values.schema.json")):
        whole = with_specs(schema(chart))
        if whole["$defs"].keys() & _SPECS.keys():
            result[chart / "values.schema.json"] = _json(whole)
        result[chart / "values.yaml"] = values_file(whole)
        result[chart / "README.md"] = readme(whole, (chart / "README.md").read_text())
    for dashboard in DASHBOARDS:
        result[FOLDER / f"{dashboard.name}.json"] = _json(grafana.document(dashboard))
    return result


def _json(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def main() -> int:
    """Write them."""
    for path, text in documents().items():
        path.write_text(text)
        say(str(path.relative_to(ROOT)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
