"""What the reader makes of AMQP values: Python's own where there is one, else these.

null, boolean, int, binary and string are None, bool, int, bytes and str; a list is a list.
"""

from typing import TypeAlias


class Long(int):
    """A 64-bit signed integer (AMQP 1.0 part 1, 1.6.10); a plain int is one of 32 bits."""

    __slots__ = ()


class UnsignedInteger(int):
    """A 32-bit unsigned integer (AMQP 1.0 part 1, 1.6.5), as in back-references."""

    __slots__ = ()


class UnsignedLong(int):
    """A 64-bit unsigned integer (AMQP 1.0 part 1, 1.6.6), as in the descriptors of schemas."""

    __slots__ = ()


class Symbol(str):
    """A name of ASCII characters (AMQP 1.0 part 1, 1.6.21), as in the descriptors of data."""

    __slots__ = ()


class Pairs:
    """A map: its entries in the order they came in; keys may repeat and need not be hashable."""

    __slots__ = ("entries",)

    def __init__(self, entries: "list[tuple[Value, Value]]") -> None:
        self.entries = entries


class Unread:
    """A value of a type that nothing of ours has: only its bounds were checked.

    ``counts`` says whether Java has it as an object, which back-references can point at.
    """

    __slots__ = ("counts",)

    def __init__(self, *, counts: bool) -> None:
        self.counts = counts


class Reference:
    """A back-reference: the number, from 0, of an object that was read before."""

    __slots__ = ("index", "offset")

    def __init__(self, index: int, offset: int) -> None:
        self.index = index
        self.offset = offset


class Described:
    """A value with the name of its type; ``offset`` is where it begins in the blob."""

    __slots__ = ("descriptor", "offset", "value")

    def __init__(self, descriptor: Symbol | UnsignedLong, value: "Value", offset: int) -> None:
        self.descriptor = descriptor
        self.value = value
        self.offset = offset


Value: TypeAlias = "bool | int | bytes | str | list[Value] | Pairs | Described | Reference | Unread | None"
