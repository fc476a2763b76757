"""Durations as Kubernetes' users write them: ``30s``, ``1h30m``, ``7d``."""

import datetime
import re
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import (
    BeforeValidator,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PlainSerializer,
    WithJsonSchema,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from corda_operator.api.rules import VALIDATIONS, Rule, with_rules

_UNITS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
PATTERN = r"([0-9]{1,6}d)?([0-9]{1,6}h)?([0-9]{1,6}m)?([0-9]{1,6}s)?"
"""Days too, which Go's own durations lack."""


def parse(text: str) -> datetime.timedelta:
    """Return a duration; raise ValueError."""
    if not text or not re.fullmatch(PATTERN, text):
        raise ValueError(f"{text!r} is no duration: expected for example 30s, 1h30m or 7d")
    parts = re.findall(r"([0-9]+)([dhms])", text)
    return datetime.timedelta(seconds=sum(int(number) * _UNITS[unit] for number, unit in parts))


def render(duration: datetime.timedelta) -> str:
    """Return a duration in its largest units, to the second."""
    rest, parts = int(duration.total_seconds()), []
    for unit, seconds in _UNITS.items():
        number, rest = divmod(rest, seconds)
        if number:
            parts.append(f"{number}{unit}")
    return "".join(parts) or "0s"


def _parsed(value: object) -> object:
    return parse(value) if isinstance(value, str) else value


def _is_duration() -> Rule:
    return Rule(f"self != '' && self.matches(r'^{PATTERN}$')", "write a duration as in 30s, 1h30m or 7d")


def _seconds() -> str:
    """Return a CEL expression; CEL's own durations have no days."""
    terms = (f"int('0' + self.find('[0-9]+{unit}').replace('{unit}', '')) * {n}" for unit, n in _UNITS.items())
    return " + ".join(terms)


@dataclass(frozen=True)
class AtLeast:
    """The shortest duration that a field takes."""

    shortest: str
    reason: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._checked, handler(source))

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        schema = handler(core)
        shape = _is_duration().expression
        enough = f"{_seconds()} >= {int(parse(self.shortest).total_seconds())}"
        return with_rules(schema, Rule(f"!({shape}) || {enough}", self._message()))

    def _message(self) -> str:
        return f"{self.reason}: at least {self.shortest}"

    def _checked(self, value: datetime.timedelta) -> datetime.timedelta:
        if value < parse(self.shortest):
            raise ValueError(self._message())
        return value


Duration = Annotated[
    datetime.timedelta,
    BeforeValidator(_parsed),
    PlainSerializer(render),
    WithJsonSchema({"type": "string", "maxLength": 32, VALIDATIONS: [_is_duration().render()]}),
]
"""A duration in a resource or a configuration."""
