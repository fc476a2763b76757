from datetime import UTC, datetime

import pytest
from hypothesis import given

from corda_operator.corda.amqp import DecodeError
from corda_operator.corda.amqp.limits import MAP, Limits
from corda_operator.corda.hashes import InvalidHash, SecureHash
from corda_operator.corda.network_map import NetworkMap, ParametersUpdate, encode_network_map
from tests.unit.corda.golden import golden
from tests.unit.corda.strategies import NETWORK_MAPS

PARAMETERS = SecureHash.of(b"parameters")


def test_a_map_with_an_update_says_what_corda_wrote() -> None:
    assert NetworkMap.decode(golden("network-map-with-update")) == NetworkMap(
        node_info_hashes=tuple(SecureHash.of(b"node %d" % number) for number in range(3)),
        network_parameter_hash=PARAMETERS,
        parameters_update=ParametersUpdate(
            new_parameters_hash=SecureHash.of(b"new parameters"),
            description="More notaries",
            update_deadline=datetime(2027, 1, 31, 12, 0, 0, 123_000, tzinfo=UTC),
        ),
    )


@pytest.mark.parametrize("name", ["network-map-of-nobody", "network-map-with-update"])
def test_a_map_is_written_byte_for_byte_as_corda_writes_it(name: str) -> None:
    assert NetworkMap.decode(golden(name)).encode() == golden(name)


@given(NETWORK_MAPS)
def test_any_map_reads_as_it_was_written(network_map: NetworkMap) -> None:
    assert NetworkMap.decode(network_map.encode()) == network_map


def test_a_map_of_a_hundred_thousand_nodes_is_within_the_limits() -> None:
    hashes = [number.to_bytes(32, "big") for number in range(100_000)]

    assert NetworkMap.decode(encode_network_map(hashes, PARAMETERS)).node_info_hashes == tuple(hashes)


def test_a_map_beyond_the_limits_is_refused() -> None:
    blob = encode_network_map([bytes(32)] * 1000, PARAMETERS)

    with pytest.raises(DecodeError, match="more than the 3999 values"):
        NetworkMap.decode(blob, Limits(MAP.max_bytes, 3999, MAP.max_depth))


def test_a_hash_of_another_length_is_not_written_into_a_map() -> None:
    with pytest.raises(InvalidHash):
        encode_network_map([bytes(32), bytes(31)], PARAMETERS)
