"""Certificate signing requests of nodes (PKCS #10, RFC 2986), as `initial-registration` posts them."""

from dataclasses import dataclass, field
from typing import Annotated, Final, Self

from cryptography import x509
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from corda_operator.corda.certificates.der import UNREADABLE, read_request, tlv
from corda_operator.corda.certificates.errors import (
    CertificateError,
    IssuingError,
    MalformedError,
    SignatureError,
    UnsupportedKeyError,
    UntrustedError,
)
from corda_operator.corda.certificates.roles import ROLE_OID, Role
from corda_operator.corda.certificates.signatures import (
    PublicKey,
    is_p256,
    spki_of,
    supported,
    verify_with_algorithm,
)
from corda_operator.corda.certificates.signing import Unsigned
from corda_operator.corda.names import LegalName

MAX_REQUEST_BYTES: Final = 4096
"""Corda's requests have about 300 bytes; one with an RSA key of 8192 bits has 2.4 KB."""

_EMAIL: Final = NameOID.EMAIL_ADDRESS
_MAX_EMAIL: Final = 254
_REGISTRABLE: Final = frozenset({Role.NODE_CA, Role.SERVICE_IDENTITY})


@asn1.sequence
class _Attribute:
    type: x509.ObjectIdentifier
    values: asn1.SetOf[asn1.TLV]


@asn1.sequence
class _Content:
    version: int
    subject: asn1.TLV
    key: asn1.TLV
    attributes: Annotated[asn1.SetOf[_Attribute], asn1.Implicit(0)]


@dataclass(frozen=True, slots=True)
class CertificateRequest:
    """A request whose signature is its own key's; two are equal if their bytes are."""

    der: bytes = field(repr=False)
    legal_name: LegalName = field(compare=False)
    public_key: PublicKey = field(compare=False, repr=False)
    role: Role = field(compare=False)
    """NODE_CA or SERVICE_IDENTITY."""
    email: str | None = field(compare=False)

    @classmethod
    def from_der(cls, der: bytes) -> Self:
        """Read a request and verify it.

        A request without a role, which older nodes send, is one for a node CA. Raises MalformedError (bytes, name,
        attributes), UnsupportedKeyError, UntrustedError (a role that is not registered) or SignatureError.
        """
        signed = read_request(der, MAX_REQUEST_BYTES)
        try:
            readable = x509.load_der_x509_csr(signed.readable)
            key, subject = supported(readable.public_key()), readable.subject
            attributes = _attributes(signed.content)
            role = Role.decode(attributes[ROLE_OID]) if ROLE_OID in attributes else Role.NODE_CA
            email = asn1.decode_der(str, attributes[_EMAIL]) if _EMAIL in attributes else None
        except CertificateError:
            raise
        except UNREADABLE as error:
            raise MalformedError(f"the certificate request cannot be read: {error}") from None
        try:
            legal_name = LegalName.from_x509(subject)
        except ValueError as error:
            raise MalformedError(f"the certificate request's subject is no Corda name: {error}") from None
        _check(role, key, email)
        try:
            verify_with_algorithm(key, signed.algorithm, signed.signature, signed.content)
        except SignatureError as error:
            raise SignatureError(f'the request of "{legal_name}" is not signed with its own key: {error}') from None
        return cls(der, legal_name, key, role, email)

    @property
    def spki(self) -> bytes:
        """The public key as SubjectPublicKeyInfo DER."""
        return spki_of(self.public_key)


def request_certificate(
    legal_name: LegalName, public_key: PublicKey, email: str, role: Role = Role.NODE_CA
) -> Unsigned[CertificateRequest]:
    """Prepare a request like Corda's own (corda: X509Utilities.createCertificateSigningRequest) for its signature.

    The key has to be on P-256, as in genuine registrations (raises IssuingError).
    """
    if not is_p256(public_key):
        raise IssuingError("a request's key has to be EC on secp256r1")
    attributes = {ROLE_OID: asn1.encode_der(int(role)), _EMAIL: asn1.encode_der(email)}
    content = _Content(
        version=0,
        subject=tlv(legal_name.to_x509().public_bytes()),
        key=tlv(spki_of(public_key)),
        attributes=asn1.SetOf(
            [_Attribute(type=oid, values=asn1.SetOf([tlv(value)])) for oid, value in attributes.items()]
        ),
    )
    return Unsigned(asn1.encode_der(content), public_key, CertificateRequest.from_der)


def _attributes(content: bytes) -> dict[x509.ObjectIdentifier, bytes]:
    found: dict[x509.ObjectIdentifier, bytes] = {}
    for attribute in asn1.decode_der(_Content, content).attributes.as_list():
        values = attribute.values.as_list()
        if len(values) != 1 or attribute.type in found:
            raise MalformedError(f"attribute {attribute.type.dotted_string} of the request has not just one value")
        found[attribute.type] = asn1.encode_der(values[0])
    return found


def _check(role: Role, key: PublicKey, email: str | None) -> None:
    if role not in _REGISTRABLE:
        raise UntrustedError(f"the request is for role {role.name}; nodes register NODE_CA or SERVICE_IDENTITY")
    if email is not None and not (email.isprintable() and 0 < len(email) <= _MAX_EMAIL):
        raise MalformedError(f"the request's e-mail address is not of 1 to {_MAX_EMAIL} printable characters")
    if role is Role.NODE_CA and not (is_p256(key) or isinstance(key, rsa.RSAPublicKey)):
        raise UnsupportedKeyError(
            "a node CA's key has to be EC on secp256r1 or RSA: it signs the node's TLS certificate, and Java's TLS "
            "accepts no other of Corda's signature schemes there"
        )
