"""Java key stores of type JKS, the only ones that a Corda node starts from, written and read.

In a PKCS #12 store Java finds chains by name, and a node's certificates all have the node's name, so Corda's
chains would come out wrong. The format is that of jdk: sun.security.provider.JavaKeyStore: private keys under
a keystream of SHA-1, and a SHA-1 digest keyed with the password over the whole. It protects little: a store
belongs on a volume in memory, and its password into no log.
"""

import hmac
import re
import secrets
import struct
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha1
from itertools import pairwise
from typing import Final

from cryptography import x509
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives import serialization

from corda_operator.corda.certificates.certificate import Certificate
from corda_operator.corda.certificates.der import UNREADABLE
from corda_operator.corda.certificates.roles import Role
from corda_operator.corda.certificates.signatures import spki_of, supported

NODE_CA_ALIAS: Final = "cordaclientca"
IDENTITY_ALIAS: Final = "identity-private-key"
SERVICE_ALIAS: Final = "distributed-notary-private-key"
TLS_ALIAS: Final = "cordaclienttls"
ROOT_ALIAS: Final = "cordarootca"

MAX_STORE_BYTES: Final = 256 * 1024
"""Corda's stores have 1 to 4 KB."""
MAX_ENTRIES: Final = 64
MAX_CHAIN: Final = 16

_ALIAS: Final = re.compile(r"[a-z0-9-]{1,100}", re.ASCII)
_MAGIC, _VERSION = 0xFEEDFEED, 2
_PRIVATE_KEY, _TRUSTED_CERTIFICATE = 1, 2
_CERTIFICATE_TYPE: Final = b"X.509"
_SALT: Final = 20
_DIGEST: Final = 20
_WHITENER: Final = b"Mighty Aphrodite"
_SUN_KEY_PROTECTOR: Final = x509.ObjectIdentifier("1.3.6.1.4.1.42.2.17.1.1")


class KeystoreError(ValueError):
    """A key store that cannot be written as asked for, or is none."""


class WrongPasswordError(KeystoreError):
    """The password is not the store's, or the store was changed: its digest does not tell these apart."""


@dataclass(frozen=True)
class PrivateKeyEntry:
    """A private key under its alias, with the chain of its certificate."""

    alias: str
    key: bytes = field(repr=False)
    """PKCS #8, DER, not encrypted."""
    chain: tuple[bytes, ...]
    """Certificates, DER, leaf first."""
    created: datetime
    """Aware, to the millisecond."""


@dataclass(frozen=True)
class TrustedCertificateEntry:
    """A certificate that is trusted."""

    alias: str
    certificate: bytes
    """DER."""
    created: datetime
    """Aware, to the millisecond."""


Entry = PrivateKeyEntry | TrustedCertificateEntry


@dataclass(frozen=True)
class KeyAndChain:
    """A private key and the chain of its certificate up to the root."""

    key: bytes = field(repr=False)
    """PKCS #8, DER, not encrypted."""
    chain: tuple[Certificate, ...]
    """Leaf first, root last."""


def node_keystore(
    password: str,
    identity: KeyAndChain,
    *,
    created: datetime,
    node_ca: KeyAndChain | None = None,
    service: KeyAndChain | None = None,
) -> bytes:
    """Return nodekeystore.jks.

    A node starts without the node CA's key; ``service`` is a notary's identity of its own. Raises KeystoreError
    for certificates of the wrong roles and for keys that are not the certificates'.
    """
    entries = [_entry(IDENTITY_ALIAS, identity, Role.LEGAL_IDENTITY, created)]
    if node_ca is not None:
        entries.append(_entry(NODE_CA_ALIAS, node_ca, Role.NODE_CA, created))
    if service is not None:
        entries.append(_entry(SERVICE_ALIAS, service, Role.SERVICE_IDENTITY, created))
    return write_keystore(entries, password)


def tls_keystore(password: str, tls: KeyAndChain, *, created: datetime) -> bytes:
    """Return sslkeystore.jks, whose password has to be nodekeystore.jks's; raises KeystoreError like it."""
    return write_keystore([_entry(TLS_ALIAS, tls, Role.TLS, created)], password)


def trust_store(password: str, root: Certificate, *, created: datetime) -> bytes:
    """Return truststore.jks, which also serves as network-root-truststore.jks."""
    return write_keystore([TrustedCertificateEntry(ROOT_ALIAS, root.der, created)], password)


def write_keystore(entries: Iterable[Entry], password: str) -> bytes:
    """Return a store; its keys have the store's password, as Artemis needs it.

    Raises KeystoreError for aliases that Corda does not take (corda: X509Utilities.isKeyAliasValid), or twice.
    """
    listed = tuple(entries)
    if len({entry.alias for entry in listed}) != len(listed):
        raise KeystoreError("two entries of a key store have the same alias")
    secret = _secret(password)
    content = struct.pack(">III", _MAGIC, _VERSION, len(listed)) + b"".join(_encoded(entry, secret) for entry in listed)
    return content + _digest(secret + _WHITENER + content)


def read_keystore(data: bytes, password: str) -> tuple[Entry, ...]:
    """Read a store of at most MAX_STORE_BYTES whose keys have its own password.

    Raises WrongPasswordError, or KeystoreError if it is no JKS store.
    """
    if len(data) > MAX_STORE_BYTES:
        raise KeystoreError(f"the key store has {len(data)} bytes, more than the {MAX_STORE_BYTES} that are read")
    content, digest = data[:-_DIGEST], data[-_DIGEST:]
    reader = _Reader(content)
    if (reader.integer(4), reader.integer(4)) != (_MAGIC, _VERSION):
        raise KeystoreError("this is no JKS key store of version 2")
    secret = _secret(password)
    if not hmac.compare_digest(_digest(secret + _WHITENER + content), digest):
        raise WrongPasswordError("the key store's password is another one, or the store was changed")
    count = reader.integer(4)
    if count > MAX_ENTRIES:
        raise KeystoreError(f"the key store has {count} entries, more than the {MAX_ENTRIES} that are read")
    entries = tuple(reader.entry(secret) for _ in range(count))
    reader.end()
    return entries


class _Reader:
    def __init__(self, content: bytes) -> None:
        self._content = content
        self._at = 0

    def integer(self, size: int) -> int:
        return int.from_bytes(self._take(size), "big")

    def entry(self, secret: bytes) -> Entry:
        tag, alias, created = self.integer(4), self._text(), self._moment()
        if tag == _TRUSTED_CERTIFICATE:
            return TrustedCertificateEntry(alias, self._certificate(), created)
        if tag != _PRIVATE_KEY:
            raise KeystoreError(f"entry {alias!r} has the unknown kind {tag}")
        key = _revealed(self._take(self.integer(4)), secret, alias)
        length = self.integer(4)
        if length > MAX_CHAIN:
            raise KeystoreError(f"entry {alias!r} has a chain of {length} certificates, more than {MAX_CHAIN}")
        return PrivateKeyEntry(alias, key, tuple(self._certificate() for _ in range(length)), created)

    def end(self) -> None:
        if self._at != len(self._content):
            raise KeystoreError("the key store goes on after its last entry")

    def _certificate(self) -> bytes:
        if (kind := self._take(self.integer(2))) != _CERTIFICATE_TYPE:
            raise KeystoreError(f"the key store holds a certificate of type {kind!r}, expected X.509")
        return self._take(self.integer(4))

    def _text(self) -> str:
        text = self._take(self.integer(2))
        if not text.isascii():
            raise KeystoreError(f"the alias {text!r} is not in ASCII")
        return text.decode("ascii")

    def _moment(self) -> datetime:
        milliseconds = self.integer(8)
        try:
            return datetime.fromtimestamp(milliseconds // 1000, UTC).replace(microsecond=milliseconds % 1000 * 1000)
        except (ValueError, OverflowError, OSError):
            raise KeystoreError(f"an entry was made {milliseconds} ms after 1970, which is no time") from None

    def _take(self, size: int) -> bytes:
        taken = self._content[self._at : self._at + size]
        if len(taken) != size:
            raise KeystoreError("the key store ends in the middle of an entry")
        self._at += size
        return taken


@asn1.sequence
class _Algorithm:
    algorithm: x509.ObjectIdentifier
    parameters: asn1.Null


@asn1.sequence
class _EncryptedPrivateKeyInfo:
    """RFC 5208 6."""

    algorithm: _Algorithm
    encrypted: bytes


def _entry(alias: str, key: KeyAndChain, role: Role, created: datetime) -> PrivateKeyEntry:
    leaf = key.chain[0]
    if leaf.role is not role:
        raise KeystoreError(f"{leaf} was to be stored as {alias!r}, which is for {role.name}")
    if any(child.issuer != parent.subject for child, parent in pairwise(key.chain)) or key.chain[-1].role is not None:
        raise KeystoreError(f"the chain of {leaf} is not in order up to the root")
    try:
        private = serialization.load_der_private_key(key.key, password=None)
    except UNREADABLE as error:
        raise KeystoreError(f"the private key for {leaf} cannot be read as PKCS #8") from error
    if spki_of(supported(private.public_key())) != leaf.spki:
        raise KeystoreError(f"the private key is not the one of {leaf}")
    return PrivateKeyEntry(alias, key.key, tuple(certificate.der for certificate in key.chain), created)


def _encoded(entry: Entry, secret: bytes) -> bytes:
    if not _ALIAS.fullmatch(entry.alias):
        raise KeystoreError(f"the alias {entry.alias!r} is not of 1 to 100 of a-z, 0-9 and -")
    kind = _PRIVATE_KEY if isinstance(entry, PrivateKeyEntry) else _TRUSTED_CERTIFICATE
    head = struct.pack(">I", kind) + _short(entry.alias.encode()) + struct.pack(">Q", _milliseconds(entry.created))
    if isinstance(entry, TrustedCertificateEntry):
        return head + _certificate(entry.certificate)
    chain = struct.pack(">I", len(entry.chain)) + b"".join(map(_certificate, entry.chain))
    return head + _long(_hidden(entry.key, secret)) + chain


def _certificate(der: bytes) -> bytes:
    return _short(_CERTIFICATE_TYPE) + _long(der)


def _short(data: bytes) -> bytes:
    return struct.pack(">H", len(data)) + data


def _long(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data


def _milliseconds(moment: datetime) -> int:
    return (moment - datetime.fromtimestamp(0, UTC)) // timedelta(milliseconds=1)


def _secret(password: str) -> bytes:
    return password.encode("utf-16-be")


def _hidden(key: bytes, secret: bytes) -> bytes:
    salt = secrets.token_bytes(_SALT)
    protected = salt + _xor(key, _keystream(salt, secret, len(key))) + _digest(secret + key)
    algorithm = _Algorithm(algorithm=_SUN_KEY_PROTECTOR, parameters=asn1.Null())
    return asn1.encode_der(_EncryptedPrivateKeyInfo(algorithm=algorithm, encrypted=protected))


def _revealed(der: bytes, secret: bytes, alias: str) -> bytes:
    try:
        info = asn1.decode_der(_EncryptedPrivateKeyInfo, der)
    except ValueError:
        raise KeystoreError(f"the private key of entry {alias!r} is no EncryptedPrivateKeyInfo") from None
    if info.algorithm.algorithm != _SUN_KEY_PROTECTOR or len(info.encrypted) < _SALT + _DIGEST:
        raise KeystoreError(f"the private key of entry {alias!r} is not protected as in a JKS key store")
    salt, encrypted, check = info.encrypted[:_SALT], info.encrypted[_SALT:-_DIGEST], info.encrypted[-_DIGEST:]
    key = _xor(encrypted, _keystream(salt, secret, len(encrypted)))
    if not hmac.compare_digest(_digest(secret + key), check):
        raise WrongPasswordError(f"the private key of entry {alias!r} has another password than its key store")
    return key


def _keystream(salt: bytes, secret: bytes, length: int) -> bytes:
    blocks = [salt]
    for _ in range(-(-length // _DIGEST)):
        blocks.append(_digest(secret + blocks[-1]))
    return b"".join(blocks[1:])[:length]


def _xor(data: bytes, stream: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(data, stream, strict=True))


def _digest(data: bytes) -> bytes:
    return sha1(data, usedforsecurity=False).digest()
