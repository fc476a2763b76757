"""What a program died of, in one line, from the end of its log.

Kubernetes keeps 2048 bytes of a log's end, most of which is the stack trace of a Java program that failed. Corda's
image writes one JSON object a line (log4j2.xml), of which the first may be cut off at its beginning.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

_GRAVE: Final = frozenset({"ERROR", "FATAL"})
_EXCEPTION: Final = re.compile(
    r"(?:Caused by: )?(?:[a-z]\w*\.)+(?P<name>[A-Z][\w$]*(?:Exception|Error)\b)(?:: (?P<message>.*))?"
)
_FRAME: Final = re.compile(r"\s*(?:at \S+\(.*\)|\.\.\. \d+ (?:more|common frames omitted)|[\w.$<>]+\([\w.$]+:\d+\))\s*")
"""The last form is one whose beginning was cut off."""
_END_OF_RECORD: Final = '"}'
_LONGEST_ESCAPE: Final = 6
_LONGEST: Final = 1500
"""Of what goes into a message."""


@dataclass(frozen=True)
class _Record:
    """A record of a log, or what came between two of them."""

    level: str | None
    lines: tuple[str, ...]


def cause(log: str) -> str:
    """Return the deepest cause of the last error, or all that is no stack trace if the log names none."""
    lines = _last_error(list(_records(log)))
    exceptions = [(number, found) for number, line in enumerate(lines) if (found := _EXCEPTION.fullmatch(line))]
    if exceptions:
        number, found = exceptions[-1]
        said = [found["message"] or "", *_rest_of_message(lines[number + 1 :])]
        name = found["name"].rpartition("$")[2]
        return _one_line((f"{name}:", *said)).rstrip(":")[:_LONGEST]
    return _one_line(_without_frames(lines))[-_LONGEST:]


def _last_error(records: list[_Record]) -> list[str]:
    """Return the last record of an error, and what came after it without being a record; without one, everything."""
    grave = [number for number, each in enumerate(records) if each.level in _GRAVE]
    begin = grave[-1] if grave else 0
    end = next((number for number, each in enumerate(records) if number > begin and each.level), len(records))
    chosen = records[begin:end] if grave else records
    return [line for each in chosen for line in each.lines]


def _records(log: str) -> Iterator[_Record]:
    for number, line in enumerate(log.splitlines()):
        found = _parsed(line)
        if found is not None:
            texts = (str(found.get("message", "")), str(found.get("exception", "")))
            yield _Record(str(found.get("level", "")), tuple(part for text in texts for part in text.splitlines()))
        elif number == 0 and line.endswith(_END_OF_RECORD):
            yield _Record(None, tuple(_end_of_text(line.removesuffix(_END_OF_RECORD)).splitlines()))
        else:
            yield _Record(None, (line,))


def _parsed(line: str) -> dict[str, object] | None:
    if not line.startswith("{"):
        return None
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _end_of_text(text: str) -> str:
    """Return what the end of a JSON string says; its beginning is cut off, perhaps amid an escape."""
    last_field = text.rpartition('", "exception": "')[2]
    for begin in range(min(_LONGEST_ESCAPE, len(last_field))):
        try:
            found: str = json.loads(f'"{last_field[begin:]}"')
        except ValueError:
            continue
        return found
    return last_field


def _rest_of_message(lines: list[str]) -> Iterator[str]:
    for line in lines:
        if _FRAME.fullmatch(line) or _EXCEPTION.fullmatch(line):
            return
        yield line


def _without_frames(lines: Iterable[str]) -> Iterator[str]:
    return (line for line in lines if not _FRAME.fullmatch(line))


def _one_line(lines: Iterable[str]) -> str:
    return " ".join(" ".join(lines).split())
