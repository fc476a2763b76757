"""All runs as the report has them: their medians, their ratio, and the steps of the runs that the medians are of."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median_low
from typing import Any

from bench.start.steps import Steps


@dataclass(frozen=True)
class Start:
    """One network's way to its first transaction."""

    seconds: float
    steps: Steps
    cpu_seconds: float
    """That the whole machine has computed meanwhile; where it is the seconds times the processors, these decide."""
    busy_before: float
    """Processors that were busy right before."""


@dataclass
class Figures:
    """Filled in as runs end."""

    by_hand_alone: Start | None = None
    """Without a cluster on the machine, once."""
    by_hand: list[Start] = field(default_factory=list)
    """With a cluster that has nothing to do."""
    operator: list[Start] = field(default_factory=list)

    def document(self) -> dict[str, Any]:
        """Return the report; medians are those of the runs that there are so far."""
        by_hand, operator = _median(self.by_hand), _median(self.operator)
        alone = self.by_hand_alone
        return {
            "by_hand_seconds": None if by_hand is None else by_hand.seconds,
            "operator_seconds": None if operator is None else operator.seconds,
            "ratio": _ratio(operator, by_hand),
            "ratio_of_cpu": None
            if by_hand is None or operator is None
            else round(operator.cpu_seconds / by_hand.cpu_seconds, 2),
            "by_hand_seconds_without_cluster": None if alone is None else alone.seconds,
            "ratio_without_cluster": _ratio(operator, alone),
            "steps": {
                "by_hand": None if by_hand is None else by_hand.steps,
                "operator": None if operator is None else operator.steps,
            },
            "runs": {
                name: [_described(each) for each in starts]
                for name, starts in (("by_hand", self.by_hand), ("operator", self.operator))
            },
        }


def _described(start: Start) -> dict[str, float]:
    return {
        "seconds": start.seconds,
        "cpu_seconds": start.cpu_seconds,
        "busy_cores_before": start.busy_before,
    }


def _median(starts: Sequence[Start]) -> Start | None:
    if not starts:
        return None
    middle = median_low(each.seconds for each in starts)
    return next(each for each in starts if each.seconds == middle)


def _ratio(operator: Start | None, by_hand: Start | None) -> float | None:
    return None if operator is None or by_hand is None else round(operator.seconds / by_hand.seconds, 2)
