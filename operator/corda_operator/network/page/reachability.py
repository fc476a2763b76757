"""Which nodes answer, as seen from the network services. No I/O."""

import datetime
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Final, Literal

State = Literal["Reachable", "Unreachable", "Unknown"]
FAILURES: Final = 2
"""After so many failed attempts in a row a node counts as away: one may be lost on the way."""


@dataclass(frozen=True, slots=True)
class Found:
    """What was found at an address."""

    state: State = "Unknown"
    since: datetime.datetime | None = None
    failures: int = 0
    """In a row."""


_NOTHING: Final = Found()


class Reachability:
    """What was found at addresses, ``host:port``."""

    def __init__(self) -> None:
        self._found: dict[str, Found] = {}

    def of(self, address: str) -> Found:
        """Return what is known of an address."""
        return self._found.get(address, _NOTHING)

    def tried(self, address: str, at: datetime.datetime, *, connected: bool) -> None:
        """Take in what an attempt to connect came to."""
        before = self.of(address)
        if connected:
            found = Found("Reachable", before.since if before.state == "Reachable" else at)
        else:
            failures = before.failures + 1
            away = failures >= FAILURES and before.state != "Unreachable"
            found = Found("Unreachable", at, failures) if away else replace(before, failures=failures)
        self._found[address] = found

    def keep(self, addresses: Collection[str]) -> None:
        """Forget all other addresses."""
        self._found = {each: found for each, found in self._found.items() if each in addresses}
