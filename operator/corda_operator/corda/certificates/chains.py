"""Chains of certificates up to the network's own root, verified as Corda and Java's PKIX do it together.

The rules are RFC 5280 6.1's as far as Corda's certificates go, and Corda's own of roles (corda:
PartyAndCertificate.verify). What is not understood is refused.
"""

from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise

from cryptography import x509

from corda_operator.corda.certificates.certificate import Certificate
from corda_operator.corda.certificates.errors import ExpiredError, UntrustedError


def verify_chain(chain: Sequence[Certificate], trust_root: Certificate, now: datetime) -> None:
    """Verify a chain, leaf first and root last, against the root that is trusted.

    Raises UntrustedError or SignatureError; their messages name the certificate.
    """
    ChainVerifier(trust_root, remembered=0).verify(chain, now)


class ChainVerifier:
    """Verifies chains against one root and remembers which signatures of authorities it has already verified.

    Only signatures are remembered, and only those of certificates that the root itself issued: everything that
    depends on the time or on the rest of the chain is checked each time. Not for use by several threads at once.
    """

    def __init__(self, trust_root: Certificate, *, remembered: int = 64) -> None:
        self.trust_root = trust_root
        self._remembered = remembered
        self._signed_by_root: OrderedDict[bytes, Certificate] = OrderedDict()

    def read(self, chain: Sequence[bytes]) -> tuple[Certificate, ...]:
        """Read a chain of DER certificates, leaf first; authorities that were verified before are not read again."""
        return tuple(self._known(der) or Certificate.from_der(der) for der in chain)

    def verify(self, chain: Sequence[Certificate], now: datetime) -> None:
        """Verify a chain, leaf first and root last; raises UntrustedError or SignatureError."""
        if len(chain) < 2 or chain[-1] != self.trust_root:
            raise UntrustedError("the chain does not end with the root of this network")
        for certificate in chain:
            _check_alone(certificate, now)
        for depth, (certificate, issuer) in enumerate(pairwise(chain)):
            _check_link(certificate, issuer)
            _check_path_length(issuer, chain[1 : depth + 1])
            _check_names(chain[: depth + 1], issuer)
        for certificate, issuer in reversed(list(pairwise(chain))):
            self._verify_signature(certificate, issuer)

    def _known(self, der: bytes) -> Certificate | None:
        if der == self.trust_root.der:
            return self.trust_root
        return self._signed_by_root.get(der)

    def _verify_signature(self, certificate: Certificate, issuer: Certificate) -> None:
        if certificate.der in self._signed_by_root and issuer == self.trust_root:
            self._signed_by_root.move_to_end(certificate.der)
            return
        certificate.verify_issued_by(issuer)
        if issuer == self.trust_root and self._remembered:
            self._signed_by_root[certificate.der] = certificate
            if len(self._signed_by_root) > self._remembered:
                self._signed_by_root.popitem(last=False)


def _check_link(certificate: Certificate, issuer: Certificate) -> None:
    if not issuer.may_issue_certificates:
        raise UntrustedError(f"{certificate} was issued by {issuer}, which is no certificate authority")
    if certificate.role is None:
        if issuer.role is not None:
            raise UntrustedError(f"{certificate} has no Corda role although its issuer has one")
    elif issuer.role not in certificate.role.valid_parents:
        expected = " or ".join(sorted("none" if role is None else role.name for role in certificate.role.valid_parents))
        found = "none" if issuer.role is None else issuer.role.name
        raise UntrustedError(f"the issuer of {certificate} has the role {found}, expected {expected}")


def _check_path_length(issuer: Certificate, below: Sequence[Certificate]) -> None:
    if issuer.path_length is not None:
        authorities = sum(certificate.subject != certificate.issuer for certificate in below)
        if authorities > issuer.path_length:
            raise UntrustedError(f"{issuer} permits {issuer.path_length} authorities below it, not {authorities}")


def _check_alone(certificate: Certificate, now: datetime) -> None:
    if not certificate.is_valid_at(now):
        kind = ExpiredError if now > certificate.not_after else UntrustedError
        raise kind(
            f"{certificate} is valid from {certificate.not_before:%FT%TZ} to {certificate.not_after:%FT%TZ}, "
            f"not at {now:%FT%TZ}"
        )
    if certificate.unknown_critical_extensions:
        unknown = ", ".join(oid.dotted_string for oid in certificate.unknown_critical_extensions)
        raise UntrustedError(f"{certificate} has critical extensions that are not understood: {unknown}")


def _check_names(below: Sequence[Certificate], authority: Certificate) -> None:
    constraints = authority.name_constraints
    if constraints is None:
        return
    permitted = _directory_names(constraints.permitted_subtrees)
    excluded = _directory_names(constraints.excluded_subtrees)
    for certificate in below:
        if any(isinstance(extension.value, x509.SubjectAlternativeName) for extension in certificate.extensions):
            raise UntrustedError(f"{certificate} has alternative names although {authority} constrains names")
        if permitted and not any(_is_within(certificate.subject, name) for name in permitted):
            allowed = " or ".join(f'"{name.rfc4514_string()}"' for name in permitted)
            raise UntrustedError(f"{certificate} is not within {allowed}, to which its authority is constrained")
        if any(_is_within(certificate.subject, name) for name in excluded):
            raise UntrustedError(f"{certificate} has a name that {authority} excludes")


def _directory_names(subtrees: Sequence[x509.GeneralName] | None) -> list[x509.Name]:
    return [name.value for name in subtrees or () if isinstance(name, x509.DirectoryName)]


def _is_within(name: x509.Name, subtree: x509.Name) -> bool:
    return name.rdns[: len(subtree.rdns)] == subtree.rdns
