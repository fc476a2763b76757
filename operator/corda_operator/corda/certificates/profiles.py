"""What each kind of certificate carries (corda: X509Utilities.CertificateType)."""

from dataclasses import dataclass
from enum import Enum

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from corda_operator.corda.certificates.roles import Role

_CLIENT = (ExtendedKeyUsageOID.CLIENT_AUTH,)


@dataclass(frozen=True)
class _Contents:
    role: Role | None
    is_ca: bool
    usages: frozenset[str]
    purposes: tuple[x509.ObjectIdentifier, ...] = _CLIENT


_AUTHORITY = frozenset({"digital_signature", "key_cert_sign", "crl_sign"})
_SIGNER = frozenset({"digital_signature"})


class Profile(Enum):
    """A kind of certificate."""

    ROOT_CA = _Contents(None, is_ca=True, usages=_AUTHORITY, purposes=())
    DOORMAN_CA = _Contents(Role.DOORMAN_CA, is_ca=True, usages=_AUTHORITY)
    NETWORK_MAP = _Contents(Role.NETWORK_MAP, is_ca=False, usages=_SIGNER)
    NETWORK_PARAMETERS = _Contents(Role.NETWORK_PARAMETERS, is_ca=False, usages=_SIGNER)
    SERVICE_IDENTITY = _Contents(Role.SERVICE_IDENTITY, is_ca=False, usages=_SIGNER)
    NODE_CA = _Contents(Role.NODE_CA, is_ca=True, usages=_AUTHORITY)
    TLS = _Contents(
        Role.TLS,
        is_ca=False,
        usages=frozenset({"digital_signature", "key_encipherment", "key_agreement"}),
        purposes=(ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH),
    )
    LEGAL_IDENTITY = _Contents(
        Role.LEGAL_IDENTITY, is_ca=True, usages=frozenset({"digital_signature", "key_cert_sign"})
    )
    CONFIDENTIAL_LEGAL_IDENTITY = _Contents(Role.CONFIDENTIAL_LEGAL_IDENTITY, is_ca=False, usages=_SIGNER)

    @property
    def role(self) -> Role | None:
        """The role that the certificate states."""
        return self.value.role

    @property
    def is_ca(self) -> bool:
        """Whether the certificate's key issues certificates."""
        return self.value.is_ca

    @property
    def key_usage(self) -> x509.KeyUsage:
        """What the key is for, which Corda marks as not critical."""
        bits = dict.fromkeys(
            (
                "digital_signature",
                "content_commitment",
                "key_encipherment",
                "data_encipherment",
                "key_agreement",
                "key_cert_sign",
                "crl_sign",
                "encipher_only",
                "decipher_only",
            ),
            False,
        )
        return x509.KeyUsage(**(bits | dict.fromkeys(self.value.usages, True)))

    @property
    def purposes(self) -> tuple[x509.ObjectIdentifier, ...]:
        """The extended key usages; none for the root, which then goes without the extension."""
        return self.value.purposes
