from collections.abc import Iterator
from typing import Any

import pytest

from corda_operator.api.crds import custom_resource_definitions
from corda_operator.api.rules import VALIDATIONS
from local import crds

Schema = dict[str, Any]
DEFINITIONS = custom_resource_definitions()


def schema_of(definition: Schema) -> Schema:
    schema = definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    assert isinstance(schema, dict)
    return schema


def walk(schema: Schema, path: str) -> Iterator[tuple[str, Schema]]:
    yield path, schema
    for name, each in schema.get("properties", {}).items():
        yield from walk(each, f"{path}.{name}")
    for keyword in ("items", "additionalProperties"):
        if keyword in schema:
            yield from walk(schema[keyword], f"{path}[]")


FIELDS = [
    (path, schema)
    for definition in DEFINITIONS.values()
    for part, each in schema_of(definition)["properties"].items()
    if part in ("spec", "status")
    for path, schema in walk(each, f"{definition['spec']['names']['kind']}.{part}")
]


@pytest.mark.parametrize("path", crds.documents(), ids=lambda path: path.name)
def test_the_files_in_git_are_what_the_models_say(path: Any) -> None:
    assert path.read_text() == crds.documents()[path], "run `make crds` and commit what it writes"


def test_there_is_no_file_of_a_kind_that_is_no_more() -> None:
    assert set(crds.FOLDER.iterdir()) <= set(crds.documents())


def test_every_field_says_what_it_is() -> None:
    assert [path for path, schema in FIELDS if not path.endswith("[]") and not schema.get("description")] == []


def test_every_text_list_and_map_has_a_limit() -> None:
    limits = {"string": ("maxLength", "enum"), "array": ("maxItems",)}
    missing = [
        path
        for path, schema in FIELDS
        if (schema.get("type") in limits and not any(limit in schema for limit in limits[schema["type"]]))
        or ("additionalProperties" in schema and "maxProperties" not in schema)
    ]

    assert missing == []


def test_schemas_are_structural() -> None:
    allowed = {
        *("description", "type", "format", "default", "enum", "required", "properties", "items"),
        *("additionalProperties", "minimum", "maximum", "maxLength", "minLength", "maxItems", "minItems"),
        *("maxProperties", VALIDATIONS, "x-kubernetes-list-type", "x-kubernetes-list-map-keys"),
        *("x-kubernetes-int-or-string", "x-kubernetes-preserve-unknown-fields", "anyOf"),
    }
    assert {keyword for _, schema in FIELDS for keyword in schema} <= allowed
    assert [path for path, schema in FIELDS if "properties" in schema and "additionalProperties" in schema] == []
    assert [path for path, schema in FIELDS if ("anyOf" in schema) != ("x-kubernetes-int-or-string" in schema)] == []
    assert [path for path, schema in FIELDS if ("anyOf" in schema) == ("type" in schema)] == []


def test_unknown_fields_are_kept_in_settings_only() -> None:
    kept = {path for path, schema in FIELDS if "x-kubernetes-preserve-unknown-fields" in schema}

    assert {path for path in kept if ".configuration." not in path} == {
        "CordaNode.spec.configuration",
        "CordaNode.spec.cordapps[].configuration",
    }


def test_no_rule_can_keep_a_status_from_being_written() -> None:
    assert [path for path, schema in FIELDS if ".status" in path and VALIDATIONS in schema] == []


def test_messages_are_one_line_each() -> None:
    messages = [rule["message"] for _, schema in FIELDS for rule in schema.get(VALIDATIONS, ())]

    assert messages
    assert [message for message in messages if "\n" in message or not message.strip()] == []


def test_a_default_is_what_users_would_write() -> None:
    defaults = {path: schema["default"] for path, schema in FIELDS if "default" in schema}

    assert defaults["Consortium.spec.hosted.networkParameters"]["eventHorizon"] == "30d"
    assert defaults["Consortium.spec.hosted.parametersUpdate.acceptancePeriod"] == "7d"
    assert defaults["CordaNode.spec.database"] == {"h2": {}}
    assert defaults["CordaNode.spec.resources"] == {"limits": {}, "requests": {"cpu": "250m", "memory": "1Gi"}}


@pytest.mark.parametrize(
    ("name", "columns", "wide"),
    [
        (
            "consortia",
            ["Ready", "Reason", "Members", "Nodes", "Reachable", "Tx/min", "Epoch", "Age"],
            ["Network Map", "Message"],
        ),
        (
            "cordanodes",
            ["Ready", "Reason", "Version", "P2P Address", "Age"],
            ["Legal Name", "Certificate Expiry", "Message"],
        ),
    ],
)
def test_columns_show_first_what_matters_first(name: str, columns: list[str], wide: list[str]) -> None:
    shown = DEFINITIONS[f"{name}.corda-operator.io"]["spec"]["versions"][0]["additionalPrinterColumns"]

    assert [column["name"] for column in shown if "priority" not in column] == columns
    assert [column["name"] for column in shown if "priority" in column] == wide


def test_every_column_of_the_status_shows_a_field_that_there_is() -> None:
    known = {path.split(".", 1)[1] for path, _ in FIELDS}
    for definition in DEFINITIONS.values():
        for column in definition["spec"]["versions"][0]["additionalPrinterColumns"]:
            path = column["jsonPath"].lstrip(".").split("[")[0]
            assert path == "metadata.creationTimestamp" or path in known, column
