"""A certificate, read once and for all: whatever can be wrong with its bytes is found when it is made."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Self, TypeVar

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtensionOID

from corda_operator.corda.certificates.der import UNREADABLE, SignedObject, read_certificate
from corda_operator.corda.certificates.errors import CertificateError, MalformedError, SignatureError, UntrustedError
from corda_operator.corda.certificates.roles import ROLE_OID, Role
from corda_operator.corda.certificates.signatures import PublicKey, spki_of, supported, verify_with_algorithm
from corda_operator.corda.names import LegalName

MAX_CERTIFICATE_BYTES: Final = 8192
"""Corda's certificates have about 600 bytes; one with an RSA key of 8192 bits below another such has 3 KB."""

_UNDERSTOOD: Final = {
    ExtensionOID.BASIC_CONSTRAINTS,
    ExtensionOID.KEY_USAGE,
    ExtensionOID.EXTENDED_KEY_USAGE,
    ExtensionOID.NAME_CONSTRAINTS,
    ExtensionOID.SUBJECT_KEY_IDENTIFIER,
    ExtensionOID.AUTHORITY_KEY_IDENTIFIER,
    ExtensionOID.SUBJECT_ALTERNATIVE_NAME,
    ExtensionOID.CRL_DISTRIBUTION_POINTS,
    ROLE_OID,
}


_Extension = TypeVar("_Extension", bound=x509.ExtensionType)


@dataclass(frozen=True, slots=True, repr=False)
class Certificate:
    """An X.509 version 3 certificate; two are equal if their bytes are."""

    der: bytes
    """As it came, which may have Corda's AlgorithmIdentifier."""
    subject: x509.Name = field(compare=False)
    issuer: x509.Name = field(compare=False)
    public_key: PublicKey = field(compare=False)
    serial_number: int = field(compare=False)
    not_before: datetime = field(compare=False)
    """The first second of validity, UTC."""
    not_after: datetime = field(compare=False)
    """The last second of validity, UTC."""
    role: Role | None = field(compare=False)
    is_ca: bool = field(compare=False)
    path_length: int | None = field(compare=False)
    key_usage: x509.KeyUsage | None = field(compare=False)
    extensions: x509.Extensions = field(compare=False)
    _signed: SignedObject = field(compare=False)

    @classmethod
    def from_der(cls, der: bytes) -> Self:
        """Read a certificate of at most MAX_CERTIFICATE_BYTES.

        Raises MalformedError if it is none or an extension that matters is wrong, UnsupportedKeyError if its key
        is of a kind that Corda does not sign with.
        """
        signed = read_certificate(der, MAX_CERTIFICATE_BYTES)
        try:
            readable = x509.load_der_x509_certificate(signed.readable)
            extensions = readable.extensions
            constraints = _extension(extensions, x509.BasicConstraints)
            roles = [extension.value for extension in extensions if extension.oid == ROLE_OID]
            return cls(
                der=der,
                subject=readable.subject,
                issuer=readable.issuer,
                public_key=supported(readable.public_key()),
                serial_number=readable.serial_number,
                not_before=readable.not_valid_before_utc,
                not_after=readable.not_valid_after_utc,
                role=Role.decode(roles[0].public_bytes()) if roles else None,
                is_ca=constraints is not None and constraints.ca,
                path_length=None if constraints is None else constraints.path_length,
                key_usage=_extension(extensions, x509.KeyUsage),
                extensions=extensions,
                _signed=signed,
            )
        except CertificateError:
            raise
        except UNREADABLE as error:
            raise MalformedError(f"the certificate cannot be read: {error}") from None

    @classmethod
    def from_pem(cls, pem: str) -> Self:
        """Read the one certificate in a PEM text, whatever is around it; raises as `from_der` does."""
        try:
            readable = x509.load_pem_x509_certificate(pem.encode())
        except UNREADABLE as error:
            raise MalformedError(f"the text is no certificate in PEM: {error}") from None
        return cls.from_der(readable.public_bytes(Encoding.DER))

    @property
    def tbs(self) -> bytes:
        """The bytes that the issuer signed (RFC 5280 4.1.2), as they came."""
        return self._signed.content

    @property
    def spki(self) -> bytes:
        """The public key as SubjectPublicKeyInfo DER."""
        return spki_of(self.public_key)

    @property
    def legal_name(self) -> LegalName:
        """The subject as Corda's name; raises MalformedError if it is none."""
        try:
            return LegalName.from_x509(self.subject)
        except ValueError as error:
            raise MalformedError(f"the certificate's subject is no Corda name: {error}") from None

    @property
    def name_constraints(self) -> x509.NameConstraints | None:
        """What names certificates below this one may have (RFC 5280 4.2.1.10)."""
        return _extension(self.extensions, x509.NameConstraints)

    @property
    def unknown_critical_extensions(self) -> tuple[x509.ObjectIdentifier, ...]:
        """The critical extensions because of which the certificate must not be relied on (RFC 5280 4.2)."""
        return tuple(
            extension.oid for extension in self.extensions if extension.critical and extension.oid not in _UNDERSTOOD
        )

    @property
    def may_issue_certificates(self) -> bool:
        """Whether the certificate says that its key signs certificates."""
        return self.is_ca and (self.key_usage is None or self.key_usage.key_cert_sign)

    @property
    def may_sign_revocation_lists(self) -> bool:
        """Whether the certificate says that its key signs revocation lists."""
        return self.key_usage is None or self.key_usage.crl_sign

    def verify_issued_by(self, issuer: "Certificate") -> None:
        """Verify that ``issuer`` is named here and that its key signed the original bytes.

        Raises UntrustedError if another issuer is named, SignatureError if the signature is not its key's. Whether
        the issuer was allowed to is for `chains.verify_chain`.
        """
        if self.issuer != issuer.subject:
            raise UntrustedError(f"{self} names {self.issuer.rfc4514_string()} as its issuer, not {issuer}")
        try:
            verify_with_algorithm(issuer.public_key, self._signed.algorithm, self._signed.signature, self.tbs)
        except SignatureError as error:
            raise SignatureError(f"{self} was not signed with the key of {issuer}: {error}") from None

    def is_valid_at(self, moment: datetime) -> bool:
        """Tell whether an aware moment lies within the validity."""
        return self.not_before <= moment <= self.not_after

    def __str__(self) -> str:
        role = "no role" if self.role is None else self.role.name
        return f'the certificate of "{self.subject.rfc4514_string()}" ({role}, serial number {self.serial_number:x})'

    def __repr__(self) -> str:
        return f"<Certificate: {self}>"


def _extension(extensions: x509.Extensions, kind: type[_Extension]) -> _Extension | None:
    for extension in extensions:
        if isinstance(extension.value, kind):
            return extension.value
    return None
