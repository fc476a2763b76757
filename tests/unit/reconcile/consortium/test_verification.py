"""Whether a joined network is the one that was meant."""

import datetime

import pytest

from corda_operator.corda.certificates.certificate import Certificate
from corda_operator.corda.certificates.issuing import Validity, issue
from corda_operator.corda.certificates.profiles import Profile
from corda_operator.corda.certificates.roles import Role
from corda_operator.corda.hashes import SecureHash
from corda_operator.corda.names import LegalName
from corda_operator.corda.network_map import NetworkMap
from corda_operator.corda.network_parameters import NetworkParameters
from corda_operator.corda.signed import SignedDataWithCert
from corda_operator.reconcile.consortium.verification import (
    ForeignError,
    NotCordaError,
    trust_root_of,
    verified_network_map,
    verified_parameters,
)
from tests.unit.corda.certificates.zone import complete, p256, signature_by
from tests.unit.reconcile.consortium.world import NOW, OTHER_PEM, ROOT, ROOT_KEY, ROOT_PEM, pem

MAP = NetworkMap((SecureHash(b"1" * 32),), SecureHash(b"2" * 32))
PARAMETERS = NetworkParameters(4, (), 1, 1, NOW, 7)


def signed(raw: bytes, profile: Profile = Profile.NETWORK_MAP) -> bytes:
    """Return bytes signed by an authority right below the root."""
    key = p256()
    name = LegalName("Consortium", "London", "GB", common_name="Signer")
    signer = complete(issue(profile, name, key.public_key(), ROOT, Validity.starting(NOW)), ROOT_KEY)
    return SignedDataWithCert(raw, signer.der, signature_by(key, raw)).encode()


def test_a_map_that_leads_to_the_trust_root_is_read() -> None:
    assert verified_network_map(signed(MAP.encode()), ROOT_PEM, NOW) == MAP


def test_a_map_under_another_root_is_foreign() -> None:
    with pytest.raises(ForeignError, match="the network map can't be trusted"):
        verified_network_map(signed(MAP.encode()), OTHER_PEM, NOW)


def test_a_map_that_was_altered_is_foreign() -> None:
    genuine = SignedDataWithCert.decode(signed(MAP.encode()))
    altered = SignedDataWithCert(NetworkMap((), MAP.network_parameter_hash).encode(), genuine.by, genuine.signature)
    with pytest.raises(ForeignError):
        verified_network_map(altered.encode(), ROOT_PEM, NOW)


def test_only_a_network_maps_key_signs_maps() -> None:
    with pytest.raises(ForeignError, match="expected the role NETWORK_MAP"):
        verified_network_map(signed(MAP.encode(), Profile.DOORMAN_CA), ROOT_PEM, NOW)


def test_a_map_is_foreign_once_its_signers_certificate_has_expired() -> None:
    with pytest.raises(ForeignError):
        verified_network_map(signed(MAP.encode()), ROOT_PEM, NOW + datetime.timedelta(days=100 * 365))


@pytest.mark.parametrize("served", [b"", b"<html>Log in</html>", MAP.encode()], ids=["nothing", "a page", "unsigned"])
def test_what_is_no_signed_map_is_called_so(served: bytes) -> None:
    with pytest.raises(NotCordaError, match="no signed network map"):
        verified_network_map(served, ROOT_PEM, NOW)


def test_signed_bytes_that_are_no_map_are_called_so() -> None:
    with pytest.raises(NotCordaError, match="the signed network map can't be read"):
        verified_network_map(signed(PARAMETERS.encode()), ROOT_PEM, NOW)


def test_parameters_are_those_that_the_map_names() -> None:
    served = signed(PARAMETERS.encode())
    named = SecureHash.of(PARAMETERS.encode())

    assert verified_parameters(served, named, ROOT_PEM, NOW) == PARAMETERS
    with pytest.raises(NotCordaError, match="were served"):
        verified_parameters(served, MAP.network_parameter_hash, ROOT_PEM, NOW)


def _authority_below(role: Role) -> Certificate:
    profile = {Role.DOORMAN_CA: Profile.DOORMAN_CA, Role.NETWORK_MAP: Profile.NETWORK_MAP}[role]
    name = LegalName("Consortium", "London", "GB", common_name="X")
    return complete(issue(profile, name, p256().public_key(), ROOT, Validity.starting(NOW)), ROOT_KEY)


@pytest.mark.parametrize("role", [Role.DOORMAN_CA, Role.NETWORK_MAP])
def test_an_authority_below_the_root_is_no_trust_root(role: Role) -> None:
    with pytest.raises(ValueError, match="is no root"):
        trust_root_of(pem(_authority_below(role)))


def test_an_authority_that_has_the_roots_name_is_no_trust_root() -> None:
    name = LegalName.from_x509(ROOT.subject)
    own = complete(issue(Profile.DOORMAN_CA, name, p256().public_key(), ROOT, Validity.starting(NOW)), ROOT_KEY)
    with pytest.raises(ValueError, match="is no root"):
        trust_root_of(pem(own))


def test_nonsense_is_no_trust_root() -> None:
    with pytest.raises(ValueError, match=r".+"):
        trust_root_of("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n")
