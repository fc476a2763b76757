"""Certificates as Corda's own authorities make them (corda: X509Utilities.createPartialCertificate)."""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Self

from cryptography import x509

from corda_operator.corda.certificates.certificate import Certificate
from corda_operator.corda.certificates.errors import IssuingError
from corda_operator.corda.certificates.profiles import Profile
from corda_operator.corda.certificates.roles import ROLE_OID, Role
from corda_operator.corda.certificates.signatures import PublicKey, supported
from corda_operator.corda.certificates.signing import HASH, CapturingKey, Unsigned
from corda_operator.corda.names import LegalName

DEFAULT_LIFETIME: Final = timedelta(days=3650)
"""Corda's default (corda: X509Utilities.DEFAULT_VALIDITY_WINDOW)."""


@dataclass(frozen=True)
class CrlDistributionPoint:
    """Where a certificate's revocation list is found (RFC 5280 4.2.1.13)."""

    url: str
    """http or https; Java nodes fetch it."""
    crl_issuer: x509.Name | None = None
    """Who signs the list if it is not the certificate's issuer; the list then has to be an indirect one."""


@dataclass(frozen=True)
class Validity:
    """The first and the last second of a certificate's life, both aware."""

    not_before: datetime
    not_after: datetime

    @classmethod
    def starting(cls, now: datetime, lifetime: timedelta = DEFAULT_LIFETIME) -> Self:
        """Return a validity from the start of the day in UTC, as Corda's authorities give it."""
        midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        return cls(midnight, midnight + lifetime)


def random_serial_number() -> int:
    """Return 16 random bytes whose top bits are 01, as Corda makes them."""
    return secrets.randbits(126) | 1 << 126


def issue(
    profile: Profile,
    subject: LegalName | x509.Name,
    public_key: PublicKey,
    issuer: Certificate | None,
    validity: Validity,
    *,
    serial_number: int | None = None,
    crl_distribution_point: CrlDistributionPoint | None = None,
    name_constraints: bool = False,
) -> Unsigned[Certificate]:
    """Prepare a certificate for its issuer's signature; without an issuer it is to sign itself.

    The validity is cut to the issuer's. ``name_constraints`` permits certificates below this one only for the
    subject's own name, critical (RFC 5280 4.2.1.10).

    Raises IssuingError if the issuer must not issue the profile or would not be valid then, and for a signing key
    that is not on P-256; UnsupportedKeyError for a subject's key that Corda does not sign with.
    """
    name = subject.to_x509() if isinstance(subject, LegalName) else subject
    _check_issuer(profile, name, issuer)
    within = validity if issuer is None else _within(validity, issuer)
    signer = public_key if issuer is None else issuer.public_key
    key = CapturingKey(signer)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name if issuer is None else issuer.subject)
        .public_key(supported(public_key))
        .serial_number(random_serial_number() if serial_number is None else serial_number)
        .not_valid_before(within.not_before)
        .not_valid_after(within.not_after)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
        .add_extension(x509.BasicConstraints(ca=profile.is_ca, path_length=None), critical=True)
        .add_extension(profile.key_usage, critical=False)
        .add_extension(authority_key_identifier(issuer, signer), critical=False)
    )
    if profile.purposes:
        builder = builder.add_extension(x509.ExtendedKeyUsage(profile.purposes), critical=False)
    if profile.role is not None:
        builder = builder.add_extension(x509.UnrecognizedExtension(ROLE_OID, profile.role.encode()), critical=False)
    if crl_distribution_point is not None:
        builder = builder.add_extension(_distribution_points(crl_distribution_point), critical=False)
    if name_constraints:
        permitted = x509.NameConstraints([x509.DirectoryName(name)], None)
        builder = builder.add_extension(permitted, critical=True)
    builder.sign(key, HASH)
    return Unsigned(key.captured, signer, Certificate.from_der)


def authority_key_identifier(issuer: Certificate | None, key: PublicKey) -> x509.AuthorityKeyIdentifier:
    """Return what points to an issuer's key: the identifier it states itself, or else the one computed from it."""
    if issuer is not None:
        for extension in issuer.extensions:
            if isinstance(extension.value, x509.SubjectKeyIdentifier):
                return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(extension.value)
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(key)


def _check_issuer(profile: Profile, subject: x509.Name, issuer: Certificate | None) -> None:
    if issuer is None:
        if profile is not Profile.ROOT_CA:
            raise IssuingError(f"{profile.name} has no issuer; only ROOT_CA signs itself")
        return
    if profile.role is None:
        raise IssuingError(f"ROOT_CA signs itself, but {issuer} was to issue it")
    if issuer.role not in profile.role.valid_parents or not issuer.may_issue_certificates:
        expected = " or ".join(sorted("the root" if role is None else role.name for role in profile.role.valid_parents))
        raise IssuingError(f"{profile.name} is issued by {expected}, not by {issuer}")
    if issuer.role in {Role.NODE_CA, Role.LEGAL_IDENTITY} and subject != issuer.subject:
        raise IssuingError(f'{issuer} issues certificates for its own name only, not for "{subject.rfc4514_string()}"')


def _within(validity: Validity, issuer: Certificate) -> Validity:
    cut = Validity(max(validity.not_before, issuer.not_before), min(validity.not_after, issuer.not_after))
    if cut.not_before >= cut.not_after:
        raise IssuingError(
            f"{issuer} is valid from {issuer.not_before:%F} to {issuer.not_after:%F}: nothing of the wanted validity "
            f"from {validity.not_before:%F} to {validity.not_after:%F} is left"
        )
    return cut


def _distribution_points(point: CrlDistributionPoint) -> x509.CRLDistributionPoints:
    issuer = None if point.crl_issuer is None else [x509.DirectoryName(point.crl_issuer)]
    url = x509.UniformResourceIdentifier(point.url)
    return x509.CRLDistributionPoints(
        [x509.DistributionPoint(full_name=[url], relative_name=None, reasons=None, crl_issuer=issuer)]
    )
