"""What surrounds every value: Corda's header, then the value, its schema and transforms.

corda: DeserializationInput.withDataBytes, Envelope.kt, SerializationFormat.kt.
"""

from collections.abc import Mapping
from functools import lru_cache

from corda_operator.corda.amqp import types, writer
from corda_operator.corda.amqp.errors import DecodeError
from corda_operator.corda.amqp.limits import SCHEMA, Limits
from corda_operator.corda.amqp.reader import Reader
from corda_operator.corda.amqp.record import Document, Record
from corda_operator.corda.amqp.references import resolve
from corda_operator.corda.amqp.schema import ENVELOPE, Notation, decode_schema, encode_schema

MAGIC = b"corda\x01\x00"
_DATA_AND_STOP = 0
_ENCODED = 2
_SCHEMAS_REMEMBERED = 64


def seal(value: bytes, schema: bytes) -> bytes:
    """Return a blob of an encoded value and its `sealing` schema."""
    # A map of many nodes is large enough for each copy to cost.
    start = writer.described_by_code(ENVELOPE, writer.sequence_start(len(value) + len(schema), 3))
    return b"".join((MAGIC, bytes((_DATA_AND_STOP,)), start, value, schema))


@lru_cache(maxsize=32)
def sealing(schema: tuple[Notation, ...]) -> bytes:
    """Return what `seal` needs for these types."""
    return encode_schema(schema)


def unseal(data: bytes, limits: Limits, *names: str) -> Record:
    """Return the value of a blob, which has to be of one of these classes; raises DecodeError."""
    if data[: len(MAGIC)] != MAGIC:
        raise DecodeError("Corda's AMQP 1.0 begins with 'corda', 1, 0", 0)
    section = data[len(MAGIC) : len(MAGIC) + 1]
    if section == bytes((_ENCODED,)):
        raise DecodeError("the value is compressed or otherwise encoded, which no node does here", len(MAGIC))
    if section != bytes((_DATA_AND_STOP,)):
        raise DecodeError(f"section 0, data, was expected, not {section.hex() or 'the end'}", len(MAGIC))
    reader = Reader(data, limits, len(MAGIC) + 1)
    start = reader.position
    count = reader.open_list(ENVELOPE)
    if count not in (2, 3):
        raise DecodeError(f"an envelope has a value, a schema and perhaps transforms, not {count} values", start)
    value = reader.value()
    notations = _schema(data, reader.position, count - 1)
    if reader.has_references:
        value = resolve(value, notations, limits)
    return Document(notations).record(value, start, *names)


def _schema(data: bytes, start: int, values: int) -> Mapping[str, Notation]:
    try:
        if len(data) - start > SCHEMA.max_bytes:
            raise DecodeError(f"the schema has more than {SCHEMA.max_bytes} bytes", SCHEMA.max_bytes)
        return _known_schema(data[start:], values)
    except DecodeError as error:
        raise error.moved(start) from None


# All nodes of a version send the same schema with a type, and it is most of what they send.
@lru_cache(maxsize=_SCHEMAS_REMEMBERED)
def _known_schema(data: bytes, values: int) -> Mapping[str, Notation]:
    notations = decode_schema(data, values)
    for descriptor, notation in notations.items():
        ours = types.KNOWN.get(descriptor)
        if descriptor in types.CUSTOM or (ours is not None and ours != notation):
            raise DecodeError(f"the schema gives {notation.name!r} the descriptor of another type", 0)
    return notations
