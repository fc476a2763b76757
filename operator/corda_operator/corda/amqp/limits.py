"""How much of a sender's bytes a reader is willing to take in."""

from dataclasses import dataclass

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on one blob; exceeding one is a DecodeError.

    A value read costs the memory of at most one small object and of its own bytes, so these three bound
    the reader's memory and time. A back-reference counts as many items as what it points at: whoever walks
    what was read meets no more than ``max_items`` values either, however often one is shared.
    """

    max_bytes: int = MIB // 4
    max_items: int = 20_000
    max_depth: int = 64
    """Described values, lists and maps within each other."""


SCHEMA = Limits(max_bytes=MIB // 64, max_items=3_000, max_depth=24)
"""The largest schema here, of network parameters, has 2,200 bytes and 343 values."""

PARAMETERS = Limits(max_bytes=4 * MIB, max_items=200_000)
"""Network parameters, whose white list of contracts has no bound of its own."""

MAP = Limits(max_bytes=16 * MIB, max_items=1_000_000)
"""A network map of about 190,000 nodes: 87 bytes and four items each."""
