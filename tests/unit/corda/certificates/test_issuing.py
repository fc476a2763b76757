"""Issuing in two phases, without a private key."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import ExtensionOID

from corda_operator.corda.certificates.certificate import Certificate
from corda_operator.corda.certificates.errors import IssuingError, SignatureError
from corda_operator.corda.certificates.issuing import (
    CrlDistributionPoint,
    Validity,
    issue,
    random_serial_number,
)
from corda_operator.corda.certificates.profiles import Profile
from corda_operator.corda.certificates.roles import ROLE_OID, Role
from tests.unit.corda.certificates.zone import (
    BANK,
    GOLDEN,
    NOW,
    OTHER_BANK,
    Holder,
    Zone,
    complete,
    forge,
    p256,
    signature_by,
)


@pytest.fixture(scope="module")
def zone() -> Zone:
    return Zone()


@pytest.mark.parametrize(
    ("file", "profile"),
    [("root", Profile.ROOT_CA), ("doorman", Profile.DOORMAN_CA), ("netmap", Profile.NETWORK_MAP)],
)
def test_certificates_carry_what_genuine_nodes_accepted(zone: Zone, file: str, profile: Profile) -> None:
    genuine = Certificate.from_der((GOLDEN / f"zone-{file}.cer.der").read_bytes())
    ours = {
        Profile.ROOT_CA: zone.root,
        Profile.DOORMAN_CA: zone.identity_manager,
        Profile.NETWORK_MAP: zone.network_map,
    }[profile].certificate
    keyed = {ExtensionOID.SUBJECT_KEY_IDENTIFIER, ExtensionOID.AUTHORITY_KEY_IDENTIFIER}
    assert {(e.oid, e.critical) for e in ours.extensions} == {(e.oid, e.critical) for e in genuine.extensions}
    assert [e for e in sorted(ours.extensions, key=_by_oid) if e.oid not in keyed] == [
        e for e in sorted(genuine.extensions, key=_by_oid) if e.oid not in keyed
    ]


@pytest.mark.parametrize(
    ("profile", "role", "usages", "is_ca", "purposes"),
    [
        (Profile.NODE_CA, Role.NODE_CA, {"digital_signature", "key_cert_sign", "crl_sign"}, True, 1),
        (Profile.LEGAL_IDENTITY, Role.LEGAL_IDENTITY, {"digital_signature", "key_cert_sign"}, True, 1),
        (Profile.TLS, Role.TLS, {"digital_signature", "key_encipherment", "key_agreement"}, False, 2),
        (Profile.SERVICE_IDENTITY, Role.SERVICE_IDENTITY, {"digital_signature"}, False, 1),
    ],
)
def test_members_certificates_are_as_cordas(
    zone: Zone,
    profile: Profile,
    role: Role,
    usages: set[str],
    is_ca: bool,  # noqa: FBT001 - parametrized
    purposes: int,
) -> None:
    node = zone.node()
    holders = {
        Profile.NODE_CA: node.node_ca,
        Profile.LEGAL_IDENTITY: node.identity,
        Profile.TLS: node.tls,
        Profile.SERVICE_IDENTITY: zone.service(),
    }
    certificate = holders[profile].certificate
    assert (certificate.role, certificate.is_ca) == (role, is_ca)
    assert certificate.key_usage is not None
    assert {usage for usage in _USAGES if getattr(certificate.key_usage, usage)} == usages
    extended = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    assert len(list(extended.value)) == purposes
    critical = {extension.oid for extension in certificate.extensions if extension.critical}
    expected = {ExtensionOID.BASIC_CONSTRAINTS}
    assert critical == (expected | {ExtensionOID.NAME_CONSTRAINTS} if profile is Profile.NODE_CA else expected)
    assert certificate.extensions.get_extension_for_oid(ROLE_OID).critical is False


def test_identity_key_may_be_any_of_cordas(zone: Zone) -> None:
    for key in (ed25519.Ed25519PrivateKey.generate(), ec.generate_private_key(ec.SECP256K1()), p256()):
        assert zone.node(identity_key=key).identity.certificate.public_key == key.public_key()


def test_authority_is_found_by_the_key_identifier_that_it_states(zone: Zone) -> None:
    key, name = p256(), zone.root.certificate.subject
    stated = x509.SubjectKeyIdentifier(b"chosen by hand")
    authority = forge(name, key, name, key, ca=True, extensions=[(stated, False)])
    below = zone.issue(Profile.DOORMAN_CA, name, authority).certificate
    pointer = below.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier)
    assert pointer.value.key_identifier == b"chosen by hand"


def test_only_the_issuers_key_can_complete_a_certificate(zone: Zone) -> None:
    unsigned = issue(Profile.NODE_CA, BANK, p256().public_key(), zone.identity_manager.certificate, zone.validity)
    with pytest.raises(SignatureError, match="does not fit the signer's certificate"):
        unsigned.signed(signature_by(zone.root.key, unsigned.to_be_signed))
    with pytest.raises(SignatureError):
        unsigned.signed(b"not a signature")
    certificate = unsigned.signed(signature_by(zone.identity_manager.key, unsigned.to_be_signed))
    assert certificate.tbs == unsigned.to_be_signed
    certificate.verify_issued_by(zone.identity_manager.certificate)


def test_validity_begins_with_the_day_and_is_cut_to_the_issuers(zone: Zone) -> None:
    assert Validity.starting(datetime(2026, 12, 1, 23, 59, tzinfo=UTC)).not_before == datetime(2026, 12, 1, tzinfo=UTC)
    wide = Validity(NOW - timedelta(days=9), NOW + timedelta(days=9999))
    unsigned = issue(Profile.NODE_CA, BANK, p256().public_key(), zone.identity_manager.certificate, wide)
    certificate = complete(unsigned, zone.identity_manager.key)
    issuer = zone.identity_manager.certificate
    assert (certificate.not_before, certificate.not_after) == (issuer.not_before, issuer.not_after)


def test_nothing_is_issued_for_a_time_when_the_issuer_is_not_valid(zone: Zone) -> None:
    late = Validity.starting(zone.identity_manager.certificate.not_after + timedelta(days=2))
    with pytest.raises(IssuingError, match="nothing of the wanted validity"):
        issue(Profile.NODE_CA, BANK, p256().public_key(), zone.identity_manager.certificate, late)


def test_serial_numbers_have_sixteen_bytes_and_are_positive() -> None:
    numbers = {random_serial_number() for _ in range(100)}
    assert len(numbers) == 100
    assert all(number.bit_length() == 127 for number in numbers)


def test_distribution_point_names_its_signer_if_that_is_another_than_the_issuer(zone: Zone) -> None:
    point = CrlDistributionPoint("http://crl.example/tls.crl", zone.root.certificate.subject)
    node = zone.node()
    tls = zone.issue(Profile.TLS, BANK, node.node_ca, crl_distribution_point=point).certificate
    (found,) = tls.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    assert found.full_name == [x509.UniformResourceIdentifier(point.url)]
    assert found.crl_issuer == [x509.DirectoryName(zone.root.certificate.subject)]


def test_node_ca_is_constrained_to_its_own_name(zone: Zone) -> None:
    constraints = zone.node().node_ca.certificate.name_constraints
    assert constraints is not None
    assert constraints.permitted_subtrees == [x509.DirectoryName(BANK.to_x509())]


@pytest.mark.parametrize(
    ("profile", "issuer", "message"),
    [
        (Profile.DOORMAN_CA, "identity_manager", "DOORMAN_CA is issued by the root, not by .*DOORMAN_CA"),
        (Profile.NODE_CA, "root", "NODE_CA is issued by DOORMAN_CA, not by .*no role"),
        (Profile.NODE_CA, "network_map", "NODE_CA is issued by DOORMAN_CA, not by .*NETWORK_MAP"),
        (Profile.TLS, "root", "TLS is issued by DOORMAN_CA or NODE_CA"),
        (Profile.ROOT_CA, "root", "ROOT_CA signs itself"),
    ],
)
def test_issuer_of_the_wrong_role_is_refused(zone: Zone, profile: Profile, issuer: str, message: str) -> None:
    holder: Holder = getattr(zone, issuer)
    with pytest.raises(IssuingError, match=message):
        issue(profile, BANK, p256().public_key(), holder.certificate, zone.validity)


def test_issuer_without_the_right_to_sign_certificates_is_refused(zone: Zone) -> None:
    toothless = replace(zone.identity_manager.certificate, is_ca=False)
    with pytest.raises(IssuingError, match="NODE_CA is issued by DOORMAN_CA"):
        issue(Profile.NODE_CA, BANK, p256().public_key(), toothless, zone.validity)


def test_only_the_root_signs_itself(zone: Zone) -> None:
    with pytest.raises(IssuingError, match="only ROOT_CA signs itself"):
        issue(Profile.DOORMAN_CA, BANK, p256().public_key(), None, zone.validity)


def test_node_ca_issues_for_its_own_name_only(zone: Zone) -> None:
    with pytest.raises(IssuingError, match="issues certificates for its own name only"):
        issue(Profile.TLS, OTHER_BANK, p256().public_key(), zone.node().node_ca.certificate, zone.validity)


def test_authorities_sign_with_p256_only(zone: Zone) -> None:
    with pytest.raises(IssuingError, match="not EC on secp256r1"):
        issue(Profile.ROOT_CA, BANK, ed25519.Ed25519PrivateKey.generate().public_key(), None, zone.validity)


_USAGES = [
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
]


def _by_oid(extension: x509.Extension[x509.ExtensionType]) -> str:
    return extension.oid.dotted_string
