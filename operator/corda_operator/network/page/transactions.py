"""How many transactions the network's notaries commit. No I/O.

Notaries count since their start, so that a count which is less than before began anew.
"""

import datetime
from collections import deque
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

WINDOW: Final = datetime.timedelta(minutes=5)
"""What the figure for a minute is the mean of, so that it does not jump with each transaction."""
KEPT: Final = datetime.timedelta(hours=1)
STALE: Final = datetime.timedelta(seconds=90)
"""A notary whose count was not read for so long is not known."""
_MINUTE: Final = datetime.timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Minute:
    """A minute by the clock, and what was notarised in it."""

    start: datetime.datetime
    count: float


class Transactions:
    """What was read of notaries, for the last hour. All times are aware; they are given in order."""

    def __init__(self) -> None:
        self.total = 0.0
        """Transactions since `since`."""
        self.since: datetime.datetime | None = None
        """When a notary was read first."""
        self._counts: dict[str, tuple[float, datetime.datetime]] = {}
        self._readings: deque[tuple[datetime.datetime, float]] = deque()
        """When how many more were found."""

    def read(self, notary: str, count: float, at: datetime.datetime) -> None:
        """Take in what a notary counts since its start; what it counted before it was read first is not taken."""
        self.since = self.since or at
        before = self._counts.get(notary)
        self._counts[notary] = count, at
        if before is not None:
            more = count - before[0] if count >= before[0] else count
            if more:
                self.total += more
                self._readings.append((at, more))
        while self._readings and self._readings[0][0] < _begun(at - KEPT):
            self._readings.popleft()

    def known(self, now: datetime.datetime) -> bool:
        """Tell whether there is a notary, and each was read lately."""
        return bool(self._counts) and all(now - at <= STALE for _, at in self._counts.values())

    def keep(self, notaries: Collection[str]) -> None:
        """Take all others out, which are none any more."""
        self._counts = {each: count for each, count in self._counts.items() if each in notaries}

    def per_minute(self, now: datetime.datetime) -> float:
        """Return the mean of the last `WINDOW`, or of what there is of it but at least of a minute."""
        if self.since is None:
            return 0.0
        window = max(min(WINDOW, now - self.since), _MINUTE)
        return sum(more for at, more in self._readings if at > now - window) / (window / _MINUTE)

    def minutes(self, now: datetime.datetime) -> list[Minute]:
        """Return the last hour's minutes, oldest first, from the first that was seen; the last is not over."""
        if self.since is None:
            return []
        start = max(_begun(self.since), _begun(now - KEPT) + _MINUTE)
        counts = dict.fromkeys(
            (start + number * _MINUTE for number in range((_begun(now) - start) // _MINUTE + 1)), 0.0
        )
        for at, more in self._readings:
            if _begun(at) in counts:
                counts[_begun(at)] += more
        return [Minute(*each) for each in counts.items()]


def _begun(time: datetime.datetime) -> datetime.datetime:
    return time.replace(second=0, microsecond=0)
