"""What the services do by themselves, from the first parameters to flag day, on a simulated storage."""

import asyncio
import datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from corda_operator.azure.errors import Unavailable
from corda_operator.corda.certificates.revocation_lists import RevocationList
from corda_operator.corda.certificates.roles import Role
from corda_operator.corda.names import LegalName
from corda_operator.network import plan
from corda_operator.network.writer import RefusedError
from tests.unit.network.consortium import BANK_A, BANK_B, NOTARY_SERVICE, Consortium, Member, consortium, until

NOTARIES: dict[str, Any] = {"notaries": [{"serviceLegalName": str(NOTARY_SERVICE)}]}
LARGER: dict[str, Any] = {"networkParameters": {"maxMessageSize": 20_000_000}}
QUICK: dict[str, Any] = {"parametersUpdate": {"adoptWhenAllAccepted": True}}


async def accept(replica: Consortium, *members: Member) -> None:
    assert replica.state.update is not None
    for member in members:
        await replica.network_map.acknowledge(member.acknowledgement(replica.state.update.hash))


async def test_the_first_parameters_wait_for_every_notary() -> None:
    async with consortium(**NOTARIES) as replica:
        await replica.settle()
        assert replica.state.parameters == {}
        assert plan.missing_notaries(replica.configuration, replica.state) == [NOTARY_SERVICE]

        service = await replica.register(NOTARY_SERVICE, Role.SERVICE_IDENTITY)

        parameters = replica.parameters()
        assert parameters.epoch == 1
        assert [(each.name, each.key) for each in parameters.notaries] == [(NOTARY_SERVICE, service.chain[0].spki)]


async def test_nothing_is_done_twice() -> None:
    async with consortium() as replica:
        await replica.listed(BANK_A)
        await replica.settle()
        blocks = replica.state.sequence

        for _ in range(3):
            await replica.settle()
            await asyncio.sleep(0.1)

        assert replica.state.sequence == blocks


async def test_changed_parameters_are_proposed_with_a_deadline_and_come_into_force_then() -> None:
    async with consortium() as replica:
        await replica.listed(BANK_A)
        replica.configure(**LARGER, parametersUpdate={"description": "larger", "acceptancePeriod": "3d"})
        await replica.settle()

        update = replica.map().parameters_update
        assert update is not None
        assert update.description == "larger"
        assert update.update_deadline == replica.now + datetime.timedelta(days=3)
        assert replica.parameters().max_message_size != 20_000_000

        replica.now += datetime.timedelta(days=3)
        await replica.settle()

        assert replica.map().parameters_update is None
        assert replica.map().network_parameter_hash == update.new_parameters_hash
        assert (replica.parameters().epoch, replica.parameters().max_message_size) == (2, 20_000_000)


async def test_an_update_is_withdrawn_when_the_configuration_goes_back() -> None:
    async with consortium() as replica:
        await replica.settle()
        in_force = replica.map().network_parameter_hash
        replica.configure(**LARGER)
        await replica.settle()

        replica.configure()
        await replica.settle()

        assert replica.map().parameters_update is None
        assert replica.map().network_parameter_hash == in_force
        assert len(replica.state.parameters) == 2


async def test_an_update_that_is_changed_before_flag_day_is_superseded_by_another_epoch() -> None:
    async with consortium(**QUICK) as replica:
        member = await replica.listed(BANK_A)
        replica.configure(**LARGER)
        await replica.settle()
        first = replica.state.update
        await accept(replica, member)
        replica.configure(networkParameters={"maxMessageSize": 30_000_000}, **QUICK)
        await replica.settle()

        assert replica.state.update is not None
        assert first is not None
        assert replica.state.update.hash != first.hash
        assert replica.state.update.accepted == frozenset()
        assert replica.state.epoch == 3


async def test_flag_day_comes_early_only_once_everybody_accepted() -> None:
    async with consortium(**QUICK) as replica:
        one, other = await replica.listed(BANK_A), await replica.listed(BANK_B)
        replica.configure(**LARGER, **QUICK)
        await replica.settle()

        await accept(replica, one)
        await replica.settle()
        assert replica.parameters().epoch == 1

        await accept(replica, other)
        await replica.settle()
        assert replica.parameters().epoch == 2


async def test_flag_day_is_put_off_if_a_node_that_has_not_accepted_came_after_it_was_decided() -> None:
    """What counts is the state under the lease, not that of the moment at which somebody looked."""
    async with consortium(**QUICK) as replica:
        member = await replica.listed(BANK_A)
        replica.configure(**LARGER, **QUICK)
        await replica.settle()
        assert replica.state.update is not None
        decided = plan.AdoptParameters(replica.state.update.hash)
        await replica.listed(BANK_B)
        await accept(replica, member)

        with pytest.raises(RefusedError, match="no longer to be done"):
            await replica.reconciler._adopt(replica.configuration, decided)
        with pytest.raises(RefusedError, match="no longer to be done"):
            await replica.reconciler._withdraw(replica.configuration, plan.WithdrawUpdate(decided.hash))


async def test_the_revocation_list_is_renewed_daily_long_before_it_ends() -> None:
    async with consortium() as replica:
        await replica.settle()
        for day in range(1, 4):
            replica.now += datetime.timedelta(days=1, minutes=1)
            await replica.settle()
            assert replica.state.revocation_list is not None
            found = RevocationList.from_der(replica.state.revocation_list.data)
            assert found.number == 1 + day
            assert found.next_update is not None
            assert found.next_update - replica.now > datetime.timedelta(days=6)


async def test_a_revocation_is_in_the_list_at_once_and_stays_there() -> None:
    async with consortium() as replica:
        member = await replica.register(BANK_A)
        replica.configure(revocations=[{"legalName": str(BANK_A), "reason": "cessationOfOperation"}])
        await replica.settle()
        replica.configure()
        await replica.settle()
        replica.now += datetime.timedelta(days=2)
        await replica.settle()

        assert replica.state.revocation_list is not None
        found = RevocationList.from_der(replica.state.revocation_list.data)
        found.verify_issued_by(replica.authorities.identity_manager)
        entry = found.find(member.chain[0].serial_number)
        assert entry is not None
        assert entry.reason is not None
        assert entry.reason.value == "cessationOfOperation"


async def test_a_replica_with_an_older_configuration_decides_nothing_and_says_so(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with consortium(generation=2, **LARGER) as newer, consortium(newer, generation=1, members=[]) as older:
        await newer.listed(BANK_A)
        await older.ledger.refresh()
        older.reconciler.wake()
        await older.settle()
        await asyncio.sleep(0.2)

        await newer.ledger.refresh()
        assert len(newer.map().node_info_hashes) == 1
        assert newer.state.epoch == 1
        assert "decides nothing: its configuration has generation 1, but generation 2" in caplog.text


async def test_what_was_done_in_the_meantime_is_not_done_again() -> None:
    """Two replicas find the same task due; the one whose proposal comes second is refused."""
    async with consortium() as one:
        registration = await one.identity_manager.submit(Member(BANK_A).request(), None)
        await one.settle()
    async with consortium(one, reconciling=False, **LARGER) as other:
        (task,) = other.due()
        await other.reconciler._do(other.configuration, task)

        with pytest.raises(RefusedError, match="epoch 2 exists already"):
            await other.reconciler._do(other.configuration, task)
        with pytest.raises(RefusedError, match="is not to be signed"):
            await other.reconciler._issue(other.configuration, plan.IssueCertificate(registration.request_id))
        assert len(other.state.certificates) == 1


async def test_what_an_older_configuration_decided_too_late_is_refused() -> None:
    async with consortium(generation=1) as older, consortium(older, generation=2, members=[]) as newer:
        await newer.settle()
        await until(lambda: newer.state.generation == 2)
        registration = await newer.identity_manager.submit(Member(BANK_A).request(), None)
        await older.ledger.refresh()

        with pytest.raises(RefusedError, match="acts on generation 2"):
            await older.reconciler._issue(older.configuration, plan.IssueCertificate(registration.request_id))


async def test_parameters_that_cannot_be_keep_nobody_from_registering(caplog: pytest.LogCaptureFixture) -> None:
    """Two notary services with one key: Corda has no such parameters."""
    second = LegalName.parse("O=Second Notary, L=London, C=GB")
    both: dict[str, Any] = {"notaries": [{"serviceLegalName": str(NOTARY_SERVICE)}, {"serviceLegalName": str(second)}]}
    async with consortium(**both) as replica:
        key = ec.generate_private_key(ec.SECP256R1())
        for name in (NOTARY_SERVICE, second):
            await replica.identity_manager.submit(Member(name, key).request(Role.SERVICE_IDENTITY), None)
        await until(lambda: not plan.missing_notaries(replica.configuration, replica.state))
        registration = await replica.identity_manager.submit(Member(BANK_A).request(), None)
        await until(lambda: registration.request_id not in replica.state.pending)

        assert "two notaries have the same key" in caplog.text
        assert replica.state.parameters == {}


async def test_one_task_that_fails_keeps_back_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    async with consortium() as replica:
        await replica.settle()
        key = replica.keys.made["corda-network-map"]
        genuine = key.sign

        async def failing(data: bytes, *, within: float = 10.0) -> bytes:
            if b"NetworkParameters" in data:
                raise Unavailable("Key Vault throttles")
            return await genuine(data, within=within)

        replica.reconciler._network_map.sign = failing  # type: ignore[method-assign]
        replica.configure(**LARGER)
        registration = await replica.identity_manager.submit(Member(BANK_A).request(), None)
        await until(lambda: registration.request_id not in replica.state.pending)
        assert replica.state.update is None
        monkeypatch.undo()
