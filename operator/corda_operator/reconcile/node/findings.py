"""What is found out about a node, one sentence for each condition."""

from dataclasses import dataclass
from typing import Final

from corda_operator.api.conditions import ConditionType, Reason, Truth

WAITING: Final = frozenset(
    {
        Reason.PROGRESSING,
        Reason.PAUSED,
        Reason.DELETING,
        Reason.CONSORTIUM_NOT_READY,
        Reason.NOTARY_NOT_REGISTERED,
        Reason.VAULT_UNREACHABLE,
        Reason.SERVICES_UNREACHABLE,
        Reason.ADMISSION_PENDING,
        Reason.VOLUME_PENDING,
        Reason.DATABASE_UNREACHABLE,
        Reason.NODE_STARTING,
        Reason.DRAINING,
        Reason.DRAIN_TIMED_OUT,
    }
)
"""Reasons that pass by themselves, or once others have done their part; any other needs somebody to do something."""


@dataclass(frozen=True)
class Finding:
    """One condition, as it is now."""

    type: ConditionType
    status: Truth
    reason: Reason
    message: str

    @property
    def stalls(self) -> bool:
        """Whether nothing goes on until somebody does what the message says."""
        return self.status == "False" and self.reason not in WAITING


def sentence(text: str) -> str:
    """Return what others have said with an end, so that advice can follow."""
    said = text.rstrip(" :;,")
    return said if said.endswith((".", "!", "?")) or not said else f"{said}."


def yes(condition: ConditionType, message: str) -> Finding:
    """Return what is as it should be."""
    return Finding(condition, "True", Reason.AVAILABLE, message)


def no(condition: ConditionType, reason: Reason, message: str) -> Finding:
    """Return what is not as it should be."""
    return Finding(condition, "False", reason, message)


def unknown(condition: ConditionType, reason: Reason, message: str) -> Finding:
    """Return what can't be told yet."""
    return Finding(condition, "Unknown", reason, message)
