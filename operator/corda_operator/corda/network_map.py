"""Which node infos make up a network (corda: NetworkMap, ParametersUpdate)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from corda_operator.corda.amqp import times, types, writer
from corda_operator.corda.amqp.envelope import seal, sealing, unseal
from corda_operator.corda.amqp.limits import MAP, Limits
from corda_operator.corda.amqp.record import Record
from corda_operator.corda.hashes import SIZE, InvalidHash, SecureHash

_HASH_PREFIX = writer.described(types.SHA256.descriptor, writer.sequence([writer.binary(bytes(SIZE))]))[:-SIZE]
_HASH_CLASSES = (types.SHA256.name,)


@dataclass(frozen=True)
class ParametersUpdate:
    """Network parameters that are announced to nodes; the deadline is for people, nodes don't keep to it."""

    new_parameters_hash: SecureHash
    description: str
    update_deadline: datetime


@dataclass(frozen=True)
class NetworkMap:
    """The hashes of all node infos, of the parameters in force and perhaps of those to come."""

    node_info_hashes: tuple[SecureHash, ...]
    network_parameter_hash: SecureHash
    parameters_update: ParametersUpdate | None = None

    def encode(self) -> bytes:
        """Return the blob that the operator signs."""
        return encode_network_map(self.node_info_hashes, self.network_parameter_hash, self.parameters_update)

    @classmethod
    def decode(cls, data: bytes, limits: Limits = MAP) -> "NetworkMap":
        """Read such a blob; raises DecodeError."""
        record = unseal(data, limits, types.NETWORK_MAP.name)
        update = record.optional_record("parametersUpdate", types.PARAMETERS_UPDATE.name)
        return cls(
            node_info_hashes=tuple(map(decode_hash, record.records("nodeInfoHashes", *_HASH_CLASSES))),
            network_parameter_hash=decode_hash(record.record("networkParameterHash", *_HASH_CLASSES)),
            parameters_update=None if update is None else _decode_update(update),
        )


def encode_network_map(
    node_info_hashes: Iterable[bytes],
    network_parameter_hash: SecureHash,
    parameters_update: ParametersUpdate | None = None,
) -> bytes:
    """Return the blob of a network map of these hashes, 32 bytes each; raises InvalidHash.

    For maps of thousands of nodes: the hashes need not be made objects of.
    """
    values = (
        encode_hash(network_parameter_hash),
        encode_hashes(node_info_hashes),
        writer.NULL if parameters_update is None else _encode_update(parameters_update),
    )
    value = writer.described(types.NETWORK_MAP.descriptor, writer.sequence(values))
    return seal(value, sealing(types.NETWORK_MAP_SCHEMA))


def encode_hash(value: bytes) -> bytes:
    """Return the AMQP value of a SHA-256 hash."""
    return _HASH_PREFIX + value


def encode_hashes(values: Iterable[bytes]) -> bytes:
    """Return the AMQP value of a list of SHA-256 hashes; raises InvalidHash if one has not 32 bytes."""
    hashes = list(values)
    if set(map(len, hashes)) - {SIZE}:
        raise InvalidHash(f"a SHA-256 hash has {SIZE} bytes")
    body = _HASH_PREFIX.join((b"", *hashes))
    return writer.described(types.SECURE_HASHES.descriptor, writer.sequence_of(body, len(hashes)))


def decode_hash(record: Record) -> SecureHash:
    """Read a `types.SHA256`; raises DecodeError."""
    try:
        return SecureHash(record.binary("bytes"))
    except InvalidHash as error:
        raise record.refused(error) from None


def _encode_update(update: ParametersUpdate) -> bytes:
    values = (
        writer.string(update.description),
        encode_hash(update.new_parameters_hash),
        times.encode_instant(update.update_deadline),
    )
    return writer.described(types.PARAMETERS_UPDATE.descriptor, writer.sequence(values))


def _decode_update(record: Record) -> ParametersUpdate:
    return ParametersUpdate(
        new_parameters_hash=decode_hash(record.record("newParametersHash", *_HASH_CLASSES)),
        description=record.string("description"),
        update_deadline=record.instant("updateDeadline"),
    )
