"""Whether a wish is fulfilled."""

from typing import Any

import pytest

from corda_operator.reconcile.difference import fulfilled, unfulfilled

LIVE: dict[str, Any] = {
    "metadata": {"name": "a", "resourceVersion": "7", "labels": {"app": "corda", "other": "x"}},
    "spec": {"replicas": 1, "ports": [{"port": 80, "protocol": "TCP"}], "strategy": {"type": "RollingUpdate"}},
}


def test_defaults_and_fields_of_others_are_no_difference() -> None:
    wish = {"metadata": {"labels": {"app": "corda"}}, "spec": {"replicas": 1, "ports": [{"port": 80}]}}
    assert fulfilled(wish, LIVE)


def test_what_is_not_there_is_not_fulfilled() -> None:
    assert not fulfilled({}, None)


@pytest.mark.parametrize(
    ("wish", "path"),
    [
        ({"spec": {"replicas": 2}}, ".spec.replicas"),
        ({"spec": {"ports": [{"port": 81}]}}, ".spec.ports[0].port"),
        ({"spec": {"ports": [{"port": 80}, {"port": 81}]}}, ".spec.ports"),
        ({"spec": {"ports": []}}, ".spec.ports"),
        ({"spec": {"paused": True}}, ".spec.paused"),
        ({"spec": {"strategy": "Recreate"}}, ".spec.strategy"),
        ({"spec": {"replicas": {"min": 1}}}, ".spec.replicas"),
        ({"spec": {"missing": [1]}}, ".spec.missing"),
    ],
)
def test_the_first_difference_is_named(wish: dict[str, Any], path: str) -> None:
    assert unfulfilled(wish, LIVE) == path


def test_empty_is_as_good_as_absent() -> None:
    assert fulfilled({"metadata": {"annotations": {}}, "spec": {"volumes": []}}, LIVE)


def test_zero_and_false_are_not_absent() -> None:
    assert unfulfilled({"spec": {"paused": False}}, LIVE) == ".spec.paused"
    assert unfulfilled({"spec": {"minReadySeconds": 0}}, LIVE) == ".spec.minReadySeconds"
