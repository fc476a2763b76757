"""An audit of the log, by whoever doesn't trust the founder: every block, every signature, nothing left out. No I/O.

The log shows what the founder did: certificates it issued, in whose name and for which key; what it revoked; every map
that it signed. An audit proves that all of it fits together and that the log still contains what was seen before. What
it can't prove is that the founder's keys signed nothing beside the log; but whatever such a certificate is used for
shows, since it isn't in the log.
"""

import dataclasses
import datetime
from dataclasses import dataclass, field

from corda_operator.corda.certificates.certificate import Certificate
from corda_operator.corda.certificates.chains import verify_chain
from corda_operator.corda.certificates.errors import CertificateError, NodeInfoRejected
from corda_operator.corda.certificates.requests import CertificateRequest
from corda_operator.corda.certificates.revocation_lists import RevocationList
from corda_operator.corda.certificates.roles import Role
from corda_operator.corda.certificates.signatures import load_public_key, verify_signature
from corda_operator.corda.certificates.signed_data import verify_signed_with_certificate
from corda_operator.corda.certificates.verification import NodeInfoVerifier
from corda_operator.corda.hashes import SecureHash
from corda_operator.corda.network_parameters import NetworkParameters
from corda_operator.corda.node_info import SignedNodeInfo
from corda_operator.corda.signed import ParametersAcknowledgement, SignedDataWithCert
from corda_operator.network.listing import network_map
from corda_operator.network.log.blocks import Block
from corda_operator.network.log.head import Head
from corda_operator.network.log.records import (
    CertificateIssued,
    CertificateRequested,
    CertificateRevoked,
    MapSigned,
    NodeInfoPublished,
    ParametersAccepted,
    ParametersAdopted,
    ParametersSigned,
    Record,
    RevocationListSigned,
    TrustRootCreated,
    UpdateProposed,
)
from corda_operator.network.log.state import State


class AuditError(Exception):
    """The log doesn't hold what it should; the message says where and why."""


@dataclass(frozen=True)
class IssuedCertificate:
    """A certificate that the identity manager issued, for a member to look through."""

    serial_number: str
    legal_name: str
    role: str
    key: str
    """SHA-256 of the public key (DER SubjectPublicKeyInfo)."""
    issued: datetime.datetime
    block: int
    revoked: datetime.datetime | None = None


@dataclass
class Audit:
    """An audit in progress: feed it every block from the first to the last, then `conclude`."""

    trust_root: Certificate
    state: State = field(default_factory=State)
    certificates: dict[str, IssuedCertificate] = field(default_factory=dict)
    """By serial number, in the order of their issue."""
    maps: int = 0
    """How many signed maps there were."""

    def __post_init__(self) -> None:
        self._verifier = NodeInfoVerifier(self.trust_root)
        self._identity_manager: Certificate | None = None
        self._network_map: Certificate | None = None

    def add(self, block: Block) -> None:
        """Verify a block, which must follow the one before; raise AuditError."""
        try:
            before, self.state = self.state, self.state.after(block)
            for record in block.records:
                self._record(record, block, before)
        except (ValueError, KeyError, IndexError, CertificateError) as error:
            raise AuditError(f"block {block.sequence} ({block.hash}): {error}") from error

    def conclude(self, head: Head, served_map: bytes | None) -> None:
        """Verify that the head is the end of the log and that the map that is served is the log's."""
        if (head.sequence, head.block) != (self.state.sequence, self.state.block):
            raise AuditError(f"the head names block {head.sequence}, but the log ends with {self.state.sequence}")
        self.verify_head(head)
        if served_map is None:
            return
        signed = SignedDataWithCert.decode(served_map)
        if self.state.signed_map is None or str(signed.hash) != self.state.signed_map.hash:
            raise AuditError(f"the network map that is served ({signed.hash}) is not the one that the log ends with")

    def verify_head(self, head: Head) -> None:
        """Verify a head's signature; the first block must have been added."""
        try:
            verify_signature(self._signer.public_key, head.signature_bytes, head.statement)
        except CertificateError as error:
            raise AuditError(f"the head of block {head.sequence} isn't signed by the network map: {error}") from error

    @property
    def _signer(self) -> Certificate:
        if self._network_map is None:
            raise AuditError("the log doesn't begin with a trust root")
        return self._network_map

    @property
    def _issuer(self) -> Certificate:
        if self._identity_manager is None:
            raise AuditError("the log doesn't begin with a trust root")
        return self._identity_manager

    def _record(self, record: Record, block: Block, before: State) -> None:
        time = block.header.time
        match record:
            case TrustRootCreated():
                self._trust_root_created(record, block)
            case CertificateRequested():
                request = CertificateRequest.from_der(block.attachment(record.request))
                found = (str(request.legal_name), request.role, str(SecureHash.of(request.spki)))
                _expect("the request", found, (record.legal_name, record.role, record.key))
            case CertificateIssued():
                self._certificate_issued(record, block, before)
            case RevocationListSigned():
                self._revocation_list_signed(record, block)
            case NodeInfoPublished():
                self._published(record, block)
            case ParametersSigned():
                signed = SignedDataWithCert.decode(block.attachment(record.parameters))
                verify_signed_with_certificate(
                    signed, trust_root=self.trust_root, roles={Role.NETWORK_MAP, Role.NETWORK_PARAMETERS}, now=time
                )
                epoch = NetworkParameters.decode(signed.raw).epoch
                _expect("the parameters", (str(signed.hash), epoch), (record.hash, record.epoch))
                if epoch <= before.epoch:
                    raise ValueError(f"epoch {epoch} does not follow epoch {before.epoch}")
            case UpdateProposed() | ParametersAdopted():
                if record.hash not in self.state.parameters:
                    raise ValueError(f"parameters {record.hash} were never signed")
            case ParametersAccepted():
                self._accepted(record, block, before)
            case MapSigned():
                raw = network_map(self.state)
                _expect("the map", (str(SecureHash.of(raw)), len(self.state.nodes)), (record.hash, record.nodes))
                signature = self.state.signed_map.signature if self.state.signed_map else b""
                verify_signature(self._signer.public_key, signature, raw)
                self.maps += 1
            case CertificateRevoked():
                revoked = dataclasses.replace(self.certificates[record.serial_number], revoked=time)
                self.certificates[record.serial_number] = revoked
            case _:
                # The rest says nothing that a signature could prove.
                return

    def _trust_root_created(self, record: TrustRootCreated, block: Block) -> None:
        if block.sequence != 1:
            raise ValueError("the trust root was replaced")
        root = Certificate.from_der(block.attachment(record.root))
        if root != self.trust_root:
            raise ValueError(f"the log is of another network: its root is {root}, not {self.trust_root}")
        identity_manager = Certificate.from_der(block.attachment(record.identity_manager))
        signer = Certificate.from_der(block.attachment(record.network_map))
        for certificate, role in ((identity_manager, Role.DOORMAN_CA), (signer, Role.NETWORK_MAP)):
            _expect("the role", certificate.role, role)
            verify_chain((certificate, root), root, block.header.time)
        for index in (record.root_revocation_list, record.tls_revocation_list):
            RevocationList.from_der(block.attachment(index)).verify_issued_by(root)
        self._identity_manager, self._network_map = identity_manager, signer

    def _certificate_issued(self, record: CertificateIssued, block: Block, before: State) -> None:
        certificate = Certificate.from_der(block.attachment(record.certificate))
        registration = self.state.registrations[record.request_id]
        found = (
            certificate.role,
            str(certificate.legal_name),
            str(SecureHash.of(certificate.spki)),
            str(certificate.serial_number),
        )
        expected = (registration.role, registration.legal_name, registration.key, record.serial_number)
        _expect("the certificate", found, expected)
        verify_chain((certificate, self._issuer, self.trust_root), self.trust_root, block.header.time)
        bound = before.bound(registration.role, registration.legal_name)
        if bound is not None and bound.key != registration.key:
            raise ValueError(
                f"{registration.legal_name} got a certificate for key {registration.key} "
                f"although its name is bound to key {bound.key}"
            )
        self.certificates[record.serial_number] = IssuedCertificate(
            record.serial_number,
            registration.legal_name,
            Role(registration.role).name,
            registration.key,
            block.header.time,
            block.sequence,
        )

    def _revocation_list_signed(self, record: RevocationListSigned, block: Block) -> None:
        signed = RevocationList.from_der(block.attachment(record.revocation_list))
        signed.verify_issued_by(self._issuer)
        _expect("the revocation list's number", signed.number, record.number)
        listed = {str(each.serial_number) for each in signed.revoked}
        revoked = {
            each.issued.serial_number
            for each in self.state.registrations.values()
            if each.issued is not None and each.issued.revocation is not None
        }
        _expect("the revocation list", listed, revoked)

    def _published(self, record: NodeInfoPublished, block: Block) -> None:
        signed = SignedNodeInfo.decode(block.attachment(record.node_info))
        try:
            verified = self._verifier.verify(signed, now=block.header.time, minimum_platform_version=1)
        except NodeInfoRejected as error:
            raise ValueError(f"node info {signed.hash}: {error}") from error
        found = (
            str(signed.hash),
            tuple(map(str, verified.legal_names)),
            tuple(str(SecureHash.of(each.certificate.spki)) for each in verified.identities),
            tuple(str(each.issued_by_the_network.serial_number) for each in verified.identities),
        )
        _expect("the node info", found, (record.hash, record.legal_names, record.keys, record.certificates))
        for serial_number in record.certificates:
            if serial_number not in self.certificates:
                raise ValueError(f"node info {signed.hash} stands on certificate {serial_number}, which is not logged")

    def _accepted(self, record: ParametersAccepted, block: Block, before: State) -> None:
        acknowledgement = ParametersAcknowledgement.decode(block.attachment(record.acknowledgement))
        verify_signature(load_public_key(acknowledgement.by), acknowledgement.signature, acknowledgement.raw)
        key = str(SecureHash.of(acknowledgement.by))
        nodes = {node.keys[0] for node in (*before.nodes.values(), *self.state.nodes.values())}
        _expect("the acknowledged parameters", str(acknowledgement.parameters_hash()), record.hash)
        if key not in nodes:
            raise ValueError(f"the acknowledgement of {record.legal_name} is signed by no listed node")


def _expect(what: str, found: object, expected: object) -> None:
    if found != expected:
        raise ValueError(f"{what} does not fit its record: found {found}, expected {expected}")
