"""Blocks as they lie in Storage: what was altered, cut off or comes from another version is not read."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corda_operator.corda.hashes import SecureHash
from corda_operator.network.log.blocks import BEGINNING, Block, Draft, UnreadableBlockError
from corda_operator.network.log.records import NodeRemoved
from tests.unit.network.consortium_log import EPOCH, hash_of


def block(*attachments: bytes) -> Block:
    return Draft([NodeRemoved(hash=hash_of("a"), reason="left")], list(attachments)).block(1, BEGINNING, EPOCH)


def stored(header: dict[str, object], attachments: bytes = b"") -> tuple[bytes, str]:
    data = json.dumps(header).encode() + b"\n" + attachments
    return data, str(SecureHash.of(data))


@given(st.lists(st.binary(max_size=100), max_size=5))
def test_what_is_written_is_read_with_every_attachment_in_its_place(attachments: list[bytes]) -> None:
    written = block(*attachments)

    read = Block.decode(written.data, written.hash)

    assert read == written
    for index, attachment in enumerate(attachments):
        location = read.location(index)
        assert read.attachment(index) == attachment
        assert written.data[location.offset : location.offset + location.length] == attachment
        assert location.block == written.hash


def test_the_first_line_is_json_for_any_tool() -> None:
    header = json.loads(block(b"one", b"two").data.split(b"\n")[0])

    assert header["format"] == "corda-operator-log/1"
    assert header["attachments"] == [3, 3]
    assert header["records"] == [{"kind": "node-removed", "hash": hash_of("a"), "reason": "left"}]


@given(st.data())
def test_one_changed_byte_makes_a_block_unreadable(data: st.DataObject) -> None:
    written = block(b"attachment")
    position = data.draw(st.integers(0, len(written.data) - 1))
    altered = bytearray(written.data)
    altered[position] ^= data.draw(st.integers(1, 255))

    with pytest.raises(UnreadableBlockError, match="was altered"):
        Block.decode(bytes(altered), written.hash)


@pytest.mark.parametrize("attachments", [b"", b"short", b"longer than it says"])
def test_attachments_have_the_length_that_the_header_says(attachments: bytes) -> None:
    header = json.loads(block(b"eight by").data.split(b"\n")[0])
    data, name = stored(header, attachments)

    with pytest.raises(UnreadableBlockError, match="longer or shorter"):
        Block.decode(data, name)


@pytest.mark.parametrize(
    "change",
    [
        {"records": [{"kind": "moon-landed"}]},
        {"records": [{"kind": "node-removed", "hash": "0" * 64, "reason": "left", "by": "somebody"}]},
        {"records": [{"kind": "node-removed", "hash": "0" * 64}]},
        {"format": "corda-operator-log/2"},
        {"sequence": 0},
        {"previous": "nothing"},
        {"time": "2026-12-01T12:00:00"},
        {"weather": "fair"},
    ],
)
def test_what_another_version_wrote_is_refused_with_the_advice_to_upgrade(change: dict[str, object]) -> None:
    header = json.loads(block().data.split(b"\n")[0])
    data, name = stored({**header, **change})

    with pytest.raises(UnreadableBlockError, match=f"block {name} holds what this version .* upgrade it"):
        Block.decode(data, name)


@pytest.mark.parametrize("data", [b"", b"no line", b"{", b"[]\n"])
def test_what_is_no_block_at_all_is_refused(data: bytes) -> None:
    with pytest.raises(UnreadableBlockError):
        Block.decode(data, str(SecureHash.of(data)))
