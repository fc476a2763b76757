"""Killing what is tested at one of its calls to the outside."""

from dataclasses import dataclass, field
from typing import Final

NEVER: Final = 0


class Killed(BaseException):
    """Stands for SIGKILL: no handler of errors sees it."""


@dataclass
class Plan:
    """Kills at one of the calls, before it is sent or after it had its effect, or never."""

    at: int
    after: bool = False
    calls: list[str] = field(default_factory=list)

    @property
    def spent(self) -> bool:
        """Whether the call has come; how often is waited and asked again is not always the same."""
        return len(self.calls) >= self.at > NEVER

    def count(self, call: str) -> bool:
        """Note a call; tell whether it is the one."""
        self.calls.append(call)
        return len(self.calls) == self.at
