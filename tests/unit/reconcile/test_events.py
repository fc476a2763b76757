"""Which changes of conditions are worth an Event."""

import datetime

import pytest

from corda_operator.api.conditions import Conditions, ConditionType, Reason, Truth, with_condition
from corda_operator.reconcile.desired import transitions

NOW = datetime.datetime(2026, 12, 1, tzinfo=datetime.UTC)


def condition(about: ConditionType, status: Truth, reason: Reason) -> Conditions:
    return with_condition((), about, status, reason, f"{about} is {reason}", generation=1, now=NOW)


KEYS = ConditionType.KEYS_READY
RIGHT = condition(KEYS, "True", Reason.AVAILABLE)


@pytest.mark.parametrize(
    ("before", "told"),
    [
        ((), []),
        (condition(KEYS, "Unknown", Reason.PROGRESSING), []),
        (condition(KEYS, "False", Reason.PROGRESSING), []),
        (RIGHT, []),
        (condition(KEYS, "False", Reason.VAULT_ACCESS_DENIED), [("Normal", "KeysReady")]),
        (condition(KEYS, "False", Reason.ADMISSION_PENDING), [("Normal", "KeysReady")]),
    ],
)
def test_what_was_told_as_wrong_is_told_as_right_again_and_a_step_that_went_well_is_not(
    before: Conditions, told: list[tuple[str, str]]
) -> None:
    assert [(each.type, each.reason) for each in transitions(before, RIGHT)] == told


def test_that_a_resource_is_ready_is_always_told_once() -> None:
    ready = condition(ConditionType.READY, "True", Reason.AVAILABLE)
    waits = condition(ConditionType.READY, "False", Reason.NODE_STARTING)
    assert [each.reason for each in transitions(waits, ready)] == ["Ready"]
    assert transitions(ready, ready) == ()


def test_trouble_is_a_warning_and_waiting_for_others_is_none() -> None:
    trouble = condition(KEYS, "False", Reason.VAULT_ACCESS_DENIED)
    waits = condition(ConditionType.REGISTERED, "False", Reason.ADMISSION_PENDING)
    assert [(each.type, each.reason) for each in transitions((), (*trouble, *waits))] == [
        ("Warning", "VaultAccessDenied"),
        ("Normal", "AdmissionPending"),
    ]
