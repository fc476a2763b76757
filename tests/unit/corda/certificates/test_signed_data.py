"""Who may sign network maps and parameters."""

from dataclasses import replace
from datetime import timedelta

import pytest

from corda_operator.corda.certificates.certificate import Certificate
from corda_operator.corda.certificates.errors import CertificateError, SignatureError, UntrustedError
from corda_operator.corda.certificates.profiles import Profile
from corda_operator.corda.certificates.roles import Role
from corda_operator.corda.certificates.signed_data import verify_signed_with_certificate
from corda_operator.corda.node_info import SignedNodeInfo
from corda_operator.corda.signed import SignedDataWithCert
from tests.unit.corda.certificates.zone import BANK, GOLDEN, NOW, Holder, Zone, forge, p256, signature_by

_ZONE = Zone()
_MAP = {Role.NETWORK_MAP}
_PARAMETERS = {Role.NETWORK_MAP, Role.NETWORK_PARAMETERS}


def signed(signer: Holder, *parents: Holder) -> SignedDataWithCert:
    raw = b"a network map"
    chain = tuple(parent.certificate.der for parent in parents)
    return SignedDataWithCert(raw, signer.certificate.der, signature_by(signer.key, raw), chain)


def verify(
    data: SignedDataWithCert, roles: set[Role] = _MAP, root: Certificate = _ZONE.root.certificate
) -> Certificate:
    return verify_signed_with_certificate(data, trust_root=root, roles=roles, now=NOW)


def test_map_signed_below_the_root_is_accepted_with_and_without_the_chain() -> None:
    assert verify(signed(_ZONE.network_map)) == _ZONE.network_map.certificate
    assert verify(signed(_ZONE.network_map, _ZONE.root)) == _ZONE.network_map.certificate


def test_parameters_of_the_genuine_bootstrapper_are_accepted_by_its_own_root_only() -> None:
    data = SignedDataWithCert.decode((GOLDEN / "bootstrapper-network-parameters").read_bytes())
    (file, *_) = GOLDEN.glob("bootstrapper-nodeInfo-*")
    own_root = Certificate.from_der(SignedNodeInfo.decode(file.read_bytes()).node_info().identities[0][-1])
    signer = verify(data, _PARAMETERS, own_root)
    assert signer.role in _PARAMETERS
    with pytest.raises(UntrustedError, match="as its issuer, not"):
        verify(data, _PARAMETERS)


def test_certificate_for_parameters_signs_no_map() -> None:
    signer = _ZONE.issue(Profile.NETWORK_PARAMETERS, BANK, _ZONE.root)
    assert verify(signed(signer), _PARAMETERS) == signer.certificate
    with pytest.raises(UntrustedError, match=r"NETWORK_PARAMETERS.*, expected the role NETWORK_MAP"):
        verify(signed(signer))


def test_node_signs_no_map() -> None:
    node = _ZONE.node()
    with pytest.raises(UntrustedError, match="expected the role NETWORK_MAP"):
        verify(signed(node.identity, node.node_ca, _ZONE.identity_manager, _ZONE.root))


def test_bank_that_calls_itself_the_network_map_signs_no_map() -> None:
    node, key = _ZONE.node(), p256()
    name = node.node_ca.certificate.subject
    impostor = forge(name, key, name, node.node_ca.key, role=Role.NETWORK_MAP)
    with pytest.raises(UntrustedError, match="has the role NODE_CA, expected none"):
        verify(signed(impostor, node.node_ca, _ZONE.identity_manager, _ZONE.root))


def test_authority_without_role_below_one_with_a_role_does_not_launder_it() -> None:
    manager, key = _ZONE.identity_manager, p256()
    laundry = forge(BANK.to_x509(), p256(), manager.certificate.subject, manager.key, ca=True)
    impostor = forge(BANK.to_x509(), key, BANK.to_x509(), laundry.key, role=Role.NETWORK_MAP)
    with pytest.raises(UntrustedError, match="has no Corda role although its issuer has one"):
        verify(signed(impostor, laundry, manager, _ZONE.root))


def test_another_networks_map_is_refused() -> None:
    other = Zone()
    with pytest.raises(UntrustedError, match="root of this network"):
        verify(signed(other.network_map, other.root))
    with pytest.raises(SignatureError):
        verify(signed(other.network_map))


def test_changed_map_is_refused() -> None:
    with pytest.raises(SignatureError):
        verify(replace(signed(_ZONE.network_map), raw=b"another map"))


def test_expired_signer_is_refused() -> None:
    late = _ZONE.network_map.certificate.not_after + timedelta(seconds=1)
    with pytest.raises(UntrustedError, match="is valid from"):
        verify_signed_with_certificate(
            signed(_ZONE.network_map), trust_root=_ZONE.root.certificate, roles=_MAP, now=late
        )


def test_signer_that_is_no_certificate_is_refused() -> None:
    with pytest.raises(CertificateError):
        verify(replace(signed(_ZONE.network_map), by=b"nobody"))
