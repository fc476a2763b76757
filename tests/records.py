"""Logs of containers: one JSON object a line, with the same fields whatever program wrote it."""

import datetime
import json
from typing import Any

COMMON = {"time", "level", "logger", "message"}
LEVELS = {"TRACE", "DEBUG", "INFO", "WARN", "WARNING", "ERROR", "FATAL", "CRITICAL"}


def records(log: str) -> list[dict[str, Any]]:
    """Return a log's records; fails if a line is none."""
    found = []
    for line in log.splitlines():
        try:
            record = json.loads(line)
        except ValueError:
            raise AssertionError(f"no JSON: {line}") from None
        assert record.keys() >= COMMON, record
        assert record["level"] in LEVELS, record
        time = datetime.datetime.fromisoformat(record["time"])
        assert time.utcoffset() == datetime.timedelta(), record
        found.append(record)
    assert found
    return found
