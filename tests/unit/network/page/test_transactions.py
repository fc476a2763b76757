"""How many transactions a minute, from counts that begin anew whenever a notary does."""

import datetime
import itertools

from hypothesis import given
from hypothesis import strategies as st

from corda_operator.network.page.transactions import STALE, Minute, Transactions

BEGIN = datetime.datetime(2026, 12, 1, 12, 0, 30, tzinfo=datetime.UTC)
ONE = "http://one.test/metrics"
OTHER = "http://other.test/metrics"


def after(seconds: float) -> datetime.datetime:
    return BEGIN + datetime.timedelta(seconds=seconds)


def test_nothing_is_known_before_a_notary_was_read() -> None:
    found = Transactions()

    assert (found.known(BEGIN), found.total, found.per_minute(BEGIN), found.minutes(BEGIN)) == (False, 0, 0, [])


def test_what_a_notary_counted_before_it_was_read_first_is_not_taken_for_new() -> None:
    found = Transactions()
    found.read(ONE, 1000, BEGIN)
    found.read(ONE, 1007, after(10))

    assert (found.known(after(10)), found.total, found.since) == (True, 7, BEGIN)


def test_a_count_that_is_less_than_before_began_anew() -> None:
    found = Transactions()
    for seconds, count in ((0, 50), (10, 60), (20, 4), (30, 5)):
        found.read(ONE, count, after(seconds))

    assert found.total == 10 + 4 + 1


def test_notaries_are_counted_together() -> None:
    found = Transactions()
    for seconds in (0, 10):
        found.read(ONE, seconds, after(seconds))
        found.read(OTHER, 2 * seconds, after(seconds))

    assert found.total == 30


def test_the_rate_is_the_mean_of_five_minutes_or_of_what_there_is() -> None:
    found = Transactions()
    for seconds in range(0, 601, 10):
        # Two in ten seconds, and from the fifth minute on one.
        found.read(ONE, seconds / 5 if seconds <= 300 else 60 + (seconds - 300) / 10, after(seconds))
        if seconds == 120:
            assert found.per_minute(after(120)) == 12
    assert found.per_minute(after(600)) == 6
    assert found.per_minute(after(750)) == 6 / 2


def test_a_burst_is_no_rate_before_a_minute_is_over() -> None:
    found = Transactions()
    found.read(ONE, 0, BEGIN)
    found.read(ONE, 20, after(5))

    assert found.per_minute(after(5)) == 20


def test_minutes_are_those_of_the_clock_without_gaps() -> None:
    found = Transactions()
    for seconds, count in ((0, 5), (20, 6), (31, 8), (100, 8), (160, 9)):
        found.read(ONE, count, after(seconds))

    noon = BEGIN.replace(second=0)
    assert found.minutes(after(160)) == [
        Minute(noon + datetime.timedelta(minutes=number), count) for number, count in enumerate((1, 2, 0, 1))
    ]


def test_an_hour_is_kept() -> None:
    found = Transactions()
    for seconds in range(0, 3 * 3600, 10):
        found.read(ONE, seconds, after(seconds))

    minutes = found.minutes(after(3 * 3600 - 10))
    assert len(minutes) == 60
    assert {each.count for each in minutes[:-1]} == {60}
    assert found.total == 3 * 3600 - 10


def test_a_notary_that_is_not_read_any_more_is_not_known() -> None:
    found = Transactions()
    found.read(ONE, 0, BEGIN)
    found.read(OTHER, 0, BEGIN)
    found.read(ONE, 1, BEGIN + STALE)

    assert found.known(BEGIN + STALE)
    assert not found.known(BEGIN + STALE + datetime.timedelta(seconds=1))


def test_one_that_is_a_notary_no_more_is_not_waited_for() -> None:
    found = Transactions()
    found.read(ONE, 0, BEGIN)
    found.read(OTHER, 0, BEGIN)
    found.keep({ONE})
    found.read(ONE, 1, BEGIN + STALE * 2)

    assert found.known(BEGIN + STALE * 2)


@given(st.lists(st.tuples(st.integers(1, 90), st.integers(0, 50)), max_size=60))
def test_every_transaction_of_the_last_hour_is_in_one_minute(steps: list[tuple[int, int]]) -> None:
    found, now, count = Transactions(), BEGIN, 0
    found.read(ONE, count, now)
    for seconds, more in steps:
        now, count = now + datetime.timedelta(seconds=seconds), count + more
        found.read(ONE, count, now)

    minutes = found.minutes(now)

    assert found.total == count
    if now - BEGIN < datetime.timedelta(minutes=59):
        assert sum(each.count for each in minutes) == count
    assert all(b.start - a.start == datetime.timedelta(minutes=1) for a, b in itertools.pairwise(minutes))
