"""Java's points and lengths of time as lists of seconds and nanoseconds.

Python's end at microseconds: what is finer is cut off on reading. No Corda node or tool on Java 8 writes finer
than milliseconds, and what is signed is the bytes, not what we make of them.
"""

from datetime import UTC, datetime, timedelta

from corda_operator.corda.amqp import types, writer

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECONDS_A_DAY = 86_400
_NANOSECONDS = range(1_000_000_000)
FOREVER = timedelta.max
"""Stands for Corda's longest event horizon, Int.MAX_VALUE days, which no timedelta can hold."""
_FOREVER_SECONDS = (2**31 - 1) * _SECONDS_A_DAY


def encode_instant(value: datetime) -> bytes:
    """Encode a point in time; it has to carry its time zone."""
    seconds, nanoseconds = _split(value - _EPOCH)
    parts = (writer.long(seconds), writer.integer(nanoseconds))
    return writer.described(types.INSTANT, writer.sequence(parts))


def encode_duration(value: timedelta) -> bytes:
    """Encode a length of time."""
    seconds, nanoseconds = (_FOREVER_SECONDS, 0) if value == FOREVER else _split(value)
    parts = (writer.integer(nanoseconds), writer.long(seconds))
    return writer.described(types.DURATION, writer.sequence(parts))


def instant(seconds: int, nanoseconds: int) -> datetime:
    """Return a point in time, UTC; raises ValueError outside of the years 1 to 9999."""
    try:
        return _EPOCH + _duration(seconds, nanoseconds)
    except OverflowError:
        raise ValueError(f"{seconds} seconds since 1970 are outside of the years 1 to 9999") from None


def duration(seconds: int, nanoseconds: int) -> timedelta:
    """Return a length of time; raises ValueError for one above 999,999,999 days that isn't FOREVER."""
    if seconds == _FOREVER_SECONDS:
        return FOREVER
    try:
        return _duration(seconds, nanoseconds)
    except OverflowError:
        raise ValueError(f"{seconds} seconds are longer than 999,999,999 days") from None


def _duration(seconds: int, nanoseconds: int) -> timedelta:
    if nanoseconds not in _NANOSECONDS:
        raise ValueError(f"{nanoseconds} nanoseconds are not a part of one second")
    return timedelta(seconds=seconds, microseconds=nanoseconds // 1000)


def _split(value: timedelta) -> tuple[int, int]:
    return value.days * _SECONDS_A_DAY + value.seconds, value.microseconds * 1000
