"""What there is to be done, from configuration, state and time. No I/O.

Level-based: nothing here depends on what happened, only on how things stand and how they should. Each task, once done,
is no task any more; whoever does it decides anew whether it still is one.
"""

import datetime
from dataclasses import dataclass

from cryptography.hazmat.primitives.serialization import load_pem_public_key

from corda_operator.corda.certificates.roles import Role
from corda_operator.corda.certificates.signatures import spki_of, supported
from corda_operator.corda.hashes import SecureHash
from corda_operator.corda.names import LegalName
from corda_operator.corda.network_parameters import NetworkParameters, NotaryInfo
from corda_operator.network import admission
from corda_operator.network.configuration import Configuration
from corda_operator.network.listing import in_force, proposed
from corda_operator.network.log.state import Node, State

REVOCATION_LIST_LIFETIME = datetime.timedelta(days=7)
REVOCATION_LIST_RENEWAL = datetime.timedelta(days=6)
"""How long before its end a revocation list is signed anew."""


@dataclass(frozen=True)
class IssueCertificate:
    """Sign the certificate of a request that is admitted."""

    request_id: str


@dataclass(frozen=True)
class RevokeCertificate:
    """Revoke a certificate that the configuration revokes."""

    serial_number: str
    reason: str


@dataclass(frozen=True)
class SignRevocationList:
    """Sign the identity manager's revocation list: there's none, it's old, or it lacks a certificate."""


@dataclass(frozen=True)
class RemoveNode:
    """Take a node out of the map."""

    hash: str
    reason: str


@dataclass(frozen=True)
class ProposeParameters:
    """Sign parameters and propose them, or put them in force if they are the first."""

    parameters: NetworkParameters
    revision: int


@dataclass(frozen=True)
class WithdrawUpdate:
    """Take back a proposed update that nobody wants any more."""

    hash: str


@dataclass(frozen=True)
class AdoptParameters:
    """Have flag day."""

    hash: str


Task = (
    IssueCertificate
    | RevokeCertificate
    | SignRevocationList
    | RemoveNode
    | ProposeParameters
    | WithdrawUpdate
    | AdoptParameters
)


def tasks(configuration: Configuration, state: State, now: datetime.datetime) -> list[Task]:
    """Return all that is to be done but for the network parameters, in an order in which it can be."""
    if _is_for_others(configuration, state):
        return []
    return [
        *_revocations(configuration, state),
        *_revocation_list(state, now),
        *_issues(configuration, state),
        *_removals(configuration, state, now),
    ]


def _is_for_others(configuration: Configuration, state: State) -> bool:
    return state.trust_root is None or configuration.generation < state.generation


def _issues(configuration: Configuration, state: State) -> list[Task]:
    waiting = [state.registrations[request_id] for request_id in state.pending]
    return [
        IssueCertificate(registration.request_id)
        for registration in waiting
        if admission.decide(configuration, state, registration).verdict is admission.Verdict.ADMITTED
    ]


def _revocations(configuration: Configuration, state: State) -> list[Task]:
    due: list[Task] = []
    for revocation in configuration.revocations:
        if revocation.serial_number is not None:
            found = state.registration_of(revocation.serial_number)
            registrations = [found] if found is not None else []
        else:
            names = [(int(role), str(revocation.legal_name)) for role in (Role.NODE_CA, Role.SERVICE_IDENTITY)]
            registrations = [each for role, name in names if (each := state.bound(role, name)) is not None]
        due += [
            RevokeCertificate(registration.issued.serial_number, revocation.reason.value)
            for registration in registrations
            if registration.issued is not None and registration.issued.revocation is None
        ]
    return due


def _revocation_list(state: State, now: datetime.datetime) -> list[Task]:
    current = state.revocation_list
    if current is None or current.next_update - now < REVOCATION_LIST_RENEWAL or state.unlisted_revocations:
        return [SignRevocationList()]
    return []


def _removals(configuration: Configuration, state: State, now: datetime.datetime) -> list[Task]:
    reasons = ((node.hash, removal(configuration, state, node, now)) for node in state.nodes.values())
    return [RemoveNode(node_hash, reason) for node_hash, reason in reasons if reason is not None]


def removal(configuration: Configuration, state: State, node: Node, now: datetime.datetime) -> str | None:
    """Return why a node must not be listed, or None if it may."""
    if node.seen < now - configuration.network_parameters.event_horizon:
        return f"it last published on {node.seen:%Y-%m-%d}, before the event horizon"
    for withdrawal in configuration.withdrawals:
        if str(withdrawal.legal_name) in node.legal_names and node.seen < withdrawal.before:
            return f"it was withdrawn at {withdrawal.before:%FT%TZ}"
    return admission.removal(configuration, state, node)


def missing_notaries(configuration: Configuration, state: State) -> list[LegalName]:
    """Return the declared notaries whose service has no certificate yet, so that no parameters can name them."""
    return [
        notary.service_legal_name
        for notary in configuration.notaries
        if _service_key(state, str(notary.service_legal_name)) is None
    ]


def desired_parameters(configuration: Configuration, state: State, now: datetime.datetime) -> NetworkParameters:
    """Return the parameters that the configuration asks for, as the next epoch; notaries as far as they registered."""
    wish = configuration.network_parameters
    notaries = [(notary, _service_key(state, str(notary.service_legal_name))) for notary in configuration.notaries]
    return NetworkParameters(
        minimum_platform_version=wish.minimum_platform_version,
        notaries=tuple(
            NotaryInfo(notary.service_legal_name, key, validating=notary.validating)
            for notary, key in notaries
            if key is not None
        ),
        max_message_size=wish.max_message_size,
        max_transaction_size=wish.max_transaction_size,
        modified_time=now,
        epoch=state.epoch + 1,
        whitelisted_contract_implementations={
            contract: tuple(SecureHash.parse(each) for each in jars)
            for contract, jars in wish.whitelisted_contract_implementations.items()
        },
        event_horizon=wish.event_horizon,
        package_ownership={
            package: spki_of(supported(load_pem_public_key(pem.encode())))
            for package, pem in wish.package_ownership.items()
        },
    )


def _service_key(state: State, name: str) -> bytes | None:
    registration = state.bound(Role.SERVICE_IDENTITY, name)
    return None if registration is None or registration.issued is None else registration.issued.service_key


def parameters_tasks(configuration: Configuration, state: State, now: datetime.datetime) -> list[Task]:
    """Return what is to be done about the network parameters; raise InvalidParameters if there can't be such."""
    if _is_for_others(configuration, state):
        return []
    current = in_force(state)
    if current is None and missing_notaries(configuration, state):
        return []
    desired = desired_parameters(configuration, state, now)
    proposal = ProposeParameters(desired, configuration.network_parameters.revision)
    if current is None:
        return [proposal]
    if not _differs(proposal, current, state.revisions[state.parameters_hash or ""]):
        return [] if state.update is None else [WithdrawUpdate(state.update.hash)]
    update = proposed(state)
    if state.update is None or update is None or _differs(proposal, update, state.revisions[state.update.hash]):
        return [proposal]
    if now >= state.update.deadline or (configuration.parameters_update.adopt_when_all_accepted and accepted(state)):
        return [AdoptParameters(state.update.hash)]
    return []


def accepted(state: State) -> bool:
    """Tell whether every listed node has accepted the proposed update."""
    return state.update is not None and not state.not_accepted()


def _differs(proposal: ProposeParameters, parameters: NetworkParameters, revision: int) -> bool:
    changes = parameters.changes_to(proposal.parameters) - _ALWAYS_CHANGES
    return bool(changes) or proposal.revision != revision


_ALWAYS_CHANGES = frozenset({"epoch", "modifiedTime"})


def next_deadline(configuration: Configuration, state: State, now: datetime.datetime) -> datetime.datetime:
    """Return when time alone will make something due, at the latest in a minute."""
    moments = [now + datetime.timedelta(minutes=1)]
    if state.update is not None and configuration.generation >= state.generation:
        moments.append(state.update.deadline)
    return min(moments)
