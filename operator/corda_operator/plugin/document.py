"""An overview as JSON, for scripts: the fields of `model`, spelled as resources spell theirs. No I/O."""

import dataclasses
import datetime
import json
from typing import Any

from pydantic import BaseModel

from corda_operator.api.parts import spelling
from corda_operator.api.texts import rfc3339


def as_json(value: Any) -> str:
    """Return a part of the model as indented JSON."""
    return json.dumps(_plain(value), indent=2)


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", by_alias=True)
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if dataclasses.is_dataclass(value):
        return {spelling(each.name): _plain(getattr(value, each.name)) for each in dataclasses.fields(value)}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    if isinstance(value, datetime.datetime):
        return rfc3339(value)
    return value
