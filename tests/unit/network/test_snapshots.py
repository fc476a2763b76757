"""Snapshots: the state that they hold, and replicas that start from them or without them."""

import asyncio
import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from corda_operator.network import writer
from corda_operator.network.log import snapshots
from corda_operator.network.log.head import Head
from corda_operator.network.log.records import (
    CertificateRevoked,
    ConfigurationApplied,
    NodeRemoved,
    ParametersAccepted,
    Record,
    UpdateWithdrawn,
)
from corda_operator.network.log.snapshots import UnreadableSnapshotError
from corda_operator.network.log.state import State
from corda_operator.network.store import HEAD
from tests.unit.network.consortium_log import Publishing, Replica, beginning, chain, folded, hash_of, seeded
from tests.unit.network.simulated_storage import SimulatedContainer, SimulatedStorage
from tests.unit.network.simulated_time import simulated
from tests.unit.network.test_state import after, issued, proposed, published, requested

STEPS = st.lists(
    st.one_of(
        st.builds(lambda n: ("request", n), st.integers(0, 5)),
        st.builds(lambda n: ("issue", n), st.integers(0, 5)),
        st.builds(lambda n: ("revoke", n), st.integers(0, 5)),
        st.builds(lambda n: ("publish", n), st.integers(0, 5)),
        st.builds(lambda n: ("remove", n), st.integers(0, 5)),
        st.builds(lambda n: ("propose", n), st.integers(0, 3)),
        st.builds(lambda n: ("accept", n), st.integers(0, 5)),
        st.just(("withdraw", 0)),
        st.builds(lambda n: ("configure", n), st.integers(0, 9)),
    ),
    max_size=30,
)


def step(state: State, kind: str, number: int) -> State:
    """Return what follows from a step, if it is possible."""
    name, request_id = f"O=Bank {number}", f"R{number}"
    known = state.registrations.get(request_id)
    records: tuple[Record, ...] = ()
    match kind:
        case "request" if known is None:
            records = (requested(request_id, name, key=request_id),)
        case "issue" if known is not None and known.issued is None:
            records = (issued(request_id, str(number)),)
        case "revoke" if known is not None and known.bound:
            records = (CertificateRevoked(serial_number=str(number), reason="unspecified"),)
        case "publish":
            records = (published(f"node {number}", name, f"O=Bank {number // 2}0", certificate=str(number)),)
        case "remove" if hash_of(f"node {number}") in state.nodes:
            records = (NodeRemoved(hash=hash_of(f"node {number}"), reason="left"),)
        case "propose":
            records = proposed(f"parameters {number}")
        case "accept" if state.update is not None:
            records = (ParametersAccepted(hash=state.update.hash, legal_name=name, acknowledgement=0),)
        case "withdraw" if state.update is not None:
            records = (UpdateWithdrawn(hash=state.update.hash),)
        case "configure":
            records = (ConfigurationApplied(generation=number),)
    return after(state, *records, attachments=(b"\0\xff attachment",))


def ordered(state: State) -> tuple[object, ...]:
    """Return what has an order in a state."""
    return list(state.nodes), list(state.pending), list(state.registrations), list(state.parameters)


@given(STEPS)
@example([("request", 1), ("issue", 1), ("revoke", 1), ("request", 2), ("issue", 2), ("publish", 2)])
def test_a_snapshot_holds_the_whole_state(steps: list[tuple[str, int]]) -> None:
    state = State()
    for kind, number in steps:
        state = step(state, kind, number)

    read = snapshots.decode(snapshots.encode(state))

    assert read == state
    assert ordered(read) == ordered(state)


@given(STEPS, STEPS)
@settings(max_examples=50)
def test_the_log_goes_on_from_a_snapshot_as_from_its_beginning(
    before: list[tuple[str, int]], since: list[tuple[str, int]]
) -> None:
    state = State()
    for kind, number in before:
        state = step(state, kind, number)
    restored = snapshots.decode(snapshots.encode(state))
    for kind, number in since:
        state, restored = step(state, kind, number), step(restored, kind, number)

    assert restored == state
    assert ordered(restored) == ordered(state)


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[:-1],
        lambda _: b"",
        lambda data: json.dumps({**json.loads(data), "format": "corda-operator-snapshot/2"}).encode(),
        lambda data: json.dumps({**json.loads(data), "weather": "fair"}).encode(),
    ],
)
def test_a_damaged_or_foreign_snapshot_is_not_read(damage: object) -> None:
    assert callable(damage)
    with pytest.raises(UnreadableSnapshotError):
        snapshots.decode(damage(snapshots.encode(State())))


@pytest.mark.parametrize("damage", ["none", "altered", "deleted"])
def test_a_replica_starts_from_a_snapshot_or_else_from_the_whole_log(
    damage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "SNAPSHOT_INTERVAL", 4)

    async def day() -> None:
        storage = SimulatedStorage(lambda: asyncio.get_running_loop().time())
        with seeded(0) as rng:
            one = Replica(storage, SimulatedContainer(storage), rng, follow=False)
            await one.start()
            await one.writer.propose(beginning)
            for serial in range(1, 20):
                assert await one.propose(Publishing("O=Bank A, L=London, C=GB", serial))
                await asyncio.sleep(0)
            head = Head.decode(storage.blobs[HEAD].data)
            assert head.snapshot is not None
            name = f"snapshots/{head.snapshot.hash}"
            if damage == "altered":
                storage.blobs[name].data = storage.blobs[name].data.replace(b"Bank A", b"Bank X")
            elif damage == "deleted":
                del storage.blobs[name]

            other = Replica(storage, SimulatedContainer(storage), rng, follow=False)
            await other.start()

            assert other.ledger.state == folded(chain(storage)) == one.ledger.state
            blocks_read = [each for each in other.container.calls if each[1].startswith("blocks/")]
            assert (len(blocks_read) < 10) == (damage == "none")
            for replica in (one, other):
                await replica.crash()

    simulated(day)
