"""Waiting for what comes by itself."""

import time
from collections.abc import Callable

from local.console import LocalError


def wait_until(holds: Callable[[], bool], seconds: float, otherwise: Callable[[], str]) -> None:
    """Wait until something holds, or raise with a sentence that tells what does not."""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            raise LocalError(f"after {seconds:.0f} s, {otherwise()}")
        time.sleep(0.2)
