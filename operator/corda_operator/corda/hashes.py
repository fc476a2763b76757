"""SHA-256 as Corda names things by: node infos, parameters and contracts (corda: SecureHash.SHA256)."""

import re
from hashlib import sha256

SIZE = 32
_HEX = re.compile(r"[0-9A-Fa-f]{64}", re.ASCII)


class InvalidHash(ValueError):  # noqa: N818 - beside InvalidName it says what it is
    """Not a SHA-256 hash: 32 bytes, or 64 hexadecimal digits."""


class SecureHash(bytes):
    """A SHA-256 hash: its 32 bytes, equal to the same bytes; written as 64 upper-case digits."""

    __slots__ = ()

    def __new__(cls, value: bytes) -> "SecureHash":
        """Take 32 bytes; raises InvalidHash."""
        if len(value) != SIZE:
            raise InvalidHash(f"a SHA-256 hash has {SIZE} bytes, not {len(value)}")
        return super().__new__(cls, value)

    @classmethod
    def of(cls, data: bytes) -> "SecureHash":
        """Return the hash of ``data``."""
        return super().__new__(cls, sha256(data).digest())

    @classmethod
    def parse(cls, text: str) -> "SecureHash":
        """Read 64 hexadecimal digits of either case; raises InvalidHash."""
        if not _HEX.fullmatch(text):
            raise InvalidHash(f"expected 64 hexadecimal digits, found {len(text)} characters: {text[:80]!r}")
        return super().__new__(cls, bytes.fromhex(text))

    def __str__(self) -> str:
        return self.hex().upper()

    def __repr__(self) -> str:
        return f"SecureHash({self})"
