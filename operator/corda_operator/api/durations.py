"""Durations as Kubernetes' users write them: ``30s``, ``1h30m``, ``7d``."""

import datetime
import re
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer

_UNITS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
PATTERN = r"^([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?$"
"""Days too, which Go's own durations lack."""


def parse(text: str) -> datetime.timedelta:
    """Return a duration; raise ValueError."""
    if not text or not re.match(PATTERN, text):
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


Duration = Annotated[datetime.timedelta, BeforeValidator(_parsed), PlainSerializer(render)]
"""A duration in a resource or a configuration."""
