"""Registration as the identity manager answers it, on a simulated storage."""

import hashlib

import pytest

from corda_operator.corda.certificates.errors import CertificateError
from corda_operator.corda.certificates.revocation_lists import RevocationList
from corda_operator.corda.certificates.roles import Role
from corda_operator.corda.names import LegalName
from corda_operator.network.admission import Verdict
from corda_operator.network.identity_manager import UnacceptableRequestError
from corda_operator.network.log.records import CertificateRequested
from corda_operator.network.writer import BusyError
from tests.unit.network.consortium import BANK_A, STRANGER, Consortium, Member, consortium, until
from tests.unit.network.consortium_log import chain

TOKEN = "bank-a-token"
WITH_TOKEN = {"organisation": "Bank A", "submissionTokenSHA256": hashlib.sha256(TOKEN.encode()).hexdigest()}


async def verdict(replica: Consortium, request_id: str) -> Verdict:
    found = await replica.identity_manager.answer(request_id)
    assert found is not None
    return found[1].decision.verdict


def requests(replica: Consortium) -> int:
    records = [each for block in chain(replica.storage) for each in block.records]
    return sum(isinstance(each, CertificateRequested) for each in records)


async def test_a_member_gets_its_certificate_the_identity_managers_and_the_root() -> None:
    async with consortium() as replica:
        member = await replica.register(BANK_A)

        assert [each.role for each in member.chain] == [Role.NODE_CA, Role.DOORMAN_CA, None]
        assert member.chain[0].legal_name == BANK_A
        assert member.chain[2] == replica.authorities.root


async def test_a_stranger_waits_until_the_consortium_admits_it() -> None:
    async with consortium() as replica:
        registration = await replica.identity_manager.submit(Member(STRANGER).request(), None)
        await replica.settle()
        assert await verdict(replica, registration.request_id) is Verdict.WAITS

        replica.configure(members=[{"organisation": "Stranger"}])
        await replica.settle()

        assert await verdict(replica, registration.request_id) is Verdict.ADMITTED


async def test_a_denied_organisation_is_told_so() -> None:
    async with consortium(members=[{"organisation": "Bank A", "admission": "Denied"}]) as replica:
        registration = await replica.identity_manager.submit(Member(BANK_A).request(), None)

        found = await replica.identity_manager.answer(registration.request_id)
        assert found is not None
        assert found[1].decision.verdict is Verdict.DENIED
        assert found[1].decision.reason == "The consortium denied the organisation Bank A."


async def test_the_same_name_and_key_get_the_same_request_without_another_write() -> None:
    async with consortium() as replica:
        member = Member(BANK_A)
        first = await replica.identity_manager.submit(member.request(), None)
        await replica.settle()
        blocks = replica.state.sequence

        # Signed anew, so other bytes.
        second = await replica.identity_manager.submit(member.request(), None)

        assert second.request_id == first.request_id
        assert (replica.state.sequence, requests(replica)) == (blocks, 1)


async def test_another_role_is_another_request() -> None:
    async with consortium() as replica:
        member = Member(BANK_A)
        node = await replica.identity_manager.submit(member.request(), None)
        service = await replica.identity_manager.submit(member.request(Role.SERVICE_IDENTITY), None)

        assert node.request_id != service.request_id


async def test_another_key_for_a_name_is_denied_and_the_first_keeps_its_certificate() -> None:
    async with consortium() as replica:
        await replica.register(BANK_A)

        second = await replica.identity_manager.submit(Member(BANK_A).request(), None)
        await replica.settle()

        found = await replica.identity_manager.answer(second.request_id)
        assert found is not None
        assert found[1].decision.verdict is Verdict.DENIED
        assert "bound to another key" in found[1].decision.reason


async def test_two_keys_that_wait_for_one_name_get_no_certificate() -> None:
    async with consortium(members=[]) as replica:
        ids = [(await replica.identity_manager.submit(Member(BANK_A).request(), None)).request_id for _ in range(2)]

        replica.configure()
        await replica.settle()

        assert [await verdict(replica, each) for each in ids] == [Verdict.WAITS] * 2


async def test_the_token_tells_the_right_one_of_two_keys() -> None:
    async with consortium(members=[]) as replica:
        thief, member = Member(BANK_A), Member(BANK_A)
        stolen = await replica.identity_manager.submit(thief.request(), None)
        await replica.identity_manager.submit(member.request(), None)
        replica.configure(members=[WITH_TOKEN])

        proven = await replica.identity_manager.submit(member.request(), TOKEN)
        await replica.settle()

        assert await verdict(replica, proven.request_id) is Verdict.ADMITTED
        assert await verdict(replica, stolen.request_id) is Verdict.DENIED


async def test_a_token_that_came_before_the_member_was_listed_counts() -> None:
    async with consortium(members=[]) as replica:
        early = await replica.identity_manager.submit(Member(BANK_A).request(), TOKEN)

        replica.configure(members=[WITH_TOKEN])
        await replica.settle()

        assert await verdict(replica, early.request_id) is Verdict.ADMITTED


async def test_who_repeats_a_request_from_the_log_with_a_wrong_token_spoils_nothing() -> None:
    async with consortium(members=[]) as replica:
        request = Member(BANK_A).request()
        early = await replica.identity_manager.submit(request, TOKEN)
        before = replica.ledger.state.sequence

        await replica.identity_manager.submit(request, "a guess")
        assert replica.ledger.state.sequence == before
        replica.configure(members=[WITH_TOKEN])
        await replica.settle()

        assert await verdict(replica, early.request_id) is Verdict.ADMITTED


@pytest.mark.parametrize("token", [None, "another token", ""])
async def test_without_its_token_nobody_is_the_member(token: str | None) -> None:
    async with consortium(members=[WITH_TOKEN]) as replica:
        registration = await replica.identity_manager.submit(Member(BANK_A).request(), token)
        await replica.settle()

        assert await verdict(replica, registration.request_id) is Verdict.DENIED


async def test_a_revoked_name_gets_nothing_and_another_key_only_once_the_revocation_is_of_the_certificate() -> None:
    async with consortium() as replica:
        member = await replica.register(BANK_A)
        serial_number = member.chain[0].serial_number
        replica.configure(revocations=[{"legalName": str(BANK_A), "reason": "keyCompromise"}])
        await replica.settle()

        second = await replica.identity_manager.submit(Member(BANK_A).request(), None)
        assert await verdict(replica, second.request_id) is Verdict.DENIED
        first = await replica.identity_manager.submit(member.request(), None)
        assert await verdict(replica, first.request_id) is Verdict.DENIED

        replica.configure(revocations=[{"serialNumber": str(serial_number)}])
        await replica.settle()
        assert await verdict(replica, second.request_id) is Verdict.ADMITTED
        assert replica.state.revocation_list is not None
        revoked = RevocationList.from_der(replica.state.revocation_list.data)
        assert revoked.find(serial_number) is not None
        assert len(revoked.revoked) == 1


async def test_a_request_is_known_to_the_other_replica_at_once() -> None:
    async with consortium(members=[]) as one, consortium(one, members=[]) as other:
        registration = await one.identity_manager.submit(Member(BANK_A).request(), None)

        assert await verdict(other, registration.request_id) is Verdict.WAITS
        assert await other.identity_manager.answer("0" * 40) is None


async def test_a_request_that_another_replica_took_a_moment_ago_is_not_recorded_again() -> None:
    async with consortium(members=[]) as one, consortium(one, members=[]) as other:
        member = Member(BANK_A)
        first = await one.identity_manager.submit(member.request(), None)

        second = await other.identity_manager.submit(member.request(), None)

        assert second.request_id == first.request_id
        assert requests(one) == 1


async def test_strangers_can_fill_the_waiting_room_but_not_keep_members_out() -> None:
    async with consortium(limits={"pendingRequests": 2}) as replica:
        for number in range(2):
            name = LegalName.parse(f"O=Stranger {number}, L=Rome, C=IT")
            await replica.identity_manager.submit(Member(name).request(), None)

        with pytest.raises(BusyError, match="unknown organisations"):
            await replica.identity_manager.submit(Member(STRANGER).request(), None)
        assert (await replica.register(BANK_A)).chain


async def test_nobody_can_fill_the_log_with_requests_under_a_members_name() -> None:
    async with consortium(members=[WITH_TOKEN], limits={"pendingRequests": 2}) as replica:
        for _ in range(2):
            await replica.identity_manager.submit(Member(BANK_A).request(), None)

        with pytest.raises(BusyError, match="Bank A"):
            await replica.identity_manager.submit(Member(BANK_A).request(), None)
        assert (await replica.register(BANK_A, token=TOKEN)).chain


async def test_a_name_that_corda_refuses_is_refused_with_the_reason() -> None:
    async with consortium() as replica:
        name = LegalName.parse("O=Bank=A, L=London, C=GB")
        with pytest.raises(UnacceptableRequestError, match="is refused"):
            await replica.identity_manager.submit(Member(name).request(), None)
        assert requests(replica) == 0


async def test_bytes_that_are_no_request_are_refused() -> None:
    async with consortium() as replica:
        request = Member(BANK_A).request()
        for data in (b"", b"\0" * 300, request[:-1], request[:-1] + bytes([request[-1] ^ 1])):
            with pytest.raises(CertificateError):
                await replica.identity_manager.submit(data, None)
        assert requests(replica) == 0


async def test_two_reconcilers_issue_one_certificate() -> None:
    async with consortium() as one, consortium(one) as other:
        registration = await one.identity_manager.submit(Member(BANK_A).request(), None)
        await other.ledger.refresh()
        other.reconciler.wake()
        await one.settle()
        await other.ledger.refresh()
        await until(lambda: not other.due())

        first = await one.identity_manager.answer(registration.request_id)
        second = await other.identity_manager.answer(registration.request_id)
        assert first is not None
        assert second is not None
        assert first[1].certificates == second[1].certificates
        assert len(one.state.certificates) == 1
