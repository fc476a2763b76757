"""Private keys and certificate chains as the vault keeps them: PEM, the key first (RFC 7468)."""

import re
import ssl
from collections.abc import Sequence

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
    load_pem_private_key,
)

from corda_operator.corda.certificates.certificate import Certificate
from corda_operator.corda.certificates.signatures import PublicKey, spki_of, supported
from corda_operator.corda.hashes import SecureHash
from corda_operator.corda.keystores import KeyAndChain

PEM = "application/x-pem-file"
"""The content type that Key Vault itself gives PEM."""
PrivateKey = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey

_CERTIFICATE = re.compile("-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)
_KEY = re.compile("-----BEGIN PRIVATE KEY-----.*?-----END PRIVATE KEY-----", re.DOTALL)


def new_p256() -> ec.EllipticCurvePrivateKey:
    """Return a key of the kind that Corda uses for TLS and notary services."""
    return ec.generate_private_key(ec.SECP256R1())


def new_ed25519() -> ed25519.Ed25519PrivateKey:
    """Return a key of the kind that Corda uses for legal identities (corda: Crypto.DEFAULT_SIGNATURE_SCHEME)."""
    return ed25519.Ed25519PrivateKey.generate()


def pkcs8(key: PrivateKey) -> bytes:
    """Return a key as PKCS #8, DER, not encrypted."""
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def write_key(key: PrivateKey) -> str:
    """Return a key as PEM."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def write_chain(chain: Sequence[Certificate]) -> str:
    """Return certificates as PEM, in their order."""
    return "".join(ssl.DER_cert_to_PEM_cert(certificate.der) for certificate in chain)


def read_chain(text: str) -> tuple[Certificate, ...]:
    """Return the certificates in a PEM text, in their order; raise ValueError if there is none or one is unreadable."""
    chain = tuple(Certificate.from_der(ssl.PEM_cert_to_DER_cert(each)) for each in _CERTIFICATE.findall(text))
    if not chain:
        raise ValueError("no certificate is in it")
    return chain


def read_p256(text: str) -> ec.EllipticCurvePrivateKey:
    """Return the key in a PEM text; raise ValueError if there is none on P-256."""
    key = _read_key(text)
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise ValueError("the private key in it is not on P-256")
    return key


def read_key_and_chain(text: str) -> KeyAndChain:
    """Return the key and the chain of its certificate in a PEM text; raise ValueError if they don't belong together."""
    key, chain = _read_key(text), read_chain(text)
    if spki_of(supported(key.public_key())) != chain[0].spki:
        raise ValueError(f"the private key in it is not the one of {chain[0]}")
    return KeyAndChain(pkcs8(key), chain)


def public_key_of(key: bytes) -> PublicKey:
    """Return the public key of a private one (PKCS #8, DER)."""
    return supported(load_der_private_key(key, password=None).public_key())


def fingerprint(key: PublicKey) -> str:
    """Return the SHA-256 of a key (SubjectPublicKeyInfo, DER): 64 upper-case digits."""
    return str(SecureHash.of(spki_of(key)))


def _read_key(text: str) -> PrivateKey:
    found = _KEY.findall(text)
    if len(found) != 1:
        raise ValueError(f"{len(found)} private keys (PKCS #8) are in it, expected 1")
    try:
        key = load_pem_private_key(found[0].encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        # The library's own message might quote what must not get out.
        raise ValueError("the private key in it cannot be read") from None
    if not isinstance(key, PrivateKey):
        raise ValueError("the private key in it is neither EC nor Ed25519")
    return key
