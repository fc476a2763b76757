"""Distinguished names as Java writes and reads them in text (javax.security.auth.x500.X500Principal).

Corda prints names with it and reads those of its configuration; it is RFC 1779 with RFC 2253's escapes.
"""

import re
from collections.abc import Iterable

_SEPARATORS = ",;+"
_SPECIAL = ',+=\n<>#;\\"'
_UNESCAPED = '<>"'
_ESCAPABLE = _SPECIAL + " "
_SPACES = " \n"
_HEX_PAIR = re.compile(r"[0-9A-Fa-f]{2}", re.ASCII)


class InvalidName(ValueError):  # noqa: N818 - beside InvalidHash it says what it is
    """Not a name that Corda takes for a legal identity; the message says why."""


def parse_attributes(text: str) -> list[tuple[str, str]]:
    """Return keywords, in upper case, and values in the order of the text; raises InvalidName.

    Values in hexadecimal DER (``#``) are refused: no Corda name needs them.
    """
    attributes = []
    position = 0
    while True:
        keyword, found, _ = text[position:].partition("=")
        if not found:
            raise InvalidName(f"{text!r}: an attribute such as O=... was expected after {position} characters")
        position = _skip_spaces(text, position + len(keyword) + 1)
        value, position = _value(text, position)
        attributes.append((keyword.strip(_SPACES).upper(), value))
        if position == len(text):
            return attributes
        position += 1


def format_attributes(attributes: Iterable[tuple[str, str]]) -> str:
    """Write attributes in this order as Java does."""
    return ", ".join(f"{keyword}={_quoted(value)}" for keyword, value in attributes)


def _quoted(value: str) -> str:
    needed = any(c in _SPECIAL for c in value) or value != value.strip(_SPACES) or re.search("[ \n]{2}", value)
    return '"' + re.sub(r'(["\\])', r"\\\1", value) + '"' if needed else value


def _value(text: str, position: int) -> tuple[str, int]:
    if text.startswith("#", position):
        raise InvalidName(f"{text!r}: a value in hexadecimal; write it as text")
    if text.startswith('"', position):
        value, position = _quoted_value(text, position + 1)
        position = _skip_spaces(text, position)
        if position < len(text) and text[position] not in _SEPARATORS:
            raise InvalidName(f"{text!r}: a comma was expected after the closing quote")
        return value, position
    return _plain_value(text, position)


def _quoted_value(text: str, position: int) -> tuple[str, int]:
    parts: list[str] = []
    while not text.startswith('"', position):
        if position >= len(text):
            raise InvalidName(f"{text!r}: a quote is not closed")
        part, position = _escaped(text, position) if text[position] == "\\" else (text[position], position + 1)
        parts.append(part)
    return "".join(parts), position + 1


def _plain_value(text: str, position: int) -> tuple[str, int]:
    parts: list[str] = []
    kept = 0
    while position < len(text) and text[position] not in _SEPARATORS:
        character = text[position]
        if character in _UNESCAPED:
            raise InvalidName(f"{text!r}: {character!r} has to be escaped or quoted")
        part, position = _escaped(text, position) if character == "\\" else (character, position + 1)
        parts.append(part)
        if character not in _SPACES:
            kept = len(parts)
    return "".join(parts[:kept]), position


def _escaped(text: str, position: int) -> tuple[str, int]:
    if text[position + 1 : position + 2] in list(_ESCAPABLE):
        return text[position + 1], position + 2
    octets = bytearray()
    while text.startswith("\\", position) and _HEX_PAIR.match(text, position + 1):
        octets += bytes.fromhex(text[position + 1 : position + 3])
        position += 3
    try:
        if octets:
            return octets.decode(), position
    except UnicodeDecodeError:
        raise InvalidName(f"{text!r}: escaped bytes are not in UTF-8") from None
    raise InvalidName(f"{text!r}: a backslash escapes one of {_ESCAPABLE!r} or precedes two hexadecimal digits")


def _skip_spaces(text: str, position: int) -> int:
    while position < len(text) and text[position] in _SPACES:
        position += 1
    return position
