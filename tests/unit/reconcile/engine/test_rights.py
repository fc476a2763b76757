"""The one list of rights is enough for what is watched, listed and applied, and no more than that."""

from collections import defaultdict

from corda_operator import handlers
from corda_operator.api.resource import GROUP
from corda_operator.reconcile.cluster import _plural
from corda_operator.reconcile.engine.resync import OBJECTS, RESOURCES
from corda_operator.reconcile.engine.rights import OWN_RIGHTS, RIGHTS, VERBS
from tests.unit.reconcile.engine.api_server import SINGULARS

GIVEN: dict[tuple[str, str], set[str]] = defaultdict(set)
for _right in (*RIGHTS, *OWN_RIGHTS):
    for _resource in _right.resources:
        GIVEN[_right.group, _resource] |= set(_right.verbs)
PLURALS = {kind: plural for plural, kind in SINGULARS.items()}


def _group(api_version: str) -> str:
    return api_version.rpartition("/")[0]


def test_everything_that_is_watched_may_be_listed_and_watched() -> None:
    for group, _, plural in (*handlers.RESOURCES, *handlers.OBJECTS):
        assert {"list", "watch"} <= GIVEN[group, plural], plural


def test_whatever_is_listed_anew_is_watched_and_the_other_way_round() -> None:
    watched = {(group, plural) for group, _, plural in (*handlers.RESOURCES, *handlers.OBJECTS)}
    listed = {(_group(api_version), PLURALS[kind]) for api_version, kind in (*RESOURCES, *OBJECTS)}
    assert watched == listed


def test_everything_that_is_watched_of_others_may_be_taken_away() -> None:
    for group, _, plural in handlers.OBJECTS:
        assert "delete" in GIVEN[group, plural], plural


def test_nothing_is_given_for_secrets_and_nothing_for_all() -> None:
    assert all("secrets" not in right.resources for right in RIGHTS)
    assert "*" not in {each for right in RIGHTS for each in (right.group, *right.resources, *right.verbs)}


def test_no_object_of_others_may_be_overwritten() -> None:
    for (group, resource), verbs in GIVEN.items():
        if "update" in verbs:
            assert group == GROUP or resource == "leases", resource


def test_every_right_has_its_reason() -> None:
    assert all(right.why.endswith(".") for right in (*RIGHTS, *OWN_RIGHTS))


def test_every_verb_has_its_reason() -> None:
    assert {verb for verbs in GIVEN.values() for verb in verbs} == set(VERBS)


def test_metrics_name_calls_by_the_kind_whose_right_they_need() -> None:
    assert _plural("/api/v1/namespaces/bank/configmaps/files") == "configmaps"
    assert _plural("/apis/apps/v1/namespaces/bank/statefulsets") == "statefulsets"
    assert _plural("/apis/corda-operator.io/v1alpha1/cordanodes") == "cordanodes"
