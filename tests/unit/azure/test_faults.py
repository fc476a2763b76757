import pytest

from local.azure.stub.faults import Fault, Switchboard, Target, matches

TARGET = Target("keyvault", "set-secret", "PUT", "/secrets/password", "kv-bank-a")


def fault(**fields: object) -> Fault:
    return Fault.model_validate({"kind": "drop-before", **fields})


@pytest.mark.parametrize(
    ("conditions", "hit"),
    [
        ({}, True),
        ({"service": "keyvault"}, True),
        ({"service": "entra"}, False),
        ({"operation": "set-secret"}, True),
        ({"operation": "get-secret"}, False),
        ({"method": "put"}, True),
        ({"method": "GET"}, False),
        ({"vault": "KV-Bank-A"}, True),
        ({"vault": "kv-bank"}, False),
        ({"path": "pass"}, True),
        ({"path": "^pass"}, False),
        ({"path": "^/secrets/[a-z]+$", "method": "PUT", "service": "keyvault"}, True),
        ({"path": "^/secrets/[a-z]+$", "method": "GET", "service": "keyvault"}, False),
    ],
)
def test_a_fault_matches_when_all_its_conditions_hold(conditions: dict[str, str], hit: bool) -> None:  # noqa: FBT001
    assert matches(fault(**conditions), TARGET) is hit


def harmed(board: Switchboard, calls: int) -> list[bool]:
    return [board.take(TARGET) is not None for _ in range(calls)]


def test_a_fault_begins_after_some_calls_and_ends_after_some_harm() -> None:
    board = Switchboard()
    board.add(fault(after=2, times=2))

    assert harmed(board, 6) == [False, False, True, True, False, False]


def test_calls_that_do_not_match_do_not_count() -> None:
    board = Switchboard()
    board.add(fault(after=1, path="other"))
    board.add(fault(after=1))

    assert harmed(board, 2) == [False, True]
    assert [switch.matched for switch in board.all()] == [0, 2]


def test_a_probability_is_kept_and_the_same_seed_does_the_same_again() -> None:
    def run(seed: int) -> list[bool]:
        board = Switchboard()
        board.add(fault(probability=0.3, seed=seed))
        return harmed(board, 1000)

    assert run(1) == run(1)
    assert run(1) != run(2)
    assert 200 < sum(run(1)) < 400


def test_the_first_fault_that_applies_wins_and_the_next_takes_over_when_it_is_spent() -> None:
    board = Switchboard()
    board.add(fault(times=1))
    board.add(Fault.model_validate({"kind": "status", "status": 503}))

    kinds = [taken.kind for taken in (board.take(TARGET), board.take(TARGET)) if taken is not None]

    assert kinds == ["drop-before", "status"]


def test_without_faults_nothing_is_harmed() -> None:
    board = Switchboard()
    switch = board.add(fault())

    assert board.remove(switch.identifier)
    assert not board.remove(switch.identifier)
    assert harmed(board, 2) == [False, False]
