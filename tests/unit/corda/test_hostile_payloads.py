"""Whatever is sent, reading it ends in a value or in the one error, within the limits."""

import tracemalloc
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corda_operator.corda.amqp import DecodeError, Limits
from corda_operator.corda.amqp import writer as amqp
from corda_operator.corda.amqp.envelope import seal, sealing
from corda_operator.corda.amqp.limits import PARAMETERS
from corda_operator.corda.amqp.reader import REFERENCE
from corda_operator.corda.amqp.types import NODE_INFO, NODE_INFO_SCHEMA
from corda_operator.corda.names import InvalidName
from corda_operator.corda.network_parameters import NetworkParameters
from corda_operator.corda.node_info import NodeInfo
from tests.unit.corda.payloads import READERS

KINDS = pytest.mark.parametrize("kind", sorted(READERS))
MIB = 1 << 20


def refused_or_read(read: Callable[[bytes], object], data: bytes) -> None:
    try:
        read(data)
    except (DecodeError, InvalidName):
        return


@KINDS
@given(data=st.data())
def test_a_payload_with_changed_bytes_is_read_or_refused(kind: str, data: st.DataObject) -> None:
    read, samples = READERS[kind]
    payload = bytearray(data.draw(st.sampled_from(samples)))
    for _ in range(data.draw(st.integers(1, 4))):
        payload[data.draw(st.integers(0, len(payload) - 1))] = data.draw(st.integers(0, 255))
    refused_or_read(read, bytes(payload))


@KINDS
@given(data=st.data())
def test_a_payload_with_a_part_moved_or_doubled_is_read_or_refused(kind: str, data: st.DataObject) -> None:
    read, samples = READERS[kind]
    payload = data.draw(st.sampled_from(samples))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(payload)), min_size=3, max_size=3)))
    head, first, second, tail = (
        payload[: cuts[0]],
        payload[cuts[0] : cuts[1]],
        payload[cuts[1] : cuts[2]],
        payload[cuts[2] :],
    )
    refused_or_read(read, head + data.draw(st.sampled_from([second + first, first + first, second])) + tail)


@KINDS
def test_every_beginning_of_a_payload_is_refused(kind: str) -> None:
    read, samples = READERS[kind]
    for end in range(len(samples[0])):
        with pytest.raises((DecodeError, InvalidName)):
            read(samples[0][:end])


@KINDS
def test_bytes_behind_a_payload_are_refused(kind: str) -> None:
    read, samples = READERS[kind]
    with pytest.raises((DecodeError, InvalidName)):
        read(samples[0] + b"\0")


@given(st.binary(max_size=300))
def test_any_bytes_behind_the_header_are_read_or_refused(data: bytes) -> None:
    refused_or_read(NodeInfo.decode, b"corda\x01\x00\x00" + data)


def node_info_of(value: bytes) -> bytes:
    return seal(value, sealing(NODE_INFO_SCHEMA))


def peak_of_refusing(data: bytes, limits: Limits) -> int:
    tracemalloc.start()
    try:
        with pytest.raises(DecodeError):
            NodeInfo.decode(data, limits)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("code", [0xB0, 0xB1, 0xB3, 0xD0, 0xD1, 0xF0])
def test_an_announced_size_allocates_nothing(code: int) -> None:
    data = node_info_of(bytes((code,)) + b"\xff\xff\xff\xff")

    assert peak_of_refusing(data, Limits()) < MIB // 4


@pytest.mark.parametrize("code", [0xD0, 0xD1])
def test_an_announced_count_allocates_nothing(code: int) -> None:
    data = node_info_of(bytes((code,)) + (8).to_bytes(4, "big") + b"\xff\xff\xff\xfe" + b"\x40" * 4)

    assert peak_of_refusing(data, Limits()) < MIB // 4


def test_memory_is_bound_by_the_number_of_values() -> None:
    blank = node_info_of(amqp.sequence([amqp.EMPTY_LIST] * 200_000))

    assert peak_of_refusing(blank, Limits(max_items=1_000)) < 2 * len(blank)


def test_a_blob_larger_than_the_limit_is_not_looked_at() -> None:
    with pytest.raises(DecodeError, match="more than the 262144 that are read"):
        NodeInfo.decode(node_info_of(bytes(MIB)))


@pytest.mark.parametrize(
    "nest",
    [
        lambda inner: amqp.sequence([inner]),
        lambda inner: amqp.mapping([(amqp.NULL, inner)]),
        lambda inner: amqp.described(NODE_INFO.descriptor, inner),
    ],
)
def test_depth_is_refused_before_it_uses_up_the_stack(nest: Callable[[bytes], bytes]) -> None:
    value = amqp.NULL
    for _ in range(3_000):
        value = nest(value)
    with pytest.raises(DecodeError, match="values more than 64 deep"):
        NodeInfo.decode(node_info_of(value))


def test_descriptors_do_not_nest() -> None:
    with pytest.raises(DecodeError, match="descriptor, a symbol or an unsigned long"):
        NodeInfo.decode(node_info_of(b"\0" * 3_000 + amqp.NULL))


def reference(index: int) -> bytes:
    return amqp.described_by_code(REFERENCE, b"\x70" + index.to_bytes(4, "big"))


def test_references_cannot_blow_up_into_more_values_than_are_read() -> None:
    doubling = [amqp.described("a", amqp.sequence([amqp.NULL]))]
    doubling += [amqp.described("a", amqp.sequence([reference(number)] * 2)) for number in range(60)]
    with pytest.raises(DecodeError, match="more than the 20000 values that are read"):
        NodeInfo.decode(node_info_of(amqp.sequence(doubling)))


def test_a_list_that_every_entry_of_a_map_refers_to_counts_each_time() -> None:
    sample = READERS["parameters"][1][3]
    parameters = NetworkParameters.decode(sample)
    entries = sum(len(hashes) for hashes in parameters.whitelisted_contract_implementations.values())
    assert entries == 4

    with pytest.raises(DecodeError, match="values that are read"):
        NetworkParameters.decode(sample, Limits(PARAMETERS.max_bytes, 60, PARAMETERS.max_depth))


@pytest.mark.parametrize("index", [0, 1, 2**32 - 1])
def test_a_reference_to_what_was_not_read_yet_is_refused(index: int) -> None:
    with pytest.raises(DecodeError, match=f"a back-reference to object {index}, but 0 were read"):
        NodeInfo.decode(node_info_of(amqp.described(NODE_INFO.descriptor, amqp.sequence([reference(index)]))))


def test_a_reference_with_another_number_than_an_unsigned_one_is_refused() -> None:
    with pytest.raises(DecodeError, match="not an unsigned integer"):
        NodeInfo.decode(node_info_of(amqp.described_by_code(REFERENCE, amqp.integer(0))))
