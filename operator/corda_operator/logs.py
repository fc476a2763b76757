"""Logs: one JSON object a line on standard error, with whatever a call gives as ``extra``."""

import logging
import sys

from pythonjsonlogger.json import JsonFormatter


def log_to_stderr(level: int = logging.INFO) -> None:
    """Send the logs of the whole process to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        JsonFormatter(
            "{levelname}{name}{message}",
            style="{",
            timestamp="time",
            rename_fields={"levelname": "level", "name": "logger"},
        )
    )
    logging.basicConfig(level=level, handlers=[handler], force=True)
