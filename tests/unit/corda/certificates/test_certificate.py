"""Reading certificates: Corda's own, ours, and bytes that are none."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corda_operator.corda.certificates.certificate import MAX_CERTIFICATE_BYTES, Certificate
from corda_operator.corda.certificates.errors import (
    CertificateError,
    MalformedError,
    SignatureError,
    UnsupportedKeyError,
    UntrustedError,
)
from corda_operator.corda.certificates.roles import ROLE_OID, Role
from tests.unit.corda.certificates.zone import BANK, GOLDEN, NOW, Zone, forge, p256

_ROOT = (GOLDEN / "zone-root.cer.der").read_bytes()
_DOORMAN = (GOLDEN / "zone-doorman.cer.der").read_bytes()
_PLAIN = bytes.fromhex("300a06082a8648ce3d040302")


def with_curve(der: bytes, *, inside: bool = True, outside: bool = True) -> bytes:
    """Give a certificate the AlgorithmIdentifier that Corda writes, whereupon its signature no longer fits."""
    odd = bytes.fromhex("301406082a8648ce3d04030206082a8648ce3d030107")
    content_length = int.from_bytes(der[6:8], "big")
    content, rest = der[8 : 8 + content_length], der[8 + content_length :]
    if inside:
        content = content.replace(_PLAIN, odd, 1)
    if outside:
        rest = rest.replace(_PLAIN, odd, 1)
    body = b"\x30\x82" + len(content).to_bytes(2, "big") + content + rest
    return b"\x30\x82" + len(body).to_bytes(2, "big") + body


def test_genuine_certificate_tells_what_it_is() -> None:
    root, doorman = Certificate.from_der(_ROOT), Certificate.from_der(_DOORMAN)
    assert (root.role, doorman.role) == (None, Role.DOORMAN_CA)
    assert root.is_ca
    assert doorman.may_issue_certificates
    assert doorman.may_sign_revocation_lists
    assert doorman.issuer == root.subject
    assert str(doorman.legal_name) == "CN=Proto Doorman CA, O=Proto Zone, L=London, C=GB"
    assert doorman.is_valid_at(NOW)
    doorman.verify_issued_by(root)


def test_certificates_of_the_same_bytes_are_equal() -> None:
    assert Certificate.from_der(_ROOT) == Certificate.from_der(bytes(_ROOT))
    assert len({Certificate.from_der(_ROOT), Certificate.from_der(_ROOT), Certificate.from_der(_DOORMAN)}) == 2


def test_cordas_algorithm_identifier_is_read_and_the_original_bytes_kept() -> None:
    der = with_curve(_DOORMAN)
    certificate = Certificate.from_der(der)
    assert certificate.der == der
    assert certificate.tbs in der
    assert certificate.subject == Certificate.from_der(_DOORMAN).subject


def test_signature_is_verified_over_the_original_bytes_and_not_over_the_readable_copy() -> None:
    with pytest.raises(SignatureError):
        Certificate.from_der(with_curve(_DOORMAN)).verify_issued_by(Certificate.from_der(_ROOT))


@pytest.mark.parametrize(("inside", "outside"), [(True, False), (False, True)])
def test_algorithm_inside_has_to_be_the_one_outside(inside: bool, outside: bool) -> None:  # noqa: FBT001 - parametrized
    with pytest.raises(MalformedError, match="another signature algorithm"):
        Certificate.from_der(with_curve(_DOORMAN, inside=inside, outside=outside))


def test_validity_ends_with_its_last_second() -> None:
    certificate = Certificate.from_der(_ROOT)
    assert certificate.not_after.tzinfo is UTC
    assert certificate.is_valid_at(certificate.not_after)
    assert not certificate.is_valid_at(certificate.not_after + timedelta(seconds=1))
    assert not certificate.is_valid_at(certificate.not_before - timedelta(seconds=1))


def test_issuer_of_the_same_name_but_with_another_key_is_not_the_issuer() -> None:
    key, name = p256(), BANK.to_x509()
    impostor = forge(name, p256(), name, key, ca=True)
    child = forge(name, p256(), name, key)
    with pytest.raises(SignatureError, match="was not signed with the key of"):
        child.certificate.verify_issued_by(impostor.certificate)


def test_issuer_of_another_name_is_named() -> None:
    with pytest.raises(UntrustedError, match=r"Proto Root CA.*, not .*Bank A"):
        Certificate.from_der(_DOORMAN).verify_issued_by(Zone().node().node_ca.certificate)


@pytest.mark.parametrize(
    "key",
    [
        p256(),
        ec.generate_private_key(ec.SECP256K1()),
        ed25519.Ed25519PrivateKey.generate(),
        rsa.generate_private_key(65537, 2048),
    ],
    ids=["P-256", "secp256k1", "Ed25519", "RSA"],
)
def test_keys_of_cordas_schemes_verify_what_they_issue(
    key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey,
) -> None:
    issuer = forge(BANK.to_x509(), key, BANK.to_x509(), key, ca=True)
    child = forge(BANK.to_x509(), p256(), BANK.to_x509(), key)
    child.certificate.verify_issued_by(issuer.certificate)
    stranger = forge(BANK.to_x509(), p256(), BANK.to_x509(), p256())
    with pytest.raises(SignatureError):
        stranger.certificate.verify_issued_by(issuer.certificate)


@pytest.mark.parametrize(
    ("key", "found"),
    [
        (ec.generate_private_key(ec.SECP384R1()), "EC on secp384r1"),
        (rsa.generate_private_key(65537, 1024), "RSA of 1024 bits"),  # noqa: S505 - the point
        (ed448.Ed448PrivateKey.generate(), "Ed448"),
    ],
)
def test_keys_that_corda_does_not_sign_with_are_refused(key: ec.EllipticCurvePrivateKey, found: str) -> None:
    with pytest.raises(UnsupportedKeyError, match=f"is {found}; Corda signs with"):
        forge(BANK.to_x509(), key, BANK.to_x509(), p256())


def test_too_long_is_refused_before_it_is_read() -> None:
    with pytest.raises(MalformedError, match="8193 bytes, more than the 8192"):
        Certificate.from_der(bytes(MAX_CERTIFICATE_BYTES + 1))


@pytest.mark.parametrize("der", [b"", b"\x30\x00", _ROOT[:-1], _ROOT + b"\0", b"\x30\x80" + _ROOT[4:] + b"\0\0"])
def test_what_is_no_der_certificate_is_refused(der: bytes) -> None:
    with pytest.raises(MalformedError, match="no certificate in DER"):
        Certificate.from_der(der)


def test_negative_serial_number_is_refused() -> None:
    at = _DOORMAN.index(b"\x02\x10") + 2
    with pytest.raises(MalformedError, match="not a positive number"):
        Certificate.from_der(_DOORMAN[:at] + bytes([_DOORMAN[at] | 0x80]) + _DOORMAN[at + 1 :])


def test_algorithm_that_corda_does_not_use_with_the_key_is_named() -> None:
    key = p256()
    certificate = forge(BANK.to_x509(), key, BANK.to_x509(), key, ca=True, algorithm=hashes.SHA384()).certificate
    with pytest.raises(SignatureError, match="signature algorithm is 300a06082a8648ce3d040303, but EC on secp256r1"):
        certificate.verify_issued_by(certificate)


def test_unknown_role_is_refused() -> None:
    with pytest.raises(MalformedError, match="no Corda role"):
        forge(
            BANK.to_x509(),
            p256(),
            BANK.to_x509(),
            p256(),
            extensions=[(x509.UnrecognizedExtension(ROLE_OID, b"\x02\x01\x09"), False)],
        )


def test_subject_that_is_no_corda_name_is_told_when_it_is_asked_for() -> None:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "somebody")])
    certificate = forge(name, p256(), name, p256()).certificate
    with pytest.raises(MalformedError, match="subject is no Corda name"):
        _ = certificate.legal_name


@given(st.lists(st.tuples(st.integers(0, len(_DOORMAN) - 1), st.integers(0, 255)), min_size=1, max_size=8))
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_changed_bytes_read_as_a_certificate_or_raise_our_error(changes: list[tuple[int, int]]) -> None:
    der = bytearray(_DOORMAN)
    for at, value in changes:
        der[at] = value
    for changed in (bytes(der), with_curve(bytes(der))):
        try:
            certificate = Certificate.from_der(changed)
            certificate.verify_issued_by(Certificate.from_der(_ROOT))
        except CertificateError:
            continue
        assert changed == _DOORMAN


@given(st.binary(max_size=200))
def test_arbitrary_bytes_raise_our_error(data: bytes) -> None:
    with pytest.raises(CertificateError):
        Certificate.from_der(data)


def test_moments_are_compared_in_any_zone() -> None:
    assert Certificate.from_der(_ROOT).is_valid_at(datetime.fromisoformat("2026-12-01T23:00:00+09:00"))


def test_a_certificate_is_read_from_pem_too_and_other_text_is_refused() -> None:
    der = (GOLDEN / "zone-root.cer.der").read_bytes()
    pem = x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM).decode()
    assert Certificate.from_pem(f"\nRoot of the network:\n{pem}\n").der == der
    for text in ("", "no certificate", pem.replace("MII", "MMM", 1)):
        with pytest.raises(MalformedError):
            Certificate.from_pem(text)
