"""How many calls came in, by service, operation and outcome."""

from collections import Counter
from dataclasses import dataclass


@dataclass(frozen=True)
class Outcome:
    """What calls are counted by; ``status`` is the HTTP status, or ``dropped``."""

    service: str
    operation: str
    status: str


class Counts:
    """Counters since the start, or since they were cleared."""

    def __init__(self) -> None:
        self._counter: Counter[Outcome] = Counter()

    def add(self, outcome: Outcome) -> None:
        """Count one call."""
        self._counter[outcome] += 1

    def all(self) -> dict[Outcome, int]:
        """Return the counts of what has happened at all."""
        return dict(self._counter)

    def clear(self) -> None:
        """Begin anew."""
        self._counter.clear()
