"""Who may join: what becomes of a certificate request and of a published node, by configuration and state. No I/O.

Nothing that was decided here is remembered. Whatever the members list says now holds for every request that waits and
for every node that is listed.
"""

import functools
import hmac
from dataclasses import dataclass
from enum import Enum
from typing import Final, assert_never

from corda_operator.corda.certificates.roles import Role
from corda_operator.corda.hashes import SecureHash
from corda_operator.corda.names import LegalName
from corda_operator.network.configuration import Configuration, Member
from corda_operator.network.log.state import Node, Registration, State

BOUND_TO_ANOTHER_KEY: Final = "is bound to another key already"
"""In the reason of a denial, by which a node's own operator tells this one from others."""


class Verdict(Enum):
    """What becomes of a request."""

    ADMITTED = "admitted"
    WAITS = "waits"
    DENIED = "denied"


@dataclass(frozen=True)
class Decision:
    """A verdict with its reason, which whoever registers reads."""

    verdict: Verdict
    reason: str


def member_of(configuration: Configuration, name: LegalName) -> Member | None:
    """Return the member whose organisation a legal name has; to declare a notary is to admit its service's name."""
    member = configuration.members_by_organisation.get(name.organisation)
    if member is not None:
        return member
    if _is_service(configuration, name):
        return Member(organisation=name.organisation)
    return None


def token_hash(token: str) -> str:
    """Return what the configuration has of a submission token."""
    return str(SecureHash.of(token.encode()))


def token_proof(request_id: str, token_sha256: str) -> str:
    """Return what the log has of the token that came with a request.

    Everybody may read the log, so it shows neither the token nor that two requests brought the same; but since it
    lets a guess be checked, tokens have to be random.
    """
    return str(SecureHash.of(f"{request_id} {token_sha256}".encode()))


def proves(member: Member, request_id: str, proof: str | None) -> bool:
    """Tell whether the token that came with a request is the member's."""
    expected = member.submission_token_sha256
    if expected is None or proof is None:
        return False
    return hmac.compare_digest(token_proof(request_id, expected), proof)


def decide(configuration: Configuration, state: State, registration: Registration) -> Decision:
    """Decide on a request that has no certificate yet, or whose certificate was revoked."""
    if registration.issued is not None and registration.issued.revocation is not None:
        return Decision(Verdict.DENIED, "The certificate was revoked; register with another key.")
    name = _parsed(registration.legal_name)
    if any(each.legal_name == name for each in configuration.revocations):
        return Decision(Verdict.DENIED, f"The consortium revoked the legal name {name}.")
    bound = state.bound(registration.role, registration.legal_name)
    if bound is not None and bound.key != registration.key:
        return Decision(
            Verdict.DENIED,
            f"The legal name {name} {BOUND_TO_ANOTHER_KEY}. If that key is lost, the consortium has to revoke "
            f"certificate {bound.issued.serial_number if bound.issued else ''} first.",
        )
    decision = _by_role(configuration, registration, name)
    if decision.verdict is Verdict.ADMITTED:
        return _unless_ambiguous(configuration, state, registration, name) or decision
    return decision


def _by_role(configuration: Configuration, registration: Registration, name: LegalName) -> Decision:
    match Role(registration.role):
        case Role.SERVICE_IDENTITY:
            if not _is_service(configuration, name):
                return Decision(Verdict.WAITS, f"The consortium has not declared a notary {name}.")
        case Role.NODE_CA:
            if _is_service(configuration, name):
                return Decision(Verdict.DENIED, f"{name} is the name of a notary's service, so no node may have it.")
        case _:
            return Decision(Verdict.DENIED, "Only nodes and notary services are certified.")
    return _by_member(configuration, registration, name)


def _by_member(configuration: Configuration, registration: Registration, name: LegalName) -> Decision:
    member = member_of(configuration, name)
    if member is None:
        return Decision(Verdict.WAITS, f"The consortium has not admitted the organisation {name.organisation} yet.")
    match member.admission:
        case "Denied":
            return Decision(Verdict.DENIED, f"The consortium denied the organisation {name.organisation}.")
        case "Admitted":
            pass
        case _:
            assert_never(member.admission)
    if not _names(configuration, member, name):
        return Decision(Verdict.WAITS, f"The consortium has not admitted the legal name {name} of its organisation.")
    if member.submission_token_sha256 is not None and not proves(
        member, registration.request_id, registration.token_proof
    ):
        return Decision(
            Verdict.DENIED,
            f"{name.organisation} registers with a submission token (node.conf: networkServices.csrToken), which this "
            "request did not bring, or not the right one. Register again with it.",
        )
    return Decision(Verdict.ADMITTED, f"The organisation {name.organisation} is a member.")


def _unless_ambiguous(
    configuration: Configuration, state: State, registration: Registration, name: LegalName
) -> Decision | None:
    rivals = [
        other
        for other in map(state.registrations.__getitem__, state.pending)
        if (other.legal_name, other.role) == (registration.legal_name, registration.role)
        and other.key != registration.key
        and _by_role(configuration, other, name).verdict is Verdict.ADMITTED
    ]
    if not rivals or registration.issued is not None:
        return None
    return Decision(
        Verdict.WAITS,
        f"Requests with {len(rivals) + 1} different keys wait for the legal name {name}, so that the right one can't "
        "be told. Give the member a submission token, and register with it.",
    )


def waiting(configuration: Configuration, state: State, member: Member | None) -> int:
    """Return how many requests have no certificate yet: of a member's organisation, or of all that are no member's."""
    organisations = [_parsed(state.registrations[each].legal_name).organisation for each in state.pending]
    if member is not None:
        return organisations.count(member.organisation)
    members = {each.organisation for each in configuration.members}
    return sum(each not in members for each in organisations)


def refusal(configuration: Configuration, registration: Registration) -> str | None:
    """Return why nothing with a registration's certificate may be listed, or None if it may."""
    if not registration.bound:
        return f"the certificate of {registration.legal_name} is revoked"
    name = _parsed(registration.legal_name)
    if registration.role == Role.SERVICE_IDENTITY and not _is_service(configuration, name):
        return f"the consortium does not declare a notary {name}"
    member = member_of(configuration, name)
    if member is None or member.admission == "Denied":
        return f"the organisation {name.organisation} is not a member"
    if not _names(configuration, member, name):
        return f"the consortium does not admit the legal name {name}"
    return None


def removal(configuration: Configuration, state: State, node: Node) -> str | None:
    """Return why a node must not be listed any more, or None if it may."""
    for serial_number in node.certificates:
        registration = state.registration_of(serial_number)
        if registration is None:
            return f"certificate {serial_number} was never issued"
        reason = refusal(configuration, registration)
        if reason is not None:
            return reason
    return None


def _names(configuration: Configuration, member: Member, name: LegalName) -> bool:
    return member.legal_names is None or name in member.legal_names or _is_service(configuration, name)


def _is_service(configuration: Configuration, name: LegalName) -> bool:
    return any(notary.service_legal_name == name for notary in configuration.notaries)


@functools.lru_cache(maxsize=1 << 14)
def _parsed(legal_name: str) -> LegalName:
    return LegalName.parse(legal_name)
