"""A network's certificates with their keys, and the means to forge bad ones."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

from corda_operator.corda.certificates.certificate import Certificate
from corda_operator.corda.certificates.issuing import CrlDistributionPoint, Validity, issue
from corda_operator.corda.certificates.profiles import Profile
from corda_operator.corda.certificates.roles import ROLE_OID, Role
from corda_operator.corda.certificates.signing import Unsigned
from corda_operator.corda.names import LegalName

GOLDEN = Path(__file__).parents[3] / "golden" / "corda"
NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
BANK = LegalName.parse("O=Bank A, L=London, C=GB")
OTHER_BANK = LegalName.parse("O=Bank B, L=Paris, C=FR")
SERVICE = LegalName.parse("O=Notary Service, L=London, C=GB")

Private = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey
_Result = TypeVar("_Result")


@dataclass(frozen=True)
class Holder:
    """A certificate with its key."""

    certificate: Certificate
    key: Private = field(repr=False)

    @property
    def pkcs8(self) -> bytes:
        """The key's DER."""
        return self.key.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )


@dataclass(frozen=True)
class Node:
    """A member's certificates."""

    node_ca: Holder
    identity: Holder
    tls: Holder


def p256() -> ec.EllipticCurvePrivateKey:
    """Make a key as authorities have it."""
    return ec.generate_private_key(ec.SECP256R1())


def signature_by(key: Private, data: bytes) -> bytes:
    """Sign as Corda does with a key of this kind."""
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key.sign(data)
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return key.sign(data, ec.ECDSA(hashes.SHA256()))
    return key.sign(data, padding.PKCS1v15(), hashes.SHA256())


def complete(unsigned: Unsigned[_Result], key: Private) -> _Result:
    """Do what Key Vault does between the two phases."""
    return unsigned.signed(signature_by(key, unsigned.to_be_signed))


class Zone:
    """A network's authorities, and what they issue."""

    def __init__(
        self,
        start: datetime = NOW,
        crl_of_root: CrlDistributionPoint | None = None,
        crl_of_identity_manager: CrlDistributionPoint | None = None,
        crl_of_tls: CrlDistributionPoint | None = None,
    ) -> None:
        self.validity = Validity.starting(start)
        self.crl_of_identity_manager, self.crl_of_tls = crl_of_identity_manager, crl_of_tls
        key = p256()
        root = issue(Profile.ROOT_CA, authority("Root"), key.public_key(), None, self.validity)
        self.root = Holder(complete(root, key), key)
        self.identity_manager = self.issue(
            Profile.DOORMAN_CA, authority("Identity manager"), self.root, crl_distribution_point=crl_of_root
        )
        self.network_map = self.issue(Profile.NETWORK_MAP, authority("Network map"), self.root)

    def issue(
        self,
        profile: Profile,
        subject: LegalName | x509.Name,
        issuer: Holder,
        key: Private | None = None,
        *,
        crl_distribution_point: CrlDistributionPoint | None = None,
        name_constraints: bool = False,
    ) -> Holder:
        """Issue a certificate, for a new P-256 key if there is none."""
        private = key or p256()
        unsigned = issue(
            profile,
            subject,
            private.public_key(),
            issuer.certificate,
            self.validity,
            crl_distribution_point=crl_distribution_point,
            name_constraints=name_constraints,
        )
        return Holder(complete(unsigned, issuer.key), private)

    def node(self, name: LegalName = BANK, identity_key: Private | None = None) -> Node:
        """Issue what a node has."""
        node_ca = self.issue(
            Profile.NODE_CA,
            name,
            self.identity_manager,
            crl_distribution_point=self.crl_of_identity_manager,
            name_constraints=True,
        )
        identity = self.issue(
            Profile.LEGAL_IDENTITY, name, node_ca, identity_key or ed25519.Ed25519PrivateKey.generate()
        )
        tls = self.issue(Profile.TLS, name, node_ca, crl_distribution_point=self.crl_of_tls)
        return Node(node_ca, identity, tls)

    def service(self, name: LegalName = SERVICE, key: Private | None = None) -> Holder:
        """Issue a notary service's identity."""
        return self.issue(Profile.SERVICE_IDENTITY, name, self.identity_manager, key)

    def path(self, *certificates: Holder) -> tuple[bytes, ...]:
        """Return a chain of certificates below the identity manager, as a node info has it."""
        return tuple(holder.certificate.der for holder in (*certificates, self.identity_manager, self.root))


def forge(
    subject: x509.Name,
    key: Private,
    issuer: x509.Name,
    issuer_key: Private,
    *,
    role: Role | None = None,
    ca: bool = False,
    path_length: int | None = None,
    key_cert_sign: bool | None = None,
    not_before: datetime = NOW - timedelta(days=1),
    not_after: datetime = NOW + timedelta(days=1),
    extensions: Sequence[tuple[x509.ExtensionType, bool]] = (),
    algorithm: hashes.SHA256 | hashes.SHA384 | None = None,
) -> Holder:
    """Make a certificate with no questions asked."""
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(not_before)
        .not_valid_after(not_after)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=path_length), critical=True)
    )
    if role is not None:
        builder = builder.add_extension(x509.UnrecognizedExtension(ROLE_OID, role.encode()), critical=False)
    if key_cert_sign is not None:
        builder = builder.add_extension(
            x509.KeyUsage(
                digital_signature=True,
                key_cert_sign=key_cert_sign,
                crl_sign=False,
                content_commitment=False,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=False,
        )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical=critical)
    digest = None if isinstance(issuer_key, ed25519.Ed25519PrivateKey) else algorithm or hashes.SHA256()
    certificate = builder.sign(issuer_key, digest)
    return Holder(Certificate.from_der(certificate.public_bytes(serialization.Encoding.DER)), key)


def authority(name: str) -> x509.Name:
    """Return the name of one of the network's own."""
    return LegalName(organisation="Network", locality="London", country="GB", common_name=name).to_x509()
