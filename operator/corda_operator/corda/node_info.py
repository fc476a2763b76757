"""What a node says about itself, and how it signs it (corda: NodeInfo, SignedNodeInfo).

Whether the certificates and signatures are good is asked elsewhere; here they are bytes.
"""

import re
from dataclasses import dataclass
from functools import cached_property

from corda_operator.corda.amqp import types, writer
from corda_operator.corda.amqp.envelope import seal, sealing, unseal
from corda_operator.corda.amqp.errors import DecodeError
from corda_operator.corda.amqp.limits import Limits
from corda_operator.corda.amqp.record import Record
from corda_operator.corda.hashes import SecureHash
from corda_operator.corda.pki_path import CertPath, decode_pki_path, encode_pki_path

__all__ = ["CertPath", "HostAndPort", "InvalidNodeInfo", "NodeInfo", "SignedNodeInfo"]

_PORTS = range(0x10000)
_PORT = re.compile(r"[0-9]{1,5}")
_X509 = "X.509"


class InvalidNodeInfo(ValueError):  # noqa: N818 - beside InvalidName it says what it is
    """A node info that Corda itself would not construct."""


@dataclass(frozen=True, slots=True)
class HostAndPort:
    """Where a node listens: a host name or address, IPv6 without brackets, and a TCP port from 0 to 65535."""

    host: str
    port: int

    def __post_init__(self) -> None:
        if self.port not in _PORTS:
            raise InvalidNodeInfo(f"the port of {self.host}:{self.port} is not from 0 to {_PORTS[-1]}")

    @classmethod
    def parse(cls, text: str) -> "HostAndPort":
        """Read ``host:port`` or ``[IPv6]:port``; raises InvalidNodeInfo."""
        host, colon, port = text.rpartition(":")
        bracketed = host.startswith("[") and host.endswith("]")
        if not (colon and host and _PORT.fullmatch(port)) or (":" in host and not bracketed):
            raise InvalidNodeInfo(f"{text!r}: expected host:port, an IPv6 address in square brackets")
        return cls(host[1:-1] if bracketed else host, int(port))

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True)
class NodeInfo:
    """A node's addresses and identities, each of which there is at least one of.

    ``identities`` are certificate chains of at least two certificates, the leaf first; the node's legal identity
    comes first, a notary's service identity last. ``serial`` grows with each change: milliseconds since 1970.
    Raises InvalidNodeInfo.
    """

    addresses: tuple[HostAndPort, ...]
    identities: tuple[CertPath, ...]
    platform_version: int
    serial: int

    def __post_init__(self) -> None:
        if not self.addresses:
            raise InvalidNodeInfo("a node has at least one address")
        if not self.identities:
            raise InvalidNodeInfo("a node has at least one identity")
        if any(len(path) < 2 for path in self.identities):
            raise InvalidNodeInfo("an identity has at least its certificate and its issuer's")
        if self.platform_version < 1:
            raise InvalidNodeInfo(f"the platform version is at least 1, not {self.platform_version}")

    def encode(self) -> bytes:
        """Return the blob that a node signs."""
        addresses = writer.sequence(map(_encode_address, self.addresses))
        identities = writer.sequence(map(_encode_identity, self.identities))
        values = (
            writer.described(types.HOSTS_AND_PORTS.descriptor, addresses),
            writer.described(types.PARTIES_AND_CERTIFICATES.descriptor, identities),
            writer.integer(self.platform_version),
            writer.long(self.serial),
        )
        value = writer.described(types.NODE_INFO.descriptor, writer.sequence(values))
        return seal(value, sealing(types.NODE_INFO_SCHEMA))

    @classmethod
    def decode(cls, data: bytes, limits: Limits = Limits()) -> "NodeInfo":  # noqa: B008 - frozen
        """Read such a blob; raises DecodeError."""
        record = unseal(data, limits, types.NODE_INFO.name)
        addresses = record.records("addresses", types.HOST_AND_PORT.name)
        identities = record.records("legalIdentitiesAndCerts", types.PARTY_AND_CERTIFICATE.name)
        try:
            return cls(
                addresses=tuple(HostAndPort(one.string("host"), one.integer("port")) for one in addresses),
                identities=tuple(map(_decode_identity, identities)),
                platform_version=record.integer("platformVersion"),
                serial=record.long("serial"),
            )
        except InvalidNodeInfo as error:
            raise record.refused(error) from None


@dataclass(frozen=True)
class SignedNodeInfo:
    """A node info's blob and one signature over it for each of its identities, in their order.

    This is what a node publishes, what others fetch by its hash, and what lies in node info files.
    """

    raw: bytes
    signatures: tuple[bytes, ...]

    @cached_property
    def hash(self) -> SecureHash:
        """What the network map lists the node info under."""
        return SecureHash.of(self.raw)

    def node_info(self, limits: Limits = Limits()) -> NodeInfo:  # noqa: B008 - frozen
        """Return the node info; raises DecodeError, its offset counted in ``raw``."""
        return NodeInfo.decode(self.raw, limits)

    def encode(self) -> bytes:
        """Return the blob that a node publishes."""
        signatures = writer.sequence(
            writer.described(types.SIGNATURE.descriptor, writer.sequence([writer.binary(one)]))
            for one in self.signatures
        )
        values = (
            writer.described(types.SERIALIZED_NODE_INFO.descriptor, writer.sequence([writer.binary(self.raw)])),
            writer.described(types.SIGNATURES.descriptor, signatures),
        )
        value = writer.described(types.SIGNED_NODE_INFO.descriptor, writer.sequence(values))
        return seal(value, sealing(types.SIGNED_NODE_INFO_SCHEMA))

    @classmethod
    def decode(cls, data: bytes, limits: Limits = Limits()) -> "SignedNodeInfo":  # noqa: B008 - frozen
        """Read such a blob, but not the node info in it; raises DecodeError."""
        record = unseal(data, limits, types.SIGNED_NODE_INFO.name)
        signatures = record.records("signatures", types.SIGNATURE.name, types.SIGNATURE_WITH_KEY.name)
        raw = record.record("raw", types.SERIALIZED_NODE_INFO.name, types.SERIALIZED_OBJECT.name)
        return cls(raw.binary("bytes"), tuple(one.binary("bytes") for one in signatures))


def _encode_address(address: HostAndPort) -> bytes:
    values = (writer.string(address.host), writer.integer(address.port))
    return writer.described(types.HOST_AND_PORT.descriptor, writer.sequence(values))


def _encode_identity(path: CertPath) -> bytes:
    encoded = writer.sequence((writer.binary(encode_pki_path(path)), writer.string(_X509)))
    cert_path = writer.described(types.CERT_PATH, encoded)
    return writer.described(types.PARTY_AND_CERTIFICATE.descriptor, writer.sequence([cert_path]))


def _decode_identity(record: Record) -> CertPath:
    encoded, kind = record.custom_list("certPath", types.CERT_PATH, bytes, str)
    if not isinstance(encoded, bytes) or kind != _X509:
        raise DecodeError(f"a certificate chain of the kind {kind!r:.20}, not {_X509}", record.offset)
    try:
        return decode_pki_path(encoded)
    except ValueError as error:
        raise record.refused(error) from None
