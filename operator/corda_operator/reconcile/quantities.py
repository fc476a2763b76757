"""Quantities as the API server writes them, so that a wish can be compared with what is there.

It stores 1024Mi as 1Gi and 0.5 as 500m; a wish in other words would never be fulfilled.
"""

import functools
import math
import re
from collections.abc import Sequence
from fractions import Fraction
from typing import Final

_QUANTITY: Final = re.compile(
    r"\+?(?P<number>[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:(?P<suffix>[KMGTPE]i|[numkMGTPE])|[eE](?P<exponent>[-+]?[0-9]{1,3}))?"
)
_BINARY: Final = ("", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei")
_DECIMAL: Final = ("n", "u", "m", "", "k", "M", "G", "T", "P", "E")
_EXPONENTS: Final = ("e-9", "e-6", "e-3", "", "e3", "e6", "e9", "e12", "e15", "e18")
_ONES: Final = _DECIMAL.index("")


@functools.lru_cache(maxsize=1024)
def canonical(text: str) -> str:
    """Return a quantity in its canonical form (kubernetes: resource.Quantity.CanonicalizeBytes).

    Raises ValueError if it is no quantity.
    """
    parts = _QUANTITY.fullmatch(text)
    if parts is None:
        raise ValueError(f"{text!r} is no quantity: expected for example 500m, 2, 512Mi or 10Gi")
    number, suffix, exponent = Fraction(parts["number"]), parts["suffix"] or "", parts["exponent"]
    if suffix.endswith("i"):
        value = number * 1024 ** _BINARY.index(suffix)
        if abs(value) >= 1024:
            return _scaled(value, 1024, _BINARY)
    else:
        value = number * Fraction(1000) ** (_DECIMAL.index(suffix) - _ONES)
    if exponent is None:
        # Smaller than a billionth there is nothing.
        return _scaled(Fraction(math.ceil(value * 10**9)), 1000, _DECIMAL)
    value *= Fraction(10) ** int(exponent)
    return _scaled(Fraction(math.ceil(value * 10**9)), 1000, _EXPONENTS)


def _scaled(value: Fraction, base: int, suffixes: Sequence[str]) -> str:
    if base == 1024:
        value = Fraction(math.ceil(value))
    place = 0
    while value and value % base == 0 and place + 1 < len(suffixes):
        value, place = value / base, place + 1
    return f"{value.numerator}{suffixes[place] if value else ''}"
