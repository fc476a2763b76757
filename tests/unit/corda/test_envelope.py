"""Senders of other versions are understood by names; senders that lie about a type are not."""

from dataclasses import replace

import pytest

from corda_operator.corda.amqp import DecodeError, types
from corda_operator.corda.amqp import writer as amqp
from corda_operator.corda.amqp.envelope import seal, sealing
from corda_operator.corda.amqp.schema import ENVELOPE, NO_TRANSFORMS, Composite, Field, Notation, Restricted
from corda_operator.corda.amqp.times import FOREVER
from corda_operator.corda.hashes import SecureHash
from corda_operator.corda.network_map import NetworkMap
from corda_operator.corda.network_parameters import NetworkParameters
from corda_operator.corda.node_info import SignedNodeInfo
from corda_operator.corda.signed import SignedDataWithCert
from tests.unit.corda.golden import golden
from tests.unit.corda.payloads import PARAMETERS
from tests.unit.corda.test_network_parameters import PARAMETERS as VALUES

MAP = golden("network-map-of-nobody")
HASH = amqp.described(types.SHA256.descriptor, amqp.sequence([amqp.binary(bytes(32))]))
A_SET = Restricted("java.util.Set<a>", "net.corda:set", "list")
AN_ENUM = Restricted("java.util.List<a>", "net.corda:enum", "enum")
EMPTY = amqp.described(types.SECURE_HASHES.descriptor, amqp.EMPTY_LIST)


def blob_of(notation: Composite, *values: bytes, others: tuple[Notation, ...] = types.NETWORK_MAP_SCHEMA[1:]) -> bytes:
    value = amqp.described(notation.descriptor, amqp.sequence(values))
    return seal(value, sealing((notation, *others)))


def another(ours: Composite, *fields: Field) -> Composite:
    return Composite(ours.name, "net.corda:another==", tuple(sorted(fields, key=lambda field: field.name)))


def test_another_fingerprint_is_understood_by_names() -> None:
    published = SignedNodeInfo.decode(golden("publish-notary.SignedNodeInfo"))
    renamed = published.raw
    for number, notation in enumerate(types.NODE_INFO_SCHEMA):
        renamed = renamed.replace(notation.descriptor.encode(), b"net.corda:%024d" % number)

    assert renamed != published.raw
    assert SignedNodeInfo(renamed, ()).node_info() == published.node_info()


def test_properties_that_ours_lacks_are_left_aside() -> None:
    later = another(types.NETWORK_MAP, *types.NETWORK_MAP.fields, Field("note", "string"), Field("zeal", "double"))
    values = (HASH, EMPTY, amqp.string("new"), amqp.NULL, b"\x82" + bytes(8))

    assert NetworkMap.decode(blob_of(later, *values)) == NetworkMap((), SecureHash(bytes(32)))


def test_back_references_keep_their_numbers_when_a_list_of_strings_that_ours_lacks_precedes() -> None:
    strings = Restricted("java.util.List<string>", "net.corda:strings==", "list")
    later = another(types.NETWORK_MAP, *types.NETWORK_MAP.fields, Field("a", "*", (strings.name,)))
    words = amqp.described(strings.descriptor, amqp.sequence([amqp.string("x"), amqp.integer(7), amqp.string("y")]))
    update = amqp.described(
        types.PARAMETERS_UPDATE.descriptor,
        amqp.sequence(
            [
                amqp.string("a property has no number"),
                amqp.described_by_code(0xC562_0000_0000_0008, b"\x52\x03"),
                amqp.described(types.INSTANT, amqp.sequence([amqp.long(0), amqp.integer(0)])),
            ]
        ),
    )
    blob = blob_of(later, words, HASH, EMPTY, update, others=(*types.NETWORK_MAP_SCHEMA[1:], strings))

    network_map = NetworkMap.decode(blob)

    assert network_map.parameters_update is not None
    assert network_map.parameters_update.new_parameters_hash == network_map.network_parameter_hash == bytes(32)


def test_parameters_of_the_first_corda_get_the_defaults_that_corda_gives_them() -> None:
    later = {"eventHorizon", "packageOwnership"}
    fields = [field for field in types.NETWORK_PARAMETERS.fields if field.name not in later]
    first = another(types.NETWORK_PARAMETERS, *fields)
    number = amqp.integer(1)
    instant = amqp.described(types.INSTANT, amqp.sequence([amqp.long(0), number]))
    notaries = amqp.described(types.NOTARY_INFOS.descriptor, amqp.EMPTY_LIST)
    whitelist = amqp.described(types.WHITELIST.descriptor, amqp.mapping([]))
    values = (number, number, number, number, instant, notaries, whitelist)
    blob = blob_of(first, *values, others=types.NETWORK_PARAMETERS_SCHEMA[1:])

    parameters = NetworkParameters.decode(blob)

    assert parameters.event_horizon == FOREVER
    assert parameters.package_ownership == {}
    assert "eventHorizon" in parameters.changes_to(VALUES)


def test_a_property_that_ours_needs_and_theirs_lacks_is_named() -> None:
    earlier = another(types.NETWORK_MAP, *types.NETWORK_MAP.fields[:2])

    with pytest.raises(DecodeError, match="has no 'parametersUpdate'"):
        NetworkMap.decode(blob_of(earlier, HASH, EMPTY))


def test_properties_out_of_order_are_refused_as_nodes_would_read_them_in_order() -> None:
    fields = types.NETWORK_MAP.fields
    shuffled = Composite(types.NETWORK_MAP.name, "net.corda:another==", (fields[1], fields[0], fields[2]))

    with pytest.raises(DecodeError, match="not in alphabetical order"):
        NetworkMap.decode(blob_of(shuffled, EMPTY, HASH, amqp.NULL))


def test_a_known_fingerprint_on_another_type_is_refused_as_nodes_would_not_look_at_the_schema() -> None:
    lying = replace(types.NETWORK_MAP, fields=(Field("a", "string"), *types.NETWORK_MAP.fields))

    with pytest.raises(DecodeError, match="the descriptor of another type"):
        NetworkMap.decode(blob_of(lying, amqp.string(""), HASH, EMPTY, amqp.NULL))


def test_a_schema_cannot_redefine_types_with_fixed_descriptors() -> None:
    others = (*types.NETWORK_MAP_SCHEMA[1:], Restricted("java.util.List<a>", types.INSTANT, "list"))

    with pytest.raises(DecodeError, match="the descriptor of another type"):
        NetworkMap.decode(blob_of(types.NETWORK_MAP, HASH, EMPTY, amqp.NULL, others=others))


def test_a_descriptor_belongs_to_one_type() -> None:
    others = (*types.NETWORK_MAP_SCHEMA[1:], types.SHA256)

    with pytest.raises(DecodeError, match="is another type's, too"):
        NetworkMap.decode(blob_of(types.NETWORK_MAP, HASH, EMPTY, amqp.NULL, others=others))


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ((HASH, EMPTY), "a list of the 3 properties"),
        ((HASH, EMPTY, amqp.NULL, amqp.NULL), "a list of the 3 properties"),
        ((amqp.NULL, EMPTY, amqp.NULL), "was expected, not null"),
        ((HASH, HASH, amqp.NULL), "a java.util.List<...> was expected"),
        ((EMPTY, EMPTY, amqp.NULL), "SecureHash.SHA256' was expected"),
        ((HASH, amqp.described("net.corda:unheard of", amqp.EMPTY_LIST), amqp.NULL), "the schema has no type"),
        ((HASH, amqp.EMPTY_LIST, amqp.NULL), "a java.util.List<...> was expected"),
        ((HASH, amqp.described(A_SET.descriptor, amqp.EMPTY_LIST), amqp.NULL), "was expected, not 'java.util.Set<a>'"),
        (
            (HASH, amqp.described(AN_ENUM.descriptor, amqp.EMPTY_LIST), amqp.NULL),
            "was expected, not 'java.util.List",
        ),
        ((HASH, amqp.described(types.SECURE_HASHES.descriptor, amqp.mapping([])), amqp.NULL), "a list was expected"),
    ],
)
def test_values_that_do_not_fit_the_schema_are_refused(values: tuple[bytes, ...], why: str) -> None:
    with pytest.raises(DecodeError, match=why):
        NetworkMap.decode(blob_of(types.NETWORK_MAP, *values, others=(*types.NETWORK_MAP_SCHEMA[1:], A_SET, AN_ENUM)))


@pytest.mark.parametrize(
    ("start", "why"),
    [
        (b"", "begins with 'corda'"),
        (b"corda\x02\x00\x00", "begins with 'corda'"),
        (b"corda\x01\x00", "section 0, data, was expected, not the end"),
        (b"corda\x01\x00\x01", "section 0, data, was expected, not 01"),
        (b"corda\x01\x00\x02\x00", "compressed"),
        (b"corda\x01\x00\x02\x01", "compressed"),
    ],
)
def test_only_plain_data_of_cordas_first_format_is_read(start: bytes, why: str) -> None:
    with pytest.raises(DecodeError, match=why):
        NetworkMap.decode(start + MAP[len(start) :] if len(start) == 8 else start)


def blob_of_body(body: bytes) -> bytes:
    return b"corda\x01\x00\x00" + amqp.described_by_code(ENVELOPE, body)


VALUE = amqp.described(types.NETWORK_MAP.descriptor, amqp.sequence((HASH, EMPTY, amqp.NULL)))
SCHEMA = sealing(types.NETWORK_MAP_SCHEMA).removesuffix(NO_TRANSFORMS)


def test_transforms_may_be_left_out() -> None:
    assert NetworkMap.decode(blob_of_body(amqp.sequence([VALUE, SCHEMA]))).node_info_hashes == ()


@pytest.mark.parametrize("values", [[VALUE], [VALUE, SCHEMA, NO_TRANSFORMS, NO_TRANSFORMS]])
def test_an_envelope_has_two_or_three_values(values: list[bytes]) -> None:
    with pytest.raises(DecodeError, match="an envelope has a value, a schema and perhaps transforms, not"):
        NetworkMap.decode(blob_of_body(amqp.sequence(values)))


@pytest.mark.parametrize("body", [amqp.NULL, amqp.EMPTY_LIST, amqp.mapping([(VALUE, SCHEMA)])])
def test_an_envelope_is_a_list(body: bytes) -> None:
    with pytest.raises(DecodeError, match="a list was expected"):
        NetworkMap.decode(blob_of_body(body))


def test_an_envelope_ends_where_its_size_says() -> None:
    body = amqp.sequence([VALUE, SCHEMA, NO_TRANSFORMS])
    shorter = body[:1] + (len(body) - 6).to_bytes(4, "big") + body[5:]

    with pytest.raises(DecodeError, match="1 bytes follow the value"):
        NetworkMap.decode(blob_of_body(shorter))


@pytest.mark.parametrize(
    ("schema", "why"),
    [
        (NO_TRANSFORMS, "lacks a value with the descriptor 0xc562000000000002"),
        (amqp.described_by_code(ENVELOPE + 1, amqp.sequence([amqp.EMPTY_LIST] * 2)), "has 2 values, not 1"),
        (amqp.described_by_code(ENVELOPE + 1, amqp.NULL), "something else where a list belongs"),
        (amqp.described_by_code(ENVELOPE + 1, amqp.sequence([amqp.sequence([amqp.NULL])])), "0xc562000000000005"),
        (SCHEMA + NO_TRANSFORMS, "bytes follow the value"),
        (SCHEMA.replace(b"\xa3\x22", b"\xa1\x22"), "a type's descriptor is not a symbol"),
        (SCHEMA.replace(b"\x40\x40\x41\x42", b"\x40\x40\x40\x42"), "whether it is mandatory"),
        (SCHEMA.replace(b"\xa1\x05bytes", b"\xa3\x05bytes"), "something else where a string belongs"),
    ],
)
def test_a_schema_of_another_form_is_refused(schema: bytes, why: str) -> None:
    body = amqp.sequence_of(VALUE + schema + NO_TRANSFORMS, 3)

    with pytest.raises(DecodeError, match=why):
        NetworkMap.decode(blob_of_body(body))


def test_a_schema_larger_than_any_of_cordas_is_refused() -> None:
    with pytest.raises(DecodeError, match="the schema has more than 16384 bytes"):
        NetworkMap.decode(blob_of_body(amqp.sequence([VALUE, SCHEMA, amqp.binary(bytes(17_000))])))


def test_an_error_says_where_it_is() -> None:
    blob = golden(PARAMETERS)
    place = blob.index(b"\xa1\x2a" + types.SIGNED_DATA_WITH_CERT.name.encode())

    with pytest.raises(DecodeError) as caught:
        SignedDataWithCert.decode(blob[: place + 5] + b"\xff" + blob[place + 6 :])
    assert caught.value.offset == place + 5
    assert str(caught.value) == f"a string is not in UTF-8, at byte {place + 5}"


WRITTEN = VALUES.encode()
ONE_OWNER = replace(VALUES, package_ownership={"com.a": b"k"}).encode()
TWO_OWNERS = replace(VALUES, package_ownership={"com.a": b"k", "com.b": b"k"}).encode()


@pytest.mark.parametrize(
    ("blob", "old", "new", "why"),
    [
        (TWO_OWNERS, b"com.b", b"com.a", "a map has a key twice"),
        (ONE_OWNER, b"\xa1\x05com.a", b"\xa0\x05com.a", "a key that is not a string"),
        (WRITTEN, b"\x54\x0c", b"\x55\x0c", "'minimumPlatformVersion' of .* has to be an int, not .* Long"),
        (WRITTEN, b"\x54\x0c", b"\x53\x0c", "has to be an int, not .* UnsignedLong"),
        (WRITTEN, b"\x54\x0c", b"\x56\x01", "has to be an int, not .* bool"),
        (WRITTEN, b"\x54\x0c", b"\x51\x0c", "has to be an int, not .* Unread"),
        (WRITTEN, b"\xa0\x03key", b"\xa1\x03key", "PublicKey as binary was expected"),
        (WRITTEN, b"\xc0\x0c\x02\x54\x00", b"\xc0\x0c\x02\x54\xff", "-1 nanoseconds are not a part of one second"),
    ],
)
def test_a_value_of_another_kind_than_the_property_is_refused(blob: bytes, old: bytes, new: bytes, why: str) -> None:
    assert blob.count(old) == 1
    with pytest.raises(DecodeError, match=why):
        NetworkParameters.decode(blob.replace(old, new))


@pytest.mark.parametrize("custom", [types.INSTANT, types.DURATION])
def test_a_time_that_python_cannot_hold_is_refused(custom: str) -> None:
    start = WRITTEN.index(custom.encode()) + len(custom)
    number = WRITTEN.index(b"\x81", start) + 1
    blob = WRITTEN[:number] + b"\x7f" * 8 + WRITTEN[number + 8 :]

    with pytest.raises(DecodeError, match="9187201950435737471 seconds"):
        NetworkParameters.decode(blob)
