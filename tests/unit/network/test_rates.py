"""The allowance of posts: a bucket for each address, with a clock that stands still unless told."""

from hypothesis import given
from hypothesis import strategies as st

from corda_operator.network.http.rates import Allowance


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_ten_seconds_worth_may_come_at_once_and_no_more() -> None:
    allowance = Allowance(Clock())

    assert [allowance.take("a", 2.0) for _ in range(25)] == [True] * 20 + [False] * 5


def test_time_fills_the_bucket_again_but_not_above_its_brim() -> None:
    clock = Clock()
    allowance = Allowance(clock)
    while allowance.take("a", 2.0):
        pass

    clock.now += 0.5
    assert [allowance.take("a", 2.0) for _ in range(2)] == [True, False]
    clock.now += 3600
    assert sum(allowance.take("a", 2.0) for _ in range(100)) == 20


def test_one_address_costs_another_nothing() -> None:
    allowance = Allowance(Clock())
    while allowance.take("a", 1.0):
        pass

    assert allowance.take("b", 1.0)


def test_whoever_is_refused_is_not_made_to_wait_longer_for_having_asked() -> None:
    clock = Clock()
    allowance = Allowance(clock)
    while allowance.take("a", 1.0):
        pass
    for _ in range(9):
        clock.now += 0.125
        allowance.take("a", 1.0)

    assert not allowance.take("a", 1.0)
    clock.now += 0.875
    assert allowance.take("a", 1.0)


def test_a_flood_of_addresses_is_forgotten_again() -> None:
    allowance = Allowance(Clock())
    for number in range(10_000):
        allowance.take(f"address {number}", 1.0)

    assert len(allowance._buckets) <= 4096


@given(st.floats(0.1, 100), st.lists(st.floats(0, 5), max_size=200))
def test_over_any_time_no_more_is_granted_than_the_rate_and_one_burst(rate: float, pauses: list[float]) -> None:
    clock = Clock()
    allowance = Allowance(clock)
    granted = 0
    for pause in pauses:
        clock.now += pause
        granted += allowance.take("a", rate)

    assert granted <= rate * (10 + sum(pauses)) + 1e-6
