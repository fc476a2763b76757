"""One writer and one ledger, and single things that go wrong between them and a simulated storage."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from corda_operator.azure.blobs import ETag, LeaseId
from corda_operator.azure.errors import AzureError, PreconditionFailed
from corda_operator.network.ledger import Ledger, NotCommittedError, UnreadableLogError
from corda_operator.network.log.records import ConfigurationApplied, NodeInfoPublished, NodesSeen
from corda_operator.network.store import HEAD, Store
from corda_operator.network.writer import BusyError, Proposing, RefusedError, Writer
from tests.unit.network.consortium_log import Publishing, beginning, block_after, chain, hash_of, signed
from tests.unit.network.simulated_storage import SimulatedContainer, SimulatedStorage, Way

BANK = "O=Bank A, L=London, C=GB"
LEASE = LeaseId("00000000-0000-4000-8000-000000000001")


@pytest.fixture
async def storage() -> SimulatedStorage:
    return SimulatedStorage(lambda: asyncio.get_running_loop().time())


@pytest.fixture
async def container(storage: SimulatedStorage) -> SimulatedContainer:
    return SimulatedContainer(storage)


@pytest.fixture
async def ledger(container: SimulatedContainer) -> Ledger:
    ledger = Ledger(Store(container))
    await ledger.open()
    return ledger


@pytest.fixture
async def writer(ledger: Ledger) -> AsyncIterator[Writer]:
    writer = Writer(ledger, signed)
    running = asyncio.create_task(writer.run())
    await writer.propose(beginning)
    yield writer
    assert not running.done(), running
    running.cancel()
    await asyncio.wait([running])


def once(operation: str, way: Way) -> Callable[[str, str], Way]:
    """Let one call of a kind go another way than well."""
    ways: Iterator[Way] = iter([way])
    return lambda found, _: next(ways, Way()) if found == operation else Way()


async def test_what_waits_together_is_one_block_with_one_map(writer: Writer, storage: SimulatedStorage) -> None:
    before = len(chain(storage))

    await asyncio.gather(*(writer.propose(Publishing(f"O=Bank {n}", 1)) for n in range(100)))

    blocks = chain(storage)
    assert len(blocks) == before + 1
    assert [each.kind for each in blocks[-1].records] == ["node-info-published"] * 100 + ["map-signed"]


async def test_a_refusal_costs_no_write_and_others_nothing(writer: Writer, storage: SimulatedStorage) -> None:
    await writer.propose(Publishing(BANK, 5))
    before = len(chain(storage))

    with pytest.raises(RefusedError, match="serial 5"):
        await writer.propose(Publishing(BANK, 4))
    assert len(chain(storage)) == before

    results = await asyncio.gather(
        writer.propose(Publishing(BANK, 3)), writer.propose(Publishing("O=Bank B", 1)), return_exceptions=True
    )
    assert isinstance(results[0], RefusedError)
    assert results[1] == Publishing("O=Bank B", 1).hash


async def test_half_a_decision_is_never_written(
    writer: Writer, storage: SimulatedStorage, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(proposing: Proposing) -> None:
        proposing.add(ConfigurationApplied(generation=9))
        raise KeyError("a fault")

    results = await asyncio.gather(
        writer.propose(Publishing(BANK, 1)), writer.propose(broken), writer.propose(Publishing("O=Bank B", 1)),
        return_exceptions=True,
    )  # fmt: skip

    assert isinstance(results[1], KeyError)
    assert [each for each in results if isinstance(each, str)] == [results[0], results[2]]
    assert all(each.kind != "configuration-applied" for block in chain(storage) for each in block.records)
    assert "a proposal failed" in caplog.text


@pytest.mark.parametrize("operation", ["acquire", "read", "put", "replace", "release"])
@pytest.mark.parametrize("way", [Way(arrives=False), Way(answered=False)], ids=["lost request", "lost answer"])
async def test_one_call_that_fails_delays_a_proposal_and_nothing_else(
    writer: Writer, container: SimulatedContainer, storage: SimulatedStorage, operation: str, way: Way
) -> None:
    await asyncio.sleep(0.2)
    container.faults = once(operation, way)

    await writer.propose(Publishing(BANK, 1))

    listed = [each.kind for block in chain(storage) for each in block.records].count("node-info-published")
    assert listed == 1


async def test_a_proposal_that_nobody_waits_for_any_more_is_not_made(
    writer: Writer, container: SimulatedContainer, storage: SimulatedStorage
) -> None:
    await asyncio.sleep(0.2)
    container.faults = lambda operation, _: Way(arrives=operation != "acquire")
    with pytest.raises(BusyError, match="did not confirm"):
        await writer.propose(Publishing(BANK, 1), patience=0.05)

    container.faults = lambda _, __: Way()
    await writer.propose(Publishing("O=Bank B", 1))

    records = [each for block in chain(storage) for each in block.records]
    names = [each.legal_names for each in records if isinstance(each, NodeInfoPublished)]
    assert names == [("O=Bank B",)]


async def test_whoever_comes_while_too_many_wait_is_sent_away_at_once(ledger: Ledger) -> None:
    writer = Writer(ledger, signed, capacity=2)
    waiting = [asyncio.create_task(writer.propose(Publishing(BANK, n))) for n in range(2)]
    await asyncio.sleep(0)

    with pytest.raises(BusyError, match="2 changes wait"):
        await writer.propose(Publishing(BANK, 3))
    for task in waiting:
        task.cancel()
    await asyncio.wait(waiting)


async def test_draining_answers_what_was_proposed_and_refuses_what_comes(
    writer: Writer, container: SimulatedContainer
) -> None:
    container.faults = lambda operation, _: Way(delay=0.1 if operation == "replace" else 0)
    proposed = asyncio.create_task(writer.propose(Publishing(BANK, 1)))
    await asyncio.sleep(0.01)

    draining = asyncio.create_task(writer.drain(5))
    await asyncio.sleep(0)
    with pytest.raises(BusyError):
        await writer.propose(Publishing("O=Bank B", 1))
    await draining

    assert proposed.done()
    assert proposed.result() == Publishing(BANK, 1).hash


async def test_draining_does_not_wait_for_ever(writer: Writer, container: SimulatedContainer) -> None:
    await asyncio.sleep(0.2)
    container.faults = lambda _, __: Way(arrives=False)
    proposed = asyncio.create_task(writer.propose(Publishing(BANK, 1)))
    await asyncio.sleep(0)

    await writer.drain(0.1)

    assert not proposed.done()
    proposed.cancel()


async def test_a_block_that_does_not_follow_the_state_is_not_committed(ledger: Ledger) -> None:
    await ledger.store._container.acquire_lease(HEAD, 15, lease_id=LEASE)
    first = block_after(ledger.state, NodesSeen(hashes=()))
    await ledger.commit(first, signed, LEASE)

    with pytest.raises(NotCommittedError, match="another replica has written"):
        await ledger.commit(block_after(type(ledger.state)(), NodesSeen(hashes=(hash_of("a"),))), signed, LEASE)
    assert ledger.state.block == first.hash


async def test_without_the_lease_nothing_is_committed(ledger: Ledger) -> None:
    with pytest.raises(NotCommittedError, match="was not written"):
        await ledger.commit(block_after(ledger.state, NodesSeen(hashes=())), signed, LEASE)
    assert ledger.state.sequence == 0


async def test_a_second_ledger_cannot_overwrite_the_head(ledger: Ledger, container: SimulatedContainer) -> None:
    other = Ledger(Store(container))
    await other.open()
    await container.acquire_lease(HEAD, 15, lease_id=LEASE)
    await ledger.commit(block_after(ledger.state, NodesSeen(hashes=())), signed, LEASE)

    with pytest.raises(NotCommittedError) as error:
        await other.commit(block_after(other.state, NodesSeen(hashes=(hash_of("a"),))), signed, LEASE)

    assert isinstance(error.value.__cause__, PreconditionFailed)
    assert other.state == ledger.state


async def test_a_lost_answer_is_found_in_the_log_even_when_others_have_written_after_it(
    ledger: Ledger, container: SimulatedContainer
) -> None:
    other = Ledger(Store(SimulatedContainer(container.storage)))
    await container.acquire_lease(HEAD, 15, lease_id=LEASE)
    container.faults = once("replace", Way(answered=False, return_delay=0.1))
    mine = block_after(ledger.state, NodesSeen(hashes=()))
    committing = asyncio.create_task(ledger.commit(mine, signed, LEASE))
    await asyncio.sleep(0.05)
    await other.open()
    await other.commit(block_after(other.state, NodesSeen(hashes=(hash_of("a"),))), signed, LEASE)

    await committing

    assert ledger.state.sequence == 2
    assert chain(container.storage)[0].hash == mine.hash


async def test_a_log_that_went_back_is_not_followed(ledger: Ledger, container: SimulatedContainer) -> None:
    beginning_of_time = container.storage.blobs[HEAD].data
    await container.acquire_lease(HEAD, 15, lease_id=LEASE)
    await ledger.commit(block_after(ledger.state, NodesSeen(hashes=())), signed, LEASE)

    container.storage.replace(HEAD, beginning_of_time, container.storage.blobs[HEAD].etag, LEASE)

    with pytest.raises(UnreadableLogError, match="went back from block 1 to block 0"):
        await ledger.refresh()
    assert ledger.state.sequence == 1


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        ("delete", "which the log's head builds on, is not there"),
        ("alter", "was altered"),
        ("head", "the log's head can't be read"),
        ("fork", "somebody rewrote it"),
    ],
)
async def test_a_damaged_log_is_told_as_such_and_ends_no_writer(
    writer: Writer, ledger: Ledger, container: SimulatedContainer, damage: str, message: str
) -> None:
    storage = container.storage
    await asyncio.sleep(0.2)
    other = Ledger(Store(SimulatedContainer(storage)))
    if damage == "fork":
        await other.open()
        other.state.block = hash_of("another history")
    await container.acquire_lease(HEAD, 15, lease_id=LEASE)
    await ledger.commit(block_after(ledger.state, NodesSeen(hashes=())), signed, LEASE)
    await container.release_lease(HEAD, LEASE)
    name = f"blocks/{ledger.head.block}"
    if damage == "delete":
        del storage.blobs[name]
    elif damage == "alter":
        storage.blobs[name].data = storage.blobs[name].data.replace(b"nodes-seen", b"nodes-SEEN")
    elif damage == "head":
        storage.blobs[HEAD].data, storage.blobs[HEAD].etag = b'{"format": "of another world"}', ETag("another")

    with pytest.raises((UnreadableLogError, AzureError), match=message):
        await (other.refresh() if damage == "fork" else other.open())
    if damage == "head":
        with pytest.raises(BusyError):
            await writer.propose(Publishing(BANK, 1), patience=0.3)
