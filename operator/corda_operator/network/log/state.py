"""What follows from the log: a consortium's state, as a fold over its blocks.

Every replica computes the same state from the same blocks. Entries are immutable and copies share them, so that a
block can be tried on a copy before it is written, and the copy dropped if it was not.
"""

import base64
import dataclasses
import datetime
from dataclasses import dataclass, field
from typing import Protocol, assert_never

from corda_operator.corda.certificates.certificate import Certificate
from corda_operator.corda.certificates.roles import Role
from corda_operator.network.log.blocks import BEGINNING, Block, Location
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
    TrustRootCreated,
    UpdateProposed,
    UpdateWithdrawn,
)


@dataclass(frozen=True, slots=True)
class Revocation:
    """When and why (RFC 5280 5.3.1) a certificate was revoked."""

    time: datetime.datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate that the identity manager issued."""

    serial_number: str
    certificate: Location
    revocation: Revocation | None = None
    service_key: bytes | None = None
    """The public key (SPKI, DER) of a notary's service, which network parameters name."""


@dataclass(frozen=True, slots=True)
class Registration:
    """A request for a certificate, and the certificate once it is issued."""

    request_id: str
    legal_name: str
    role: int
    key: str
    token_proof: str | None
    received: datetime.datetime
    request: Location
    issued: Issued | None = None
    identity: str | None = None
    """SHA-256 of the identity key that was first published under the certificate; the name is bound to it."""
    serial: int = 0
    """Of the newest node info that was published under the certificate, listed or not."""

    @property
    def bound(self) -> bool:
        """Whether its certificate binds the legal name to the key."""
        return self.issued is not None and self.issued.revocation is None


@dataclass(frozen=True, slots=True)
class Node:
    """A listed node."""

    hash: str
    legal_names: tuple[str, ...]
    keys: tuple[str, ...]
    certificates: tuple[str, ...]
    serial: int
    platform_version: int
    node_info: Location
    seen: datetime.datetime
    """When it published last, to within the interval at which that is recorded."""


@dataclass(frozen=True, slots=True)
class TrustRoot:
    """The consortium's certificates and the root's revocation lists, all DER, and the vault's keys."""

    root: bytes
    identity_manager: bytes
    network_map: bytes
    root_key: str
    identity_manager_key: str
    network_map_key: str
    root_revocation_list: bytes
    tls_revocation_list: bytes


@dataclass(frozen=True, slots=True)
class RevocationList:
    """The identity manager's current revocation list (DER)."""

    number: int
    next_update: datetime.datetime
    data: bytes


@dataclass(frozen=True, slots=True)
class Update:
    """A proposed change of the network parameters."""

    hash: str
    description: str
    deadline: datetime.datetime
    accepted: frozenset[str] = frozenset()
    """Legal names of the nodes that accepted it."""


@dataclass(frozen=True, slots=True)
class SignedMap:
    """The signature (DER) over the map with a hash, and how many nodes it lists."""

    hash: str
    nodes: int
    signature: bytes
    time: datetime.datetime


class Source(Protocol):
    """What a record's attachments are looked up in: a block, or one in the making."""

    def attachment(self, index: int) -> bytes:
        """Return an attachment's bytes."""

    def location(self, index: int) -> Location:
        """Return where an attachment lies."""


@dataclass
class State:
    """A consortium after a block."""

    sequence: int = 0
    block: str = BEGINNING
    generation: int = 0
    """Of the configuration that was acted on."""
    trust_root: TrustRoot | None = None
    registrations: dict[str, Registration] = field(default_factory=dict)
    """By request id."""
    certificates: dict[str, str] = field(default_factory=dict)
    """Request ids by the certificate's serial number."""
    names: dict[tuple[int, str], str] = field(default_factory=dict)
    """Request ids by role and legal name, of the certificate that binds the name."""
    nodes: dict[str, Node] = field(default_factory=dict)
    """By hash, in the order in which the map lists them."""
    pending: dict[str, None] = field(default_factory=dict)
    """Ids of the requests without a certificate, in the order of their arrival."""
    node_names: dict[str, str] = field(default_factory=dict)
    """Hashes by legal name."""
    parameters: dict[str, bytes] = field(default_factory=dict)
    """All signed parameters there ever were, by hash."""
    revisions: dict[str, int] = field(default_factory=dict)
    """Their revisions."""
    epoch: int = 0
    """The highest of all parameters."""
    parameters_hash: str | None = None
    """The parameters in force."""
    update: Update | None = None
    revocation_list: RevocationList | None = None
    unlisted_revocations: tuple[str, ...] = ()
    """Serial numbers that the revocation list still lacks."""
    signed_map: SignedMap | None = None

    def copy(self) -> "State":
        """Return a state that can be changed without changing this one."""
        state = dataclasses.replace(self)
        for name in (
            "registrations",
            "certificates",
            "names",
            "pending",
            "nodes",
            "node_names",
            "parameters",
            "revisions",
        ):
            setattr(state, name, dict(getattr(self, name)))
        return state

    def after(self, block: Block) -> "State":
        """Return the state after a block, which must be the next; raise ValueError if it isn't."""
        if (block.sequence, block.header.previous) != (self.sequence + 1, self.block):
            raise ValueError(
                f"block {block.hash} has number {block.sequence} and follows {block.header.previous}, "
                f"but this state is at number {self.sequence}, block {self.block}"
            )
        state = self.copy()
        for record in block.records:
            state.apply(record, block, block.header.time)
        state.sequence, state.block = block.sequence, block.hash
        return state

    def registration_of(self, serial_number: str) -> Registration | None:
        """Return the registration whose certificate has a serial number."""
        request_id = self.certificates.get(serial_number)
        return None if request_id is None else self.registrations[request_id]

    def not_accepted(self) -> set[str]:
        """Return the legal names of listed nodes that have not accepted the proposed parameters; none if none are."""
        if self.update is None:
            return set()
        return {node.legal_names[0] for node in self.nodes.values()} - self.update.accepted

    def bound(self, role: int, legal_name: str) -> Registration | None:
        """Return the registration that binds a legal name in a role."""
        request_id = self.names.get((role, legal_name))
        return None if request_id is None else self.registrations[request_id]

    def apply(self, record: Record, source: Source, time: datetime.datetime) -> None:
        """Change this state by one record."""
        match record:
            case TrustRootCreated():
                self.trust_root = TrustRoot(
                    root=source.attachment(record.root),
                    identity_manager=source.attachment(record.identity_manager),
                    network_map=source.attachment(record.network_map),
                    root_key=record.root_key,
                    identity_manager_key=record.identity_manager_key,
                    network_map_key=record.network_map_key,
                    root_revocation_list=source.attachment(record.root_revocation_list),
                    tls_revocation_list=source.attachment(record.tls_revocation_list),
                )
            case ConfigurationApplied():
                self.generation = record.generation
            case CertificateRequested():
                self.registrations[record.request_id] = Registration(
                    request_id=record.request_id,
                    legal_name=record.legal_name,
                    role=record.role,
                    key=record.key,
                    token_proof=record.token_proof,
                    received=time,
                    request=source.location(record.request),
                )
                self.pending[record.request_id] = None
            case CertificateIssued():
                registration = self.registrations[record.request_id]
                issued = Issued(
                    record.serial_number,
                    source.location(record.certificate),
                    service_key=(
                        Certificate.from_der(source.attachment(record.certificate)).spki
                        if registration.role == Role.SERVICE_IDENTITY
                        else None
                    ),
                )
                self.registrations[record.request_id] = dataclasses.replace(registration, issued=issued)
                self.certificates[record.serial_number] = record.request_id
                self.names[registration.role, registration.legal_name] = record.request_id
                self.pending.pop(record.request_id, None)
            case CertificateRevoked():
                self._revoke(record, time)
            case RevocationListSigned():
                data = source.attachment(record.revocation_list)
                self.revocation_list = RevocationList(record.number, record.next_update, data)
                self.unlisted_revocations = ()
            case NodeInfoPublished():
                self._list(record, source, time)
            case NodesSeen():
                for node_hash in record.hashes:
                    if node_hash in self.nodes:
                        self.nodes[node_hash] = dataclasses.replace(self.nodes[node_hash], seen=time)
            case NodeRemoved():
                self._drop(record.hash)
            case ParametersSigned():
                self.parameters[record.hash] = source.attachment(record.parameters)
                self.revisions[record.hash] = record.revision
                self.epoch = max(self.epoch, record.epoch)
            case UpdateProposed():
                self.update = Update(record.hash, record.description, record.deadline)
            case UpdateWithdrawn():
                self.update = None
            case ParametersAccepted():
                if self.update is not None and self.update.hash == record.hash:
                    accepted = self.update.accepted | {record.legal_name}
                    self.update = dataclasses.replace(self.update, accepted=accepted)
            case ParametersAdopted():
                self.parameters_hash = record.hash
                self.update = None
            case MapSigned():
                self.signed_map = SignedMap(record.hash, record.nodes, base64.b64decode(record.signature), time)
            case _:
                assert_never(record)

    def _revoke(self, record: CertificateRevoked, time: datetime.datetime) -> None:
        registration = self.registration_of(record.serial_number)
        if registration is None or registration.issued is None:
            raise ValueError(f"certificate {record.serial_number} is revoked but was never issued")
        issued = dataclasses.replace(registration.issued, revocation=Revocation(time, record.reason))
        self.registrations[registration.request_id] = dataclasses.replace(registration, issued=issued)
        self.unlisted_revocations += (record.serial_number,)
        if self.names.get((registration.role, registration.legal_name)) == registration.request_id:
            del self.names[registration.role, registration.legal_name]

    def _list(self, record: NodeInfoPublished, source: Source, time: datetime.datetime) -> None:
        for name in record.legal_names:
            if name in self.node_names:
                self._drop(self.node_names[name])
        self.nodes[record.hash] = Node(
            hash=record.hash,
            legal_names=record.legal_names,
            keys=record.keys,
            certificates=record.certificates,
            serial=record.serial,
            platform_version=record.platform_version,
            node_info=source.location(record.node_info),
            seen=time,
        )
        for name, serial_number, key in zip(record.legal_names, record.certificates, record.keys, strict=True):
            self.node_names[name] = record.hash
            registration = self.registration_of(serial_number)
            if registration is not None:
                self.registrations[registration.request_id] = dataclasses.replace(
                    registration, identity=registration.identity or key, serial=record.serial
                )

    def _drop(self, node_hash: str) -> None:
        node = self.nodes.pop(node_hash)
        for name in node.legal_names:
            self.node_names.pop(name, None)
