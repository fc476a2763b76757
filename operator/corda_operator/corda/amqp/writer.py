"""AMQP 1.0 values as bytes, in the shortest forms, which are the ones that Corda's own writer chooses.

Every function returns one encoded value; containers take values that are encoded already. A number that does
not fit its type raises OverflowError, text that UTF-8 cannot express UnicodeEncodeError. Back-references are
not written: Corda's writer makes one where a JVM has the same object twice, its reader needs none.
"""

from collections.abc import Iterable

NULL = b"\x40"
FALSE = b"\x42"
EMPTY_LIST = b"\x45"
_SMALL = range(-128, 128)
_LARGEST_SMALL_BODY = 254
"""The one-byte size of a list or map covers its one-byte count, too."""


def boolean(value: bool) -> bytes:  # noqa: FBT001 - it is the value
    """Encode a boolean."""
    return b"\x41" if value else FALSE


def integer(value: int) -> bytes:
    """Encode a 32-bit signed integer."""
    if value in _SMALL:
        return b"\x54" + value.to_bytes(1, "big", signed=True)
    return b"\x71" + value.to_bytes(4, "big", signed=True)


def long(value: int) -> bytes:
    """Encode a 64-bit signed integer."""
    if value in _SMALL:
        return b"\x55" + value.to_bytes(1, "big", signed=True)
    return b"\x81" + value.to_bytes(8, "big", signed=True)


def binary(value: bytes) -> bytes:
    """Encode bytes."""
    return _sized(0xA0, value)


def string(value: str) -> bytes:
    """Encode text."""
    return _sized(0xA1, value.encode())


def optional_string(value: str | None) -> bytes:
    """Encode text or null."""
    return NULL if value is None else string(value)


def symbol(value: str) -> bytes:
    """Encode a symbol; raises UnicodeEncodeError for what is not ASCII."""
    return _sized(0xA3, value.encode("ascii"))


def sequence(values: Iterable[bytes]) -> bytes:
    """Encode a list."""
    encoded = list(values)
    return sequence_of(b"".join(encoded), len(encoded))


def sequence_of(body: bytes, count: int) -> bytes:
    """Encode a list whose ``count`` values were encoded one behind the other."""
    return sequence_start(len(body), count) + body if count else EMPTY_LIST


def sequence_start(size: int, count: int) -> bytes:
    """Encode what precedes the values of a list that isn't empty, which have ``size`` bytes together."""
    return _compound_start(0xC0, size, count)


def mapping(entries: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Encode a map, its entries in this order."""
    encoded = [part for entry in entries for part in entry]
    body = b"".join(encoded)
    return _compound_start(0xC1, len(body), len(encoded)) + body


def described(descriptor: str, value: bytes) -> bytes:
    """Encode a value of a named type."""
    return b"\0" + symbol(descriptor) + value


def described_by_code(code: int, value: bytes) -> bytes:
    """Encode a value of one of the schema's own types."""
    return b"\0\x80" + code.to_bytes(8, "big") + value


def _sized(code: int, content: bytes) -> bytes:
    if len(content) <= 0xFF:
        return bytes((code, len(content))) + content
    return bytes((code + 0x10,)) + len(content).to_bytes(4, "big") + content


def _compound_start(code: int, size: int, count: int) -> bytes:
    if size <= _LARGEST_SMALL_BODY:
        return bytes((code, size + 1, count))
    return bytes((code + 0x10,)) + (size + 4).to_bytes(4, "big") + count.to_bytes(4, "big")
