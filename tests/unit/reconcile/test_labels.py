"""Names and labels of owned objects."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corda_operator.reconcile.labels import STATEFUL_SET, WISH, owned_name, stamped

LONG = "a" * 63


def test_a_short_name_is_read_as_it_is() -> None:
    assert owned_name("credit-records", "network") == "credit-records-network"


def test_long_names_that_differ_at_their_end_stay_different() -> None:
    one, other = (owned_name(f"{LONG}{end}", "network") for end in "xy")
    assert one != other
    assert one.startswith("aaaa")
    assert one.endswith("-network")
    assert len(one) == 63


@given(st.from_regex(r"[a-z]([-a-z0-9.]{0,200}[a-z0-9])?", fullmatch=True), st.sampled_from([63, STATEFUL_SET]))
def test_names_stay_within_their_limit(name: str, limit: int) -> None:
    assert len(owned_name(name, "trust-root-0a1b2c3d", limit=limit)) <= limit
    assert owned_name(name, "p2p", limit=limit) != owned_name(name, "rpc", limit=limit)


def test_a_suffix_that_leaves_no_room_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="leaves no room"):
        owned_name(LONG, "s" * 60)


def test_a_field_that_is_left_out_changes_the_stamp_and_a_second_stamping_does_not() -> None:
    full = {"metadata": {"name": "a"}, "spec": {"one": 1, "two": 2}}
    fewer = {"metadata": {"name": "a"}, "spec": {"one": 1}}

    assert stamped(full)["metadata"]["annotations"][WISH] != stamped(fewer)["metadata"]["annotations"][WISH]
    assert stamped(stamped(full)) == stamped(full)
