"""What the person at the terminal sees: each step as it starts, its time when it ends."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


class LocalError(Exception):
    """Something that the person at the terminal can mend; the message says what and how."""


def say(message: str) -> None:
    """Print one line at once, even into a log file."""
    print(message, flush=True)


@contextmanager
def step(what: str) -> Iterator[None]:
    """Announce a step, and tell afterwards how long it took or that it failed."""
    say(f"==> {what}")
    start = time.monotonic()
    try:
        yield
    except BaseException:
        say(f"    failed after {time.monotonic() - start:.1f} s: {what}")
        raise
    say(f"    {time.monotonic() - start:.1f} s: {what}")


def fail(error: LocalError) -> int:
    """Print an error for the person at the terminal and return the exit code."""
    print(f"error: {error}", file=sys.stderr, flush=True)
    return 1
