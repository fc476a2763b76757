"""A node that is about to end has time for its flows, and its status says until when."""

import copy
import datetime
from dataclasses import replace
from typing import Any

import pytest

from corda_operator.api.conditions import Condition
from corda_operator.reconcile.node.observed import ObservedNode
from tests.unit.reconcile.node.world import (
    NOW,
    RUNNING,
    applied,
    by_kind,
    conditions,
    empty,
    ended,
    enrolment_ended,
    node,
    planned,
    reported,
    running,
    with_pod,
)

BANK = node(drain={"timeout": "2m"})
LEAVING = node(drain={"timeout": "2m"}, metadata={"deletionTimestamp": f"{NOW:%FT%TZ}"})
GRACE = 210
SECOND = datetime.timedelta(seconds=1)


def ending(world: ObservedNode, grace: int = GRACE) -> ObservedNode:
    """Return the world in which somebody has just deleted the node's pod."""
    assert world.pod is not None
    pod = copy.deepcopy(dict(world.pod))
    pod["metadata"]["deletionTimestamp"] = f"{NOW + grace * SECOND:%FT%TZ}"
    pod["metadata"]["deletionGracePeriodSeconds"] = grace
    return replace(world, pod=pod)


def drained(world: ObservedNode, after: int = 0) -> Condition | None:
    return conditions(planned(BANK, world, now=NOW + after * SECOND)).get("Drained")


def container(**drain: str) -> tuple[dict[str, Any], int]:
    """Return the node's container and the seconds that Kubernetes gives its pod."""
    of = node(drain=drain)
    spec = by_kind(planned(of, empty(of)), "StatefulSet")["spec"]["template"]["spec"]
    return spec["containers"][0], spec["terminationGracePeriodSeconds"]


def test_the_node_tool_drains_a_node_before_it_is_ended_and_the_node_has_its_own_time_after_that() -> None:
    corda, grace = container(timeout="5m30s")

    hook = corda["lifecycle"]["preStop"]["exec"]["command"]
    assert hook == ["/opt/corda/bin/node-tool", "drain", "--timeout", "330", "--then-undrain"]
    assert grace == 330 + 90


def test_no_time_for_flows_is_no_hook() -> None:
    corda, grace = container(timeout="0s")

    assert "lifecycle" not in corda
    assert grace == 90


@pytest.mark.parametrize("after", [0, 119])
def test_while_flows_come_to_their_end_the_status_says_until_when(after: int) -> None:
    found = drained(ending(running(BANK)), after)

    assert found is not None
    assert (found.status, found.reason) == ("False", "Draining")
    assert found.message == ("Flows come to their end, until 2026-12-01T12:02:00Z at the latest, before the node ends.")


def test_when_time_is_over_the_status_says_what_becomes_of_flows() -> None:
    found = drained(ending(running(BANK)), after=120)

    assert found is not None
    assert (found.status, found.reason) == ("False", "DrainTimedOut")
    assert "resume from their checkpoints" in found.message
    assert "2026-12-01T12:02:00Z" in found.message


STOPPED = with_pod(running(BANK), enrolment=enrolment_ended(), cordapps=ended(0), database=ended(0), corda=ended(0))
ENROLLING = with_pod(applied(BANK, empty(BANK)), enrolment=RUNNING)


@pytest.mark.parametrize(
    "world",
    [running(BANK), replace(running(BANK), pod=None), ending(STOPPED), ending(ENROLLING)],
    ids=["it stays", "there is no pod", "the node has ended", "the node has not started"],
)
def test_nothing_is_said_of_a_node_that_is_not_about_to_end(world: ObservedNode) -> None:
    assert drained(world) is None


def test_a_pod_without_time_for_flows_does_not_drain() -> None:
    impatient = node(drain={"timeout": "0s"})

    # What the spec says by now is for the next pod.
    assert drained(ending(running(impatient), grace=90)) is None


def test_who_deletes_a_pod_may_give_it_less_time() -> None:
    world = ending(running(BANK), grace=30)

    found = drained(world, after=29), drained(world, after=30)

    assert [each and each.reason for each in found] == ["Draining", "DrainTimedOut"]


def test_a_node_that_drains_is_not_ready_and_says_why_and_nobody_has_to_do_anything() -> None:
    for after, reason in ((0, "Draining"), (120, "DrainTimedOut")):
        found = conditions(planned(BANK, ending(running(BANK)), now=NOW + after * SECOND))

        assert (found["Ready"].status, found["Ready"].reason) == ("False", reason)
        assert found["Ready"].message == found["Drained"].message
        assert found["Reconciling"].status == "True"
        assert "Stalled" not in found


def test_draining_is_one_event_and_that_its_time_was_over_another() -> None:
    world = ending(running(BANK))
    told, of = [], reported(BANK, planned(BANK, running(BANK)))
    for after in (0, 60, 120, 150):
        desired = planned(of, world, now=NOW + after * SECOND)
        told.append([(event.type, event.reason) for event in desired.events])
        of = reported(of, desired)

    assert told == [[("Normal", "Draining")], [], [("Warning", "DrainTimedOut")], []]


@pytest.mark.parametrize(("after", "seconds"), [(0, 30.0), (100, 20.0), (119.5, 1.0), (120, 30.0)])
def test_the_node_is_looked_at_again_when_time_is_over(after: float, seconds: float) -> None:
    assert planned(BANK, ending(running(BANK)), now=NOW + after * SECOND).look_again == seconds


def test_a_node_that_is_deleted_is_looked_at_again_when_time_is_over() -> None:
    assert planned(LEAVING, ending(running(BANK)), now=NOW + 118 * SECOND).look_again == 2.0


def test_a_node_that_is_deleted_drains_as_well() -> None:
    found = conditions(planned(LEAVING, ending(running(BANK))))

    assert found["Drained"].reason == "Draining"
    assert found["Ready"].reason == "Deleting"
