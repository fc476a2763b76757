"""Certificate revocation lists as Java nodes check them, made in two phases and read.

The root signs lists once for a long time: a plain one for the authorities below it, and an indirect one
for TLS certificates, which Corda nodes issue to themselves and whose node CA signs no lists. A certificate
whose distribution point names a CRL issuer needs a list that says it is indirect (jdk:
DistributionPointFetcher.verifyCRL). The identity manager signs the list in which node CAs are revoked.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Self

from cryptography import x509

from corda_operator.corda.certificates.certificate import Certificate
from corda_operator.corda.certificates.der import UNREADABLE, SignedObject, read_revocation_list
from corda_operator.corda.certificates.errors import CertificateError, IssuingError, MalformedError, UntrustedError
from corda_operator.corda.certificates.issuing import authority_key_identifier
from corda_operator.corda.certificates.signatures import verify_with_algorithm
from corda_operator.corda.certificates.signing import HASH, CapturingKey, Unsigned

MAX_REVOCATION_LIST_BYTES: Final = 4 * 1024 * 1024
"""Room for about 80,000 revoked certificates."""


@dataclass(frozen=True)
class Revocation:
    """A certificate that its issuer took back."""

    serial_number: int
    date: datetime
    """When, aware, to the second."""
    reason: x509.ReasonFlags | None = None
    """As RFC 5280 5.3.1 names it; None if it is not told."""


@dataclass(frozen=True)
class IssuingDistributionPoint:
    """What a list says of its own extent (RFC 5280 5.2.5)."""

    url: str | None
    """Where it is found, as the certificates say it too."""
    indirect: bool
    """Whether it is for certificates that others than its signer issued."""


@dataclass(frozen=True, slots=True, repr=False)
class RevocationList:
    """A version 2 certificate revocation list; two are equal if their bytes are."""

    der: bytes
    issuer: x509.Name = field(compare=False)
    number: int | None = field(compare=False)
    this_update: datetime = field(compare=False)
    """When it was made, UTC."""
    next_update: datetime | None = field(compare=False)
    """When nodes take it for out of date, UTC."""
    distribution_point: IssuingDistributionPoint | None = field(compare=False)
    _revoked: dict[int, Revocation] = field(compare=False)
    _signed: SignedObject = field(compare=False)

    @classmethod
    def from_der(cls, der: bytes) -> Self:
        """Read a list of at most MAX_REVOCATION_LIST_BYTES; raises MalformedError."""
        signed = read_revocation_list(der, MAX_REVOCATION_LIST_BYTES)
        try:
            readable = x509.load_der_x509_crl(signed.readable)
            number: int | None = None
            point: IssuingDistributionPoint | None = None
            for extension in readable.extensions:
                match extension.value:
                    case x509.CRLNumber() as value:
                        number = value.crl_number
                    case x509.IssuingDistributionPoint() as value:
                        point = _distribution_point(value)
                    case _ if extension.critical:
                        raise MalformedError(
                            f"the list has the unknown critical extension {extension.oid.dotted_string}"
                        )
            return cls(
                der=der,
                issuer=readable.issuer,
                number=number,
                this_update=readable.last_update_utc,
                next_update=readable.next_update_utc,
                distribution_point=point,
                _revoked={revoked.serial_number: _revocation(revoked) for revoked in readable},
                _signed=signed,
            )
        except CertificateError:
            raise
        except UNREADABLE as error:
            raise MalformedError(f"the revocation list cannot be read: {error}") from None

    @property
    def revoked(self) -> tuple[Revocation, ...]:
        """The revoked certificates in the list's order."""
        return tuple(self._revoked.values())

    def find(self, serial_number: int) -> Revocation | None:
        """Return the entry of the certificate with this serial number, if it is revoked."""
        return self._revoked.get(serial_number)

    def verify_issued_by(self, issuer: Certificate) -> None:
        """Verify the signer; raises UntrustedError for another or one that signs no lists, SignatureError."""
        if self.issuer != issuer.subject:
            raise UntrustedError(f"the list is of {self.issuer.rfc4514_string()}, not of {issuer}")
        if not issuer.may_sign_revocation_lists:
            raise UntrustedError(f"{issuer} is not for signing revocation lists")
        verify_with_algorithm(issuer.public_key, self._signed.algorithm, self._signed.signature, self._signed.content)

    def __repr__(self) -> str:
        return f"<RevocationList: number {self.number} of {self.issuer.rfc4514_string()}>"


def issue_revocation_list(
    issuer: Certificate,
    number: int,
    this_update: datetime,
    next_update: datetime,
    revoked: Iterable[Revocation] = (),
    distribution_point: IssuingDistributionPoint | None = None,
) -> Unsigned[RevocationList]:
    """Prepare a revocation list for its issuer's signature.

    ``number`` has to grow from list to list. Raises IssuingError if the issuer must not sign lists, if the times
    are in the wrong order, and for a signing key that is not on P-256.
    """
    if not issuer.may_sign_revocation_lists:
        raise IssuingError(f"{issuer} is not for signing revocation lists")
    if next_update <= this_update:
        raise IssuingError(f"the list would be out of date at {next_update}, not after it is made at {this_update}")
    key = CapturingKey(issuer.public_key)
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.subject)
        .last_update(this_update)
        .next_update(next_update)
        .add_extension(authority_key_identifier(issuer, issuer.public_key), critical=False)
        .add_extension(x509.CRLNumber(number), critical=False)
    )
    if distribution_point is not None:
        builder = builder.add_extension(_issuing_distribution_point(distribution_point), critical=True)
    for revocation in revoked:
        builder = builder.add_revoked_certificate(_revoked_certificate(revocation))
    builder.sign(key, HASH)
    return Unsigned(key.captured, issuer.public_key, RevocationList.from_der)


def _issuing_distribution_point(point: IssuingDistributionPoint) -> x509.IssuingDistributionPoint:
    return x509.IssuingDistributionPoint(
        full_name=None if point.url is None else [x509.UniformResourceIdentifier(point.url)],
        relative_name=None,
        only_contains_user_certs=False,
        only_contains_ca_certs=False,
        only_some_reasons=None,
        indirect_crl=point.indirect,
        only_contains_attribute_certs=False,
    )


def _distribution_point(point: x509.IssuingDistributionPoint) -> IssuingDistributionPoint:
    urls = [name.value for name in point.full_name or () if isinstance(name, x509.UniformResourceIdentifier)]
    return IssuingDistributionPoint(urls[0] if urls else None, point.indirect_crl)


def _revoked_certificate(revocation: Revocation) -> x509.RevokedCertificate:
    builder = x509.RevokedCertificateBuilder().serial_number(revocation.serial_number).revocation_date(revocation.date)
    if revocation.reason is not None:
        builder = builder.add_extension(x509.CRLReason(revocation.reason), critical=False)
    return builder.build()


def _revocation(revoked: x509.RevokedCertificate) -> Revocation:
    reason: x509.ReasonFlags | None = None
    for extension in revoked.extensions:
        match extension.value:
            case x509.CRLReason() as value:
                reason = value.reason
            case _ if extension.critical:
                raise MalformedError(f"an entry has the unknown critical extension {extension.oid.dotted_string}")
    return Revocation(revoked.serial_number, revoked.revocation_date_utc, reason)
