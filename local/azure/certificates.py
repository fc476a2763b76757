"""The stand-ins' own certificate authority, kept in a folder, and the server certificates it issues.

Everything is made once and then reused, so that a restart does not break clients that already trust
the authority. A certificate's file is renamed into place after its key's: a certificate that exists
and matches its key is whole, anything else is made again.
"""

import datetime
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from local.authority import Authority, Identity, general_names
from local.once import locked

_CA_LIFETIME = datetime.timedelta(days=3650)
_SERVER_LIFETIME = datetime.timedelta(days=825)
_RENEW_BEFORE = datetime.timedelta(days=30)


@dataclass(frozen=True)
class Pair:
    """A certificate and its private key, as paths of PEM files."""

    certificate: Path
    key: Path


def ca_certificate(folder: Path) -> Path:
    """Return the path of the authority's certificate (PEM), making the authority if there is none."""
    with locked(folder / ".lock"):
        return _authority(folder).certificate


def server_certificate(folder: Path, name: str, hosts: Sequence[str]) -> Pair:
    """Return the certificate ``name`` for DNS names and IP addresses, issuing it if need be.

    One that exists is kept as long as it is for the same hosts, signed by the present authority and
    not about to expire.
    """
    with locked(folder / ".lock"):
        authority = Authority(_read(_authority(folder)))
        pair = Pair(folder / f"{name}.pem", folder / f"{name}.key")
        present = _load(pair)
        if present is None or not _usable(present, authority.certificate, hosts):
            _store(pair, authority.issue(name, hosts=hosts, lifetime=_SERVER_LIFETIME))
        return pair


def _authority(folder: Path) -> Pair:
    pair = Pair(folder / "ca.pem", folder / "ca.key")
    present = _load(pair)
    if present is None or _expiring(present):
        folder.chmod(0o700)
        _store(pair, Authority.make("Azure stand-ins' certificate authority", _CA_LIFETIME).identity)
    return pair


def _read(pair: Pair) -> Identity:
    return Identity(pair.certificate.read_bytes(), pair.key.read_bytes())


def _load(pair: Pair) -> x509.Certificate | None:
    try:
        certificate = x509.load_pem_x509_certificate(pair.certificate.read_bytes())
        key = serialization.load_pem_private_key(pair.key.read_bytes(), password=None)
    except (FileNotFoundError, ValueError):
        return None
    return certificate if key.public_key() == certificate.public_key() else None


def _expiring(certificate: x509.Certificate) -> bool:
    return certificate.not_valid_after_utc - _RENEW_BEFORE < datetime.datetime.now(datetime.UTC)


def _usable(certificate: x509.Certificate, issuer: x509.Certificate, hosts: Sequence[str]) -> bool:
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    if list(names) != general_names(hosts) or _expiring(certificate):
        return False
    signed_with = certificate.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value
    signer = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return signed_with.key_identifier == signer.key_identifier


def _store(pair: Pair, identity: Identity) -> None:
    _write(pair.key, identity.key, 0o600)
    _write(pair.certificate, identity.certificate, 0o644)


def _write(path: Path, content: bytes, mode: int) -> None:
    partial = path.with_name(f"{path.name}.partial")
    partial.unlink(missing_ok=True)
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)
    partial.rename(path)
