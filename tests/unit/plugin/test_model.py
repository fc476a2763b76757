"""Whose nodes are whose, and what counts as ready."""

import json
from typing import Any

import pytest

from corda_operator.api.conditions import ConditionType, Reason
from corda_operator.plugin.document import as_json
from corda_operator.plugin.model import Overview, only, overview
from tests.unit.plugin.resources import NODE_INFO, Object, condition, consortium, network, node, waiting_node


def names(found: Overview) -> dict[str, list[str]]:
    members = {member.name: [node.name for node in member.nodes] for member in found.consortia[0].members}
    return {**members, "others": [node.name for node in found.consortia[0].other_nodes]}


def test_nodes_are_found_by_the_organisation_of_their_legal_name() -> None:
    found = overview(
        [
            consortium(),
            node("bank-b", "C=FR, L=Paris, O=Bank B"),
            node("bank-a-2", "CN=Second, O=Bank A, L=London, C=GB"),
            node("bank-a-1"),
            node("nobody", "O=Bank A Holding, L=London, C=GB"),
            node("invalid", "O=Bank A, L=London"),
        ]
    )
    assert names(found) == {
        "bank-a": ["bank-a-1", "bank-a-2"],
        "bank-b": ["bank-b"],
        "bank-x": [],
        "others": ["invalid", "nobody"],
    }


def test_nodes_of_another_consortium_or_namespace_are_not_taken_for_members() -> None:
    elsewhere = node("bank-a-2")
    elsewhere["metadata"]["namespace"] = "elsewhere"
    other = node("bank-a-3")
    other["spec"]["consortiumRef"]["name"] = "other"
    found = overview([consortium(), node("bank-a-1"), elsewhere, other])
    assert names(found)["bank-a"] == ["bank-a-1"]
    assert [each.name for each in found.stray_nodes] == ["bank-a-3", "bank-a-2"]
    assert not only(found, "credit-records").stray_nodes


def test_a_notary_service_is_found_whatever_the_order_of_its_attributes() -> None:
    notary = node("notary", "O=Notary, L=London, C=GB")
    notary["spec"]["notary"]["serviceLegalName"] = "C=GB, L=London, O=Notary Service"
    service = overview([consortium(), notary]).consortia[0].notaries[0]
    assert service.nodes == ("notary",)
    assert service.ready


def _not_looked_at(resource: Object) -> Object:
    resource["metadata"]["generation"] = 2
    return resource


@pytest.mark.parametrize(
    ("objects", "ready"),
    [
        ([], False),
        ([consortium()], True),
        ([consortium(), node("bank-a")], True),
        ([consortium(), waiting_node("bank-b", "O=Bank B, L=Paris, C=FR")], False),
        ([consortium(), node("notary", "O=Notary, L=London, C=GB", conditions=[])], False),
        ([consortium(conditions=[condition(ConditionType.READY, "False", Reason.STORAGE_UNREACHABLE)])], False),
        ([consortium(), _not_looked_at(node("bank-a"))], False),
        ([node("bank-a", conditions=[])], False),
    ],
)
def test_all_is_ready_only_if_every_resource_is(objects: list[Object], *, ready: bool) -> None:
    assert overview(objects).ready is ready


def test_what_a_newer_cluster_has_more_is_passed_over() -> None:
    newer = consortium(somethingNew={"a": 1})
    newer["spec"]["hosted"]["somethingNew"] = True
    newer["status"]["conditions"].append({**condition(ConditionType.READY), "type": "SomethingNew"})
    found = overview([newer]).consortia[0]
    assert found.standing.steps[-1].type == "SomethingNew"


@pytest.mark.parametrize(
    ("status", "listed"),
    [
        ({}, True),
        ({"conditions": [condition(ConditionType.PUBLISHED, "False", Reason.PROGRESSING)]}, False),
        ({"conditions": [condition(ConditionType.PUBLISHED, "Unknown", Reason.PROGRESSING)]}, True),
        ({"conditions": [], "nodeInfoHash": None}, None),
    ],
)
def test_a_node_is_in_the_map_as_far_as_anybody_can_tell(status: dict[str, Any], *, listed: bool | None) -> None:
    assert overview([node("bank-a", **status)]).stray_nodes[0].listed is listed


def test_the_document_for_scripts_has_the_spelling_of_the_resources() -> None:
    document = json.loads(as_json(overview(network())))
    (shown,) = document["consortia"]
    assert shown["parameters"]["proposed"]["waitingFor"] == ["O=Bank B, L=Paris, C=FR"]
    assert shown["pendingRequests"][0]["legalName"] == "O=Bank C, L=Rome, C=IT"
    (first, _) = shown["members"][0]["nodes"]
    assert first["certificateExpiry"] == "2027-11-01T12:00:00Z"
    assert first["nodeInfoHash"] == NODE_INFO
    assert first["p2pAddress"] == "bank-a-1.example.com:10002"
    assert first["standing"]["ready"] == "True"
    assert shown["trustRootSHA256"]
