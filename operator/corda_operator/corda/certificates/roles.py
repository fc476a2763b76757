"""What a certificate is for in a Corda network (corda: CertRole)."""

from enum import IntEnum
from typing import Final, Self

from cryptography.hazmat import asn1
from cryptography.x509 import ObjectIdentifier

from corda_operator.corda.certificates.errors import MalformedError

ROLE_OID: Final = ObjectIdentifier("1.3.6.1.4.1.50530.1.1")
"""The extension of a certificate, and the attribute of a request, that holds the role (corda: CordaOID)."""


class Role(IntEnum):
    """A certificate's role; the network's root has none."""

    DOORMAN_CA = 1
    """The identity manager, which answers registrations."""
    NETWORK_MAP = 2
    SERVICE_IDENTITY = 3
    """A notary service."""
    NODE_CA = 4
    TLS = 5
    LEGAL_IDENTITY = 6
    CONFIDENTIAL_LEGAL_IDENTITY = 7
    NETWORK_PARAMETERS = 8

    @property
    def valid_parents(self) -> frozenset["Role | None"]:
        """The roles that an issuer may have; None is an issuer without a role: the root."""
        return _VALID_PARENTS[self]

    @property
    def is_identity(self) -> bool:
        """Whether the certificate's key acts for a party."""
        return self in {Role.SERVICE_IDENTITY, Role.LEGAL_IDENTITY, Role.CONFIDENTIAL_LEGAL_IDENTITY}

    def encode(self) -> bytes:
        """Return the extension's value: a DER INTEGER."""
        return bytes((2, 1, self))

    @classmethod
    def decode(cls, der: bytes) -> Self:
        """Read the extension's value; raises MalformedError if it is no role that Corda 4 knows."""
        try:
            return cls(asn1.decode_der(int, der))
        except ValueError:
            raise MalformedError(f"{der[:16].hex()} is no Corda role: expected a DER INTEGER from 1 to 8") from None


_VALID_PARENTS: Final[dict[Role, frozenset[Role | None]]] = {
    Role.DOORMAN_CA: frozenset({None}),
    Role.NETWORK_MAP: frozenset({None}),
    Role.SERVICE_IDENTITY: frozenset({Role.DOORMAN_CA}),
    Role.NODE_CA: frozenset({Role.DOORMAN_CA}),
    Role.TLS: frozenset({Role.DOORMAN_CA, Role.NODE_CA}),
    Role.LEGAL_IDENTITY: frozenset({Role.DOORMAN_CA, Role.NODE_CA}),
    Role.CONFIDENTIAL_LEGAL_IDENTITY: frozenset({Role.LEGAL_IDENTITY}),
    Role.NETWORK_PARAMETERS: frozenset({None}),
}
