"""Who may join, as a table: configuration and request on the left, verdict on the right."""

from typing import Any

import pytest

from corda_operator.network import admission
from corda_operator.network.admission import Verdict
from corda_operator.network.log.state import State
from tests.unit.network.consortium import configuration
from tests.unit.network.consortium_log import hash_of
from tests.unit.network.test_state import after, issued, published, requested

NAME = "O=Bank A, L=London, C=GB"
SERVICE = "O=Notary Service, L=London, C=GB"
TOKEN_HASH = hash_of("token")


def member(**fields: Any) -> dict[str, Any]:
    return {"members": [{"organisation": "Bank A", **fields}]}


def waiting(role: int = 4, name: str = NAME, token: str | None = None) -> State:
    proof = None if token is None else admission.token_proof("R1", hash_of(token))
    request = requested(name=name).model_copy(update={"role": role, "token_proof": proof})
    return after(State(), request)


@pytest.mark.parametrize(
    ("sections", "state", "expected"),
    [
        (member(), waiting(), Verdict.ADMITTED),
        ({"members": []}, waiting(), Verdict.WAITS),
        (member(admission="Denied"), waiting(), Verdict.DENIED),
        (member(organisation="Bank"), waiting(), Verdict.WAITS),
        (member(organisation="bank a"), waiting(), Verdict.WAITS),
        (member(legalNames=[NAME]), waiting(), Verdict.ADMITTED),
        (member(legalNames=["C=GB, L=London, O=Bank A"]), waiting(), Verdict.ADMITTED),
        (member(legalNames=["O=Bank A, L=Leeds, C=GB"]), waiting(), Verdict.WAITS),
        (member(legalNames=[]), waiting(), Verdict.WAITS),
        (member(submissionTokenSHA256=TOKEN_HASH), waiting(), Verdict.DENIED),
        (member(submissionTokenSHA256=TOKEN_HASH), waiting(token="token"), Verdict.ADMITTED),
        (member(submissionTokenSHA256=TOKEN_HASH), waiting(token="another"), Verdict.DENIED),
        ({**member(), "revocations": [{"legalName": NAME}]}, waiting(), Verdict.DENIED),
        ({**member(), "revocations": [{"legalName": SERVICE}]}, waiting(), Verdict.ADMITTED),
        ({**member(), "revocations": [{"serialNumber": "7"}]}, waiting(), Verdict.ADMITTED),
        (member(), waiting(role=3), Verdict.WAITS),
        ({"notaries": [{"serviceLegalName": SERVICE}]}, waiting(role=3, name=SERVICE), Verdict.ADMITTED),
        ({"notaries": [{"serviceLegalName": SERVICE}]}, waiting(role=4, name=SERVICE), Verdict.DENIED),
        (
            {
                "notaries": [{"serviceLegalName": SERVICE}],
                "members": [{"organisation": "Notary Service", "admission": "Denied"}],
            },
            waiting(role=3, name=SERVICE),
            Verdict.DENIED,
        ),
    ],
)
def test_requests_are_decided_by_the_members_list(sections: dict[str, Any], state: State, expected: Verdict) -> None:
    decision = admission.decide(configuration(**sections), state, state.registrations["R1"])

    assert decision.verdict is expected, decision.reason
    assert decision.reason.endswith(".")


def test_two_keys_for_one_name_wait_until_one_is_gone() -> None:
    state = after(State(), requested("R1", key="one"), requested("R2", key="two"))
    for request_id in ("R1", "R2"):
        decision = admission.decide(configuration(), state, state.registrations[request_id])
        assert decision.verdict is Verdict.WAITS
        assert "2 different keys" in decision.reason

    bound = after(state, issued("R1"))
    assert admission.decide(configuration(), bound, bound.registrations["R2"]).verdict is Verdict.DENIED


@pytest.mark.parametrize("token", [None, "", "Token", "token ", TOKEN_HASH])
def test_only_the_token_itself_proves_a_member(token: str | None) -> None:
    with_token = configuration(**member(submissionTokenSHA256=TOKEN_HASH)).members[0]
    proof = None if token is None else admission.token_proof("R1", admission.token_hash(token))
    right = admission.token_proof("R1", admission.token_hash("token"))
    assert not admission.proves(with_token, "R1", proof)
    assert admission.proves(with_token, "R1", right)
    assert not admission.proves(with_token, "R2", right)
    assert not admission.proves(configuration().members[0], "R1", right)


@pytest.mark.parametrize(
    ("sections", "reason"),
    [
        (member(), None),
        (member(submissionTokenSHA256=TOKEN_HASH), None),
        (member(legalNames=[NAME]), None),
        ({"members": []}, "is not a member"),
        (member(admission="Denied"), "is not a member"),
        (member(legalNames=["O=Bank A, L=Leeds, C=GB"]), "does not admit the legal name"),
    ],
)
def test_a_listed_node_stays_only_as_long_as_the_consortium_wants_it(
    sections: dict[str, Any], reason: str | None
) -> None:
    state = after(State(), requested(), issued(), published())
    node = next(iter(state.nodes.values()))

    found = admission.removal(configuration(**sections), state, node)

    assert found is None if reason is None else reason in str(found)
