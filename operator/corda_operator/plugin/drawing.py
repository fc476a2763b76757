"""The terminal: how wide, which colours, and text that strangers chose and that must not steer it."""

import datetime
import sys
import unicodedata
from typing import IO, Final

from rich.console import Console
from rich.text import Text

WIDEST: Final = 100
"""Columns; messages are sentences, which are hard to read in longer lines."""
_UNLIMITED: Final = 100_000

GOOD: Final = "green"
WAITING: Final = "yellow"
BAD: Final = "red"
QUIET: Final = "dim"


def console(file: IO[str] | None = None) -> Console:
    """Return a console for a terminal, or for a pipe or file: there lines are not broken, so that scripts find them.

    Colours are off where NO_COLOR is set or nobody watches.
    """
    out = file or sys.stdout
    result = Console(file=out, highlight=False, markup=False, emoji=False, soft_wrap=False)
    result.width = min(result.width, WIDEST) if result.is_terminal else _UNLIMITED
    return result


def said(value: str, style: str = "") -> Text:
    """Return text without what would move the cursor, hide, or turn the direction of what comes after it."""
    plain = "".join(each if _shows(each) else "\N{REPLACEMENT CHARACTER}" for each in " ".join(value.split()))
    return Text(plain, style)


def _shows(character: str) -> bool:
    return unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Zl", "Zp")


def moment(value: datetime.datetime) -> str:
    """Return a time in UTC, to the minute."""
    return f"{value.astimezone(datetime.UTC):%Y-%m-%d %H:%M} UTC"


def span(value: datetime.timedelta) -> str:
    """Return about how long something takes, in its largest unit."""
    seconds = int(abs(value.total_seconds()))
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= length:
            number = seconds // length
            return f"{number} {unit}{'' if number == 1 else 's'}"
    return "less than a minute"
