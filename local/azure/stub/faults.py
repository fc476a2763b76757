"""Fault switches: which calls fail, how, and how often. Pure; the server asks it once per call."""

import random
import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator


class Kind(StrEnum):
    """What happens to a call."""

    STATUS = "status"
    """It is refused with a status, without effect."""
    LATENCY = "latency"
    """It is served, but late."""
    DROP_BEFORE = "drop-before"
    """The connection breaks, without effect."""
    DROP_AFTER = "drop-after"
    """The call has its effect, then the connection breaks without an answer."""


class Fault(BaseModel):
    """One switch: for calls that meet all conditions given, as ``after``, ``times`` and so on say."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Kind
    status: int | None = Field(default=None, ge=400, le=599)
    retry_after: float | None = Field(default=None, ge=0, alias="retryAfter")
    """Seconds, for the header ``Retry-After`` of kind ``status``."""
    seconds: float | None = Field(default=None, gt=0)
    """The delay of kind ``latency``."""

    service: str | None = None
    operation: str | None = None
    method: str | None = None
    path: str | None = None
    """A regular expression, searched for in the path."""
    vault: str | None = None

    after: int = Field(default=0, ge=0)
    """So many matching calls go unharmed first."""
    times: int | None = Field(default=None, ge=1)
    """So many calls are harmed, then no more; unlimited if absent."""
    probability: float = Field(default=1.0, gt=0, le=1)
    seed: int = 0

    @field_validator("path")
    @classmethod
    def _compiles(cls, value: str | None) -> str | None:
        try:
            re.compile(value or "")
        except re.error as error:
            raise ValueError(f"not a regular expression: {error}") from None
        return value

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if (self.status is not None) != (self.kind is Kind.STATUS):
            raise ValueError("status belongs to kind 'status', which needs it")
        if (self.seconds is not None) != (self.kind is Kind.LATENCY):
            raise ValueError("seconds belongs to kind 'latency', which needs it")
        if self.retry_after is not None and self.kind is not Kind.STATUS:
            raise ValueError("retryAfter belongs to kind 'status'")
        return self


@dataclass(frozen=True)
class Target:
    """What of a call the switches look at."""

    service: str
    operation: str
    method: str
    path: str
    vault: str


def matches(fault: Fault, target: Target) -> bool:
    """Tell whether a call meets a switch's conditions."""
    return (
        fault.service in (None, target.service)
        and fault.operation in (None, target.operation)
        and (fault.method is None or fault.method.upper() == target.method)
        and (fault.vault is None or fault.vault.lower() == target.vault.lower())
        and (fault.path is None or re.search(fault.path, target.path) is not None)
    )


@dataclass
class Switch:
    """A fault with what has happened to it so far."""

    identifier: str
    fault: Fault
    matched: int = 0
    applied: int = 0
    _random: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._random = random.Random(self.fault.seed)  # noqa: S311 - repeatable, not secret

    def applies(self, target: Target) -> bool:
        """Count a call, and tell whether this switch harms it."""
        if not matches(self.fault, target):
            return False
        self.matched += 1
        if self.matched <= self.fault.after:
            return False
        if self.fault.times is not None and self.applied >= self.fault.times:
            return False
        return self._random.random() < self.fault.probability


class Switchboard:
    """All switches, in the order of their making."""

    def __init__(self) -> None:
        self._switches: dict[str, Switch] = {}
        self._made = 0

    def add(self, fault: Fault) -> Switch:
        """Switch a fault on."""
        self._made += 1
        switch = Switch(str(self._made), fault)
        self._switches[switch.identifier] = switch
        return switch

    def all(self) -> list[Switch]:
        """Return the switches, spent ones too."""
        return list(self._switches.values())

    def remove(self, identifier: str) -> bool:
        """Switch a fault off; tell whether there was one."""
        return self._switches.pop(identifier, None) is not None

    def clear(self) -> None:
        """Switch all faults off."""
        self._switches.clear()

    def take(self, target: Target) -> Fault | None:
        """Return the fault for a call: the first switch that applies. The others count the call too."""
        chosen = next((switch for switch in [s for s in self.all() if s.applies(target)]), None)
        if chosen is None:
            return None
        chosen.applied += 1
        return chosen.fault
