"""Logs: one JSON object a line, never with a body, a query, a token or a key in it."""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any


class _JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info is not None:
            # The trace, without the exception's own words: those may repeat what a client sent.
            line["exception"] = str(getattr(record.exc_info[0], "__name__", record.exc_info[0]))
            line["trace"] = self._places(record.exc_info)
        return json.dumps(line)

    def _places(self, exc_info: Any) -> list[str]:
        places, trace = [], exc_info[2]
        while trace is not None:
            code = trace.tb_frame.f_code
            places.append(f"{code.co_filename}:{trace.tb_lineno} {code.co_name}")
            trace = trace.tb_next
        return places


_LOGGER = logging.getLogger("azure-stub")


def start(level: str) -> None:
    """Send logs to standard output."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(_JsonLines())
    logging.basicConfig(level=level.upper(), handlers=[handler])


def event(name: str, **fields: str | float | None) -> None:
    """Write one line."""
    _LOGGER.info(name, extra={"fields": fields})


def crash(name: str, **fields: str | float | None) -> None:
    """Write one line about the exception being handled."""
    _LOGGER.exception(name, extra={"fields": fields})
