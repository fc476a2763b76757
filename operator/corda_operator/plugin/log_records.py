"""Records of a container's log as lines for people; what is no record stays as it is. No I/O."""

import json
from collections.abc import Iterator
from typing import Any, Final

_SHOWN: Final = ("time", "level", "logger", "message", "exception")
_LEFT_OUT: Final = ("thread", "context")
"""What says little to people; ``-o json`` has it."""
_LEVEL: Final = 5


def readable(line: str) -> str:
    """Return a line of a log, without its end, as people read it: an exception goes on in lines below."""
    record = _record(line)
    if record is None:
        return line
    time = str(record["time"]).replace("T", " ").removesuffix("Z").removesuffix("+00:00")
    logger = str(record.get("logger", "")).rpartition(".")[2]
    head = f"{time}  {record['level']:{_LEVEL}}  {logger}  {record['message']}".rstrip()
    more = " ".join(_others(record))
    exception = str(record.get("exception", "")).rstrip()
    return "\n".join(filter(None, (f"{head}  ({more})" if more else head, exception)))


def _record(line: str) -> dict[str, Any] | None:
    if not line.startswith("{"):
        return None
    try:
        found: dict[str, Any] = json.loads(line)
    except ValueError:
        return None
    return found if found.keys() >= {"time", "level", "message"} else None


def _others(record: dict[str, Any]) -> Iterator[str]:
    for name, value in record.items():
        if name not in (*_SHOWN, *_LEFT_OUT) and value is not None:
            yield f"{name}={value}"
