"""From a model to a structural schema, the kind that CustomResourceDefinitions take.

A structural schema is one tree without references, null or titles, and is closed by the API server's pruning instead of
``additionalProperties: false`` (Kubernetes: CustomResourceDefinition, "Specifying a structural schema").
"""

import datetime
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema, to_jsonable_python

from corda_operator.api import durations
from corda_operator.api.rules import VALIDATIONS

_ORDER = ("description", "type", "format", "default", "enum")
"""What a reader looks for first."""
_DROPPED = ("title", "$defs")


def structural_schema(model: type[BaseModel]) -> JsonSchemaValue:
    """Return the schema of a model's fields as users write them."""
    whole = model.model_json_schema(by_alias=True, mode="validation", schema_generator=_Generator)
    return _structural(whole, whole.get("$defs", {}))


class _Generator(GenerateJsonSchema):
    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        """Return what is there if it is not left out; the API server drops a null."""
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        """Pass over None, which stands for a field that was left out."""
        if schema.get("default", ...) is None:
            return self.generate_inner(schema["schema"])
        return super().default_schema(schema)

    def encode_default(self, dft: Any) -> Any:
        """Return a default as users would write it."""
        if isinstance(dft, datetime.timedelta):
            return durations.render(dft)
        if isinstance(dft, BaseModel):
            return dft.model_dump(mode="json", by_alias=True, exclude_none=True)
        return to_jsonable_python(dft)


def _structural(node: JsonSchemaValue, definitions: Mapping[str, JsonSchemaValue]) -> JsonSchemaValue:
    flat = _resolved(node, definitions)
    for keyword in _DROPPED:
        flat.pop(keyword, None)
    if flat.get("additionalProperties") is False or flat.get("additionalProperties") is True:
        del flat["additionalProperties"]
    if "const" in flat:
        flat["enum"] = [flat.pop("const")]
    if "description" in flat:
        flat["description"] = " ".join(flat["description"].split())
    if "properties" in flat:
        flat["properties"] = {name: _structural(each, definitions) for name, each in flat["properties"].items()}
    for keyword in ("items", "additionalProperties"):
        if keyword in flat:
            flat[keyword] = _structural(flat[keyword], definitions)
    return {**{key: flat[key] for key in _ORDER if key in flat}, **flat}


def _resolved(node: JsonSchemaValue, definitions: Mapping[str, JsonSchemaValue]) -> JsonSchemaValue:
    """Return a copy with the referred definition merged in; what stands beside the reference wins, rules add up."""
    if "$ref" not in node:
        return dict(node)
    beside = {key: value for key, value in node.items() if key != "$ref"}
    target = _resolved(definitions[node["$ref"].rpartition("/")[2]], definitions)
    rules = [*target.get(VALIDATIONS, ()), *beside.get(VALIDATIONS, ())]
    return {**target, **beside, **({VALIDATIONS: rules} if rules else {})}
