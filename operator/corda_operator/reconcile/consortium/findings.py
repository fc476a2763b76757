"""From what was found to conditions: Ready, Reconciling and Stalled follow from the others, as kstatus has them."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from corda_operator.api.conditions import (
    Conditions,
    ConditionType,
    Reason,
    Truth,
    with_condition,
)
from corda_operator.reconcile.consortium.troubles import Trouble

_BY_SOMEBODY: Final = {
    Reason.APPLY_FAILED,
    Reason.IDENTITY_UNAVAILABLE,
    Reason.IMAGE_UNAVAILABLE,
    Reason.INVALID_SPEC,
    Reason.STORAGE_ACCESS_DENIED,
    Reason.TRUST_ROOT_MISMATCH,
    Reason.TRUST_ROOT_MISSING,
    Reason.VAULT_ACCESS_DENIED,
}
"""What does not pass by itself."""
_FAILURES: Final = {each.value: each for each in Reason if each not in (Reason.PROGRESSING, Reason.DELETING)}


@dataclass(frozen=True)
class Finding:
    """What is found about one condition."""

    type: ConditionType
    status: Truth
    reason: Reason
    message: str


def true(about: ConditionType, message: str) -> Finding:
    """Return that it is so."""
    return Finding(about, "True", Reason.AVAILABLE, message)


def progressing(about: ConditionType, message: str) -> Finding:
    """Return that it is not so yet, and will be."""
    return Finding(about, "False", Reason.PROGRESSING, message)


def false(about: ConditionType, trouble: Trouble) -> Finding:
    """Return that it is not so, and why."""
    return Finding(about, "False", trouble.reason, trouble.message)


def unknown(about: ConditionType, reason: Reason, message: str) -> Finding:
    """Return that it can't be told."""
    return Finding(about, "Unknown", reason, message)


def unless_known_better(found: Finding, before: Conditions, generation: int) -> Finding:
    """Return what was found; if that is only that something is at work, why the last try at the same thing failed.

    A new try knows nothing yet, and would hide for a moment what somebody has to do.
    """
    if found.reason is not Reason.PROGRESSING or found.status == "True":
        return found
    for each in before:
        failed = each.type == found.type and each.status == "False" and each.observed_generation == generation
        if failed and each.reason in _FAILURES:
            return Finding(found.type, "False", _FAILURES[each.reason], each.message)
    return found


def concluded(
    findings: Iterable[Finding],
    before: Conditions,
    ready_message: str,
    *,
    generation: int,
    now: datetime.datetime,
) -> Conditions:
    """Return all conditions, in the order of the findings and after Ready.

    Reconciling and Stalled are there only if they are True, as kstatus wants it.
    """
    found = list(findings)
    open_ = [each for each in found if each.status != "True"]
    stalled = [each for each in open_ if each.reason in _BY_SOMEBODY]
    worst = next(iter(stalled or open_), None)
    if worst is None:
        summary = [true(ConditionType.READY, ready_message)]
    else:
        kind = ConditionType.STALLED if stalled else ConditionType.RECONCILING
        summary = [Finding(ConditionType.READY, "False", worst.reason, worst.message)]
        if worst.reason is not Reason.PAUSED:
            summary.append(Finding(kind, "True", worst.reason, worst.message))
    conditions = before
    wanted = [*summary, *found]
    for each in before:
        if all(each.type != finding.type for finding in wanted):
            conditions = tuple(left for left in conditions if left.type != each.type)
    for finding in wanted:
        conditions = with_condition(
            conditions,
            finding.type,
            finding.status,
            finding.reason,
            finding.message,
            generation=generation,
            now=now,
        )
    order = {finding.type.value: place for place, finding in enumerate(wanted)}
    return tuple(sorted(conditions, key=lambda condition: order[condition.type]))
