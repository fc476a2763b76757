"""Certificate chains as Corda sends them: a PkiPath, DER, which begins at the root (RFC 4158 2.4, X.509 7.1.3).

Certificates are taken apart no further; ours are tuples of DER that begin at the leaf.
"""

from typing import TypeAlias

from cryptography.hazmat import asn1

CertPath: TypeAlias = tuple[bytes, ...]
"""Certificates in DER, the leaf first, each but the last issued by the next."""


@asn1.sequence
class _Holder:
    """A list can only be read inside of something."""

    path: list[asn1.TLV]


@asn1.sequence
class _Outer:
    path: asn1.TLV


def encode_pki_path(path: CertPath) -> bytes:
    """Return the PkiPath of a chain; raises ValueError if it holds something else than DER."""
    certificates = [asn1.decode_der(asn1.TLV, certificate) for certificate in reversed(path)]
    holder = asn1.decode_der(_Outer, asn1.encode_der(_Holder(path=certificates)))
    return asn1.encode_der(holder.path)


def decode_pki_path(data: bytes) -> CertPath:
    """Return the chain in a PkiPath; raises ValueError if it is none or holds something else than sequences."""
    outer = asn1.encode_der(_Outer(path=asn1.decode_der(asn1.TLV, data)))
    certificates = tuple(asn1.encode_der(one) for one in asn1.decode_der(_Holder, outer).path)
    if not all(one.startswith(b"\x30") for one in certificates):
        raise ValueError("a PkiPath holds something else than certificates")
    return certificates[::-1]
