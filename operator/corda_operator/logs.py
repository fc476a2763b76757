"""Logs: one JSON object a line on standard error, with whatever a call gives as ``extra``."""

import logging
import sys

from pythonjsonlogger.core import RESERVED_ATTRS
from pythonjsonlogger.json import JsonFormatter

_OF_KOPF = ("k8s_ref", "k8s_skip", "settings")
"""What kopf adds to its records for itself, which JSON can't say."""


def log_to_stderr(level: int = logging.INFO) -> None:
    """Send the logs of the whole process to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        JsonFormatter(
            "{levelname}{name}{message}",
            style="{",
            timestamp="time",
            reserved_attrs=[*RESERVED_ATTRS, *_OF_KOPF],
            rename_fields={"levelname": "level", "name": "logger", "exc_info": "exception"},
        )
    )
    logging.basicConfig(level=level, handlers=[handler], force=True)
