"""A node's enrolment against the network services and the Key Vault stub, from nothing to keystores."""

import asyncio
import os
import re
import signal
import stat
from collections.abc import Callable

from corda_operator.azure import AzureSession
from corda_operator.corda.certificates.revocation_lists import RevocationList
from corda_operator.corda.certificates.roles import Role
from corda_operator.corda.keystores import IDENTITY_ALIAS, SERVICE_ALIAS, TLS_ALIAS
from corda_operator.enrolment.process import ExitCode
from tests.integration.enrolment.conftest import MEMBERS, NOTARY_SERVICES, SUBMISSION_TOKEN, Bench, Consortium
from tests.integration.enrolment.node import Node, chains

NOBODY = "http://127.0.0.1:9"
TLS_LIST = "/certificate-revocation-list/tls"


def test_a_bank_gets_keystores_that_chain_to_the_trust_root(bank: Node, consortium: Consortium) -> None:
    found = chains(bank)
    assert set(found) == {IDENTITY_ALIAS, TLS_ALIAS}
    assert [each.role for each in found[IDENTITY_ALIAS]] == [Role.LEGAL_IDENTITY, Role.NODE_CA, Role.DOORMAN_CA, None]
    assert [each.role for each in found[TLS_ALIAS]] == [Role.TLS, Role.NODE_CA, Role.DOORMAN_CA, None]
    assert {chain[-1] for chain in found.values()} == {consortium.root}
    assert {str(chain[0].legal_name) for chain in found.values()} == {bank.legal_name}
    assert bank.trusted() == [consortium.root.der]
    assert bank.status["phase"] == "Ready"
    assert set(bank.status["certificates"]) == {"node-ca", "identity", "tls"}
    assert bank.termination_log.read_text() == (bank.output / "status.json").read_text()


async def test_a_notary_gets_its_services_identity_and_a_second_start_asks_nobody(
    bench: Bench, consortium: Consortium, writes: Callable[[], int]
) -> None:
    notary = bench.node("Notary", notary={"serviceLegalName": NOTARY_SERVICES[0]})
    assert await notary.enrol() is ExitCode.READY
    found = chains(notary)
    assert set(found) == {IDENTITY_ALIAS, TLS_ALIAS, SERVICE_ALIAS}
    assert [each.role for each in found[SERVICE_ALIAS]] == [Role.SERVICE_IDENTITY, Role.DOORMAN_CA, None]
    assert str(found[SERVICE_ALIAS][0].legal_name) == NOTARY_SERVICES[0]
    assert len(consortium.request_ids(NOTARY_SERVICES[0])) == len(consortium.request_ids(notary.legal_name)) == 1

    written = writes()
    assert written > 0
    again = notary.second_pod()
    again.identity_manager_url = NOBODY
    assert await again.enrol() is ExitCode.READY
    assert writes() == written
    assert again.key_bytes() == notary.key_bytes()


async def test_the_stores_password_is_another_at_every_start(bank: Node) -> None:
    first = bank.secret_settings
    assert await bank.enrol() is ExitCode.READY
    second = bank.secret_settings
    assert first["keyStorePassword"] == first["trustStorePassword"]
    assert first["keyStorePassword"] != second["keyStorePassword"]
    assert len(first["keyStorePassword"]) >= 40


def test_nobody_else_may_read_what_is_written(bank: Node) -> None:
    secret = [*(bank.output / "certificates").iterdir(), bank.output / "secrets.conf", bank.output / "node-tool.json"]
    names = sorted(each.name for each in secret)
    assert names == ["node-tool.json", "nodekeystore.jks", "secrets.conf", "sslkeystore.jks", "truststore.jks"]
    assert {stat.S_IMODE(each.stat().st_mode) for each in secret} == {0o600}
    assert stat.S_IMODE((bank.output / "certificates").stat().st_mode) == 0o700


async def test_tls_certificates_name_the_revocation_list_that_they_are_told_to(
    bench: Bench, consortium: Consortium
) -> None:
    url = consortium.services.url + TLS_LIST
    issuer = ", ".join(f"{each.rfc4514_attribute_name}={each.value!s}" for each in consortium.root.subject)
    bank = bench.node(crl={"tlsDistributionPoint": url, "tlsIssuer": issuer})
    assert await bank.enrol() is ExitCode.READY
    leaf = chains(bank)[TLS_ALIAS][0]
    status, der = consortium.services.request("GET", TLS_LIST)
    assert status == 200
    assert RevocationList.from_der(der).issuer == consortium.root.subject
    point = next(each for each in leaf.extensions if each.oid.dotted_string == "2.5.29.31").value[0]
    assert point.full_name[0].value == url
    assert point.crl_issuer[0].value == consortium.root.subject


async def test_a_tls_certificate_is_issued_anew_when_its_revocation_list_moves(
    enrolled: Node, consortium: Consortium
) -> None:
    bank = enrolled
    before = bank.key_bytes()
    bank.settings["crl"] = {"tlsDistributionPoint": consortium.services.url + TLS_LIST}
    assert await bank.enrol() is ExitCode.READY
    after = bank.key_bytes()
    assert after[IDENTITY_ALIAS] == before[IDENTITY_ALIAS]
    assert after[TLS_ALIAS] != before[TLS_ALIAS]
    assert await bank.enrol() is ExitCode.READY
    assert bank.key_bytes() == after


async def test_who_is_not_admitted_yet_waits_with_a_reason_until_he_is(bench: Bench, consortium: Consortium) -> None:
    late = bench.node("Late Bank")
    start = asyncio.create_task(late.enrol())
    status = await late.wait_for(lambda status: status.get("phase") == "WaitingForAdmission")
    assert "has not admitted" in status["reason"]
    assert re.search("the key has the SHA-256 [0-9A-F]{64}", status["reason"])
    assert {status["requestIDs"][late.legal_name]} == consortium.request_ids(late.legal_name)
    assert not (late.output / "certificates").exists()
    consortium.services.configure(members=[*MEMBERS, {"organisation": "Late Bank"}])
    assert await start is ExitCode.READY
    assert late.status["phase"] == "Ready"


async def test_who_is_refused_is_told_why_and_may_come_again(bench: Bench, consortium: Consortium) -> None:
    denied = bench.node("Denied Bank")
    assert await denied.enrol() is ExitCode.REFUSED
    assert denied.status["phase"] == "Refused"
    assert "denied the organisation Denied Bank" in denied.status["reason"]
    assert not (denied.output / "certificates").exists()
    consortium.services.configure(members=[*MEMBERS[:-1], {"organisation": "Denied Bank"}])
    try:
        while await denied.enrol() is ExitCode.REFUSED:
            await asyncio.sleep(0.2)
        assert denied.status["phase"] == "Ready"
        assert len(consortium.request_ids(denied.legal_name)) == 1
    finally:
        consortium.services.configure(members=MEMBERS)


async def test_a_submission_token_from_the_vault_goes_with_the_request(bench: Bench, session: AzureSession) -> None:
    assert await bench.node("Token Bank").enrol() is ExitCode.REFUSED
    bank = bench.node("Token Bank", submissionTokenSecret="submission-token")
    secrets = session.vault_secrets(bank.vault_url)
    await secrets.add("submission-token", SUBMISSION_TOKEN + "\n", content_type="text/plain", tags={})
    assert await bank.enrol() is ExitCode.READY


async def test_a_killed_pod_goes_on_waiting_for_the_same_request(
    bench: Bench, consortium: Consortium, session: AzureSession
) -> None:
    late = bench.node("Killed Bank")
    process = late.spawn()
    try:
        waiting = await late.wait_for(lambda status: status.get("phase") == "WaitingForAdmission")
        before = await late.held(session)
        process.send(signal.SIGKILL)
        process.wait_gone(10)
    finally:
        process.stop()
    submissions = consortium.submissions()
    again = late.second_pod()
    start = asyncio.create_task(again.enrol())
    resumed = await again.wait_for(lambda status: status.get("phase") == "WaitingForAdmission")
    assert resumed["requestIDs"] == waiting["requestIDs"]
    assert consortium.submissions() == submissions
    consortium.services.configure(members=[*MEMBERS, {"organisation": "Killed Bank"}])
    assert await start is ExitCode.READY
    after = await late.held(session)
    assert after["registration"].value == before["registration"].value


def test_sigterm_ends_a_waiting_pod_at_once(bench: Bench) -> None:
    late = bench.node("Terminated Bank")
    process = late.spawn()
    try:
        asyncio.run(_waiting(late))
        process.send(signal.SIGTERM)
        assert exit_code(process.pid) == ExitCode.TERMINATED
    finally:
        process.stop()
    assert "goes on from here" in late.log()


async def _waiting(late: Node) -> None:
    await late.wait_for(lambda status: status.get("phase") == "WaitingForAdmission")


def exit_code(pid: int) -> int:
    """Wait for a child of ours and return what it ended with."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
