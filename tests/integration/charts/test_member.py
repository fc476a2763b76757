"""One organisation's part of a network, made of values: as the API server takes it, and what it refuses."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from local import charts
from local.cluster.kubectl import Kubectl
from local.cluster.place import Place
from local.paths import ROOT
from tests.integration.charts.helm import MEMBER, OPERATOR, REQUIRED, HelmError, Values, merged, nested, rendered, run

EXAMPLES = ROOT / "examples" / "gitops" / "values"
FOUNDER, BANK = (yaml.safe_load((EXAMPLES / f"{name}.yaml").read_text()) for name in ("founder", "bank-a"))


@pytest.fixture(scope="module")
def kubectl(place: Place) -> Kubectl:
    kubectl = Kubectl(place.kubeconfig)
    definitions = rendered(OPERATOR, REQUIRED).of("CustomResourceDefinition")
    namespaces = [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": each}} for each in ("founder", "bank")]
    kubectl.apply(namespaces)
    kubectl.define(definitions)
    return kubectl


def stored(kubectl: Kubectl, values: Values, release: str) -> dict[str, Any]:
    """Return the specs that the API server would store, by name."""
    whole = {"apiVersion": "v1", "kind": "List", "items": list(rendered(MEMBER, values, release).all)}
    strictly = ("--dry-run=server", "--validate=strict", "--warnings-as-errors")
    items = json.loads(kubectl.text("apply", *strictly, "--output=json", "--filename=-", stdin=json.dumps(whole)))
    return {f"{each['kind']}/{each['metadata']['name']}": each["spec"] for each in items["items"]}


def test_the_founder_hosts_the_network_and_runs_its_notary(kubectl: Kubectl) -> None:
    specs = stored(kubectl, FOUNDER, "founder")

    assert set(specs) == {"Consortium/credit-records", "CordaNode/notary", "NetworkPolicy/founder-deny-by-default"}
    assert specs["Consortium/credit-records"]["hosted"]["trustRoot"]["organisation"] == "Credit Consortium"
    assert specs["CordaNode/notary"]["consortiumRef"] == {"name": "credit-records"}


def test_a_bank_joins_with_nodes_that_have_much_in_common(kubectl: Kubectl) -> None:
    specs = stored(kubectl, BANK, "bank")

    first, second = specs["CordaNode/node-1"], specs["CordaNode/node-2"]
    assert "joined" in specs["Consortium/credit-records"]
    assert first["keyVault"] == second["keyVault"]
    assert first["p2p"]["exposure"]["type"] == second["p2p"]["exposure"]["type"] == "InternalLoadBalancer"
    assert (first["p2p"]["address"], second["p2p"]["address"]) == ("node-1.bank-a.example", "node-2.bank-a.example")


def test_a_nodes_own_values_win_even_if_they_are_false(kubectl: Kubectl) -> None:
    values = merged(BANK, {"nodeDefaults": {"paused": True}, "nodes": {"node-2": {"paused": False, "zones": []}}})

    specs = stored(kubectl, values, "bank")

    assert [specs[f"CordaNode/node-{number}"]["paused"] for number in (1, 2)] == [True, False]


def test_large_numbers_stay_as_they_are(kubectl: Kubectl) -> None:
    parameters = {"maxMessageSize": 10485761, "maxTransactionSize": 2147483647}
    values = merged(FOUNDER, nested("consortium.spec.hosted.networkParameters", parameters))

    found = stored(kubectl, values, "founder")["Consortium/credit-records"]["hosted"]["networkParameters"]

    assert {name: found[name] for name in parameters} == parameters


def test_a_consortium_that_is_made_by_other_means_is_left_to_them() -> None:
    objects = rendered(MEMBER, merged({**BANK, "consortium": {"name": "elsewhere"}}), "bank")

    assert objects.of("Consortium") == []
    assert {each["spec"]["consortiumRef"]["name"] for each in objects.of("CordaNode")} == {"elsewhere"}


def test_labels_and_annotations_are_those_of_every_object() -> None:
    objects = rendered(MEMBER, merged(BANK, {"labels": {"team": "ledger"}, "annotations": {"example.com/a": "b"}}), "b")

    assert {each["metadata"]["labels"]["team"] for each in objects.all} == {"ledger"}
    assert {each["metadata"]["annotations"]["example.com/a"] for each in objects.all} == {"b"}


def test_nothing_is_denied_by_default_if_that_is_not_wanted() -> None:
    (policy,) = rendered(MEMBER, BANK, "bank").of("NetworkPolicy")
    assert policy["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}

    without = merged(BANK, {"networkPolicy": {"denyByDefault": False}})
    assert rendered(MEMBER, without, "bank").of("NetworkPolicy") == []


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ({"node": {}}, "additional properties 'node' not allowed"),
        ({"nodes": {"node-1": {"legalname": "O=Bank A"}}}, "additional properties 'legalname' not allowed"),
        ({"nodeDefaults": {"storage": {"sise": "1Gi"}}}, "at '/nodeDefaults/storage': additional properties 'sise'"),
        ({"consortium": {"spec": {"joined": {"networkMapUrl": "http://map"}}}}, "'networkMapUrl' not allowed"),
        ({"consortium": {"spec": {"members": [{"profile": "Tiny"}]}}}, "/consortium/spec/members/0/profile"),
        ({"nodes": {"Node 1": {}}}, "Node 1"),
        ({"consortium": {"name": ""}}, "consortium.name: give the Consortium's name"),
    ],
    ids=str,
)
def test_a_wrong_value_is_refused_by_name_before_anything_is_applied(values: Values, complaint: str) -> None:
    with pytest.raises(HelmError) as refused:
        rendered(MEMBER, merged(BANK, values), "bank")

    assert complaint in str(refused.value)


@pytest.mark.parametrize(("chart", "name"), [(OPERATOR, "operator"), (MEMBER, "founder"), (MEMBER, "bank-a")])
def test_lint_has_nothing_to_say_about_the_examples(chart: Path, name: str) -> None:
    assert "0 chart(s) failed" in run("lint", "--strict", chart, f"--values={EXAMPLES / name}.yaml")


def test_every_value_of_the_chart_is_used_by_an_example_or_a_test_above() -> None:
    tried = {*_names(FOUNDER), *_names(BANK), "labels", "annotations", "networkPolicy.denyByDefault"}

    assert {value.name for value in charts.values(charts.schema(MEMBER)) if value.is_leaf} <= tried


def _names(values: Values) -> set[str]:
    inner = {f"consortium.{name}" for name in values["consortium"]}
    return {*values, *inner} - {"consortium"}
