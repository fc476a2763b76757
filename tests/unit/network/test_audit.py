"""What an audit finds in an honest log, and in the logs of founders who are not."""

import base64
from collections.abc import Callable, Sequence

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from corda_operator.corda.certificates.certificate import Certificate
from corda_operator.corda.certificates.issuing import Validity, issue
from corda_operator.corda.certificates.profiles import Profile
from corda_operator.corda.hashes import SecureHash
from corda_operator.corda.names import LegalName
from corda_operator.network.audit import Audit, AuditError
from corda_operator.network.log.blocks import BEGINNING, Block, Draft
from corda_operator.network.log.head import Head, statement
from corda_operator.network.log.records import (
    CertificateIssued,
    CertificateRequested,
    CertificateRevoked,
    MapSigned,
    NodeInfoPublished,
    NodeRemoved,
    ParametersAccepted,
    ParametersSigned,
    Record,
    RevocationListSigned,
    TrustRootCreated,
)
from tests.unit.corda.certificates.zone import complete, signature_by
from tests.unit.network.consortium import BANK_A, BANK_B, Consortium, Member, consortium, until

Change = Callable[[Record, Draft], Record | None]
"""Returns another record in place of one, or None to leave it out."""


async def blocks_of(replica: Consortium) -> list[Block]:
    """Return the whole log, first block first."""
    found: list[Block] = []
    name = replica.ledger.head.block
    while name != BEGINNING:
        found.append(await replica.ledger.store.block(name))
        name = found[-1].header.previous
    return found[::-1]


async def story(replica: Consortium) -> list[Block]:
    """Let all happen that a log can hold, and return it."""
    bank_a = await replica.listed(BANK_A)
    bank_b = await replica.listed(BANK_B)
    replica.configure(networkParameters={"maxMessageSize": 11_000_000}, parametersUpdate={"adoptWhenAllAccepted": True})
    await until(lambda: replica.state.update is not None)
    assert replica.state.update is not None
    for member in (bank_a, bank_b):
        await replica.network_map.acknowledge(member.acknowledgement(replica.state.update.hash))
    await until(lambda: replica.state.update is None)
    replica.configure(
        networkParameters={"maxMessageSize": 11_000_000},
        revocations=[{"legalName": str(BANK_B), "reason": "keyCompromise"}],
    )
    await replica.settle()
    return await blocks_of(replica)


def audited(replica: Consortium, blocks: Sequence[Block]) -> Audit:
    audit = Audit(replica.authorities.root)
    for block in blocks:
        audit.add(block)
    return audit


def rewritten(blocks: Sequence[Block], change: Change) -> list[Block]:
    """Return the log as a founder could have written it instead: records changed, everything hashed anew."""
    found: list[Block] = []
    for block in blocks:
        draft = Draft(attachments=[block.attachment(index) for index in range(len(block.header.attachments))])
        changed = [change(record, draft) for record in block.records]
        draft.records.extend(record for record in changed if record is not None)
        previous = found[-1].hash if found else BEGINNING
        found.append(draft.block(block.sequence, previous, block.header.time))
    return found


async def test_an_honest_log_is_found_in_order() -> None:
    async with consortium() as replica:
        blocks = await story(replica)
        audit = audited(replica, blocks)
        audit.conclude(replica.ledger.head, replica.network_map.network_map())

        assert audit.state == replica.state
        assert audit.maps == sum(isinstance(record, MapSigned) for block in blocks for record in block.records) > 3
        issued = {each.legal_name: each for each in audit.certificates.values()}
        assert set(issued) == {str(BANK_A), str(BANK_B)}
        assert issued[str(BANK_A)].revoked is None
        assert issued[str(BANK_B)].revoked is not None


async def test_the_log_of_another_network_is_refused() -> None:
    async with consortium() as replica, consortium() as other:
        await replica.settle()
        await other.settle()
        with pytest.raises(AuditError, match="the log is of another network"):
            audited(replica, await blocks_of(other))


def swapped(kind: type[Record], field: str, other: Callable[[Record, Draft], bytes]) -> Change:
    """Put other bytes in place of an attachment of each record of a kind."""

    def change(record: Record, draft: Draft) -> Record:
        if isinstance(record, kind):
            draft.attachments[getattr(record, field)] = other(record, draft)
        return record

    return change


def replaced(kind: type[Record], **fields: object) -> Change:
    """Give each record of a kind other fields."""

    def change(record: Record, _: Draft) -> Record:
        return record.model_copy(update=fields) if isinstance(record, kind) else record

    return change


def left_out(kind: type[Record]) -> Change:
    return lambda record, _: None if isinstance(record, kind) else record


def flipped(field: str) -> Callable[[Record, Draft], bytes]:
    """Change the last byte of an attachment, which is part of a signature."""

    def other(record: Record, draft: Draft) -> bytes:
        data: bytes = draft.attachments[getattr(record, field)]
        return data[:-1] + bytes([data[-1] ^ 1])

    return other


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (replaced(CertificateRequested, legal_name="O=Bank C, L=London, C=GB"), "the request does not fit its record"),
        (replaced(CertificateRequested, key="AB" * 32), "the request does not fit its record"),
        (swapped(CertificateRequested, "request", flipped("request")), "not signed with its own key"),
        (swapped(CertificateIssued, "certificate", flipped("certificate")), "signature"),
        (replaced(CertificateIssued, serial_number="7"), "the certificate does not fit its record"),
        (left_out(CertificateIssued), "not logged|never issued"),
        (swapped(RevocationListSigned, "revocation_list", flipped("revocation_list")), "signature"),
        (replaced(RevocationListSigned, number=9), "the revocation list's number"),
        (left_out(CertificateRevoked), "the revocation list does not fit"),
        (replaced(NodeInfoPublished, legal_names=("O=Bank C, L=London, C=GB",)), "the node info does not fit"),
        (replaced(NodeInfoPublished, keys=("AB" * 32,)), "the node info does not fit"),
        (left_out(NodeInfoPublished), "the map does not fit its record"),
        (left_out(NodeRemoved), "the map does not fit its record"),
        (replaced(ParametersSigned, epoch=1), "the parameters do not fit|does not fit its record|does not follow"),
        (replaced(ParametersSigned, hash="AB" * 32), "does not fit its record|never signed"),
        (left_out(ParametersSigned), "never signed"),
        (replaced(ParametersAccepted, hash="AB" * 32), "the acknowledged parameters"),
        (replaced(MapSigned, nodes=77), "the map does not fit its record"),
        (replaced(MapSigned, hash="AB" * 32), "the map does not fit its record"),
        (replaced(MapSigned, signature=base64.b64encode(b"0").decode()), "signature"),
        (swapped(TrustRootCreated, "root_revocation_list", flipped("root_revocation_list")), "signature"),
        (swapped(TrustRootCreated, "network_map", flipped("network_map")), "signature"),
        (left_out(TrustRootCreated), "begin with a trust root"),
    ],
)
async def test_a_founder_who_writes_what_did_not_happen_is_found_out(change: Change, reason: str) -> None:
    async with consortium() as replica:
        blocks = rewritten(await story(replica), change)
        with pytest.raises(AuditError, match=reason) as found:
            audited(replica, blocks)
        assert "block " in str(found.value) or "begin with" in str(found.value)


async def test_a_second_key_in_a_members_name_is_found_out() -> None:
    async with consortium() as replica:
        await replica.listed(BANK_A)
        blocks = await blocks_of(replica)
        blocks.append(await forged_membership(replica, BANK_A))
        with pytest.raises(AuditError, match="although its name is bound to key"):
            audited(replica, blocks)


async def forged_membership(replica: Consortium, name: LegalName) -> Block:
    """Return a block in which the founder certifies a key of its own in a member's name."""
    stolen = Member(name)
    certificate = await certified_by(replica, stolen)
    draft = Draft()
    request = stolen.request()
    draft.records += [
        CertificateRequested(
            request_id="FORGED",
            legal_name=str(name),
            role=4,
            key=str(SecureHash.of(certificate.spki)),
            token_proof=None,
            request=draft.attach(request),
        ),
        CertificateIssued(
            request_id="FORGED",
            serial_number=str(certificate.serial_number),
            certificate=draft.attach(certificate.der),
        ),
    ]
    return draft.block(replica.state.sequence + 1, replica.state.block, replica.now)


async def test_a_certificate_of_another_authority_is_found_out() -> None:
    async with consortium() as replica, consortium() as other:
        member = await replica.register(BANK_A)
        foreign = await certified_by(other, member)

        def change(record: Record, draft: Draft) -> Record:
            if isinstance(record, CertificateIssued):
                draft.attachments[record.certificate] = foreign.der
                return record.model_copy(update={"serial_number": str(foreign.serial_number)})
            return record

        with pytest.raises(AuditError, match="signature"):
            audited(replica, rewritten(await blocks_of(replica), change))


async def certified_by(replica: Consortium, member: Member) -> Certificate:
    """Return a certificate of a consortium's identity manager for a member of whichever."""
    identity_manager = replica.authorities.identity_manager
    validity = Validity(identity_manager.not_before, identity_manager.not_after)
    unsigned = issue(Profile.NODE_CA, member.name, member.node_ca_key.public_key(), identity_manager, validity)
    return complete(unsigned, (await replica.keys.get_or_create("corda-identity-manager")).private)


async def test_blocks_out_of_order_and_left_out_are_found_out() -> None:
    async with consortium() as replica:
        blocks = await story(replica)
        with pytest.raises(AuditError, match="has number"):
            audited(replica, [blocks[0], *blocks[2:]])


async def test_a_head_must_be_the_end_of_the_log_and_signed() -> None:
    async with consortium() as replica:
        blocks = await story(replica)
        head, served = replica.ledger.head, replica.network_map.network_map()
        audit = audited(replica, blocks)

        with pytest.raises(AuditError, match="the head names block"):
            audited(replica, blocks[:-1]).conclude(head, served)
        stranger = ec.generate_private_key(ec.SECP256R1())
        signature = base64.b64encode(signature_by(stranger, statement(head.sequence, head.block))).decode()
        forged = Head(sequence=head.sequence, block=head.block, time=head.time, signature=signature)
        with pytest.raises(AuditError, match="isn't signed by the network map"):
            audit.conclude(forged, served)


async def test_the_map_that_is_served_must_be_the_one_that_is_logged() -> None:
    async with consortium() as replica:
        await replica.listed(BANK_A)
        before = replica.network_map.network_map()
        await replica.listed(BANK_B)
        with pytest.raises(AuditError, match="is not the one that the log ends with"):
            audited(replica, await blocks_of(replica)).conclude(replica.ledger.head, before)


async def test_every_kind_of_record_is_in_the_story() -> None:
    """So that a kind that is added is audited, or said not to need it."""
    async with consortium() as replica:
        told = {type(record) for block in await story(replica) for record in block.records}
    needless = {"ConfigurationApplied", "NodesSeen", "UpdateWithdrawn"}
    every = {kind.__name__ for kind in Record.__args__[0].__args__}
    assert {kind.__name__ for kind in told} == every - needless
