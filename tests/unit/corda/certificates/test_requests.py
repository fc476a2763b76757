"""Certificate requests: Corda's own, ours, and what is refused."""

from collections.abc import Sequence
from typing import Annotated

import pytest
from cryptography import x509
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from hypothesis import given
from hypothesis import strategies as st

from corda_operator.corda.certificates.der import ECDSA_SHA256, assemble
from corda_operator.corda.certificates.errors import (
    CertificateError,
    IssuingError,
    MalformedError,
    SignatureError,
    UnsupportedKeyError,
    UntrustedError,
)
from corda_operator.corda.certificates.requests import MAX_REQUEST_BYTES, CertificateRequest, request_certificate
from corda_operator.corda.certificates.roles import ROLE_OID, Role
from corda_operator.corda.names import LegalName
from tests.unit.corda.certificates.zone import BANK, GOLDEN, Private, complete, p256, signature_by

_GENUINE = (GOLDEN / "certificate-request-bank-c.pkcs10.der").read_bytes()


def test_genuine_request_is_read_and_its_signature_verified() -> None:
    request = CertificateRequest.from_der(_GENUINE)
    assert request.legal_name == LegalName.parse("O=BankC, L=Paris, C=FR")
    assert (request.role, request.email) == (Role.NODE_CA, "ops@example.com")
    assert isinstance(request.public_key, ec.EllipticCurvePublicKey)
    assert request.spki in _GENUINE


@pytest.mark.parametrize("role", [Role.NODE_CA, Role.SERVICE_IDENTITY])
def test_our_request_is_read_back(role: Role) -> None:
    key = p256()
    request = complete(request_certificate(BANK, key.public_key(), "zoë@example.com", role), key)
    assert (request.legal_name, request.role, request.email) == (BANK, role, "zoë@example.com")
    assert request.public_key == key.public_key()


def test_our_request_differs_from_cordas_in_nothing_but_the_algorithm() -> None:
    genuine = CertificateRequest.from_der(_GENUINE)
    ours = request_certificate(genuine.legal_name, genuine.public_key, "ops@example.com")
    assert ours.to_be_signed in _GENUINE


def test_request_that_another_key_signed_is_refused() -> None:
    unsigned = request_certificate(BANK, p256().public_key(), "a@example.com")
    stolen = assemble(unsigned.to_be_signed, ECDSA_SHA256, signature_by(p256(), unsigned.to_be_signed))
    with pytest.raises(SignatureError, match="not signed with its own key"):
        CertificateRequest.from_der(stolen)


def test_changed_request_is_refused() -> None:
    with pytest.raises(SignatureError):
        CertificateRequest.from_der(_GENUINE.replace(b"BankC", b"BankD"))


def test_request_without_role_is_for_a_node_ca() -> None:
    assert CertificateRequest.from_der(_signed(p256())).role is Role.NODE_CA


@pytest.mark.parametrize("role", set(Role) - {Role.NODE_CA, Role.SERVICE_IDENTITY})
def test_roles_that_nobody_registers_are_refused(role: Role) -> None:
    key = p256()
    with pytest.raises(UntrustedError, match=f"for role {role.name}; nodes register"):
        complete(request_certificate(BANK, key.public_key(), "a@example.com", role), key)


def test_service_identity_may_have_any_of_cordas_keys() -> None:
    key = ed25519.Ed25519PrivateKey.generate()
    assert CertificateRequest.from_der(_signed(key, (Role.SERVICE_IDENTITY,))).role is Role.SERVICE_IDENTITY


@pytest.mark.parametrize(
    "key", [ed25519.Ed25519PrivateKey.generate(), ec.generate_private_key(ec.SECP256K1())], ids=["Ed25519", "secp256k1"]
)
def test_node_ca_whose_certificates_javas_tls_refuses_is_refused(key: Private) -> None:
    with pytest.raises(UnsupportedKeyError, match="has to be EC on secp256r1 or RSA"):
        CertificateRequest.from_der(_signed(key))


def test_node_ca_may_have_an_rsa_key() -> None:
    key = rsa.generate_private_key(65537, 2048)
    assert CertificateRequest.from_der(_signed(key)).public_key == key.public_key()


def test_weak_key_is_refused_with_its_size() -> None:
    with pytest.raises(UnsupportedKeyError, match="RSA of 1024 bits"):
        CertificateRequest.from_der(_signed(rsa.generate_private_key(65537, 1024)))  # noqa: S505


def test_subject_that_is_no_corda_name_is_refused_with_the_reason() -> None:
    subject = x509.Name([x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, "Bank A")])
    with pytest.raises(MalformedError, match=r"no Corda name: .* has no L and no C"):
        CertificateRequest.from_der(_signed(p256(), subject=subject))


@pytest.mark.parametrize("email", ["", "two\nlines@example.com", "x" * 255])
def test_email_that_cannot_be_shown_is_refused(email: str) -> None:
    key = p256()
    with pytest.raises(MalformedError, match="e-mail address"):
        complete(request_certificate(BANK, key.public_key(), email), key)


@pytest.mark.parametrize("roles", [[(Role.SERVICE_IDENTITY, Role.NODE_CA)], [(Role.NODE_CA,)] * 2, [()]])
def test_role_has_just_one_value(roles: list[tuple[Role, ...]]) -> None:
    with pytest.raises(MalformedError, match="not just one value"):
        CertificateRequest.from_der(_signed(p256(), *roles))


def test_our_requests_need_the_key_that_cordas_have() -> None:
    with pytest.raises(IssuingError, match="secp256r1"):
        request_certificate(BANK, ed25519.Ed25519PrivateKey.generate().public_key(), "a@example.com")


def test_too_long_is_refused_before_it_is_read() -> None:
    with pytest.raises(MalformedError, match="more than the 4096"):
        CertificateRequest.from_der(bytes(MAX_REQUEST_BYTES + 1))


@given(st.lists(st.tuples(st.integers(0, len(_GENUINE) - 1), st.integers(0, 255)), min_size=1, max_size=6))
def test_changed_bytes_are_refused_with_our_error(changes: list[tuple[int, int]]) -> None:
    der = bytearray(_GENUINE)
    for at, value in changes:
        der[at] = value
    try:
        CertificateRequest.from_der(bytes(der))
    except CertificateError:
        return
    assert bytes(der) == _GENUINE


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


def _signed(key: Private, *roles: Sequence[Role], subject: x509.Name | None = None) -> bytes:
    """Return a request with an attribute of the role for each list of values."""
    attributes = [
        _Attribute(type=ROLE_OID, values=asn1.SetOf([asn1.decode_der(asn1.TLV, role.encode()) for role in values]))
        for values in roles
    ]
    spki = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    content = asn1.encode_der(
        _Content(
            version=0,
            subject=asn1.decode_der(asn1.TLV, (subject or BANK.to_x509()).public_bytes()),
            key=asn1.decode_der(asn1.TLV, spki),
            attributes=asn1.SetOf(attributes),
        )
    )
    return assemble(content, _ALGORITHMS[type(key).__name__], signature_by(key, content))


_ALGORITHMS = {
    "ECPrivateKey": ECDSA_SHA256,
    "Ed25519PrivateKey": bytes.fromhex("300506032b6570"),
    "RSAPrivateKey": bytes.fromhex("300d06092a864886f70d01010b0500"),
}
