"""The nodes of a measured network: keys, certificates and node infos that the services verify like any other."""

import datetime
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.hashes import SHA256

from corda_operator.corda.certificates.certificate import Certificate
from corda_operator.corda.certificates.issuing import Validity, issue
from corda_operator.corda.certificates.profiles import Profile
from corda_operator.corda.certificates.requests import request_certificate
from corda_operator.corda.names import LegalName
from corda_operator.corda.node_info import HostAndPort, NodeInfo, SignedNodeInfo

_PLATFORM_VERSION = 12
_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def organisation(number: int) -> str:
    """Return the organisation of a node; each has one of its own, as banks have."""
    return f"Bank {number:05}"


@dataclass(frozen=True)
class Publication:
    """A node info to be posted, and the hash under which the map then lists it."""

    data: bytes
    hash: bytes


@dataclass(frozen=True)
class Applicant:
    """A node before it has a certificate.

    Its keys follow from its number: a measurement that goes on with an earlier one's network has them again.
    """

    number: int

    @property
    def legal_name(self) -> LegalName:
        """The node's name."""
        return LegalName(organisation(self.number), "London", "GB")

    @property
    def node_ca(self) -> ec.EllipticCurvePrivateKey:
        """The key that the identity manager certifies."""
        return ec.derive_private_key(int.from_bytes(self._seed("node CA")) % (_P256_ORDER - 1) + 1, ec.SECP256R1())

    @property
    def identity(self) -> ed25519.Ed25519PrivateKey:
        """The key that signs node infos."""
        return ed25519.Ed25519PrivateKey.from_private_bytes(self._seed("identity"))

    def request(self) -> bytes:
        """Return the request (PKCS #10, DER) that the node registers with."""
        key = self.node_ca
        unsigned = request_certificate(self.legal_name, key.public_key(), "operations@bank.test")
        return unsigned.signed(key.sign(unsigned.to_be_signed, ec.ECDSA(SHA256()))).der

    def _seed(self, purpose: str) -> bytes:
        return hashlib.sha256(f"{purpose} of measured node {self.number}".encode()).digest()


class Member:
    """A node with its certificates, which can publish."""

    def __init__(self, applicant: Applicant, issued: Sequence[Certificate], now: datetime.datetime) -> None:
        """Take what the identity manager issued: the node CA's certificate first, the root last."""
        self.applicant = applicant
        self._identity = applicant.identity
        unsigned = issue(
            Profile.LEGAL_IDENTITY,
            applicant.legal_name,
            self._identity.public_key(),
            issued[0],
            Validity.starting(now, datetime.timedelta(days=30)),
        )
        leaf = unsigned.signed(applicant.node_ca.sign(unsigned.to_be_signed, ec.ECDSA(SHA256())))
        self._chain = tuple(each.der for each in (leaf, *issued))

    def publication(self, serial: int) -> Publication:
        """Return a node info, which replaces those with a lower serial: milliseconds since 1970."""
        node_info = NodeInfo(
            addresses=(HostAndPort(f"node-{self.applicant.number}.bank.test", 10002),),
            identities=(self._chain,),
            platform_version=_PLATFORM_VERSION,
            serial=serial,
        )
        raw = node_info.encode()
        signed = SignedNodeInfo(raw, (self._identity.sign(raw),))
        return Publication(signed.encode(), bytes(signed.hash))
