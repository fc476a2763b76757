import json

import pytest

from corda_operator.api.crds import KINDS
from local.cluster.kubectl import Kubectl
from local.console import LocalError
from tests.integration.api.applying import Object, applied
from tests.unit.api.examples import NAMES, example

MODELS = {kind.name: kind.model for kind in KINDS}
TIME = "2026-11-22T12:00:00Z"
READY = {
    "type": "Ready",
    "status": "False",
    "reason": "AdmissionPending",
    "message": "ask the founder",
    "lastTransitionTime": TIME,
}


def report(kubectl: Kubectl, kind: str, name: str, patch: Object) -> None:
    patched = ("patch", kind, name, "--type=merge", f"--patch={json.dumps(patch)}")
    kubectl.text(*patched, "--subresource=status")


@pytest.mark.parametrize("name", ["consortia", "cordanodes"])
def test_the_definitions_are_accepted_without_reserve(kubectl: Kubectl, name: str) -> None:
    definition = json.loads(kubectl.text("get", "crd", f"{name}.corda-operator.io", "--output=json"))

    conditions = {each["type"]: each["status"] for each in definition["status"]["conditions"]}
    assert conditions == {"NamesAccepted": "True", "Established": "True"}


@pytest.mark.parametrize("name", NAMES)
def test_the_api_server_and_the_models_fill_in_the_same_defaults(kubectl: Kubectl, name: str) -> None:
    resource = example(name)
    resource["metadata"]["namespace"] = "default"
    model = MODELS[resource["kind"]]

    stored = applied(kubectl, resource)

    ours = model.model_validate(resource).model_dump(mode="json", by_alias=True, exclude_none=True)["spec"]
    theirs = model.model_validate(stored).model_dump(mode="json", by_alias=True, exclude_none=True)["spec"]
    assert theirs == ours
    assert stored["spec"].keys() == ours.keys()


@pytest.mark.parametrize("name", NAMES)
def test_applying_again_changes_nothing(kubectl: Kubectl, name: str) -> None:
    first = applied(kubectl, example(name))

    assert applied(kubectl, example(name))["metadata"] == first["metadata"]


def test_settings_of_corda_are_kept_as_they_are(kubectl: Kubectl) -> None:
    stored = applied(kubectl, example("bank-a"))

    assert stored["spec"]["configuration"] == {"flowTimeout": {"timeout": "30 seconds"}}
    assert stored["spec"]["cordapps"][0]["configuration"] == {"ratings": {"largest": 850}}


def test_a_misspelt_field_is_named(kubectl: Kubectl) -> None:
    resource = example("bank-a")
    resource["spec"]["legalname"] = "O=Bank A, L=London, C=GB"

    with pytest.raises(LocalError, match=r"\.spec\.legalname: field not declared in schema"):
        applied(kubectl, resource)


def test_nodes_are_listed_with_what_matters(kubectl: Kubectl) -> None:
    applied(kubectl, example("bank-a"))
    status = {
        "conditions": [READY],
        "version": "4.10",
        "p2pAddress": "bank-a.example.com:10002",
        "certificateExpiry": "2036-11-20T00:00:00Z",
    }
    report(kubectl, "cordanode", "bank-a", {"status": status})

    short = kubectl.text("get", "cnode", "bank-a").splitlines()
    wide = kubectl.text("get", "cordanode", "bank-a", "--output=wide").splitlines()

    assert short[0].split("  ")[0] == "NAME"
    assert short[0].split() == ["NAME", "READY", "REASON", "VERSION", "P2P", "ADDRESS", "AGE"]
    assert short[1].split()[:5] == ["bank-a", "False", "AdmissionPending", "4.10", "bank-a.example.com:10002"]
    assert "2036-11-20T00:00:00Z" in wide[1]
    assert "ask the founder" in wide[1]


def test_consortia_are_listed_with_what_matters(kubectl: Kubectl) -> None:
    applied(kubectl, example("credit-records"))
    status = {
        "conditions": [{**READY, "status": "True", "reason": "Available"}],
        "members": 2,
        "nodes": {"listed": 4, "reachable": 5, "available": 3},
        "transactionsPerMinute": 12,
        "parameters": {"epoch": 7, "hash": "AB" * 32},
        "networkMapURL": "http://network.example.com:8080",
    }
    report(kubectl, "consortium", "credit-records", {"status": status})

    short = kubectl.text("get", "cons", "credit-records").splitlines()
    wide = kubectl.text("get", "consortium", "credit-records", "--output=wide").splitlines()

    assert short[0].split() == [*("NAME", "READY", "REASON", "MEMBERS", "NODES", "REACHABLE", "TX/MIN", "EPOCH", "AGE")]
    assert short[1].split()[:8] == ["credit-records", "True", "Available", "2", "3", "5", "12", "7"]
    assert "http://network.example.com:8080" in wide[1]


def test_everything_of_a_network_is_one_category(kubectl: Kubectl) -> None:
    for name in NAMES:
        applied(kubectl, example(name))

    listed = set(kubectl.names("corda"))

    assert {"consortium.corda-operator.io/credit-records", "cordanode.corda-operator.io/bank-a"} <= listed


def test_the_status_is_not_the_users_to_write(kubectl: Kubectl) -> None:
    resource = example("notary")
    resource["status"] = {"version": "9.9"}

    assert "version" not in applied(kubectl, resource)["status"]


def test_a_resource_that_nobody_has_seen_says_so(kubectl: Kubectl) -> None:
    stored = applied(kubectl, {**example("bank-a"), "metadata": {"name": "new"}})

    assert (stored["metadata"]["generation"], stored["status"]["observedGeneration"]) == (1, 0)


def test_a_report_changes_no_wish_and_no_generation(kubectl: Kubectl) -> None:
    before = applied(kubectl, example("notary"))
    report(kubectl, "cordanode", "notary", {"spec": {"paused": True}, "status": {"version": "4.10"}})

    after = json.loads(kubectl.text("get", "cordanode", "notary", "--output=json"))

    assert after["status"] == {"version": "4.10", "conditions": [], "observedGeneration": 0}
    assert after["spec"] == before["spec"]
    assert after["metadata"]["generation"] == before["metadata"]["generation"]


def test_whatever_name_a_stranger_asks_for_can_be_reported(kubectl: Kubectl) -> None:
    applied(kubectl, example("credit-records"))
    request = {
        "requestID": "1f",
        "legalName": 'O=<script>, L="; DROP", C=zz\x00\u202e',
        "role": "node CA",
        "keySHA256": "AB" * 32,
        "received": TIME,
        "reason": "no member has this organisation",
    }

    report(kubectl, "consortium", "credit-records", {"status": {"pendingRequests": [request]}})

    stored = json.loads(kubectl.text("get", "consortium", "credit-records", "--output=json"))
    assert stored["status"]["pendingRequests"] == [request]


def test_fields_explain_themselves(kubectl: Kubectl) -> None:
    explained = kubectl.text("explain", "cordanode.spec.p2p")

    assert "How other nodes reach this one." in explained
    assert "address" in explained
