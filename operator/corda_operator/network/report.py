"""What a replica tells the operator about the network: the admin port's ``/status``. No I/O.

A replica and the operator may be of different versions, so what one of them does not know is passed over or has a
default. The size is bounded: what there may be any number of is cut off and counted.
"""

import base64
import hashlib
import itertools
import textwrap
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from pydantic import AwareDatetime

from corda_operator.api.parts import Reported
from corda_operator.corda.certificates.roles import Role
from corda_operator.corda.network_parameters import NetworkParameters
from corda_operator.network import admission, plan
from corda_operator.network.configuration import Configuration
from corda_operator.network.listing import in_force, proposed
from corda_operator.network.log.state import Node, Registration, State

MOST_PENDING = 100
MOST_LISTED = 1000
"""Of nodes, of certificates, and of names in a proposed update."""


class TrustRootReport(Reported):
    """The network's root certificate."""

    pem: str
    sha256: str
    """Of its DER, upper-case hexadecimal."""


class NotaryReport(Reported):
    """A notary that parameters name."""

    service_legal_name: str
    validating: bool


class ParametersReport(Reported):
    """Signed network parameters; sizes in bytes."""

    epoch: int
    hash: str
    notaries: tuple[NotaryReport, ...] = ()
    minimum_platform_version: int
    max_message_size: int
    max_transaction_size: int
    event_horizon_seconds: int
    modified: AwareDatetime


class UpdateReport(Reported):
    """Parameters that nodes are asked to accept."""

    parameters: ParametersReport
    description: str
    deadline: AwareDatetime
    accepted_by: tuple[str, ...] = ()
    """Legal names of nodes, sorted."""
    waiting_for: tuple[str, ...] = ()
    """Legal names of listed nodes that have not accepted, sorted."""


class PendingReport(Reported):
    """A request for a certificate that has none."""

    request_id: str
    legal_name: str
    role: str
    """``NodeCA`` or ``NotaryService``."""
    key_sha256: str
    """SHA-256 of the public key (SubjectPublicKeyInfo)."""
    received: AwareDatetime
    verdict: str
    """``admitted`` (about to be signed), ``waits`` or ``denied``."""
    reason: str


class CertificateReport(Reported):
    """A certificate that the identity manager issued."""

    legal_name: str
    role: str
    serial_number: str
    """Decimal."""
    requested: AwareDatetime
    revoked: AwareDatetime | None = None
    revocation_reason: str | None = None
    """RFC 5280 5.3.1."""


class NodeReport(Reported):
    """A node that the network map lists."""

    legal_names: tuple[str, ...]
    hash: str
    """Of its node info."""
    platform_version: int
    serial: int
    """Milliseconds since 1970, by the node's clock."""
    seen: AwareDatetime
    """When it published last, to within the interval at which that is recorded."""


class StatusReport(Reported):
    """What one replica knows."""

    trust_root: TrustRootReport | None = None
    sequence: int = 0
    """Number of the log's last block."""
    generation: int = 0
    """Of the configuration that the network acts on."""
    replica_generation: int = 0
    """Of the configuration that this replica has."""
    configuration_error: str | None = None
    """Why the replica keeps an older configuration than its file has."""
    parameters: ParametersReport | None = None
    """In force."""
    update: UpdateReport | None = None
    missing_notaries: tuple[str, ...] = ()
    """Declared, and not registered yet."""
    map_hash: str | None = None
    """Of the signed network map; None as long as there is none to be served."""
    pending_count: int = 0
    pending_requests: tuple[PendingReport, ...] = ()
    """Oldest first."""
    certificate_count: int = 0
    certificates: tuple[CertificateReport, ...] = ()
    """Newest first."""
    node_count: int = 0
    nodes: tuple[NodeReport, ...] = ()
    """In the order of the network map."""
    reachable_count: int | None = None
    """Listed nodes that take connections; None as long as that is known of none."""
    transactions_per_minute: float | None = None
    """As the network's notaries commit them; None if it is not known."""


@dataclass(frozen=True)
class Seen:
    """What a replica has found out beside what the log says."""

    reachable: int | None = None
    transactions_per_minute: float | None = None


def report(
    state: State,
    configuration: Configuration,
    *,
    names: Collection[str] | None = None,
    configuration_error: str | None = None,
    seen: Seen = Seen(),
) -> StatusReport:
    """Return what there is to tell of a state; of nodes and certificates only those of ``names``, if given.

    Names are as Corda writes them.
    """
    parameters, to_come = in_force(state), proposed(state)
    nodes = [node for node in state.nodes.values() if names is None or not set(node.legal_names).isdisjoint(names)]
    issued = [
        each
        for each in state.registrations.values()
        if each.issued is not None and (names is None or each.legal_name in names)
    ]
    return StatusReport(
        trust_root=None if state.trust_root is None else _trust_root(state.trust_root.root),
        sequence=state.sequence,
        generation=state.generation,
        replica_generation=configuration.generation,
        configuration_error=configuration_error,
        parameters=None if parameters is None else _parameters(parameters, state.parameters_hash or ""),
        update=None if to_come is None else _update(to_come, state),
        missing_notaries=tuple(map(str, plan.missing_notaries(configuration, state))),
        map_hash=None if state.signed_map is None else state.signed_map.hash,
        pending_count=len(state.pending),
        pending_requests=tuple(
            _pending(configuration, state, state.registrations[request_id])
            for request_id in itertools.islice(state.pending, MOST_PENDING)
        ),
        certificate_count=len(state.certificates),
        certificates=tuple(map(_certificate, reversed(issued[-MOST_LISTED:]))),
        node_count=len(state.nodes),
        nodes=tuple(map(_node, nodes[:MOST_LISTED])),
        reachable_count=seen.reachable,
        transactions_per_minute=seen.transactions_per_minute,
    )


def _trust_root(der: bytes) -> TrustRootReport:
    lines = "\n".join(textwrap.wrap(base64.b64encode(der).decode(), 64))
    pem = f"-----BEGIN CERTIFICATE-----\n{lines}\n-----END CERTIFICATE-----\n"
    return TrustRootReport(pem=pem, sha256=hashlib.sha256(der).hexdigest().upper())


def _parameters(parameters: NetworkParameters, parameters_hash: str) -> ParametersReport:
    return ParametersReport(
        epoch=parameters.epoch,
        hash=parameters_hash,
        notaries=tuple(
            NotaryReport(service_legal_name=str(notary.name), validating=notary.validating)
            for notary in parameters.notaries
        ),
        minimum_platform_version=parameters.minimum_platform_version,
        max_message_size=parameters.max_message_size,
        max_transaction_size=parameters.max_transaction_size,
        event_horizon_seconds=int(parameters.event_horizon.total_seconds()),
        modified=parameters.modified_time,
    )


def _update(parameters: NetworkParameters, state: State) -> UpdateReport:
    update = state.update
    if update is None:
        raise ValueError("there are proposed parameters, but no update")
    return UpdateReport(
        parameters=_parameters(parameters, update.hash),
        description=update.description,
        deadline=update.deadline,
        accepted_by=_some(update.accepted),
        waiting_for=_some(state.not_accepted()),
    )


def _some(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(names)[:MOST_LISTED])


def _pending(configuration: Configuration, state: State, registration: Registration) -> PendingReport:
    decision = admission.decide(configuration, state, registration)
    return PendingReport(
        request_id=registration.request_id,
        legal_name=registration.legal_name,
        role=role_name(registration.role),
        key_sha256=registration.key,
        received=registration.received,
        verdict=decision.verdict.value,
        reason=decision.reason,
    )


def _certificate(registration: Registration) -> CertificateReport:
    issued = registration.issued
    if issued is None:
        raise ValueError(f"request {registration.request_id} has no certificate")
    revocation = issued.revocation
    return CertificateReport(
        legal_name=registration.legal_name,
        role=role_name(registration.role),
        serial_number=issued.serial_number,
        requested=registration.received,
        revoked=None if revocation is None else revocation.time,
        revocation_reason=None if revocation is None else revocation.reason,
    )


def _node(node: Node) -> NodeReport:
    return NodeReport(
        legal_names=node.legal_names,
        hash=node.hash,
        platform_version=node.platform_version,
        serial=node.serial,
        seen=node.seen,
    )


def role_name(role: int) -> str:
    """Return what users know a role as."""
    return {Role.NODE_CA: "NodeCA", Role.SERVICE_IDENTITY: "NotaryService"}.get(Role(role), Role(role).name)
