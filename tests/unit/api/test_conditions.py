import datetime

import pytest

from corda_operator.api.conditions import (
    Condition,
    ConditionType,
    Reason,
    Truth,
    is_true,
    with_condition,
    without_condition,
)

NOON = datetime.datetime(2026, 11, 22, 12, tzinfo=datetime.UTC)
LATER = NOON + datetime.timedelta(hours=1)


def after(
    conditions: tuple[Condition, ...], status: Truth, *, message: str = "", generation: int = 1, now: datetime.datetime
) -> tuple[Condition, ...]:
    return with_condition(
        conditions, ConditionType.READY, status, Reason.AVAILABLE, message, generation=generation, now=now
    )


READY = after((), "True", now=NOON)


def test_a_condition_that_stays_keeps_its_time() -> None:
    assert after(READY, "True", now=LATER) == READY


def test_a_condition_that_changes_says_when() -> None:
    (changed,) = after(READY, "False", now=LATER)

    assert changed.last_transition_time == LATER


def test_a_new_message_or_generation_is_no_change_of_the_status() -> None:
    (condition,) = after(READY, "True", message="all five", generation=2, now=LATER)

    assert (condition.message, condition.observed_generation) == ("all five", 2)
    assert condition.last_transition_time == NOON


def test_other_conditions_stay_as_and_where_they_are() -> None:
    first = with_condition((), ConditionType.KEYS_READY, "True", Reason.AVAILABLE, "", generation=1, now=NOON)
    both = after(first, "True", now=NOON)

    changed = after(both, "False", now=LATER)

    assert [each.type for each in changed] == ["KeysReady", "Ready"]
    assert changed[0] == both[0]
    assert without_condition(changed, ConditionType.READY) == first


def test_unknown_is_not_true() -> None:
    assert is_true(READY, ConditionType.READY)
    assert not is_true(after(READY, "Unknown", now=LATER), ConditionType.READY)
    assert not is_true((), ConditionType.READY)


def test_a_condition_is_written_as_kubernetes_writes_times() -> None:
    (condition,) = after((), "True", now=NOON.replace(microsecond=5))

    written = condition.model_dump(mode="json")

    assert written["lastTransitionTime"] == "2026-11-22T12:00:00Z"
    assert Condition.model_validate(written) == condition


def test_a_message_is_cut_to_what_the_api_server_takes() -> None:
    (condition,) = after((), "False", message="x" * 5000, now=NOON)

    assert len(condition.message) == 4096


@pytest.mark.parametrize("each", [*ConditionType, *Reason])
def test_types_and_reasons_are_words_with_a_meaning(each: ConditionType | Reason) -> None:
    assert each.value.isalpha()
    assert each.value[0].isupper()
    assert each.meaning.endswith(".")
