"""AMQP 1.0 values from bytes that nobody vouches for (AMQP 1.0 part 1, types).

Sizes are compared with what is left before anything is taken, so nothing is allocated on a sender's word.
"""

from corda_operator.corda.amqp.errors import DecodeError
from corda_operator.corda.amqp.limits import Limits
from corda_operator.corda.amqp.values import (
    Described,
    Long,
    Pairs,
    Reference,
    Symbol,
    Unread,
    UnsignedInteger,
    UnsignedLong,
    Value,
)

REFERENCE = 0xC562_0000_0000_0008
"""Descriptor of a back-reference (corda: AMQPDescriptorRegistry.REFERENCED_OBJECT)."""

_CONSTANTS: dict[int, Value] = {0x40: None, 0x41: True, 0x42: False, 0x43: UnsignedInteger(), 0x44: UnsignedLong()}
_INTEGERS: dict[int, tuple[int, type[int], bool]] = {
    0x52: (1, UnsignedInteger, False),
    0x70: (4, UnsignedInteger, False),
    0x53: (1, UnsignedLong, False),
    0x80: (8, UnsignedLong, False),
    0x54: (1, int, True),
    0x71: (4, int, True),
    0x55: (1, Long, True),
    0x81: (8, Long, True),
}
_UNREAD_WIDTHS = dict(
    zip(bytes.fromhex("505160617273748283849498"), (1, 1, 2, 2, 4, 4, 4, 8, 8, 8, 16, 16), strict=True)
)
"""ubyte, byte, ushort, short, float, char, decimal32, double, timestamp, decimal64, decimal128, uuid."""
_JAVA_PRIMITIVES = {0x51, 0x61, 0x72, 0x73, 0x82}
_STRING, _SYMBOL, _BINARY, _LIST, _MAP, _ARRAY = "string", "symbol", "binary", "list", "map", "array"
_SIZED = {
    0xA0: (1, _BINARY),
    0xB0: (4, _BINARY),
    0xA1: (1, _STRING),
    0xB1: (4, _STRING),
    0xA3: (1, _SYMBOL),
    0xB3: (4, _SYMBOL),
    0xC0: (1, _LIST),
    0xD0: (4, _LIST),
    0xC1: (1, _MAP),
    0xD1: (4, _MAP),
    0xE0: (1, _ARRAY),
    0xF0: (4, _ARRAY),
}
_EMPTY_LIST = 0x45
_BOOLEAN = 0x56
_DESCRIBED = 0x00
_DESCRIPTORS = {0xA3, 0xB3, 0x44, 0x53, 0x80}


class Reader:
    """Reads one value after the other from ``data``, from ``position`` on; every method raises DecodeError."""

    def __init__(self, data: bytes, limits: Limits, position: int = 0) -> None:
        self.position = position
        self._data = data
        self._end = len(data)
        self._limits = limits
        self._items = 0
        self.has_references = False
        if self._end > limits.max_bytes:
            raise DecodeError(f"{self._end} bytes are more than the {limits.max_bytes} that are read", limits.max_bytes)

    @property
    def finished(self) -> bool:
        """Whether every byte was read."""
        return self.position == self._end

    def value(self) -> Value:
        """Read one value."""
        return self._value(self._end, 0)

    def open_list(self, descriptor: int) -> int:
        """Read the start of a list with this descriptor that fills the rest of the data; return its count."""
        start = self.position
        if self._data[start : start + 1] != b"\0":
            raise DecodeError("a described value was expected", start)
        self.position = start + 1
        if self._descriptor(self._end) != descriptor:
            raise DecodeError(f"the descriptor 0x{descriptor:016x} was expected", start + 1)
        width, kind = _SIZED.get(self._byte(self._end), (0, ""))
        if kind != _LIST:
            raise DecodeError("a list was expected", self.position - 1)
        body_end = self._sized_end(width, self._end)
        if body_end != self._end:
            raise DecodeError(f"{self._end - body_end} bytes follow the value", body_end)
        return self._count(width, body_end)

    def _value(self, end: int, depth: int) -> Value:
        offset = self.position
        if offset >= end:
            raise DecodeError("a value was expected where nothing is left", offset)
        self._items += 1
        if self._items > self._limits.max_items:
            raise DecodeError(f"more than the {self._limits.max_items} values that are read", offset)
        code = self._data[offset]
        self.position = offset + 1
        if code == _DESCRIBED:
            return self._described(end, depth + 1, offset)
        if code in _SIZED:
            width, kind = _SIZED[code]
            return self._sized(width, kind, end, depth)
        if code in _CONSTANTS:
            return _CONSTANTS[code]
        if code in _INTEGERS:
            width, make, signed = _INTEGERS[code]
            return make.from_bytes(self._take(width, end), "big", signed=signed)
        if code == _EMPTY_LIST:
            return []
        if code == _BOOLEAN:
            return self._boolean(end)
        if code in _UNREAD_WIDTHS:
            self._take(_UNREAD_WIDTHS[code], end)
            return Unread(counts=code not in _JAVA_PRIMITIVES)
        raise DecodeError(f"0x{code:02x} begins no value of AMQP 1.0", offset)

    def _sized(self, width: int, kind: str, end: int, depth: int) -> Value:
        offset = self.position - 1
        body_end = self._sized_end(width, end)
        if kind in (_LIST, _MAP):
            count = self._count(width, body_end)
            self._descend(depth + 1, offset)
            values = [self._value(body_end, depth + 1) for _ in range(count)]
            if self.position != body_end:
                raise DecodeError(f"a {kind} has bytes after its last value", self.position)
            if kind == _LIST:
                return values
            if count % 2:
                raise DecodeError("a map has a key without a value", offset)
            return Pairs(list(zip(values[::2], values[1::2], strict=True)))
        content = self._data[self.position : body_end]
        self.position = body_end
        if kind == _BINARY:
            return content
        if kind == _ARRAY:
            return Unread(counts=True)
        try:
            return content.decode() if kind == _STRING else Symbol(content, "ascii")
        except UnicodeDecodeError as error:
            reason = f"a {kind} is not in {'UTF-8' if kind == _STRING else 'ASCII'}"
            raise DecodeError(reason, body_end - len(content) + error.start) from None

    def _described(self, end: int, depth: int, offset: int) -> Described | Reference:
        self._descend(depth, offset)
        descriptor = self._descriptor(end)
        value = self._value(end, depth)
        if descriptor != REFERENCE:
            return Described(descriptor, value, offset)
        if not isinstance(value, UnsignedInteger):
            raise DecodeError("a back-reference is not an unsigned integer", offset)
        self.has_references = True
        return Reference(value, offset)

    def _descriptor(self, end: int) -> Symbol | UnsignedLong:
        offset = self.position
        fitting = offset < end and self._data[offset] in _DESCRIPTORS
        value = self._value(end, 0) if fitting else None
        if not isinstance(value, Symbol | UnsignedLong):
            raise DecodeError("a descriptor, a symbol or an unsigned long, was expected", offset)
        return value

    def _boolean(self, end: int) -> bool:
        byte = self._byte(end)
        if byte > 1:
            raise DecodeError(f"a boolean is 0 or 1, not {byte}", self.position - 1)
        return byte == 1

    def _sized_end(self, width: int, end: int) -> int:
        offset = self.position
        size = int.from_bytes(self._take(width, end), "big")
        if size > end - self.position:
            raise DecodeError(f"{size} bytes are announced where {end - self.position} are left", offset)
        return self.position + size

    def _count(self, width: int, body_end: int) -> int:
        offset = self.position
        count = int.from_bytes(self._take(width, body_end), "big")
        if count > body_end - self.position:
            raise DecodeError(f"{count} values are announced in {body_end - self.position} bytes", offset)
        return count

    def _byte(self, end: int) -> int:
        return self._take(1, end)[0]

    def _take(self, width: int, end: int) -> bytes:
        start = self.position
        if width > end - start:
            raise DecodeError(f"{width} bytes were expected where {end - start} are left", start)
        self.position = start + width
        return self._data[start : start + width]

    def _descend(self, depth: int, offset: int) -> None:
        if depth > self._limits.max_depth:
            raise DecodeError(f"values more than {self._limits.max_depth} deep", offset)
