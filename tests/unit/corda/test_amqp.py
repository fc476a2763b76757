"""AMQP's values one by one; the names of forms are those of AMQP 1.0 part 1, 1.6."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corda_operator.corda.amqp import DecodeError, Limits, writer
from corda_operator.corda.amqp.reader import Reader
from corda_operator.corda.amqp.values import Long, Pairs, Symbol, Unread, UnsignedInteger, UnsignedLong, Value


def read(data: bytes) -> Value:
    reader = Reader(data, Limits())
    value = reader.value()
    assert reader.finished
    return value


@pytest.mark.parametrize(
    ("form", "value"),
    [
        ("40", None),
        ("41", True),
        ("42", False),
        ("5600", False),
        ("5601", True),
        ("547f", 127),
        ("5480", -128),
        ("7180000000", -(2**31)),
        ("55ff", Long(-1)),
        ("817fffffffffffffff", Long(2**63 - 1)),
        ("43", UnsignedInteger(0)),
        ("52ff", UnsignedInteger(255)),
        ("70ffffffff", UnsignedInteger(2**32 - 1)),
        ("44", UnsignedLong(0)),
        ("53ff", UnsignedLong(255)),
        ("80ffffffffffffffff", UnsignedLong(2**64 - 1)),
        ("a0020001", b"\0\1"),
        ("b0000000020001", b"\0\1"),
        ("a102c3bc", "ü"),
        ("b100000002c3bc", "ü"),
        ("a30161", Symbol("a")),
        ("b30000000161", Symbol("a")),
        ("45", []),
        ("c00100", []),
        ("c003024041", [None, True]),
        ("d000000006000000024041", [None, True]),
    ],
)
def test_every_form_of_a_value_is_read(form: str, value: Value) -> None:
    found = read(bytes.fromhex(form))

    assert found == value
    assert type(found) is type(value)


def test_a_map_keeps_its_order_and_its_repeated_keys() -> None:
    found = read(bytes.fromhex("c109045401540254015402"))

    assert isinstance(found, Pairs)
    assert found.entries == [(1, 2), (1, 2)]


@pytest.mark.parametrize(
    ("form", "counts"),
    [
        ("5001", True),
        ("5101", False),
        ("600001", True),
        ("610001", False),
        ("7200000000", False),
        ("7300000041", False),
        ("7400000000", True),
        ("820000000000000000", False),
        ("830000000000000000", True),
        ("840000000000000000", True),
        ("94" + "00" * 16, True),
        ("98" + "00" * 16, True),
        ("e003015401", True),
        ("f000000006000000015401", True),
    ],
)
def test_values_that_nothing_of_ours_has_are_stepped_over(form: str, counts: bool) -> None:  # noqa: FBT001
    found = read(bytes.fromhex(form))

    assert isinstance(found, Unread)
    assert found.counts is counts


@pytest.mark.parametrize(
    ("form", "why", "offset"),
    [
        ("", "a value was expected where nothing is left", 0),
        ("57", "0x57 begins no value", 0),
        ("ff", "0xff begins no value", 0),
        ("5602", "a boolean is 0 or 1, not 2", 1),
        ("71000000", "4 bytes were expected where 3 are left", 1),
        ("a00301", "3 bytes are announced where 1 are left", 1),
        ("b00000", "4 bytes were expected where 2 are left", 1),
        ("a102c328", "a string is not in UTF-8", 2),
        ("a101ff", "a string is not in UTF-8", 2),
        ("a303e9e9e9", "a symbol is not in ASCII", 2),
        ("c0024041", "64 values are announced in 1 bytes", 2),
        ("c003014041", "a list has bytes after its last value", 4),
        ("c00301b04141", "4 bytes were expected where 1 are left", 4),
        ("c00202544141", "2 values are announced in 1 bytes", 2),
        ("c1020140", "a map has a key without a value", 0),
        ("c000", "1 bytes were expected where 0 are left", 2),
        ("00", "a descriptor, a symbol or an unsigned long, was expected", 1),
        ("0040", "a descriptor, a symbol or an unsigned long, was expected", 1),
        ("00a30161", "a value was expected where nothing is left", 4),
    ],
)
def test_a_malformed_value_is_refused_with_its_place(form: str, why: str, offset: int) -> None:
    with pytest.raises(DecodeError) as caught:
        read(bytes.fromhex(form))
    assert caught.value.reason.startswith(why)
    assert caught.value.offset == offset


@pytest.mark.parametrize(
    ("written", "form"),
    [
        (writer.integer(127), "547f"),
        (writer.integer(128), "7100000080"),
        (writer.integer(-128), "5480"),
        (writer.long(127), "557f"),
        (writer.long(128), "810000000000000080"),
        (writer.binary(bytes(255))[:2], "a0ff"),
        (writer.binary(bytes(256))[:5], "b000000100"),
        (writer.string("ü"), "a102c3bc"),
        (writer.sequence([]), "45"),
        (writer.sequence([writer.NULL] * 254)[:3], "c0fffe"),
        (writer.sequence([writer.NULL] * 255)[:9], "d000000103000000ff"),
        (writer.mapping([]), "c10100"),
        (writer.described("a", writer.NULL), "00a3016140"),
    ],
)
def test_values_are_written_in_the_shortest_form(written: bytes, form: str) -> None:
    assert written.hex() == form


@pytest.mark.parametrize("number", [2**31, -(2**31) - 1])
def test_a_number_beyond_its_type_is_not_written(number: int) -> None:
    with pytest.raises(OverflowError):
        writer.integer(number)


@given(st.integers(-(2**31), 2**31 - 1))
def test_any_int_reads_as_it_was_written(number: int) -> None:
    assert read(writer.integer(number)) == number


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_reads_as_it_was_written(text: str) -> None:
    assert read(writer.string(text)) == text


@given(st.lists(st.binary(max_size=40), max_size=12))
def test_any_list_reads_as_it_was_written(values: list[bytes]) -> None:
    assert read(writer.sequence(map(writer.binary, values))) == values
