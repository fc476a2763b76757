"""The head: the one thing in Storage that changes. It names the log's last block."""

import base64
import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel

from corda_operator.network.log.blocks import BEGINNING
from corda_operator.network.log.records import Base64, Hex


class UnreadableHeadError(ValueError):
    """The head is not what this version writes."""


class SnapshotName(BaseModel):
    """Which block a snapshot follows, and its hash."""

    model_config = ConfigDict(frozen=True)

    sequence: int
    hash: Hex


class Head(BaseModel):
    """The last block there is, signed with the network map's key so that nobody can be shown another one."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, validate_by_name=True)

    format: Literal["corda-operator-head/1"] = "corda-operator-head/1"
    sequence: int = 0
    block: str = BEGINNING
    time: datetime.datetime | None = None
    signature: Base64 = ""
    """Over `statement`, base64 of DER."""
    snapshot: SnapshotName | None = None

    @property
    def statement(self) -> bytes:
        """What the signature is over."""
        return statement(self.sequence, self.block)

    @property
    def signature_bytes(self) -> bytes:
        """The signature, DER."""
        return base64.b64decode(self.signature)

    def encode(self) -> bytes:
        """Return the head as it is stored and served."""
        return self.model_dump_json(by_alias=True).encode()

    @classmethod
    def decode(cls, data: bytes) -> "Head":
        """Read a head; raise UnreadableHeadError."""
        try:
            return cls.model_validate_json(data)
        except ValidationError as error:
            raise UnreadableHeadError(
                f"the log's head can't be read by this version of the network services: {error}"
            ) from error


def statement(sequence: int, block: str) -> bytes:
    """Return what the signature of a head is over: one line of text."""
    return f"corda-operator-log/1 {sequence} {block}\n".encode()
