"""Figures in a Consortium's status, which must not change with each look."""

import pytest

from corda_operator.api.consortium import ConsortiumStatus
from tests.unit.reconcile.consortium.world import consortium, planned, report, reported, settled


def told(before: int | None, found: float | None) -> int | None:
    """Return what a status tells after one that told ``before``."""
    resource, observed = settled(consortium(), report(transactions_per_minute=before))
    assert resource.status.transactions_per_minute == before
    services = report(transactions_per_minute=found)
    desired = planned(resource, type(observed)(observed.created, live=observed.live, services=services))
    return reported(resource, desired).status.transactions_per_minute


@pytest.mark.parametrize(
    ("before", "found", "after"),
    [
        (None, 12.4, 12),
        (12, 13.9, 12),
        (12, 14.5, 14),
        (12, 9.0, 9),
        (12, None, None),
        (12, 0.0, 0),
        (0, 0.2, 1),
        (1, 0.2, 1),
        (1, 1.4, 1),
        (1, 0.0, 0),
        (0, 0.0, 0),
    ],
)
def test_transactions_per_minute_follow_when_they_have_changed_by_a_fifth(
    before: int | None, found: float | None, after: int | None
) -> None:
    assert told(before, found) == after


def test_nodes_that_are_reachable_are_told_or_that_it_is_not_known() -> None:
    def nodes(reachable: int | None) -> ConsortiumStatus:
        return settled(consortium(), report(reachable_count=reachable))[0].status

    assert (nodes(1).nodes.listed, nodes(1).nodes.reachable) == (2, 1)
    assert nodes(None).nodes.reachable is None
    assert "reachable" not in nodes(None).model_dump(by_alias=True, exclude_none=True)["nodes"]
