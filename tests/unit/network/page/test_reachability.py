"""When a node counts as away."""

import datetime

from corda_operator.network.page.reachability import Reachability

BEGIN = datetime.datetime(2026, 12, 1, 12, tzinfo=datetime.UTC)
NODE = "node.bank.test:10002"


def after(seconds: float) -> datetime.datetime:
    return BEGIN + datetime.timedelta(seconds=seconds)


def seen(attempts: str) -> Reachability:
    """Return what is known after attempts that are ten seconds apart: ``+`` connects, ``-`` does not."""
    found = Reachability()
    for number, each in enumerate(attempts):
        found.tried(NODE, after(10 * number), connected=each == "+")
    return found


def test_nothing_is_known_of_a_node_that_was_not_tried() -> None:
    assert (Reachability().of(NODE).state, Reachability().of(NODE).since) == ("Unknown", None)


def test_a_node_that_answers_does_so_since_it_did_first() -> None:
    found = seen("+++").of(NODE)

    assert (found.state, found.since) == ("Reachable", BEGIN)


def test_one_lost_attempt_changes_nothing() -> None:
    found = seen("+-+").of(NODE)

    assert (found.state, found.since) == ("Reachable", BEGIN)


def test_two_in_a_row_do() -> None:
    found = seen("+---").of(NODE)

    assert (found.state, found.since) == ("Unreachable", after(20))


def test_a_node_that_never_answered_is_away_and_not_unknown() -> None:
    assert seen("-").of(NODE).state == "Unknown"
    assert seen("--").of(NODE).state == "Unreachable"


def test_a_node_that_is_back_is_so_at_once() -> None:
    found = seen("--+").of(NODE)

    assert (found.state, found.since) == ("Reachable", after(20))


def test_what_is_listed_no_more_is_forgotten() -> None:
    found = seen("+")
    found.keep({"other.test:10002"})

    assert found.of(NODE).state == "Unknown"
