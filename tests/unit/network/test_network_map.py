"""What nodes publish and accept, as the network map takes or refuses it, on a simulated storage."""

import dataclasses
import datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from corda_operator.corda.amqp.errors import DecodeError
from corda_operator.corda.certificates.errors import NodeInfoRejected
from corda_operator.corda.certificates.issuing import Validity, issue
from corda_operator.corda.certificates.profiles import Profile
from corda_operator.corda.certificates.roles import Role
from corda_operator.corda.hashes import SecureHash
from corda_operator.corda.signed import ParametersAcknowledgement
from corda_operator.network.network_map import NotYetError
from corda_operator.network.writer import RefusedError
from tests.unit.corda.certificates.zone import Holder, Zone, complete
from tests.unit.network.consortium import BANK_A, BANK_B, NOTARY, NOTARY_SERVICE, Consortium, Member, consortium
from tests.unit.network.simulated_storage import Way

UPDATED = {"networkParameters": {"maxMessageSize": 1_000_000}}


async def refused(replica: Consortium, data: bytes) -> str:
    before = replica.map().node_info_hashes
    with pytest.raises((RefusedError, NodeInfoRejected)) as error:
        await replica.network_map.publish(data)
    assert replica.map().node_info_hashes == before
    return str(error.value)


async def test_what_a_node_published_is_in_the_map_and_comes_back_byte_for_byte() -> None:
    async with consortium() as replica:
        member = await replica.register(BANK_A)
        published = member.node_info()

        assert await replica.network_map.publish(published.encode()) == str(BANK_A)

        assert replica.map().node_info_hashes == (published.hash,)
        async with consortium(replica) as other:
            assert await other.network_map.node_info(str(published.hash)) == published.encode()
            assert other.map() == replica.map()


async def test_a_newer_node_info_replaces_the_older() -> None:
    async with consortium() as replica:
        member = await replica.listed(BANK_A)

        newer = member.node_info(2)
        await replica.network_map.publish(newer.encode())

        assert replica.map().node_info_hashes == (newer.hash,)


async def test_an_older_serial_or_the_same_for_something_else_is_refused() -> None:
    async with consortium() as replica:
        member = await replica.listed(BANK_A, serial=5)

        for serial in (4, 5):
            assert "expected 6 or more" in await refused(replica, member.node_info(serial, port=10005).encode())


async def test_a_node_that_was_removed_comes_back_with_its_newest_node_info_but_none_before() -> None:
    async with consortium() as replica:
        member = await replica.listed(BANK_A, serial=5)
        old, newest = member.node_info(4), member.node_info(6)
        await replica.network_map.publish(newest.encode())
        replica.configure(members=[])
        await replica.settle()
        replica.configure()
        await replica.settle()
        assert replica.map().node_info_hashes == ()

        assert "expected 6 or more" in await refused(replica, old.encode())
        await replica.network_map.publish(newest.encode())
        assert replica.map().node_info_hashes == (newest.hash,)


async def test_a_node_of_another_network_is_refused() -> None:
    async with consortium() as replica:
        await replica.listed(BANK_A)
        zone = Zone(replica.now)
        node = zone.node(BANK_B)
        stranger = Member(BANK_B, node_ca_key=node.node_ca.key)  # type: ignore[arg-type]
        stranger.chain = (node.node_ca.certificate, zone.identity_manager.certificate, zone.root.certificate)

        await refused(replica, stranger.node_info().encode())


async def test_a_certificate_that_the_log_does_not_know_is_refused() -> None:
    """As after the identity manager's key was stolen, or used by somebody beside the log."""
    async with consortium() as replica:
        await replica.listed(BANK_A)
        secret = Member(BANK_B)
        unsigned = issue(
            Profile.NODE_CA,
            BANK_B,
            secret.node_ca_key.public_key(),
            replica.authorities.identity_manager,
            Validity.starting(replica.now),
        )
        certificate = complete(unsigned, replica.keys.made["corda-identity-manager"].private)
        secret.chain = (certificate, replica.authorities.identity_manager, replica.authorities.root)

        assert "this identity manager did not issue" in await refused(replica, secret.node_info().encode())


async def test_a_forged_certificate_with_the_serial_number_of_a_genuine_one_is_refused() -> None:
    async with consortium() as replica:
        genuine = await replica.listed(BANK_A)
        forger = Member(BANK_A)
        unsigned = issue(
            Profile.NODE_CA,
            BANK_A,
            forger.node_ca_key.public_key(),
            replica.authorities.identity_manager,
            Validity.starting(replica.now),
            serial_number=genuine.chain[0].serial_number,
        )
        certificate = complete(unsigned, replica.keys.made["corda-identity-manager"].private)
        forger.chain = (certificate, *genuine.chain[1:])

        assert "this identity manager did not issue" in await refused(replica, forger.node_info(2).encode())


async def test_a_notary_is_listed_with_its_service_until_the_consortium_declares_another() -> None:
    notaries: dict[str, Any] = {
        "notaries": [{"serviceLegalName": str(NOTARY_SERVICE)}],
        "members": [{"organisation": "Notary"}],
    }
    async with consortium(**notaries) as replica:
        node = await replica.register(NOTARY)
        service = await replica.register(NOTARY_SERVICE, Role.SERVICE_IDENTITY)
        node.service = Holder(service.chain[0], service.node_ca_key)
        await replica.network_map.publish(node.node_info().encode())
        assert [each.legal_names for each in replica.state.nodes.values()] == [(str(NOTARY), str(NOTARY_SERVICE))]

        replica.configure(members=[{"organisation": "Notary"}])
        await replica.settle()

        assert replica.map().node_info_hashes == ()
        assert "does not declare a notary" in await refused(replica, node.node_info(2).encode())


async def test_a_revoked_node_disappears_and_cannot_come_back() -> None:
    async with consortium() as replica:
        member = await replica.listed(BANK_A)

        replica.configure(revocations=[{"legalName": str(BANK_A), "reason": "keyCompromise"}])
        await replica.settle()

        assert replica.map().node_info_hashes == ()
        assert "is revoked" in await refused(replica, member.node_info(2).encode())


async def test_a_node_whose_organisation_is_no_member_any_more_disappears_until_it_is_again() -> None:
    async with consortium() as replica:
        member = await replica.listed(BANK_A)

        replica.configure(members=[{"organisation": "Bank A", "admission": "Denied"}])
        await replica.settle()
        assert replica.map().node_info_hashes == ()
        assert "is not a member" in await refused(replica, member.node_info(2).encode())

        replica.configure()
        await replica.network_map.publish(member.node_info(2).encode())
        assert len(replica.map().node_info_hashes) == 1


async def test_another_identity_key_under_the_same_certificate_is_refused() -> None:
    async with consortium() as replica:
        member = await replica.listed(BANK_A)

        changed = member.node_info(2, identity_key=ed25519.Ed25519PrivateKey.generate())

        assert "another identity key" in await refused(replica, changed.encode())


async def test_the_identity_key_stays_bound_when_the_node_was_removed_meanwhile() -> None:
    async with consortium() as replica:
        member = await replica.listed(BANK_A)
        replica.configure(members=[])
        await replica.settle()
        replica.configure()

        changed = member.node_info(2, identity_key=ec.generate_private_key(ec.SECP256R1()))

        assert "another identity key" in await refused(replica, changed.encode())


async def test_a_platform_version_below_the_networks_is_refused() -> None:
    async with consortium(networkParameters={"minimumPlatformVersion": 12}) as replica:
        member = await replica.register(BANK_A)
        await replica.settle()

        assert "at least 12" in await refused(replica, member.node_info(platform_version=11).encode())


async def test_a_forged_signature_is_refused() -> None:
    async with consortium() as replica:
        member = await replica.register(BANK_A)
        signed = member.node_info()

        forged = dataclasses.replace(signed, signatures=(bytes(64),))

        assert "is not signed with the key" in await refused(replica, forged.encode())


async def test_bytes_that_are_no_node_info_are_refused() -> None:
    async with consortium() as replica:
        await replica.settle()
        for data in (b"", b"corda", bytes(1000)):
            with pytest.raises(DecodeError):
                await replica.network_map.publish(data)


async def test_nobody_can_publish_before_there_are_parameters() -> None:
    async with consortium(notaries=[{"serviceLegalName": str(NOTARY_SERVICE)}]) as replica:
        member = await replica.register(BANK_A)

        with pytest.raises(NotYetError):
            await replica.network_map.publish(member.node_info().encode())
        assert replica.network_map.network_map() is None


async def test_a_heartbeat_costs_a_write_only_every_twelve_hours() -> None:
    async with consortium() as replica:
        data = (await replica.register(BANK_A)).node_info().encode()
        await replica.network_map.publish(data)
        blocks = replica.state.sequence

        replica.now += datetime.timedelta(hours=11)
        await replica.network_map.publish(data)
        assert replica.state.sequence == blocks

        replica.now += datetime.timedelta(hours=2)
        await replica.network_map.publish(data)
        assert replica.state.sequence == blocks + 1
        assert next(iter(replica.state.nodes.values())).seen == replica.now


async def test_a_node_that_still_publishes_outlives_the_event_horizon_and_one_that_does_not_leaves_the_map() -> None:
    async with consortium(networkParameters={"eventHorizon": "2d"}) as replica:
        alive, silent = await replica.register(BANK_A), await replica.register(BANK_B)
        kept = alive.node_info().encode()
        for data in (kept, silent.node_info().encode()):
            await replica.network_map.publish(data)

        for _ in range(5):
            replica.now += datetime.timedelta(hours=13)
            await replica.network_map.publish(kept)
        await replica.settle()

        assert [node.legal_names for node in replica.state.nodes.values()] == [(str(BANK_A),)]


async def test_a_withdrawn_node_leaves_the_map_until_it_publishes_again() -> None:
    async with consortium() as replica:
        leaving, staying = await replica.register(BANK_A), await replica.register(BANK_B)
        data = leaving.node_info().encode()
        for each in (data, staying.node_info().encode()):
            await replica.network_map.publish(each)
        replica.now += datetime.timedelta(hours=1)
        replica.configure(withdrawals=[{"legalName": str(BANK_A), "before": replica.now.isoformat()}])
        await replica.settle()
        assert [node.legal_names for node in replica.state.nodes.values()] == [(str(BANK_B),)]

        replica.now += datetime.timedelta(seconds=1)
        await replica.network_map.publish(data)
        # The file with the withdrawal is there for a while yet.
        await replica.settle()
        assert sorted(node.legal_names[0] for node in replica.state.nodes.values()) == [str(BANK_A), str(BANK_B)]


async def test_an_acknowledgement_counts_once_and_for_its_signer() -> None:
    async with consortium() as replica:
        member = await replica.listed(BANK_A)
        replica.configure(**UPDATED)
        await replica.settle()
        update = replica.map().parameters_update
        assert update is not None
        data = member.acknowledgement(str(update.new_parameters_hash))

        assert await replica.network_map.acknowledge(data) == str(BANK_A)
        blocks = replica.state.sequence
        assert await replica.network_map.acknowledge(data) == str(BANK_A)

        assert replica.state.update is not None
        assert replica.state.update.accepted == {str(BANK_A)}
        assert replica.state.sequence == blocks


async def test_acknowledgements_of_others_and_of_something_else_are_refused() -> None:
    async with consortium() as replica:
        member = await replica.listed(BANK_A)
        replica.configure(**UPDATED)
        await replica.settle()
        update = replica.map().parameters_update
        assert update is not None
        proposed = str(update.new_parameters_hash)

        with pytest.raises(RefusedError, match="no node that is listed"):
            await replica.network_map.acknowledge(
                member.acknowledgement(proposed, ed25519.Ed25519PrivateKey.generate())
            )
        with pytest.raises(RefusedError, match="are not proposed"):
            await replica.network_map.acknowledge(member.acknowledgement("AB" * 32))
        genuine = ParametersAcknowledgement.decode(member.acknowledgement(proposed))
        with pytest.raises(RefusedError, match="isn't signed"):
            await replica.network_map.acknowledge(dataclasses.replace(genuine, signature=bytes(64)).encode())
        assert replica.state.update is not None
        assert replica.state.update.accepted == frozenset()


async def test_an_acknowledgement_that_comes_after_flag_day_is_no_error() -> None:
    async with consortium(parametersUpdate={"adoptWhenAllAccepted": True}) as replica:
        member = await replica.listed(BANK_A)
        replica.configure(**UPDATED, parametersUpdate={"adoptWhenAllAccepted": True})
        await replica.settle()
        update = replica.map().parameters_update
        assert update is not None
        data = member.acknowledgement(str(update.new_parameters_hash))
        await replica.network_map.acknowledge(data)
        await replica.settle()
        assert replica.map().network_parameter_hash == update.new_parameters_hash

        assert await replica.network_map.acknowledge(data) == str(BANK_A)


async def test_a_publish_whose_write_was_never_confirmed_is_answered_once_it_is_found_in_the_log() -> None:
    async with consortium() as replica:
        member = await replica.register(BANK_A)
        lost = iter([Way(answered=False)])
        replica.container.faults = lambda operation, _: next(lost, Way()) if operation == "replace" else Way()

        await replica.network_map.publish(member.node_info().encode())

        assert len(replica.map().node_info_hashes) == 1
        assert next(lost, None) is None


async def test_two_replicas_take_one_node_info_once() -> None:
    async with consortium() as one, consortium(one) as other:
        member = await one.register(BANK_A)
        data = member.node_info().encode()
        await other.ledger.refresh()

        await one.network_map.publish(data)
        await other.network_map.publish(data)

        assert one.map() == other.map()
        assert len(other.state.nodes) == 1
        blocks = other.state.sequence
        assert blocks == one.state.sequence


async def test_unknown_hashes_are_looked_for_once_more_and_then_absent() -> None:
    async with consortium() as one, consortium(one) as other:
        await one.listed(BANK_A)
        name = str(one.map().node_info_hashes[0])

        assert await other.network_map.node_info(name) == (await one.network_map.node_info(name))
        assert await other.network_map.parameters(str(SecureHash.of(b"never"))) is None
        assert await other.network_map.node_info("AB" * 32) is None
