"""Quantities in the words of the API server; that it agrees is tested against a real one."""

import pytest

from corda_operator.reconcile.quantities import canonical
from tests.unit.reconcile.quantities import CANONICAL


@pytest.mark.parametrize(("text", "expected"), CANONICAL.items())
def test_a_quantity_has_one_spelling(text: str, expected: str) -> None:
    assert canonical(text) == expected
    assert canonical(expected) == expected


@pytest.mark.parametrize("text", ["", "Mi", "1 Gi", "1mi", "1e", "-", "1.2.3", "1Ki2", "0x10"])
def test_what_is_no_quantity_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no quantity"):
        canonical(text)
