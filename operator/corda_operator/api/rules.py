"""What the API server checks before it stores a resource, written beside the field that it is about.

Each check is a CEL rule with a message that tells what to do, where a schema's pattern could only say that a text does
not match (Kubernetes: CustomResourceDefinition, "Validation rules"). `Matches` is also checked by the models.
"""

import re
from dataclasses import dataclass
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

VALIDATIONS = "x-kubernetes-validations"


@dataclass(frozen=True)
class Rule:
    """A CEL expression over ``self``, and ``oldSelf`` in an update, that has to be true."""

    expression: str
    message: str
    """What to write instead, and why."""

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return with_rules(handler(core), self)

    def render(self) -> dict[str, str]:
        """Return the rule as a CustomResourceDefinition has it."""
        return {"rule": self.expression, "message": self.message}


@dataclass(frozen=True)
class Matches:
    """A text that a pattern matches as a whole; in the syntax that Python and RE2 share, without single quotes."""

    pattern: str
    message: str
    """What to write, with an example."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._checked, handler(source))

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return with_rules(handler(core), Rule(f"self.matches(r'^(?:{self.pattern})$')", self.message))

    def _checked(self, text: str) -> str:
        if not re.fullmatch(self.pattern, text, re.ASCII):
            raise ValueError(self.message)
        return text


@dataclass(frozen=True)
class ListMap:
    """A list whose entries are told apart by a field; the API server refuses a second one with the same."""

    key: str

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {**handler(core), "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": [self.key]}


@dataclass(frozen=True)
class ListSet:
    """A list in which nothing may be twice."""

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {**handler(core), "x-kubernetes-list-type": "set"}


def unchangeable(message: str) -> Rule:
    """Return the rule for a field that stays as it was made."""
    return Rule("self == oldSelf", message)


def settled(field: str, message: str) -> Rule:
    """Return the rule for a part's optional field that stays as it was made, left out or not."""
    same = f"(!has(self.{field}) || self.{field} == oldSelf.{field})"
    return Rule(f"has(self.{field}) == has(oldSelf.{field}) && {same}", message)


def one_of(first: str, second: str, message: str) -> Rule:
    """Return the rule for a part that has exactly one of two optional fields."""
    return Rule(f"has(self.{first}) != has(self.{second})", message)


def with_rules(schema: JsonSchemaValue, *rules: Rule) -> JsonSchemaValue:
    """Return a copy of a schema that has these rules as well."""
    return {**schema, VALIDATIONS: [*schema.get(VALIDATIONS, ()), *(rule.render() for rule in rules)]}
