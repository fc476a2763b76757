"""What a program died of, in one line, from the end of its log.

Kubernetes keeps 2048 bytes of a log's end, most of which is the stack trace of a Java program that failed.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

_RECORD: Final = re.compile(r"\[(?P<level>[A-Z]+) *\] \S+Z \[[^\]]*\] \S+ - (?P<message>.*)")
"""A line of the log of Corda's image begins so."""
_GRAVE: Final = frozenset({"ERROR", "FATAL"})
_EXCEPTION: Final = re.compile(
    r"(?:Caused by: )?(?:[a-z]\w*\.)+(?P<name>[A-Z][\w$]*(?:Exception|Error)\b)(?:: (?P<message>.*))?"
)
_FRAME: Final = re.compile(r"\s*(?:at \S+\(.*\)|\.\.\. \d+ (?:more|common frames omitted)|[\w.$<>]+\([\w.$]+:\d+\))\s*")
"""The last form is one whose beginning was cut off."""
_LONGEST: Final = 1500
"""Of what goes into a message."""


def cause(log: str) -> str:
    """Return the deepest cause of the last error, or all that is no stack trace if the log names none."""
    lines = _last_error(log.splitlines())
    exceptions = [(number, found) for number, line in enumerate(lines) if (found := _EXCEPTION.fullmatch(line))]
    if exceptions:
        number, found = exceptions[-1]
        said = [found["message"] or "", *_rest_of_message(lines[number + 1 :])]
        name = found["name"].rpartition("$")[2]
        return _one_line((f"{name}:", *said)).rstrip(":")[:_LONGEST]
    return _one_line(_without_frames(lines))[-_LONGEST:]


def _last_error(lines: list[str]) -> list[str]:
    """Return the last record of an error and what belongs to it; without one, everything."""
    begins = [(number, found) for number, line in enumerate(lines) if (found := _RECORD.fullmatch(line))]
    grave = [(number, found["message"]) for number, found in begins if found["level"] in _GRAVE]
    if not grave:
        return lines
    first, message = grave[-1]
    end = next((number for number, _ in begins if number > first), len(lines))
    return [message, *lines[first + 1 : end]]


def _rest_of_message(lines: list[str]) -> Iterator[str]:
    for line in lines:
        if _FRAME.fullmatch(line) or _RECORD.fullmatch(line) or _EXCEPTION.fullmatch(line):
            return
        yield line


def _without_frames(lines: Iterable[str]) -> Iterator[str]:
    return (line for line in lines if not _FRAME.fullmatch(line))


def _one_line(lines: Iterable[str]) -> str:
    return " ".join(" ".join(lines).split())
