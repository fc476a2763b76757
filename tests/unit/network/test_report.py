"""What the operator is told of a network."""

import hashlib
from typing import Any

import pytest
from cryptography import x509

from corda_operator.corda.certificates.roles import Role
from corda_operator.corda.names import LegalName
from corda_operator.network import report as reports
from corda_operator.network.log.state import State
from corda_operator.network.report import StatusReport, report
from tests.unit.network.consortium import (
    BANK_A,
    BANK_B,
    BEGIN,
    NOTARY_SERVICE,
    STRANGER,
    Consortium,
    Member,
    configuration,
    consortium,
)

NOTARIES: dict[str, Any] = {"notaries": [{"serviceLegalName": str(NOTARY_SERVICE)}]}


def told(replica: Consortium, names: frozenset[str] | None = None) -> StatusReport:
    """Return the report as it arrives at the operator."""
    found = report(replica.state, replica.configuration, names=names)
    return StatusReport.model_validate_json(found.model_dump_json())


async def test_before_anything_has_happened_there_is_little_to_tell() -> None:
    found = report(State(), configuration(**NOTARIES), configuration_error="no file")

    assert (found.trust_root, found.parameters, found.map_hash, found.sequence) == (None, None, None, 0)
    assert found.missing_notaries == (str(NOTARY_SERVICE),)
    assert found.configuration_error == "no file"


async def test_the_trust_root_is_told_with_its_fingerprint() -> None:
    async with consortium() as replica:
        found = told(replica).trust_root

        assert found is not None
        root = x509.load_pem_x509_certificate(found.pem.encode())
        assert hashlib.sha256(replica.authorities.root.der).hexdigest().upper() == found.sha256
        assert root.serial_number == replica.authorities.root.serial_number


async def test_generations_are_the_networks_and_the_replicas() -> None:
    async with consortium(generation=4) as replica:
        await replica.settle()
        replica.configuration = configuration(generation=3)

        found = told(replica)

        assert (found.generation, found.replica_generation) == (4, 3)


async def test_a_notary_is_missing_until_it_has_registered() -> None:
    async with consortium(**NOTARIES) as replica:
        await replica.settle()
        assert told(replica).missing_notaries == (str(NOTARY_SERVICE),)
        assert told(replica).map_hash is None

        await replica.register(NOTARY_SERVICE, Role.SERVICE_IDENTITY)
        await replica.settle()

        found = told(replica)
        assert found.missing_notaries == ()
        assert found.parameters is not None
        assert [(each.service_legal_name, each.validating) for each in found.parameters.notaries] == [
            (str(NOTARY_SERVICE), False)
        ]
        assert found.parameters.hash == replica.state.parameters_hash
        assert found.map_hash is not None
        [certificate] = found.certificates
        assert certificate.role == "NotaryService"


async def test_who_waits_and_why_is_told_oldest_first() -> None:
    async with consortium() as replica:
        members = [Member(LegalName.parse(f"O=Stranger {letter}, L=Rome, C=IT")) for letter in "AB"]
        for member in members:
            await replica.identity_manager.submit(member.request(), None)

        found = told(replica)

        assert found.pending_count == 2
        assert [each.legal_name for each in found.pending_requests] == [str(each.name) for each in members]
        assert [(each.role, each.verdict) for each in found.pending_requests] == [("NodeCA", "waits")] * 2
        assert "has not admitted the organisation Stranger A" in found.pending_requests[0].reason


async def test_who_has_accepted_an_update_and_who_has_not_is_told() -> None:
    async with consortium() as replica:
        one, _ = await replica.listed(BANK_A), await replica.listed(BANK_B)
        replica.configure(networkParameters={"maxMessageSize": 20_000_000}, parametersUpdate={"description": "larger"})
        await replica.settle()
        assert replica.state.update is not None
        await replica.network_map.acknowledge(one.acknowledgement(replica.state.update.hash))

        found = told(replica)

        assert found.update is not None
        assert found.parameters is not None
        assert (found.parameters.epoch, found.update.parameters.epoch) == (1, 2)
        assert found.update.parameters.max_message_size == 20_000_000
        assert found.update.description == "larger"
        assert found.update.accepted_by == (str(BANK_A),)
        assert found.update.waiting_for == (str(BANK_B),)


async def test_nodes_and_certificates_can_be_asked_for_by_name() -> None:
    async with consortium() as replica:
        await replica.listed(BANK_A, serial=5)
        await replica.listed(BANK_B)

        found = told(replica, frozenset({str(BANK_A)}))

        [node] = found.nodes
        assert (node.legal_names, node.serial, node.platform_version) == ((str(BANK_A),), 5, 12)
        assert node.hash == replica.state.node_names[str(BANK_A)]
        [certificate] = found.certificates
        assert (certificate.legal_name, certificate.role, certificate.revoked) == (str(BANK_A), "NodeCA", None)
        assert (found.node_count, found.certificate_count) == (2, 2)
        assert len(told(replica).nodes) == 2


async def test_a_revocation_is_told_with_its_reason() -> None:
    async with consortium() as replica:
        await replica.listed(BANK_A)
        replica.configure(revocations=[{"legalName": str(BANK_A), "reason": "keyCompromise"}])
        await replica.settle()

        [certificate] = told(replica).certificates

        assert certificate.revoked == BEGIN
        assert certificate.revocation_reason == "keyCompromise"


async def test_the_report_stays_small_whatever_strangers_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reports, "MOST_PENDING", 2)
    monkeypatch.setattr(reports, "MOST_LISTED", 1)
    async with consortium() as replica:
        for _ in range(3):
            await replica.identity_manager.submit(Member(STRANGER).request(), None)
        await replica.listed(BANK_A)
        await replica.listed(BANK_B)

        found = told(replica)

        assert (found.pending_count, len(found.pending_requests)) == (3, 2)
        assert (found.node_count, [each.legal_names for each in found.nodes]) == (2, [(str(BANK_A),)])
        assert (found.certificate_count, [each.legal_name for each in found.certificates]) == (2, [str(BANK_B)])


def test_what_a_newer_replica_tells_besides_is_passed_over() -> None:
    assert StatusReport.model_validate_json('{"sequence": 3, "weather": "fine"}') == StatusReport(sequence=3)
