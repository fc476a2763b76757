"""Back-references: where a JVM had the same object twice, Corda's writer put the number of its first mention.

Objects are numbered as Corda's reader comes to have them (corda: DeserializationInput.readObject): an object
follows its contents; properties that are strings, numbers or bytes have no number, and among the elements of
lists and maps only strings and other objects have one.
"""

from collections.abc import Mapping

from corda_operator.corda.amqp.errors import DecodeError
from corda_operator.corda.amqp.limits import Limits
from corda_operator.corda.amqp.schema import Notation, Restricted
from corda_operator.corda.amqp.values import (
    Described,
    Pairs,
    Reference,
    Symbol,
    Unread,
    UnsignedInteger,
    UnsignedLong,
    Value,
)

_OBJECTS = (str, UnsignedInteger, UnsignedLong)


def resolve(value: Value, notations: Mapping[str, Notation], limits: Limits) -> Value:
    """Return the value with what they point at in the place of its references, shared, not copied.

    Raises DecodeError, also where it would have more than ``max_items`` values if nothing were shared.
    """
    return _Resolver(notations, limits).resolved(value, numbered=False)


class _Resolver:
    def __init__(self, notations: Mapping[str, Notation], limits: Limits) -> None:
        self._notations = notations
        self._limits = limits
        self._items = 0
        self._objects: list[tuple[Value, int]] = []

    def resolved(self, value: Value, *, numbered: bool) -> Value:
        if isinstance(value, Reference):
            return self._target(value)
        before = self._items
        self._items += 1
        if isinstance(value, Described):
            self._resolve_content(value)
        elif isinstance(value, list):
            value[:] = [self.resolved(one, numbered=False) for one in value]
        if isinstance(value, Described) or (numbered and _is_object(value)):
            self._objects.append((value, self._items - before))
        return value

    def _resolve_content(self, described: Described) -> None:
        content = described.value
        if isinstance(content, Pairs):
            content.entries = [
                (self.resolved(key, numbered=True), self.resolved(one, numbered=True)) for key, one in content.entries
            ]
        elif isinstance(content, list):
            numbered = isinstance(self._notation(described), Restricted)
            content[:] = [self.resolved(one, numbered=numbered) for one in content]

    def _notation(self, described: Described) -> Notation | None:
        return self._notations.get(described.descriptor) if isinstance(described.descriptor, Symbol) else None

    def _target(self, reference: Reference) -> Value:
        if reference.index >= len(self._objects):
            found = f"a back-reference to object {reference.index}, but {len(self._objects)} were read"
            raise DecodeError(found, reference.offset)
        value, weight = self._objects[reference.index]
        self._items += weight
        if self._items > self._limits.max_items:
            raise DecodeError(f"more than the {self._limits.max_items} values that are read", reference.offset)
        return value


def _is_object(value: Value) -> bool:
    return isinstance(value, _OBJECTS) or (isinstance(value, Unread) and value.counts)
