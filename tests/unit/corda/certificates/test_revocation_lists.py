"""Revocation lists: made in two phases, read and verified."""

from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from corda_operator.corda.certificates.errors import (
    CertificateError,
    IssuingError,
    MalformedError,
    SignatureError,
    UntrustedError,
)
from corda_operator.corda.certificates.revocation_lists import (
    MAX_REVOCATION_LIST_BYTES,
    IssuingDistributionPoint,
    Revocation,
    RevocationList,
    issue_revocation_list,
)
from corda_operator.corda.certificates.signing import Unsigned
from tests.unit.corda.certificates.zone import NOW, Holder, Zone, complete, signature_by

_ZONE = Zone()
_POINT = IssuingDistributionPoint("http://crl.example/tls.crl", indirect=True)


def prepared(
    issuer: Holder, *revoked: Revocation, point: IssuingDistributionPoint | None = None
) -> Unsigned[RevocationList]:
    return issue_revocation_list(issuer.certificate, 7, NOW, NOW + timedelta(days=1), revoked, point)


_EMPTY = complete(prepared(_ZONE.root, point=_POINT), _ZONE.root.key)


def test_list_tells_who_is_revoked_since_when_and_why() -> None:
    because = Revocation(2**126, NOW, x509.ReasonFlags.key_compromise)
    without = Revocation(5, NOW - timedelta(days=3))
    crl = complete(prepared(_ZONE.identity_manager, because, without), _ZONE.identity_manager.key)
    assert crl.revoked == (because, without)
    assert crl.find(5) == without
    assert crl.find(6) is None
    assert (crl.number, crl.this_update, crl.next_update) == (7, NOW, NOW + timedelta(days=1))
    crl.verify_issued_by(_ZONE.identity_manager.certificate)


def test_indirect_list_says_so_in_a_critical_extension() -> None:
    assert _EMPTY.distribution_point == _POINT
    assert _EMPTY.revoked == ()
    extensions = x509.load_der_x509_crl(_EMPTY.der).extensions
    assert extensions.get_extension_for_class(x509.IssuingDistributionPoint).critical
    assert extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).critical is False


def test_another_key_cannot_complete_a_list() -> None:
    unsigned = prepared(_ZONE.root)
    with pytest.raises(SignatureError):
        unsigned.signed(signature_by(_ZONE.identity_manager.key, unsigned.to_be_signed))


def test_list_of_another_issuer_is_refused() -> None:
    with pytest.raises(UntrustedError, match=r"the list is of CN=Root.*, not of .*Identity manager"):
        _EMPTY.verify_issued_by(_ZONE.identity_manager.certificate)


def test_list_of_an_issuer_of_the_same_name_with_another_key_is_refused() -> None:
    with pytest.raises(SignatureError):
        _EMPTY.verify_issued_by(Zone().root.certificate)


def test_who_may_not_sign_lists_neither_makes_one_nor_is_believed() -> None:
    identity = _ZONE.node().identity
    with pytest.raises(IssuingError, match="not for signing revocation lists"):
        prepared(identity)
    toothless = replace(_ZONE.root.certificate, key_usage=identity.certificate.key_usage)
    with pytest.raises(UntrustedError, match="not for signing revocation lists"):
        _EMPTY.verify_issued_by(toothless)


def test_unknown_critical_extensions_of_a_list_and_of_an_entry_are_refused() -> None:
    unknown = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(_ZONE.root.certificate.subject)
        .last_update(NOW)
        .next_update(NOW + timedelta(days=1))
    )
    entry = x509.RevokedCertificateBuilder().serial_number(1).revocation_date(NOW).add_extension(unknown, critical=True)
    for odd in (builder.add_extension(unknown, critical=True), builder.add_revoked_certificate(entry.build())):
        der = odd.sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256()).public_bytes(
            serialization.Encoding.DER
        )
        with pytest.raises(MalformedError, match=r"unknown critical extension 1\.2\.3\.4"):
            RevocationList.from_der(der)


def test_list_has_to_be_out_of_date_later_than_it_is_made() -> None:
    with pytest.raises(IssuingError, match="out of date"):
        issue_revocation_list(_ZONE.root.certificate, 1, NOW, NOW)


def test_too_long_is_refused() -> None:
    with pytest.raises(MalformedError, match="more than the"):
        RevocationList.from_der(bytes(MAX_REVOCATION_LIST_BYTES + 1))


@given(st.lists(st.tuples(st.integers(0, len(_EMPTY.der) - 1), st.integers(0, 255)), min_size=1, max_size=4))
def test_changed_bytes_do_not_verify(changes: list[tuple[int, int]]) -> None:
    der = bytearray(_EMPTY.der)
    for at, value in changes:
        der[at] = value
    try:
        RevocationList.from_der(bytes(der)).verify_issued_by(_ZONE.root.certificate)
    except CertificateError:
        return
    assert bytes(der) == _EMPTY.der
