"""The reference of the custom resources as Markdown, made from their CustomResourceDefinitions."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from corda_operator.api.conditions import ConditionType, Reason
from corda_operator.api.crds import KINDS, custom_resource_definitions
from corda_operator.api.resource import API_VERSION
from corda_operator.api.rules import VALIDATIONS

Schema = Mapping[str, Any]

_BEGINNING = f"""\
# Reference

Every field of the custom resources (`{API_VERSION}`, namespaced). This page and `crds/` are made from the models in
`operator/corda_operator/api/` by `make crds`. `kubectl explain consortium.spec` shows the same.

The API server refuses a resource that breaks a rule, with the message that is listed under the table.
"""


def reference() -> str:
    """Return the page."""
    return "\n".join((_BEGINNING, *_kinds(), *_conditions()))


def _kinds() -> Iterator[str]:
    definitions = {each["spec"]["names"]["kind"]: each for each in custom_resource_definitions().values()}
    for kind in KINDS:
        names = definitions[kind.name]["spec"]["names"]
        schema = definitions[kind.name]["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
        known = (*names["shortNames"], *names["categories"])
        yield f"## {kind.name}\n"
        yield f"{schema['description']} Also `kubectl get {known[0]}` and, with all kinds, `kubectl get {known[1]}`.\n"
        yield from (f"- `metadata`: {rule['message']}" for rule in schema[VALIDATIONS])
        yield ""
        for part in ("spec", "status"):
            yield from _section(f"{kind.name}.{part}", schema["properties"][part])


def _section(path: str, schema: Schema) -> Iterator[str]:
    """Return an object's own fields, then those of the objects below it."""
    fields = schema.get("properties", {})
    if fields and _is_described(schema):
        yield f"### {path}\n"
        yield f"{schema['description']}\n"
        yield "| field | type | default | |"
        yield "|---|---|---|---|"
        for name, field in fields.items():
            needed = "**required**" if name in schema.get("required", ()) else _default(field)
            yield f"| `{name}` | {_type(field)} | {needed} | {_cell(field['description'])} |"
        yield ""
        messages = [f"- {rule['message']}" for rule in schema.get(VALIDATIONS, ()) if rule["rule"] != "self == oldSelf"]
        messages += [f"- `{name}`: {message}" for name, field in fields.items() for message in _messages(field)]
        if messages:
            yield from messages
            yield ""
        for name, field in fields.items():
            yield from _section(f"{path}.{name}", field)
    elif "items" in schema:
        yield from _section(f"{path}[]", schema["items"])


def _is_described(schema: Schema) -> bool:
    """Tell an object with a table of its own from settings, whose fields are Corda's."""
    return "properties" in schema and "x-kubernetes-preserve-unknown-fields" not in schema


def _messages(field: Schema) -> Iterator[str]:
    own = field.get(VALIDATIONS, ())
    yield from (rule["message"] for rule in own if not _is_described(field) or rule["rule"] == "self == oldSelf")
    for keyword in ("items", "additionalProperties"):
        if keyword in field and "properties" not in field[keyword]:
            yield from _messages(field[keyword])


def _type(schema: Schema) -> str:
    if "enum" in schema:
        return " \\| ".join(f"`{value}`" for value in schema["enum"])
    if "x-kubernetes-int-or-string" in schema:
        return "quantity"
    if "items" in schema:
        return f"list of {_type(schema['items'])}"
    if "additionalProperties" in schema:
        return f"map of {_type(schema['additionalProperties'])}"
    if schema.get("format") == "date-time":
        return "time"
    return f"{schema['type']}{_bounds(schema)}"


def _bounds(schema: Schema) -> str:
    if "minimum" not in schema:
        return ""
    return (
        f", {schema['minimum']} or more" if "maximum" not in schema else f", {schema['minimum']} to {schema['maximum']}"
    )


def _default(schema: Schema) -> str:
    if "default" not in schema:
        return ""
    value = schema["default"]
    if isinstance(value, dict) and _is_described(schema):
        return "see there"
    return f"`{value if isinstance(value, str) else json.dumps(value)}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _conditions() -> Iterator[str]:
    yield "## Conditions\n"
    yield "`Ready`, `Reconciling` and `Stalled` are those of kstatus. Types and reasons are stable, messages are not.\n"
    yield "| type | True means |"
    yield "|---|---|"
    yield from (f"| `{each.value}` | {_cell(each.meaning)} |" for each in ConditionType)
    yield "\n| reason | what it means and what to do |"
    yield "|---|---|"
    yield from (f"| `{each.value}` | {_cell(each.meaning)} |" for each in Reason)
    yield ""
