"""What Prometheus is told of a network and of the writer of its log."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

import pytest

from corda_operator.azure.blobs import LeaseId
from corda_operator.azure.errors import LeaseTaken
from corda_operator.corda.certificates.roles import Role
from corda_operator.network.ledger import Ledger
from corda_operator.network.metrics import Metrics
from corda_operator.network.store import HEAD, Store
from corda_operator.network.writer import Writer
from tests.unit.network.consortium import BANK_A, BANK_B, NOTARY_SERVICE, STRANGER, Consortium, Member, consortium
from tests.unit.network.consortium_log import Publishing, beginning, signed
from tests.unit.network.simulated_storage import SimulatedContainer, SimulatedStorage, Way


def samples(metrics: Metrics, name: str) -> dict[tuple[str, ...], float]:
    """Return a metric's samples by the values of their labels, in the order of the labels' names."""
    return {
        tuple(sample.labels[label] for label in sorted(sample.labels)): sample.value
        for family in metrics.registry.collect()
        for sample in family.samples
        if sample.name == name
    }


def shown(replica: Consortium) -> Metrics:
    metrics = Metrics()
    metrics.state.source = lambda: (replica.state, replica.configuration)
    return metrics


async def test_nothing_is_told_of_a_network_before_the_services_begin() -> None:
    assert samples(Metrics(), "corda_network_nodes") == {}


async def test_members_nodes_and_certificates_are_counted() -> None:
    notaries = [{"serviceLegalName": str(NOTARY_SERVICE)}]
    async with consortium(notaries=notaries) as replica:
        await replica.register(NOTARY_SERVICE, Role.SERVICE_IDENTITY)
        await replica.settle()
        await replica.listed(BANK_A)
        await replica.register(BANK_B)
        await replica.identity_manager.submit(Member(STRANGER).request(), None)

        metrics = shown(replica)

        admitted = {each.organisation for each in replica.configuration.members}
        assert samples(metrics, "corda_network_nodes") == {(): 1}
        assert samples(metrics, "corda_network_members") == {("admitted",): len(admitted), ("listed",): 1}
        assert samples(metrics, "corda_network_pending_requests") == {(): 1}
        assert samples(metrics, "corda_network_certificates") == {
            ("NodeCA", "valid"): 2,
            ("NodeCA", "revoked"): 0,
            ("NotaryService", "valid"): 1,
            ("NotaryService", "revoked"): 0,
        }
        assert replica.state.signed_map is not None
        assert samples(metrics, "corda_network_map_signed_timestamp_seconds") == {
            (): replica.state.signed_map.time.timestamp()
        }
        expiry = samples(metrics, "corda_network_authority_expiry_timestamp_seconds")
        assert expiry["Root",] == replica.authorities.root.not_after.timestamp()
        assert expiry.keys() == {("Root",), ("IdentityManager",), ("NetworkMap",)}


async def test_a_revoked_certificate_is_no_valid_one_any_more() -> None:
    async with consortium() as replica:
        await replica.listed(BANK_A)
        replica.configure(revocations=[{"legalName": str(BANK_A)}])
        await replica.settle()

        found = samples(shown(replica), "corda_network_certificates")

        assert (found["NodeCA", "valid"], found["NodeCA", "revoked"]) == (0, 1)


async def test_who_has_accepted_proposed_parameters_is_counted_until_flag_day() -> None:
    async with consortium() as replica:
        one, _ = await replica.listed(BANK_A), await replica.listed(BANK_B)
        assert samples(shown(replica), "corda_network_parameters_update_nodes") == {("accepted",): 0, ("waiting",): 0}
        assert samples(shown(replica), "corda_network_parameters_update_deadline_timestamp_seconds") == {}
        replica.configure(networkParameters={"maxMessageSize": 20_000_000}, parametersUpdate={"description": "larger"})
        await replica.settle()
        update = replica.state.update
        assert update is not None
        await replica.network_map.acknowledge(one.acknowledgement(update.hash))

        metrics = shown(replica)

        assert samples(metrics, "corda_network_parameters_update_nodes") == {("accepted",): 1, ("waiting",): 1}
        assert samples(metrics, "corda_network_parameters_update_deadline_timestamp_seconds") == {
            (): update.deadline.timestamp()
        }


@pytest.fixture
async def storage() -> SimulatedStorage:
    return SimulatedStorage(lambda: asyncio.get_running_loop().time())


@contextlib.asynccontextmanager
async def writing(container: SimulatedContainer, metrics: Metrics) -> AsyncIterator[Writer]:
    ledger = Ledger(Store(container))
    await ledger.open()
    writer = Writer(ledger, signed, metrics=metrics)
    running = asyncio.create_task(writer.run())
    await writer.propose(beginning)
    yield writer
    running.cancel()
    await asyncio.wait([running])


async def test_blocks_and_the_changes_in_them_are_counted(storage: SimulatedStorage) -> None:
    metrics = Metrics()
    async with writing(SimulatedContainer(storage), metrics) as writer:
        await asyncio.gather(*(writer.propose(Publishing(f"O=Bank {n}", 1)) for n in range(20)))

    assert samples(metrics, "corda_network_commits_total") == {("written",): 2}
    assert samples(metrics, "corda_network_changes_total") == {(): 21}
    assert samples(metrics, "corda_network_waiting_changes") == {(): 0}
    assert samples(metrics, "corda_network_lease_held") == {(): 0}
    waits = samples(metrics, "corda_network_lease_wait_seconds_count")
    assert waits == {(): samples(metrics, "corda_network_lease_attempts_total")["granted",]}


async def test_the_wait_for_a_lease_that_another_replica_has_is_told(storage: SimulatedStorage) -> None:
    metrics, another = Metrics(), LeaseId("00000000-0000-4000-8000-000000000002")
    async with writing(SimulatedContainer(storage), metrics) as writer:
        await until(lambda: takes_lease(storage, another))
        waiting = asyncio.create_task(writer.propose(Publishing("O=Bank A", 1)))
        await until(lambda: samples(metrics, "corda_network_lease_attempts_total").get(("taken",), 0) > 1)
        assert samples(metrics, "corda_network_waiting_changes") == {(): 1}
        storage.release_lease(HEAD, another)
        await waiting

    longest_at_once = samples(metrics, "corda_network_lease_wait_seconds_bucket")["0.025",]
    assert longest_at_once < samples(metrics, "corda_network_lease_wait_seconds_count")[()]


async def test_a_block_that_is_not_written_is_counted_as_failed(storage: SimulatedStorage) -> None:
    metrics, container = Metrics(), SimulatedContainer(storage)
    async with writing(container, metrics) as writer:
        lost = iter([Way(arrives=False)])
        container.faults = lambda operation, _: next(lost, Way()) if operation == "replace" else Way()
        await writer.propose(Publishing("O=Bank A", 1))

    assert samples(metrics, "corda_network_commits_total") == {("written",): 2, ("failed",): 1}


def takes_lease(storage: SimulatedStorage, lease_id: LeaseId) -> bool:
    try:
        storage.acquire_lease(HEAD, 15, lease_id)
    except LeaseTaken:
        return False
    return True


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not holds():
            await asyncio.sleep(0.01)
