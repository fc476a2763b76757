"""The schema that travels with every value: what its types are called and which properties they have.

corda: serialization/internal/amqp/Schema.kt. Of what Corda writes there, labels and the interfaces a type
provides are neither kept nor written, as Corda's reader makes no use of them for the types that we read.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias

from corda_operator.corda.amqp import writer
from corda_operator.corda.amqp.errors import DecodeError
from corda_operator.corda.amqp.limits import SCHEMA
from corda_operator.corda.amqp.reader import Reader
from corda_operator.corda.amqp.values import Described, Symbol, Value

_CODES = 0xC562_0000_0000_0000
ENVELOPE = _CODES + 1
_SCHEMA = _CODES + 2
_OBJECT_DESCRIPTOR = _CODES + 3
_FIELD = _CODES + 4
_COMPOSITE_TYPE = _CODES + 5
_RESTRICTED_TYPE = _CODES + 6
_TRANSFORMS = _CODES + 9

NO_TRANSFORMS = writer.described_by_code(_TRANSFORMS, writer.mapping([]))
"""Renamed constants of enumerations, which none of our types has."""


@dataclass(frozen=True, slots=True)
class Field:
    """A property: its type is a primitive's or class's name, or ``*`` with the name in ``requires``."""

    name: str
    type: str
    requires: tuple[str, ...] = ()
    default: str | None = field(default=None, compare=False)
    mandatory: bool = True

    def encode(self) -> bytes:
        """Return the bytes of the genuine writer."""
        values = (
            writer.string(self.name),
            writer.string(self.type),
            writer.sequence(map(writer.string, self.requires)),
            writer.optional_string(self.default),
            writer.NULL,
            writer.boolean(self.mandatory),
            writer.FALSE,
        )
        return writer.described_by_code(_FIELD, writer.sequence(values))


@dataclass(frozen=True)
class Composite:
    """A class: its properties in alphabetical order, which is the order of their values."""

    name: str
    descriptor: str
    fields: tuple[Field, ...]

    @cached_property
    def properties(self) -> tuple[str, ...]:
        """The properties' names, in their values' order."""
        return tuple(one.name for one in self.fields)

    def encode(self) -> bytes:
        """Return the bytes of the genuine writer."""
        values = (
            *_head(self.name),
            _descriptor(self.descriptor),
            writer.sequence(one.encode() for one in self.fields),
        )
        return writer.described_by_code(_COMPOSITE_TYPE, writer.sequence(values))


@dataclass(frozen=True)
class Restricted:
    """A list, a map or something else that is written as a ``source``."""

    name: str
    descriptor: str
    source: str

    def encode(self) -> bytes:
        """Return the bytes of the genuine writer."""
        values = (*_head(self.name), writer.string(self.source), _descriptor(self.descriptor), writer.EMPTY_LIST)
        return writer.described_by_code(_RESTRICTED_TYPE, writer.sequence(values))


Notation: TypeAlias = Composite | Restricted


def encode_schema(types: Iterable[Notation]) -> bytes:
    """Return a schema and the lack of transforms, the last two of an envelope's three values."""
    inner = writer.sequence(one.encode() for one in types)
    return writer.described_by_code(_SCHEMA, writer.sequence([inner])) + NO_TRANSFORMS


def decode_schema(data: bytes, values: int) -> Mapping[str, Notation]:
    """Read ``values`` values, a schema and perhaps transforms, that fill ``data``: types by descriptor.

    Transforms are read and left aside. Raises DecodeError with offsets into ``data``.
    """
    reader = Reader(data, SCHEMA)
    (types,) = _parts(reader.value(), _SCHEMA, 1)
    for _ in range(values - 1):
        reader.value()
    if not reader.finished:
        raise DecodeError("bytes follow the value", reader.position)
    notations: dict[str, Notation] = {}
    for described in _list(types):
        notation = _notation(described)
        if notation.descriptor in notations:
            raise DecodeError(f"the descriptor of {notation.name!r} is another type's, too", _offset(described))
        notations[notation.descriptor] = notation
    return notations


def _notation(value: Value) -> Notation:
    if isinstance(value, Described) and value.descriptor == _RESTRICTED_TYPE:
        name, _, _, source, descriptor, _ = _parts(value, _RESTRICTED_TYPE, 6)
        return Restricted(_text(name, value), _name_of(descriptor), _text(source, value))
    name, _, _, descriptor, fields = _parts(value, _COMPOSITE_TYPE, 5)
    composite = Composite(_text(name, value), _name_of(descriptor), tuple(map(_field, _list(fields))))
    # Corda's reader goes by its own, alphabetical, order where it knows the properties; another order would be
    # read differently by us and by the nodes.
    if any(first >= second for first, second in zip(composite.properties, composite.properties[1:], strict=False)):
        raise DecodeError(f"the properties of {composite.name!r} are not in alphabetical order", _offset(value))
    return composite


def _field(value: Value) -> Field:
    name, kind, requires, _, _, mandatory, _ = _parts(value, _FIELD, 7)
    required = tuple(_text(one, value) for one in _list(requires))
    if not isinstance(mandatory, bool):
        raise DecodeError("a property does not say whether it is mandatory", _offset(value))
    return Field(_text(name, value), _text(kind, value), required, mandatory=mandatory)


def _name_of(value: Value) -> str:
    name, _ = _parts(value, _OBJECT_DESCRIPTOR, 2)
    if not isinstance(name, Symbol):
        raise DecodeError("a type's descriptor is not a symbol", _offset(value))
    return name


def _parts(value: Value, code: int, count: int) -> list[Value]:
    if not isinstance(value, Described) or value.descriptor != code:
        raise DecodeError(f"a schema lacks a value with the descriptor 0x{code:016x}", _offset(value))
    parts = _list(value.value)
    if len(parts) != count:
        raise DecodeError(f"a part of a schema has {len(parts)} values, not {count}", value.offset)
    return parts


def _list(value: Value) -> list[Value]:
    if not isinstance(value, list):
        raise DecodeError("a schema has something else where a list belongs", _offset(value))
    return value


def _text(value: Value, within: Value) -> str:
    if type(value) is not str:
        raise DecodeError("a schema has something else where a string belongs", _offset(within))
    return value


def _offset(value: Value) -> int:
    return value.offset if isinstance(value, Described) else 0


def _head(name: str) -> tuple[bytes, bytes, bytes]:
    return writer.string(name), writer.NULL, writer.EMPTY_LIST


def _descriptor(name: str) -> bytes:
    return writer.described_by_code(_OBJECT_DESCRIPTOR, writer.sequence([writer.symbol(name), writer.NULL]))
