"""What enters the network map and what is refused, with the reason that the node's operator reads."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from hypothesis import given
from hypothesis import strategies as st

from corda_operator.corda.certificates import chains
from corda_operator.corda.certificates.certificate import Certificate
from corda_operator.corda.certificates.errors import NodeInfoRejected
from corda_operator.corda.certificates.profiles import Profile
from corda_operator.corda.certificates.roles import Role
from corda_operator.corda.certificates.verification import (
    MAX_ADDRESSES,
    NodeInfoVerifier,
    VerifiedNodeInfo,
    never_revoked,
    verify_node_info,
)
from corda_operator.corda.names import LegalName
from corda_operator.corda.node_info import HostAndPort, NodeInfo, SignedNodeInfo
from tests.unit.corda.certificates.zone import (
    BANK,
    GOLDEN,
    NOW,
    OTHER_BANK,
    SERVICE,
    Holder,
    Private,
    Zone,
    forge,
    p256,
    signature_by,
)

_ROOT = Certificate.from_der((GOLDEN / "zone-root.cer.der").read_bytes())
_ADDRESS = HostAndPort("bank-a.example", 10002)
_ZONE = Zone()
_NODE = _ZONE.node()
_PATH = _ZONE.path(_NODE.identity, _NODE.node_ca)
_INFO = NodeInfo((_ADDRESS,), (_PATH,), platform_version=12, serial=1)


def published(info: NodeInfo, *signers: Private) -> SignedNodeInfo:
    raw = info.encode()
    return SignedNodeInfo(raw, tuple(signature_by(signer, raw) for signer in signers))


def verify(
    signed: SignedNodeInfo,
    *,
    root: Certificate = _ZONE.root.certificate,
    now: datetime = NOW,
    revoked: Callable[[Certificate], bool] = never_revoked,
) -> VerifiedNodeInfo:
    return verify_node_info(signed, trust_root=root, now=now, minimum_platform_version=4, revoked=revoked)


def refused(signed: SignedNodeInfo, reason: str) -> None:
    with pytest.raises(NodeInfoRejected, match=reason) as caught:
        verify(signed)
    assert caught.value.reason == str(caught.value)


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("publish-bank-a-p256-identity", "O=BankA, L=London, C=GB"),
        ("publish-bank-b-ed25519-identity", "O=BankB, L=New York, C=US"),
        ("publish-bank-c-registered-by-corda", "O=BankC, L=Paris, C=FR"),
        ("publish-notary", "O=Notary, L=London, C=GB"),
    ],
)
def test_genuine_node_infos_are_accepted(file: str, name: str) -> None:
    signed = SignedNodeInfo.decode((GOLDEN / f"{file}.SignedNodeInfo").read_bytes())
    verified = verify(signed, root=_ROOT)
    assert verified.legal_names == (LegalName.parse(name),)
    assert verified.hash == signed.hash
    assert verified.legal_identity.node_ca is not None
    assert verified.legal_identity.issued_by_the_network.role is Role.NODE_CA


def test_certificates_that_corda_itself_signed_are_accepted_although_cryptography_refuses_them() -> None:
    signed = SignedNodeInfo.decode((GOLDEN / "publish-bank-c-registered-by-corda.SignedNodeInfo").read_bytes())
    leaf = signed.node_info().identities[0][0]
    with pytest.raises(ValueError, match="ExtraData"):
        x509.load_der_x509_certificate(leaf)
    assert verify(signed, root=_ROOT).legal_identity.certificate.der == leaf


@pytest.mark.parametrize(
    "key",
    [
        ed25519.Ed25519PrivateKey.generate(),
        p256(),
        ec.generate_private_key(ec.SECP256K1()),
        rsa.generate_private_key(65537, 2048),
    ],
    ids=["Ed25519", "P-256", "secp256k1", "RSA"],
)
def test_identities_of_all_of_cordas_schemes_are_accepted(key: Private) -> None:
    node = _ZONE.node(identity_key=key)
    info = replace(_INFO, identities=(_ZONE.path(node.identity, node.node_ca),))
    assert verify(published(info, key)).legal_identity.key == key.public_key()
    refused(published(info, p256()), f'not signed with the key of "{BANK}"')


def test_notary_with_a_service_identity_has_two_identities() -> None:
    service = _ZONE.service()
    info = replace(_INFO, identities=(_PATH, _ZONE.path(service)))
    verified = verify(published(info, _NODE.identity.key, service.key))
    assert verified.legal_names == (BANK, SERVICE)
    assert verified.service_identity is not None
    assert verified.service_identity.node_ca is None
    assert verified.service_identity.issued_by_the_network == service.certificate


def test_service_identity_alone_is_refused() -> None:
    service = _ZONE.service()
    info = replace(_INFO, identities=(_ZONE.path(service),))
    refused(published(info, service.key), "are SERVICE_IDENTITY, expected LEGAL_IDENTITY")


def test_identities_in_the_wrong_order_are_refused() -> None:
    service = _ZONE.service()
    info = replace(_INFO, identities=(_ZONE.path(service), _PATH))
    refused(published(info, service.key, _NODE.identity.key), "expected LEGAL_IDENTITY, SERVICE_IDENTITY")


def test_two_legal_identities_are_refused() -> None:
    other = _ZONE.node(OTHER_BANK)
    info = replace(_INFO, identities=(_PATH, _ZONE.path(other.identity, other.node_ca)))
    refused(published(info, _NODE.identity.key, other.identity.key), "expected LEGAL_IDENTITY, SERVICE_IDENTITY")


def test_service_with_the_banks_own_name_is_refused() -> None:
    service = _ZONE.service(BANK)
    info = replace(_INFO, identities=(_PATH, _ZONE.path(service)))
    refused(published(info, _NODE.identity.key, service.key), "both identities have the name")


def test_service_with_the_banks_own_key_is_refused() -> None:
    key = p256()
    node = _ZONE.node(identity_key=key)
    service = _ZONE.service(key=key)
    info = replace(_INFO, identities=(_ZONE.path(node.identity, node.node_ca), _ZONE.path(service)))
    refused(published(info, key, key), "have the same key")


def test_three_identities_are_refused() -> None:
    info = replace(_INFO, identities=(_PATH, _PATH, _PATH))
    refused(published(info, *[_NODE.identity.key] * 3), "has 3 identities, expected 1 or 2")


@pytest.mark.parametrize("signers", [[], [_NODE.identity.key] * 2])
def test_each_identity_signs_once(signers: list[Private]) -> None:
    refused(published(_INFO, *signers), f"1 identities but {len(signers)} signatures")


def test_signatures_in_the_wrong_order_are_refused() -> None:
    service = _ZONE.service()
    info = replace(_INFO, identities=(_PATH, _ZONE.path(service)))
    refused(published(info, service.key, _NODE.identity.key), "not signed with the key of")


def test_signature_of_other_bytes_is_refused() -> None:
    other = published(replace(_INFO, serial=2), _NODE.identity.key)
    refused(replace(published(_INFO), signatures=other.signatures), "not signed with the key of")


def test_bytes_that_are_no_node_info_are_refused() -> None:
    refused(SignedNodeInfo(b"corda", (b"",)), "cannot be read")


def test_another_networks_root_is_refused_though_it_has_the_same_name() -> None:
    other = Zone()
    node = other.node()
    info = replace(_INFO, identities=(other.path(node.identity, node.node_ca),))
    refused(published(info, node.identity.key), "does not end with the root of this network")


def test_chain_that_claims_our_root_is_refused() -> None:
    other = Zone()
    node = other.node()
    path = (*other.path(node.identity, node.node_ca)[:-1], _ZONE.root.certificate.der)
    refused(published(replace(_INFO, identities=(path,)), node.identity.key), "was not signed with the key of")


def test_chain_without_its_root_is_refused() -> None:
    info = replace(_INFO, identities=(_PATH[:-1],))
    refused(published(info, _NODE.identity.key), "a chain of LEGAL_IDENTITY, NODE_CA, DOORMAN_CA; expected")


def test_long_chain_is_refused_before_it_is_read() -> None:
    info = replace(_INFO, identities=((b"\x30\x00",) * 5,))
    refused(published(info, _NODE.identity.key), "chain of 5 certificates, more than 4")


def test_malformed_certificate_is_refused() -> None:
    info = replace(_INFO, identities=((b"\x30\x00", *_PATH[1:]),))
    refused(published(info, _NODE.identity.key), "no certificate in DER")


@pytest.mark.parametrize("profile", [Profile.TLS, Profile.CONFIDENTIAL_LEGAL_IDENTITY])
def test_certificates_that_are_no_identities_of_nodes_are_refused(profile: Profile) -> None:
    node = _ZONE.node(identity_key=p256())
    issuer = node.node_ca if profile is Profile.TLS else node.identity
    holder = _ZONE.issue(profile, BANK, issuer)
    info = replace(_INFO, identities=(_ZONE.path(holder, issuer),))
    refused(published(info, holder.key), f"a chain of {profile.name}, .*; expected a chain of LEGAL_IDENTITY, NODE_CA")


def test_name_that_the_identity_manager_did_not_give_is_refused() -> None:
    key = p256()
    node_ca = _ZONE.issue(Profile.NODE_CA, BANK, _ZONE.identity_manager)
    identity = _below(node_ca, key, subject=OTHER_BANK)
    info = replace(_INFO, identities=(_ZONE.path(identity, node_ca),))
    refused(published(info, key), "O=Bank B.* was issued by .*O=Bank A.*for its own name only")


def test_name_outside_the_constraints_is_refused() -> None:
    key = p256()
    identity = _below(_NODE.node_ca, key, subject=OTHER_BANK)
    info = replace(_INFO, identities=(_ZONE.path(identity, _NODE.node_ca),))
    refused(published(info, key), "is not within .*O=Bank A.*to which its authority is constrained")


def test_excluded_name_is_refused() -> None:
    excluded = x509.NameConstraints(None, [x509.DirectoryName(BANK.to_x509())])
    refused(*_through_forged_node_ca(extensions=[(excluded, True)], reason="a name that .* excludes"))


def test_alternative_names_below_constraints_are_refused() -> None:
    key = p256()
    names = x509.SubjectAlternativeName([x509.DNSName("bank-b.example")])
    identity = _below(_NODE.node_ca, key, extensions=[(names, False)])
    info = replace(_INFO, identities=(_ZONE.path(identity, _NODE.node_ca),))
    refused(published(info, key), "has alternative names although")


def test_node_ca_that_is_no_authority_is_refused() -> None:
    refused(*_through_forged_node_ca(ca=False, reason="which is no certificate authority"))


def test_node_ca_that_may_not_sign_certificates_is_refused() -> None:
    refused(*_through_forged_node_ca(key_cert_sign=False, reason="which is no certificate authority"))


def test_node_ca_with_an_unknown_critical_extension_is_refused() -> None:
    unknown = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")
    refused(*_through_forged_node_ca(extensions=[(unknown, True)], reason="not understood: 1.2.3.4"))


def test_node_ca_that_expired_is_refused() -> None:
    refused(*_through_forged_node_ca(not_after=NOW - timedelta(seconds=1), reason="NODE_CA.* is valid from .*, not at"))


def test_node_ca_that_is_not_yet_valid_is_refused() -> None:
    refused(
        *_through_forged_node_ca(not_before=NOW + timedelta(seconds=1), reason="NODE_CA.* is valid from .*, not at")
    )


def test_identity_manager_without_room_below_it_is_refused() -> None:
    key = p256()
    root, manager = _ZONE.root, _ZONE.identity_manager.certificate
    narrow = forge(
        manager.subject, key, root.certificate.subject, root.key, role=Role.DOORMAN_CA, ca=True, path_length=0
    )
    node_ca = forge(BANK.to_x509(), key, manager.subject, key, role=Role.NODE_CA, ca=True)
    identity = forge(BANK.to_x509(), key, BANK.to_x509(), key, role=Role.LEGAL_IDENTITY)
    path = tuple(holder.certificate.der for holder in (identity, node_ca, narrow, root))
    refused(published(replace(_INFO, identities=(path,)), key), "permits 0 authorities below it, not 1")


def test_expired_root_is_refused() -> None:
    late = _ZONE.root.certificate.not_after + timedelta(days=1)
    with pytest.raises(NodeInfoRejected, match="is valid from"):
        verify(published(_INFO, _NODE.identity.key), now=late)


@pytest.mark.parametrize("holder", [_NODE.identity, _NODE.node_ca, _ZONE.identity_manager])
def test_each_certificate_below_the_root_can_be_revoked(holder: Holder) -> None:
    with pytest.raises(NodeInfoRejected, match=f"{holder.certificate.serial_number:x}.* is revoked"):
        verify(published(_INFO, _NODE.identity.key), revoked=lambda certificate: certificate == holder.certificate)


def test_platform_version_below_the_networks_minimum_is_refused() -> None:
    refused(
        published(replace(_INFO, platform_version=3), _NODE.identity.key),
        "platform version 3, the network's parameters require at least 4",
    )
    verify(published(replace(_INFO, platform_version=4), _NODE.identity.key))


@pytest.mark.parametrize("serial", [0, -1])
def test_serial_that_is_no_time_is_refused(serial: int) -> None:
    refused(published(replace(_INFO, serial=serial), _NODE.identity.key), f"has serial {serial}, expected milliseconds")


@pytest.mark.parametrize(
    "host",
    [
        "",
        "bank a",
        "bank/../a",
        "a" * 64,
        ".".join(["a" * 60] * 5),
        "-bank",
        "bank-",
        "a..b",
        "0.0.0.0",  # noqa: S104 - refused
        "::",
        "[::]",
        "224.0.0.1",
        "bänk",
        "a\n",
    ],
)
def test_host_that_nobody_can_connect_to_is_refused(host: str) -> None:
    info = replace(_INFO, addresses=(HostAndPort(host, 10002),))
    refused(published(info, _NODE.identity.key), "is neither a host name nor an IP address|no node can be reached at")


@pytest.mark.parametrize(
    "host",
    ["localhost", "bank-a.banks.svc.cluster.local", "10.0.0.7", "2001:db8::7", "[2001:db8::7]", "a.example.", "x_y"],
)
def test_host_names_and_addresses_are_accepted(host: str) -> None:
    info = replace(_INFO, addresses=(HostAndPort(host, 1),))
    assert verify(published(info, _NODE.identity.key)).node_info == info


def test_port_zero_is_refused() -> None:
    refused(published(replace(_INFO, addresses=(HostAndPort("a", 0),)), _NODE.identity.key), "port 0, expected 1 to")


def test_addresses_without_end_are_refused() -> None:
    info = replace(_INFO, addresses=(_ADDRESS,) * (MAX_ADDRESSES + 1))
    refused(published(info, _NODE.identity.key), "has 17 addresses, expected 1 to 16")


def test_remembered_identity_manager_is_still_refused_when_it_has_expired() -> None:
    verifier = NodeInfoVerifier(_ZONE.root.certificate)
    signed = published(_INFO, _NODE.identity.key)
    verifier.verify(signed, now=NOW, minimum_platform_version=4)
    late = _ZONE.identity_manager.certificate.not_after + timedelta(seconds=1)
    with pytest.raises(NodeInfoRejected, match="is valid from"):
        verifier.verify(signed, now=late, minimum_platform_version=4)


def test_signature_of_the_identity_manager_is_verified_once(monkeypatch: pytest.MonkeyPatch) -> None:
    issuers: list[Certificate] = []
    genuine = Certificate.verify_issued_by

    def counting(self: Certificate, issuer: Certificate) -> None:
        issuers.append(issuer)
        genuine(self, issuer)

    monkeypatch.setattr(Certificate, "verify_issued_by", counting)
    verifier = NodeInfoVerifier(_ZONE.root.certificate)
    for _ in range(3):
        verifier.verify(published(_INFO, _NODE.identity.key), now=NOW, minimum_platform_version=4)
    assert issuers.count(_ZONE.root.certificate) == 1
    assert issuers.count(_ZONE.identity_manager.certificate) == 3


def test_memory_of_authorities_has_an_end() -> None:
    verifier = chains.ChainVerifier(_ZONE.root.certificate, remembered=2)
    root = _ZONE.root
    for _ in range(5):
        manager = _ZONE.issue(Profile.DOORMAN_CA, OTHER_BANK.to_x509(), root)
        verifier.verify((manager.certificate, root.certificate), NOW)
    assert len(verifier._signed_by_root) == 2


_BANK_C = (GOLDEN / "publish-bank-c-registered-by-corda.SignedNodeInfo").read_bytes()


@given(st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=4))
def test_changed_node_info_is_refused_with_our_error(changes: list[tuple[int, int]]) -> None:
    genuine = SignedNodeInfo.decode(_BANK_C)
    raw = bytearray(genuine.raw)
    for at, value in changes:
        raw[at % len(raw)] = value
    try:
        verify(SignedNodeInfo(bytes(raw), genuine.signatures), root=_ROOT)
    except NodeInfoRejected:
        return
    assert bytes(raw) == genuine.raw


def _below(
    issuer: Holder,
    key: Private,
    *,
    subject: LegalName = BANK,
    extensions: list[tuple[x509.ExtensionType, bool]] | None = None,
) -> Holder:
    return forge(
        subject.to_x509(),
        key,
        issuer.certificate.subject,
        issuer.key,
        role=Role.LEGAL_IDENTITY,
        extensions=extensions or [],
    )


def _through_forged_node_ca(
    *,
    reason: str,
    ca: bool = True,
    key_cert_sign: bool | None = None,
    not_before: datetime = datetime(2026, 1, 1, tzinfo=UTC),
    not_after: datetime = datetime(2027, 1, 1, tzinfo=UTC),
    extensions: list[tuple[x509.ExtensionType, bool]] | None = None,
) -> tuple[SignedNodeInfo, str]:
    manager, key = _ZONE.identity_manager, p256()
    node_ca = forge(
        BANK.to_x509(),
        key,
        manager.certificate.subject,
        manager.key,
        role=Role.NODE_CA,
        ca=ca,
        key_cert_sign=key_cert_sign,
        not_before=not_before,
        not_after=not_after,
        extensions=extensions or [],
    )
    identity = _below(node_ca, key)
    return published(replace(_INFO, identities=(_ZONE.path(identity, node_ca),)), key), reason
