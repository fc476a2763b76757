"""A node is restarted when what it is started for has changed, once, and for nothing else."""

import copy
import datetime
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from corda_operator.reconcile.desired import Reference
from corda_operator.reconcile.difference import fulfilled
from corda_operator.reconcile.node.observed import ObservedNode
from tests.unit.reconcile.node.world import (
    NOW,
    RUNNING,
    SETTINGS,
    applied,
    by_kind,
    conditions,
    consortium,
    empty,
    ended,
    enrolment_ended,
    node,
    planned,
    reported,
    running,
    with_pod,
)

BANK = node()
POD = Reference("v1", "Pod", "bank", "bank-a-node-0")
STATEFUL_SET = Reference("apps/v1", "StatefulSet", "bank", "bank-a-node")


def restarts(world: ObservedNode, metadata: Mapping[str, Any] | None = None, **spec: Any) -> bool:
    """Tell whether a change of the spec, once it is applied, takes the pod away."""
    changed = node(metadata=metadata, **spec)
    assert POD not in planned(changed, world).obsolete, "before the StatefulSet has the new template"
    return POD in planned(changed, applied(changed, world)).obsolete


@pytest.mark.parametrize(
    "spec",
    [
        {"configuration": {"flowTimeout": {"timeout": "60 seconds"}}},
        {"cordapps": []},
        {"jvm": {"maxRAMPercentage": 60}},
        {"resources": {"requests": {"memory": "2Gi"}}},
        {"rpc": {"users": []}},
        {"rpc": {"exposure": {"type": "None"}}},
        {"revocation": {"hardFail": False}},
        {"version": "4.11"},
        {"image": "registry.example.com/corda-enterprise:4.10"},
        {"p2p": {"address": "other.example.com", "exposure": {"type": "InternalLoadBalancer"}}},
        {"nodePool": "other"},
        {"zones": ["westeurope-3"]},
    ],
    ids=str,
)
def test_what_a_running_node_would_not_notice_restarts_it(spec: dict[str, Any]) -> None:
    assert restarts(running(BANK), **spec)


@pytest.mark.parametrize(
    "spec",
    [
        {},
        {"deletionPolicy": "Delete"},
        {"drain": {"timeout": "5m"}},
        {"emailAddress": "corda@bank-a.example"},
        {"imagePullPolicy": "Always"},
        {"imagePullSecrets": [{"name": "other"}]},
        {"monitoring": {"enabled": False}},
        {"p2p": {"address": "bank-a.example.com", "exposure": {"type": "InternalLoadBalancer", "subnet": "other"}}},
        {"storage": {"size": "40Gi", "className": "managed-csi-premium"}},
        {"submissionTokenSecret": "token"},
        {"revocation": {"hardFail": True}},
        {"nodePool": "banka"},
    ],
    ids=str,
)
def test_what_a_running_node_need_not_know_restarts_nothing(spec: dict[str, Any]) -> None:
    assert not restarts(running(BANK), **spec)


def test_more_rpc_exposure_restarts_nothing() -> None:
    users = BANK.spec.model_dump(mode="json", by_alias=True)["rpc"]["users"]

    assert not restarts(running(BANK), rpc={"users": users, "exposure": {"type": "InternalLoadBalancer"}})


def test_other_members_and_other_notaries_restart_nothing() -> None:
    members = [
        {"name": "bank-a", "organisation": "Bank A", "profile": "Large", "nodePool": "banka"},
        {"name": "bank-c", "organisation": "Bank C"},
    ]
    world = replace(running(BANK), consortium=consortium(members=members, notaries=[]))

    assert POD not in planned(BANK, applied(BANK, world)).obsolete


def test_another_address_of_the_network_map_restarts_it() -> None:
    status = {"identityManagerURL": "http://other.example.com", "networkMapURL": "http://other.example.com"}
    world = replace(running(BANK), consortium=consortium(status=status))

    assert POD in planned(BANK, applied(BANK, world)).obsolete


def test_a_user_asks_for_a_restart_by_an_annotation() -> None:
    world = running(BANK)

    assert restarts(world, metadata={"annotations": {"corda-operator.io/restart": "2026-12-01T12:00:00Z"}})
    assert not restarts(world, metadata={"annotations": {"anything": "else"}})


def test_the_new_pod_is_what_was_wished_so_there_is_one_restart() -> None:
    changed = node(jvm={"maxRAMPercentage": 60})
    world = running(changed, observed=applied(changed, running(BANK)))

    desired = planned(changed, world)

    assert desired.obsolete == ()
    assert conditions(desired)["ConfigurationApplied"].status == "True"


def test_a_restart_waits_for_the_stateful_set_to_have_seen_its_template() -> None:
    changed = node(jvm={"maxRAMPercentage": 60})
    world = applied(changed, running(BANK))
    live = copy.deepcopy(dict(world.live))
    live[STATEFUL_SET]["status"]["observedGeneration"] -= 1

    desired = planned(changed, replace(world, live=live))

    assert POD not in desired.obsolete
    assert conditions(desired)["ConfigurationApplied"].message == (
        "The node is being restarted: what the node is started for has changed."
    )
    assert conditions(desired)["Ready"].status == "True"


def test_the_files_of_a_pod_stay_as_long_as_it_has_them() -> None:
    changed = node(configuration={})
    before, after = (
        by_kind(planned(BANK, running(BANK)), "ConfigMap"),
        by_kind(planned(changed, running(BANK)), "ConfigMap"),
    )
    assert before["metadata"]["name"] != after["metadata"]["name"]
    files = Reference.of(before)

    world = applied(changed, running(BANK))
    restarted = planned(changed, world)
    afterwards = planned(changed, running(changed, observed=world))

    assert files not in planned(changed, running(BANK)).obsolete
    assert files not in planned(changed, replace(running(BANK), pod=None)).obsolete
    assert files not in restarted.obsolete
    assert files in afterwards.obsolete


def test_pods_take_the_image_of_a_new_operator_when_they_start_for_another_reason() -> None:
    newer = replace(SETTINGS, operator_image="registry.example.com/corda-operator:2.0")
    world = running(BANK)

    desired = planned(BANK, world, newer)

    (changed,) = (each for each in desired.objects if not fulfilled(each, world.live.get(Reference.of(each))))
    assert Reference.of(changed) == STATEFUL_SET
    assert changed["spec"]["updateStrategy"] == {"type": "OnDelete"}
    ours = {each["name"]: each["image"] for each in changed["spec"]["template"]["spec"]["initContainers"]}
    assert ours["enrolment"] == newer.operator_image
    assert desired.obsolete == ()


@pytest.mark.parametrize(
    "otherwise",
    [
        {"operator_image": "registry.example.com/corda-operator:2.0"},
        # As other probes or files would be.
        {"corda_image_pattern": "mirror.example.com/corda:{version}"},
        {"node_pool_taint": "example.com/pool"},
    ],
    ids=str,
)
def test_a_new_operator_that_renders_otherwise_restarts_nothing(otherwise: dict[str, Any]) -> None:
    newer = replace(SETTINGS, **otherwise)
    world = applied(BANK, running(BANK), newer)
    live = copy.deepcopy(dict(world.live))
    live[STATEFUL_SET]["status"]["updateRevision"] = "newer"
    world = replace(world, live=live)

    assert (
        by_kind(planned(BANK, world, newer), "StatefulSet")["spec"]["template"]
        != running(BANK).live[STATEFUL_SET]["spec"]["template"]
    )
    assert POD not in planned(BANK, world, newer).obsolete


def test_what_a_node_is_started_for_is_the_same_in_every_version_of_the_operator() -> None:
    intents = {
        name: by_kind(planned(node(name), empty(node(name))), "StatefulSet")["spec"]["template"]["metadata"][
            "annotations"
        ]["corda-operator.io/intent"]
        for name in ("bank-a", "notary")
    }

    assert intents == {"bank-a": "434eb3bb584d8ad1", "notary": "43e72bc628e75f66"}, (
        "a release with other digests restarts every node"
    )


def test_a_node_that_has_not_started_yet_follows_its_template_at_once() -> None:
    newer = node(submissionTokenSecret="token")
    world = with_pod(applied(BANK, empty(BANK)), enrolment=RUNNING)
    live = applied(newer, world).live
    live[STATEFUL_SET]["status"]["updateRevision"] = "newer"

    assert POD in planned(newer, replace(world, live=live)).obsolete


def test_a_paused_node_is_left_as_it_is_and_says_so() -> None:
    paused = node(paused=True, jvm={"maxRAMPercentage": 60})

    desired = planned(paused, running(BANK))

    assert (desired.objects, desired.obsolete) == ((), ())
    assert conditions(desired)["ConfigurationApplied"].reason == "Paused"
    assert conditions(desired)["Ready"].status == "True"


def test_a_paused_node_that_is_as_wished_is_no_trouble() -> None:
    desired = planned(node(paused=True), running(BANK))

    assert conditions(desired)["ConfigurationApplied"].status == "True"


def test_an_older_version_is_refused_before_the_running_node_is_touched() -> None:
    desired = planned(node(version="4.9"), running(BANK))

    assert conditions(desired)["Stalled"].reason == "VersionDowngrade"
    assert (desired.objects, desired.obsolete) == ((), ())


def test_a_migration_that_failed_can_be_taken_back() -> None:
    failed = with_pod(applied(node(version="4.11"), running(BANK)), enrolment=enrolment_ended(), database=ended(1))

    assert POD in planned(BANK, applied(BANK, failed)).obsolete


def expiring(tls: str, started: str) -> ObservedNode:
    certificates = {
        "tls": {"expires": tls, "publicKeySHA256": "EF" * 32},
        "node-ca": {"expires": "2036-11-28T00:00:00Z", "publicKeySHA256": "EF" * 32},
    }
    enrolment = enrolment_ended(at=started, certificates=certificates)
    world = running(BANK)
    return with_pod(world, ready=True, enrolment=enrolment, cordapps=ended(0), database=ended(0), corda=RUNNING)


def test_a_tls_certificate_near_its_end_is_renewed_by_a_restart() -> None:
    assert POD in planned(BANK, expiring("2026-12-31T00:00:00Z", "2026-11-01T00:00:00Z")).obsolete
    assert POD not in planned(BANK, expiring("2027-01-01T00:00:00Z", "2026-11-01T00:00:00Z")).obsolete


def test_a_tls_certificate_that_no_restart_renewed_is_left_alone() -> None:
    assert POD not in planned(BANK, expiring("2026-12-31T00:00:00Z", "2026-12-01T11:00:00Z")).obsolete


def test_the_node_is_looked_at_again_when_its_certificate_is_to_be_renewed() -> None:
    soon = expiring("2026-12-31T12:01:00Z", "2026-11-01T00:00:00Z")

    assert planned(BANK, soon).look_again == 60.0
    assert planned(BANK, soon, now=NOW + datetime.timedelta(minutes=1)).obsolete == (POD,)


def test_a_pod_on_its_way_out_is_not_deleted_again() -> None:
    changed = node(jvm={"maxRAMPercentage": 60})
    world = applied(changed, running(BANK))
    assert world.pod is not None
    leaving = {**world.pod, "metadata": {**world.pod["metadata"], "deletionTimestamp": "2026-12-01T12:00:00Z"}}

    assert planned(changed, replace(world, pod=leaving)).obsolete == ()


def test_a_restart_is_an_event() -> None:
    changed = node(jvm={"maxRAMPercentage": 60})
    world = applied(changed, running(BANK))

    before = reported(changed, planned(changed, running(BANK)))
    (event,) = planned(before, world).events

    assert (event.type, event.reason) == ("Normal", "Restarting")
