"""What has to hold of a node info before it enters the network map.

Nodes only verify a node info's signatures when they fetch it and skip it later if its certificates are bad
(corda: SignedNodeInfo.verified, PersistentNetworkMapCache.verifyIdentities), so the network map verifies
all of it. What depends on state (serial numbers seen, names bound to keys) is the caller's.
"""

import ipaddress
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from corda_operator.corda.certificates.certificate import Certificate
from corda_operator.corda.certificates.chains import ChainVerifier
from corda_operator.corda.certificates.errors import CertificateError, NodeInfoRejected, SignatureError
from corda_operator.corda.certificates.roles import Role
from corda_operator.corda.certificates.signatures import PublicKey, verify_signature
from corda_operator.corda.hashes import SecureHash
from corda_operator.corda.names import LegalName
from corda_operator.corda.node_info import NodeInfo, SignedNodeInfo

MAX_IDENTITIES: Final = 2
"""A legal identity and a notary service."""
MAX_ADDRESSES: Final = 16

_MAX_HOST: Final = 253
_HOST: Final = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)(\.(?!-)[A-Za-z0-9_-]{1,63}(?<!-))*\.?", re.ASCII)
_ROLES: Final = {
    (Role.LEGAL_IDENTITY, Role.NODE_CA, Role.DOORMAN_CA, None),
    (Role.SERVICE_IDENTITY, Role.DOORMAN_CA, None),
}


@dataclass(frozen=True, slots=True)
class VerifiedIdentity:
    """A party of a node info, with its chain verified."""

    name: LegalName
    role: Role
    """LEGAL_IDENTITY or SERVICE_IDENTITY."""
    certificate: Certificate
    node_ca: Certificate | None
    """The node CA that issued the certificate; None for a service, which the identity manager issues itself."""

    @property
    def key(self) -> PublicKey:
        """The party's key, which also signs acknowledgements of parameters."""
        return self.certificate.public_key

    @property
    def issued_by_the_network(self) -> Certificate:
        """The certificate that the identity manager issued, and could revoke."""
        return self.node_ca or self.certificate


@dataclass(frozen=True, slots=True)
class VerifiedNodeInfo:
    """A node info whose signatures, chains and contents were verified."""

    hash: SecureHash
    node_info: NodeInfo
    identities: tuple[VerifiedIdentity, ...]
    """The legal identity, then the notary service if there is one."""

    @property
    def legal_identity(self) -> VerifiedIdentity:
        """The node's own identity."""
        return self.identities[0]

    @property
    def service_identity(self) -> VerifiedIdentity | None:
        """The notary service's, if the node is one with an identity of its own for it."""
        return self.identities[1] if len(self.identities) > 1 else None

    @property
    def legal_names(self) -> tuple[LegalName, ...]:
        """All identities' names."""
        return tuple(identity.name for identity in self.identities)


def never_revoked(certificate: Certificate) -> bool:
    """Tell that no certificate is revoked."""
    del certificate
    return False


def verify_node_info(
    signed: SignedNodeInfo,
    *,
    trust_root: Certificate,
    now: datetime,
    minimum_platform_version: int,
    revoked: Callable[[Certificate], bool] = never_revoked,
) -> VerifiedNodeInfo:
    """Verify one node info; raises NodeInfoRejected. For many of one network, keep a `NodeInfoVerifier`."""
    verifier = NodeInfoVerifier(trust_root)
    return verifier.verify(signed, now=now, minimum_platform_version=minimum_platform_version, revoked=revoked)


class NodeInfoVerifier:
    """Verifies node infos of one network; remembers verified identity managers. Not for several threads at once."""

    def __init__(self, trust_root: Certificate) -> None:
        self._chains = ChainVerifier(trust_root)

    def verify(
        self,
        signed: SignedNodeInfo,
        *,
        now: datetime,
        minimum_platform_version: int,
        revoked: Callable[[Certificate], bool] = never_revoked,
    ) -> VerifiedNodeInfo:
        """Verify a node info as published at ``now``; ``revoked`` is asked about each certificate below the root.

        Raises NodeInfoRejected, whatever is wrong.
        """
        try:
            node_info = signed.node_info()
        except ValueError as error:
            raise NodeInfoRejected(f"the node info cannot be read: {error}") from None
        _check_contents(node_info, minimum_platform_version)
        if len(signed.signatures) != len(node_info.identities):
            raise NodeInfoRejected(
                f"the node info has {len(node_info.identities)} identities but {len(signed.signatures)} signatures"
            )
        identities = tuple(self._identity(path, now, revoked) for path in node_info.identities)
        _check_identities(identities)
        for identity, signature in zip(identities, signed.signatures, strict=True):
            try:
                verify_signature(identity.key, signature, signed.raw)
            except SignatureError:
                raise NodeInfoRejected(f'the node info is not signed with the key of "{identity.name}"') from None
        return VerifiedNodeInfo(signed.hash, node_info, identities)

    def _identity(
        self, path: Sequence[bytes], now: datetime, revoked: Callable[[Certificate], bool]
    ) -> VerifiedIdentity:
        longest = max(map(len, _ROLES))
        if len(path) > longest:
            raise NodeInfoRejected(f"an identity has a chain of {len(path)} certificates, more than {longest}")
        try:
            chain = self._chains.read(path)
            roles = tuple(certificate.role for certificate in chain)
            if roles not in _ROLES:
                raise NodeInfoRejected(f"{_chain_of(roles)}; expected {' or '.join(sorted(map(_chain_of, _ROLES)))}")
            self._chains.verify(chain, now)
            name = chain[0].legal_name
        except NodeInfoRejected:
            raise
        except CertificateError as error:
            raise NodeInfoRejected(str(error)) from None
        for certificate in chain[:-1]:
            if revoked(certificate):
                raise NodeInfoRejected(f"{certificate} is revoked")
        leaf, issuer = chain[0], chain[1]
        if leaf.role is Role.LEGAL_IDENTITY:
            if leaf.subject != issuer.subject:
                raise NodeInfoRejected(f"{leaf} was issued by {issuer}, which may issue for its own name only")
            return VerifiedIdentity(name, Role.LEGAL_IDENTITY, leaf, issuer)
        return VerifiedIdentity(name, Role.SERVICE_IDENTITY, leaf, None)


def _check_contents(node_info: NodeInfo, minimum_platform_version: int) -> None:
    if node_info.platform_version < minimum_platform_version:
        raise NodeInfoRejected(
            f"the node has platform version {node_info.platform_version}, "
            f"the network's parameters require at least {minimum_platform_version}"
        )
    if node_info.serial <= 0:
        raise NodeInfoRejected(f"the node info has serial {node_info.serial}, expected milliseconds since 1970")
    if not 1 <= len(node_info.identities) <= MAX_IDENTITIES:
        raise NodeInfoRejected(f"the node info has {len(node_info.identities)} identities, expected 1 or 2")
    if not 1 <= len(node_info.addresses) <= MAX_ADDRESSES:
        raise NodeInfoRejected(f"the node info has {len(node_info.addresses)} addresses, expected 1 to {MAX_ADDRESSES}")
    for address in node_info.addresses:
        _check_address(address.host, address.port)


def _check_address(host: str, port: int) -> None:
    if not 1 <= port <= 65535:
        raise NodeInfoRejected(f"the address {host[:_MAX_HOST]!r} has port {port}, expected 1 to 65535")
    try:
        literal = ipaddress.ip_address(host.removeprefix("[").removesuffix("]"))
    except ValueError:
        if len(host) > _MAX_HOST or not _HOST.fullmatch(host):
            raise NodeInfoRejected(f"{host[:_MAX_HOST]!r} is neither a host name nor an IP address") from None
        return
    if literal.is_unspecified or literal.is_multicast:
        raise NodeInfoRejected(f"no node can be reached at {host}: set p2pAddress to what other nodes connect to")


def _check_identities(identities: Sequence[VerifiedIdentity]) -> None:
    expected = (Role.LEGAL_IDENTITY, Role.SERVICE_IDENTITY)[: len(identities)]
    found = tuple(identity.role for identity in identities)
    if found != expected:
        raise NodeInfoRejected(f"the identities are {_names(found)}, expected {_names(expected)}")
    if len({identity.name for identity in identities}) != len(identities):
        raise NodeInfoRejected(f'both identities have the name "{identities[0].name}"')
    if len({identity.certificate.spki for identity in identities}) != len(identities):
        raise NodeInfoRejected(f'both identities of "{identities[0].name}" have the same key')


def _chain_of(roles: Sequence[Role | None]) -> str:
    return f"a chain of {_names(roles)}"


def _names(roles: Sequence[Role | None]) -> str:
    return ", ".join("no role" if role is None else role.name for role in roles)
