"""Values read with the schema that came with them: by the names of classes and properties, as Corda does.

Another version's class may have properties that ours lacks, which are left aside, and another fingerprint
(corda: EvolutionSerializerFactory). What ours needs and theirs lacks is an error, or has a default.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NoReturn

from corda_operator.corda.amqp import times, types
from corda_operator.corda.amqp.errors import DecodeError
from corda_operator.corda.amqp.schema import Composite, Notation
from corda_operator.corda.amqp.values import Described, Long, Pairs, Value


class Document:
    """A schema, and how the values that came with it are read."""

    def __init__(self, notations: Mapping[str, Notation]) -> None:
        self._notations = notations

    def record(self, value: Value, offset: int, *names: str) -> "Record":
        """Return an object of one of these classes; raises DecodeError."""
        if not isinstance(value, Described):
            raise DecodeError(f"{_one_of(names)} was expected, not {_kind(value)}", offset)
        notation = self._notation(value)
        if not isinstance(notation, Composite) or notation.name not in names:
            raise DecodeError(f"{_one_of(names)} was expected, not {notation.name!r}", value.offset)
        if not isinstance(value.value, list) or len(value.value) != len(notation.properties):
            expected = f"a list of the {len(notation.properties)} properties of {notation.name!r}"
            raise DecodeError(f"{expected} was expected, not {_kind(value.value)}", value.offset)
        return Record(self, notation.name, dict(zip(notation.properties, value.value, strict=True)), value.offset)

    def elements(self, value: Value, offset: int) -> list[Value]:
        """Return what is in a java.util.List; raises DecodeError."""
        content = self._collection(value, "list", "java.util.List<", offset)
        if not isinstance(content, list):
            raise DecodeError(f"a list was expected, not {_kind(content)}", offset)
        return content

    def entries(self, value: Value, offset: int) -> list[tuple[str, Value]]:
        """Return what is in a java.util.Map with different strings as keys; raises DecodeError."""
        content = self._collection(value, "map", "java.util.Map<", offset)
        if not isinstance(content, Pairs):
            raise DecodeError(f"a map was expected, not {_kind(content)}", offset)
        entries = [(key, one) for key, one in content.entries if type(key) is str]
        if len(entries) != len(content.entries):
            raise DecodeError("a map has a key that is not a string", offset)
        if len(dict(entries)) != len(entries):
            raise DecodeError("a map has a key twice", offset)
        return entries

    def _collection(self, value: Value, source: str, prefix: str, offset: int) -> Value:
        if not isinstance(value, Described):
            raise DecodeError(f"a {prefix}...> was expected, not {_kind(value)}", offset)
        notation = self._notation(value)
        if isinstance(notation, Composite) or notation.source != source or not notation.name.startswith(prefix):
            raise DecodeError(f"a {prefix}...> was expected, not {notation.name!r}", value.offset)
        return value.value

    def _notation(self, value: Described) -> Notation:
        notation = self._notations.get(value.descriptor) if isinstance(value.descriptor, str) else None
        if notation is None:
            raise DecodeError(f"the schema has no type with the descriptor {value.descriptor!r:.80}", value.offset)
        return notation


class Record:
    """An object of a class that the schema describes; every method takes a property and raises DecodeError."""

    __slots__ = ("_document", "_values", "name", "offset")

    def __init__(self, document: Document, name: str, values: Mapping[str, Value], offset: int) -> None:
        self._document = document
        self._values = values
        self.name = name
        self.offset = offset

    def has(self, prop: str) -> bool:
        """Whether the sender's version of the class has the property."""
        return prop in self._values

    def string(self, prop: str) -> str:
        """Return a java.lang.String."""
        value = self._value(prop)
        return value if type(value) is str else self._not(prop, "a string", value)

    def optional_string(self, prop: str) -> str | None:
        """Return a java.lang.String or null."""
        return None if self._value(prop) is None else self.string(prop)

    def integer(self, prop: str) -> int:
        """Return an int, of 32 bits."""
        value = self._value(prop)
        return value if type(value) is int else self._not(prop, "an int", value)

    def long(self, prop: str) -> int:
        """Return a long, of 64 bits."""
        value = self._value(prop)
        return int(value) if isinstance(value, Long) else self._not(prop, "a long", value)

    def boolean(self, prop: str) -> bool:
        """Return a boolean."""
        value = self._value(prop)
        return value if isinstance(value, bool) else self._not(prop, "a boolean", value)

    def binary(self, prop: str) -> bytes:
        """Return a byte array."""
        value = self._value(prop)
        return value if isinstance(value, bytes) else self._not(prop, "binary", value)

    def record(self, prop: str, *names: str) -> "Record":
        """Return an object of one of these classes."""
        return self._document.record(self._value(prop), self.offset, *names)

    def optional_record(self, prop: str, *names: str) -> "Record | None":
        """Return an object of one of these classes or null."""
        return None if self._value(prop) is None else self.record(prop, *names)

    def records(self, prop: str, *names: str) -> list["Record"]:
        """Return a java.util.List's objects, each of one of these classes."""
        return self.records_of(self._value(prop), *names)

    def records_of(self, value: Value, *names: str) -> list["Record"]:
        """Return the objects in a java.util.List that was found in a map."""
        elements = self._document.elements(value, self.offset)
        return [self._document.record(element, self.offset, *names) for element in elements]

    def entries(self, prop: str) -> list[tuple[str, Value]]:
        """Return a java.util.Map's entries."""
        return self._document.entries(self._value(prop), self.offset)

    def custom_binary(self, prop: str, descriptor: str) -> bytes:
        """Return the bytes of a type that is written as binary, such as a key."""
        return self.custom_binary_of(self._value(prop), descriptor)

    def custom_binaries(self, prop: str, descriptor: str) -> list[bytes]:
        """Return a java.util.List's objects of a type that is written as binary."""
        elements = self._document.elements(self._value(prop), self.offset)
        return [self.custom_binary_of(element, descriptor) for element in elements]

    def custom_binary_of(self, value: Value, descriptor: str) -> bytes:
        """Return the bytes of a type that is written as binary and was found in a list or map."""
        if isinstance(value, Described) and value.descriptor == descriptor and isinstance(value.value, bytes):
            return value.value
        raise DecodeError(f"{descriptor} as binary was expected, not {_kind(value)}", self.offset)

    def custom_list(self, prop: str, descriptor: str, *kinds: type) -> list[Value]:
        """Return the values of a type that is written as a list of values of these kinds."""
        value = self._value(prop)
        content = value.value if isinstance(value, Described) and value.descriptor == descriptor else None
        if not isinstance(content, list) or [type(one) for one in content] != list(kinds):
            self._not(prop, descriptor, value)
        return content

    def instant(self, prop: str) -> datetime:
        """Return a java.time.Instant."""
        seconds, nanoseconds = self._numbers(prop, types.INSTANT, Long, int)
        try:
            return times.instant(seconds, nanoseconds)
        except ValueError as error:
            raise self.refused(error) from None

    def duration(self, prop: str) -> timedelta:
        """Return a java.time.Duration."""
        nanoseconds, seconds = self._numbers(prop, types.DURATION, int, Long)
        try:
            return times.duration(seconds, nanoseconds)
        except ValueError as error:
            raise self.refused(error) from None

    def refused(self, error: ValueError) -> DecodeError:
        """Return the error for an object whose values don't go together, to be raised."""
        return DecodeError(f"{self.name!r}: {error}", self.offset)

    def _numbers(self, prop: str, descriptor: str, *kinds: type) -> list[int]:
        return [one for one in self.custom_list(prop, descriptor, *kinds) if isinstance(one, int)]

    def _value(self, prop: str) -> Value:
        try:
            return self._values[prop]
        except KeyError:
            raise DecodeError(f"the sender's {self.name!r} has no {prop!r}", self.offset) from None

    def _not(self, prop: str, expected: str, value: Value) -> NoReturn:
        raise DecodeError(f"{prop!r} of {self.name!r} has to be {expected}, not {_kind(value)}", self.offset)


def _one_of(names: tuple[str, ...]) -> str:
    return " or ".join(map(repr, names))


def _kind(value: Value) -> str:
    if isinstance(value, Described):
        return f"a value of the type {value.descriptor!r:.80}"
    return "null" if value is None else f"a value of the kind {type(value).__name__}"
