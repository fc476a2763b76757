"""The state that follows from records, one kind after the other."""

import datetime

import pytest

from corda_operator.network.log.records import (
    CertificateIssued,
    CertificateRequested,
    CertificateRevoked,
    ConfigurationApplied,
    MapSigned,
    NodeInfoPublished,
    NodeRemoved,
    NodesSeen,
    ParametersAccepted,
    ParametersAdopted,
    ParametersSigned,
    Record,
    RevocationListSigned,
    UpdateProposed,
    UpdateWithdrawn,
)
from corda_operator.network.log.state import State
from tests.unit.network.consortium_log import EPOCH, block_after, hash_of

BANK = "O=Bank A, L=London, C=GB"


def after(state: State, *records: Record, attachments: tuple[bytes, ...] = (b"attachment",)) -> State:
    return state.after(block_after(state, *records, attachments=attachments))


def requested(request_id: str = "R1", name: str = BANK, key: str = "key") -> CertificateRequested:
    return CertificateRequested(
        request_id=request_id, legal_name=name, role=4, key=hash_of(key), token_proof=None, request=0
    )


def issued(request_id: str = "R1", serial_number: str = "7") -> CertificateIssued:
    return CertificateIssued(request_id=request_id, serial_number=serial_number, certificate=0)


def published(node: str = "node", *names: str, serial: int = 1, certificate: str = "7") -> NodeInfoPublished:
    legal_names = names or (BANK,)
    return NodeInfoPublished(
        hash=hash_of(node),
        legal_names=legal_names,
        keys=tuple(hash_of(f"key of {name}") for name in legal_names),
        certificates=tuple(certificate for _ in legal_names),
        serial=serial,
        platform_version=12,
        node_info=0,
    )


def proposed(name: str) -> tuple[Record, Record]:
    return (
        ParametersSigned(hash=hash_of(name), epoch=2, parameters=0),
        UpdateProposed(hash=hash_of(name), description=name, deadline=EPOCH),
    )


def test_a_request_waits_until_its_certificate_is_issued_which_binds_the_name() -> None:
    waiting = after(State(), requested())
    assert list(waiting.pending) == ["R1"]
    assert waiting.bound(4, BANK) is None

    state = after(waiting, issued())

    assert list(state.pending) == []
    bound = state.bound(4, BANK)
    assert bound is not None
    assert bound.issued is not None
    assert bound.issued.serial_number == "7"
    assert state.registration_of("7") == bound
    assert state.bound(3, BANK) is None


def test_a_revoked_certificate_frees_the_name_and_waits_for_the_list() -> None:
    state = after(State(), requested(), issued(), CertificateRevoked(serial_number="7", reason="keyCompromise"))

    assert state.bound(4, BANK) is None
    assert state.unlisted_revocations == ("7",)
    found = state.registration_of("7")
    assert found is not None
    assert found.issued is not None
    assert found.issued.revocation is not None
    assert (found.issued.revocation.time, found.issued.revocation.reason) == (EPOCH, "keyCompromise")
    listed = after(state, RevocationListSigned(number=1, next_update=EPOCH, revocation_list=0))
    assert listed.unlisted_revocations == ()


def test_the_revocation_of_an_old_certificate_leaves_the_name_to_its_successor() -> None:
    state = after(
        State(),
        requested(),
        issued(),
        CertificateRevoked(serial_number="7", reason="superseded"),
        requested("R2", key="another"),
        issued("R2", "8"),
    )
    bound = state.bound(4, BANK)
    assert bound is not None
    assert bound.request_id == "R2"


def test_what_was_never_issued_cannot_be_revoked() -> None:
    with pytest.raises(ValueError, match="never issued"):
        after(State(), CertificateRevoked(serial_number="9", reason="unspecified"))


def test_a_node_info_replaces_all_that_its_names_had() -> None:
    state = after(State(), published("a", "A"), published("b", "B"), published("both", "A", "B"))

    assert list(state.nodes) == [hash_of("both")]
    assert state.node_names == {"A": hash_of("both"), "B": hash_of("both")}


def test_a_removed_node_leaves_no_name_behind() -> None:
    state = after(State(), published("both", "A", "B"), NodeRemoved(hash=hash_of("both"), reason="left"))

    assert (state.nodes, state.node_names) == ({}, {})


def test_a_node_that_is_seen_keeps_its_place() -> None:
    state = after(State(), published("a", "A"), published("b", "B"))

    seen = after(state, NodesSeen(hashes=(hash_of("a"), hash_of("unknown"))))

    assert list(seen.nodes) == [hash_of("a"), hash_of("b")]
    assert seen.nodes[hash_of("a")].seen == EPOCH


def test_the_first_identity_key_that_was_published_stays_with_the_certificate() -> None:
    state = after(State(), requested(), issued(), published("one"), NodeRemoved(hash=hash_of("one"), reason="left"))
    state = after(state, published("two").model_copy(update={"keys": (hash_of("another key"),)}))

    found = state.registration_of("7")
    assert found is not None
    assert found.identity == hash_of(f"key of {BANK}")


def test_parameters_stay_for_ever_whatever_becomes_of_them() -> None:
    state = after(State(), *proposed("first"), UpdateWithdrawn(hash=hash_of("first")), *proposed("second"))
    state = after(state, ParametersAdopted(hash=hash_of("second")), *proposed("third"))

    assert set(state.parameters) == {hash_of(name) for name in ("first", "second", "third")}
    assert state.parameters_hash == hash_of("second")
    assert state.update is not None
    assert state.update.hash == hash_of("third")


def test_an_acceptance_counts_for_the_update_that_it_names_only() -> None:
    def accepted(name: str, legal_name: str) -> ParametersAccepted:
        return ParametersAccepted(hash=hash_of(name), legal_name=legal_name, acknowledgement=0)

    state = after(State(), *proposed("first"), accepted("first", "A"), *proposed("second"), accepted("first", "B"))
    assert state.update is not None
    assert state.update.accepted == frozenset()

    state = after(state, accepted("second", "C"))
    assert state.update is not None
    assert state.update.accepted == {"C"}


def test_flag_day_ends_the_update() -> None:
    state = after(State(), *proposed("first"), ParametersAdopted(hash=hash_of("first")))

    assert (state.parameters_hash, state.update) == (hash_of("first"), None)


def test_the_signed_map_and_the_generation_are_the_last() -> None:
    state = after(
        State(),
        ConfigurationApplied(generation=3),
        MapSigned(hash=hash_of("map"), nodes=2, signature="c2ln"),
        ConfigurationApplied(generation=4),
    )
    assert state.generation == 4
    assert state.signed_map is not None
    assert (state.signed_map.signature, state.signed_map.time) == (b"sig", EPOCH)


def test_a_block_follows_the_one_that_it_names_and_no_other() -> None:
    one = block_after(State(), NodesSeen(hashes=()))
    state = State().after(one)

    with pytest.raises(ValueError, match="but this state is at number 1"):
        state.after(one)
    elsewhere = State(sequence=1, block=hash_of("another"))
    with pytest.raises(ValueError, match="follows"):
        state.after(block_after(elsewhere, NodesSeen(hashes=())))


def test_trying_a_block_leaves_the_state_as_it_was() -> None:
    state = after(State(), requested(), issued(), published("a"))
    before = (dict(state.nodes), dict(state.registrations), dict(state.names), state.sequence)

    after(state, published("b"), CertificateRevoked(serial_number="7", reason="unspecified"))

    assert (state.nodes, state.registrations, state.names, state.sequence) == before
    assert state.nodes[hash_of("a")].seen == EPOCH.astimezone(datetime.UTC)
