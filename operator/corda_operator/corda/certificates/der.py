"""The outermost structure of signed X.509 objects, with Corda's AlgorithmIdentifier made readable.

Corda names P-256 and secp256k1 as parameters of ecdsa-with-SHA256 (corda: Crypto.ECDSA_SECP256R1_SHA256),
where RFC 5758 3.2 wants none, so `cryptography` refuses the certificates, requests and revocation lists
that Corda signs. They are read from a copy without these parameters; signatures are verified over the
original bytes.
"""

from dataclasses import dataclass
from typing import Annotated

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat import asn1
from cryptography.x509 import DuplicateExtension, InvalidVersion, UnsupportedGeneralNameType

from corda_operator.corda.certificates.errors import MalformedError

UNREADABLE = (
    ValueError,
    TypeError,
    OverflowError,
    UnsupportedAlgorithm,
    DuplicateExtension,
    InvalidVersion,
    UnsupportedGeneralNameType,
    Warning,
)
"""What `cryptography` raises for bytes that it cannot read; of some oddities it warns, which may be made errors."""

ECDSA_SHA256 = bytes.fromhex("300a06082a8648ce3d040302")
_WITH_CURVE = {
    bytes.fromhex("301406082a8648ce3d04030206082a8648ce3d030107"),
    bytes.fromhex("301106082a8648ce3d04030206052b8104000a"),
}


@asn1.sequence
class _Signed:
    content: asn1.TLV
    algorithm: asn1.TLV
    signature: asn1.BitString


@asn1.sequence
class _CertificateContent:
    version: Annotated[int, asn1.Explicit(0)]
    serial: int
    algorithm: asn1.TLV
    issuer: asn1.TLV
    validity: asn1.TLV
    subject: asn1.TLV
    key: asn1.TLV
    extensions: Annotated[asn1.TLV, asn1.Explicit(3)]


@dataclass(frozen=True, slots=True)
class SignedObject:
    """A signed object (RFC 5280 4.1.1): what is signed as it came, and a copy that `cryptography` reads."""

    content: bytes
    """The original bytes that the signature is over, DER."""
    algorithm: bytes
    """AlgorithmIdentifier, DER, without Corda's parameters."""
    signature: bytes
    readable: bytes
    """The whole object, DER, without Corda's parameters."""


def read_request(der: bytes, limit: int) -> SignedObject:
    """Take a PKCS#10 request apart; raises MalformedError if it is none or has over ``limit`` bytes."""
    return _read(der, limit, "certificate request", None)


def read_revocation_list(der: bytes, limit: int) -> SignedObject:
    """Take a revocation list apart; raises MalformedError if it is none or has over ``limit`` bytes."""
    return _read(der, limit, "revocation list", None)


def read_certificate(der: bytes, limit: int) -> SignedObject:
    """Take a version 3 certificate apart; raises MalformedError if it is none or has over ``limit`` bytes."""
    return _read(der, limit, "certificate", _CertificateContent)


def assemble(content: bytes, algorithm: bytes, signature: bytes) -> bytes:
    """Return the DER of a signed object."""
    return asn1.encode_der(
        _Signed(content=tlv(content), algorithm=tlv(algorithm), signature=asn1.BitString(signature, 0))
    )


def _read(der: bytes, limit: int, what: str, content_type: type[_CertificateContent] | None) -> SignedObject:
    if len(der) > limit:
        raise MalformedError(f"the {what} has {len(der)} bytes, more than the {limit} that are read")
    try:
        signed = asn1.decode_der(_Signed, der)
        original = asn1.encode_der(signed.content)
        algorithm = asn1.encode_der(signed.algorithm)
        content = original
        if content_type is not None:
            inner = signed.content.parse(content_type)
            if asn1.encode_der(inner.algorithm) != algorithm:
                raise MalformedError(f"the {what} names another signature algorithm inside than outside")
            if not 0 < inner.serial < 1 << 160:
                raise MalformedError(f"the {what}'s serial number is not a positive number of at most 20 bytes")
            if algorithm in _WITH_CURVE:
                content = asn1.encode_der(_without_parameters(inner))
    except ValueError as error:
        if isinstance(error, MalformedError):
            raise
        raise MalformedError(f"the bytes are no {what} in DER: {error}") from None
    signature = signed.signature.as_bytes()
    if algorithm not in _WITH_CURVE:
        return SignedObject(original, algorithm, signature, der)
    return SignedObject(original, ECDSA_SHA256, signature, assemble(content, ECDSA_SHA256, signature))


def _without_parameters(content: _CertificateContent) -> _CertificateContent:
    return _CertificateContent(
        version=content.version,
        serial=content.serial,
        algorithm=tlv(ECDSA_SHA256),
        issuer=content.issuer,
        validity=content.validity,
        subject=content.subject,
        key=content.key,
        extensions=content.extensions,
    )


def tlv(der: bytes) -> asn1.TLV:
    """Return DER as a value that can be put into a structure as it is."""
    return asn1.decode_der(asn1.TLV, der)
