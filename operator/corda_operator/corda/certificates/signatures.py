"""The signature schemes of Corda's identities and authorities (corda: Crypto).

SPHINCS-256 and composite keys are left out: no network authority and no node's own identity has one
unless it was asked for, and `cryptography` implements neither.
"""

from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

from corda_operator.corda.certificates.der import ECDSA_SHA256, UNREADABLE
from corda_operator.corda.certificates.errors import SignatureError, UnsupportedKeyError

PublicKey = ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey | rsa.RSAPublicKey
"""The kinds of keys that sign in a Corda network."""

_SUPPORTED: Final = "EC on secp256r1 or secp256k1, Ed25519, or RSA of 2048 to 8192 bits"
_RSA_BITS: Final = range(2048, 8192 + 1)
_ECDSA: Final = ec.ECDSA(hashes.SHA256())
_ED25519: Final = bytes.fromhex("300506032b6570")
_SHA256_WITH_RSA: Final = bytes.fromhex("300d06092a864886f70d01010b0500")


def load_public_key(spki: bytes) -> PublicKey:
    """Read a key from SubjectPublicKeyInfo DER; raises UnsupportedKeyError if Corda does not sign with it."""
    try:
        key = serialization.load_der_public_key(spki)
    except UNREADABLE as error:
        raise UnsupportedKeyError(f"the public key cannot be read: {error}") from None
    return supported(key)


def supported(key: object) -> PublicKey:
    """Return the key if Corda signs with its kind; raises UnsupportedKeyError otherwise."""
    match key:
        case ed25519.Ed25519PublicKey():
            return key
        case ec.EllipticCurvePublicKey() if isinstance(key.curve, ec.SECP256R1 | ec.SECP256K1):
            return key
        case rsa.RSAPublicKey() if key.key_size in _RSA_BITS:
            return key
    raise UnsupportedKeyError(f"the public key is {_described(key)}; Corda signs with {_SUPPORTED}")


def is_p256(key: PublicKey) -> bool:
    """Tell whether a key is of the kind that all authorities of a network and nodes' certificate authorities have."""
    return isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1)


def verify_signature(key: PublicKey, signature: bytes, data: bytes) -> None:
    """Verify a signature as Corda makes it with this kind of key; raises SignatureError.

    ECDSA signatures are DER over SHA-256, RSA's are PKCS #1 v1.5 over SHA-256, Ed25519's are 64 bytes.
    """
    try:
        match key:
            case ed25519.Ed25519PublicKey():
                key.verify(signature, data)
            case ec.EllipticCurvePublicKey():
                key.verify(signature, data, _ECDSA)
            case _:
                key.verify(signature, data, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        raise SignatureError("the signature was not made over these bytes with this key") from None


def verify_with_algorithm(key: PublicKey, algorithm: bytes, signature: bytes, data: bytes) -> None:
    """Verify a signature that comes with an AlgorithmIdentifier, which has to be the one of the key's kind."""
    match key:
        case ed25519.Ed25519PublicKey():
            expected = _ED25519
        case ec.EllipticCurvePublicKey():
            expected = ECDSA_SHA256
        case _:
            expected = _SHA256_WITH_RSA
    if algorithm != expected:
        raise SignatureError(
            f"the signature algorithm is {algorithm.hex()}, but {_described(key)} signs with {expected.hex()} in Corda"
        )
    verify_signature(key, signature, data)


def spki_of(key: PublicKey) -> bytes:
    """Return a key as SubjectPublicKeyInfo DER."""
    return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def _described(key: object) -> str:
    match key:
        case ec.EllipticCurvePublicKey():
            return f"EC on {key.curve.name}"
        case rsa.RSAPublicKey():
            return f"RSA of {key.key_size} bits"
    return type(key).__name__.removesuffix("PublicKey").lstrip("_")
