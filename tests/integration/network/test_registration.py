"""Registration over HTTP, as nodes do it: one process or two, and an administrator who edits the file."""

import hashlib

from corda_operator.corda.certificates.roles import Role
from corda_operator.corda.names import LegalName
from tests.integration.network.replicas import Deployment
from tests.unit.network.consortium import BANK_A, STRANGER, Member

TOKEN = "the submission token of Bank A"


async def test_a_stranger_is_told_to_ask_again_until_the_file_admits_it(deployment: Deployment) -> None:
    replica = await deployment.started()
    member = Member(STRANGER)
    request_id = await replica.submit(member)

    answer = await replica.request("GET", f"/certificate/{request_id}")
    assert (answer.status, answer.headers["Cache-Control"]) == (204, "max-age=7")

    replica.configure(members=[{"organisation": "Stranger"}])
    await replica.fetch(member, request_id)

    answer = await replica.request("GET", f"/certificate/{request_id}")
    assert answer.headers["Content-Type"] == "application/zip"
    assert [each.role for each in member.chain] == [Role.NODE_CA, Role.DOORMAN_CA, None]
    assert member.chain[0].legal_name == STRANGER


async def test_a_denied_node_reads_the_reason(deployment: Deployment) -> None:
    replica = await deployment.started(members=[{"organisation": "Bank A", "admission": "Denied"}])
    request_id = await replica.submit(Member(BANK_A))

    answer = await replica.request("GET", f"/certificate/{request_id}")

    assert answer.status == 401
    assert answer.text == "The consortium denied the organisation Bank A."
    assert answer.headers["Cache-Control"] == "no-store"


async def test_a_request_is_the_same_on_the_other_replica_and_after_a_restart(deployment: Deployment) -> None:
    one = await deployment.started(members=[])
    other = await deployment.started("other", members=[])
    member = Member(BANK_A)
    request_id = await one.submit(member)

    assert (await other.request("GET", f"/certificate/{request_id}")).status == 204
    assert await other.submit(member) == request_id
    one.stop()
    await one.start()
    assert (await one.request("GET", f"/certificate/{request_id}")).status == 204
    assert await one.submit(member) == request_id
    assert (await one.request("GET", "/log/head")).body == (await other.request("GET", "/log/head")).body


async def test_the_submission_token_admits_and_is_written_nowhere(deployment: Deployment) -> None:
    token_hash = hashlib.sha256(TOKEN.encode()).hexdigest()
    replica = await deployment.started(members=[{"organisation": "Bank A", "submissionTokenSHA256": token_hash}])
    without, member = Member(BANK_A), Member(BANK_A)

    denied = await replica.submit(without, "another token")
    await replica.fetch(member, await replica.submit(member, TOKEN))

    answer = await replica.request("GET", f"/certificate/{denied}")
    assert answer.status == 401
    assert TOKEN not in replica.log
    assert "another token" not in replica.log
    assert deployment.workload.token_file.read_text() not in replica.log
    assert str(BANK_A) in replica.log


async def test_what_is_no_request_or_has_no_name_for_corda_is_refused_with_the_reason(deployment: Deployment) -> None:
    replica = await deployment.started()

    nonsense = await replica.request("POST", "/certificate", b"\0" * 500)
    name = await replica.request("POST", "/certificate", Member(LegalName.parse("O=Bank=A, L=London, C=GB")).request())
    unknown = [await replica.request("GET", f"/certificate/{each}") for each in ("0" * 40, "..", "a/b", "")]

    assert nonsense.status == name.status == 400
    assert "is refused" in name.text
    assert [each.status for each in unknown] == [404] * 4
    assert all(each.headers["Cache-Control"] == "no-store" for each in (nonsense, name, *unknown))
