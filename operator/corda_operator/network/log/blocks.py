"""Blocks: the log's unit of writing, an immutable blob named by its SHA-256 that names the one before it.

A block is one line of JSON, the header with its records, and then the attachments one after the other. So one write
makes a whole batch of records durable, a single attachment can be read by its range, and the rest with any JSON tool.
"""

import datetime
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Annotated, NamedTuple

from pydantic import AfterValidator, ValidationError

from corda_operator.corda.hashes import SecureHash
from corda_operator.network.log.records import HEADER, Header, Record, utc

BEGINNING = "0" * 64
"""What the first block names as the one before it."""


class UnreadableBlockError(ValueError):
    """A block isn't what its name says, or holds what this version doesn't know."""


class Location(NamedTuple):
    """Where an attachment lies: the block's hash (hexadecimal) and the range in it, in bytes."""

    block: Annotated[str, AfterValidator(sys.intern)]
    offset: int
    length: int


@dataclass(frozen=True)
class Block:
    """A block as it is stored."""

    header: Header
    data: bytes
    attachments_at: int

    @cached_property
    def hash(self) -> str:
        """The block's name: SHA-256 of its bytes."""
        return str(SecureHash.of(self.data))

    @property
    def sequence(self) -> int:
        """The block's number; the first has 1."""
        return self.header.sequence

    @property
    def records(self) -> tuple[Record, ...]:
        """What the block tells, in order."""
        return self.header.records

    @cached_property
    def _offsets(self) -> list[int]:
        offsets = [self.attachments_at]
        for length in self.header.attachments:
            offsets.append(offsets[-1] + length)
        return offsets

    def attachment(self, index: int) -> bytes:
        """Return an attachment's bytes."""
        return self.data[self._offsets[index] : self._offsets[index + 1]]

    def location(self, index: int) -> Location:
        """Return where an attachment lies."""
        return Location(self.hash, self._offsets[index], self.header.attachments[index])

    @classmethod
    def decode(cls, data: bytes, name: str) -> "Block":
        """Read a block that was stored under a name; raise UnreadableBlockError."""
        if str(SecureHash.of(data)) != name:
            raise UnreadableBlockError(f"block {name} was altered: its bytes have the hash {SecureHash.of(data)}")
        end = data.find(b"\n") + 1
        try:
            header = HEADER.validate_json(data[:end])
        except ValidationError as error:
            raise UnreadableBlockError(
                f"block {name} holds what this version of the network services doesn't know; upgrade it: {error}"
            ) from error
        if end + sum(header.attachments) != len(data):
            raise UnreadableBlockError(f"block {name} is longer or shorter than its header says")
        return cls(header, data, end)


@dataclass
class Draft:
    """A block in the making: records with their attachments."""

    records: list[Record] = field(default_factory=list)
    attachments: list[bytes] = field(default_factory=list)

    def attach(self, data: bytes) -> int:
        """Add an attachment and return its index."""
        self.attachments.append(data)
        return len(self.attachments) - 1

    def block(self, sequence: int, previous: str, time: datetime.datetime, last: Sequence[Record] = ()) -> Block:
        """Return the block, with further records at its end."""
        header = Header(
            sequence=sequence,
            previous=previous,
            time=utc(time),
            records=(*self.records, *last),
            attachments=tuple(len(each) for each in self.attachments),
        )
        line = HEADER.dump_json(header, by_alias=True) + b"\n"
        return Block(header, b"".join([line, *self.attachments]), len(line))
