"""Whether what the services of a joined network sign leads to the trust root that was given. No I/O."""

import datetime
from typing import Final

from corda_operator.corda.certificates.certificate import Certificate
from corda_operator.corda.certificates.errors import CertificateError
from corda_operator.corda.certificates.roles import Role
from corda_operator.corda.certificates.signed_data import verify_signed_with_certificate
from corda_operator.corda.hashes import SecureHash
from corda_operator.corda.network_map import NetworkMap
from corda_operator.corda.network_parameters import NetworkParameters
from corda_operator.corda.signed import SignedDataWithCert

_OF_MAPS: Final = frozenset({Role.NETWORK_MAP})
_OF_PARAMETERS: Final = frozenset({Role.NETWORK_MAP, Role.NETWORK_PARAMETERS})


class NotCordaError(ValueError):
    """What was served is not what Corda calls a network map or network parameters."""


class ForeignError(ValueError):
    """What was served is signed, but not under the trust root that is trusted."""


def trust_root_of(pem: str) -> Certificate:
    """Read a trust root (PEM); raise ValueError unless it is a certificate that can be one."""
    try:
        root = Certificate.from_pem(pem)
    except CertificateError as error:
        raise ValueError(str(error)) from None
    if root.subject != root.issuer or root.role is not None or not root.may_issue_certificates:
        raise ValueError(f"{root} is no root: expected a self-signed authority without a Corda role")
    return root


def verified_network_map(served: bytes, trust_root_pem: str, now: datetime.datetime) -> NetworkMap:
    """Read what ``GET networkMapURL/network-map`` gave, as a node would (corda: NetworkMapClient.getNetworkMap).

    Raises NotCordaError, ForeignError, or ValueError if the trust root itself can't be used.
    """
    signed = _verified(served, trust_root_pem, now, _OF_MAPS, "network map")
    try:
        return NetworkMap.decode(signed.raw)
    except ValueError as error:
        raise NotCordaError(f"the signed network map can't be read: {error}") from None


def verified_parameters(
    served: bytes, expected: SecureHash, trust_root_pem: str, now: datetime.datetime
) -> NetworkParameters:
    """Read what ``GET networkMapURL/network-map/network-parameters/{hash}`` gave for a hash of a verified map.

    Raises NotCordaError, ForeignError, or ValueError if the trust root itself can't be used.
    """
    signed = _verified(served, trust_root_pem, now, _OF_PARAMETERS, "network parameters")
    if signed.hash != expected:
        raise NotCordaError(f"the network map names parameters {expected}, but {signed.hash} were served")
    try:
        return NetworkParameters.decode(signed.raw)
    except ValueError as error:
        raise NotCordaError(f"the signed network parameters can't be read: {error}") from None


def _verified(
    served: bytes, trust_root_pem: str, now: datetime.datetime, roles: frozenset[Role], what: str
) -> SignedDataWithCert:
    root = trust_root_of(trust_root_pem)
    try:
        signed = SignedDataWithCert.decode(served)
    except ValueError as error:
        raise NotCordaError(f"what was served is no signed {what}: {error}") from None
    try:
        verify_signed_with_certificate(signed, trust_root=root, roles=roles, now=now)
    except CertificateError as error:
        raise ForeignError(f"the {what} can't be trusted: {error}") from None
    return signed
