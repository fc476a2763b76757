import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from corda_operator.api import durations
from corda_operator.api.hosted import NetworkParameters


@given(st.integers(0, 10**9))
def test_what_is_written_is_read_as_the_same(seconds: int) -> None:
    duration = datetime.timedelta(seconds=seconds)

    assert durations.parse(durations.render(duration)) == duration


@pytest.mark.parametrize(("text", "seconds"), [("30s", 30), ("1h30m", 5400), ("7d", 604_800), ("0s", 0)])
def test_durations_are_read_as_kubernetes_users_write_them(text: str, seconds: int) -> None:
    assert durations.parse(text) == datetime.timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "7", "1.5h", "30m1h", "-1s", "1w", "30s\n", "9999999d"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no duration: expected for example 30s"):
        durations.parse(text)


def test_a_duration_that_is_too_short_says_why() -> None:
    assert NetworkParameters.model_validate({"eventHorizon": "48h"}).event_horizon == datetime.timedelta(days=2)
    with pytest.raises(ValidationError, match="nodes publish once a day: at least 2d"):
        NetworkParameters.model_validate({"eventHorizon": "47h59m59s"})
