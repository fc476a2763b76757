"""A real API server takes what a Consortium's plan makes, without a warning, and keeps it as it was wished."""

import datetime
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from corda_operator.api.consortium import Consortium
from corda_operator.api.crds import custom_resource_definitions
from corda_operator.reconcile.consortium.naming import KINDS
from corda_operator.reconcile.consortium.observed import JoinedProbe, ObservedConsortium
from corda_operator.reconcile.consortium.plan import plan
from corda_operator.reconcile.desired import Desired, Manifest, Reference, Settings
from corda_operator.reconcile.difference import unfulfilled
from corda_operator.reconcile.labels import CONSORTIUM
from local.cluster import fast
from local.cluster.kubectl import Kubectl
from tests.unit.reconcile.consortium.world import NOW, SETTINGS, consortium, report
from tests.unit.reconcile.quantities import CANONICAL

NAMESPACE = "founder"
STAND_INS = replace(
    SETTINGS, authority_host="https://login.azure.test", ca_config_map="azure-ca", azure_ports=(443, 8443, 10000)
)
APART = {"trustRootIdentity": {"clientID": "7d5c2a10-0000-4000-8000-0000000000d9"}}
OUTSIDE = {
    "networkMap": {
        "publicURL": "http://network.example.com",
        "replicas": 1,
        "resources": {"requests": {"cpu": "0.5", "memory": "1024Mi"}, "limits": {"cpu": "1000m"}},
        "exposure": {
            "type": "InternalLoadBalancer",
            "subnet": "apps",
            "ipAddress": "10.1.0.4",
            "sourceRanges": ["10.0.0.0/8"],
            "annotations": {"external-dns.alpha.kubernetes.io/hostname": "network.example.com"},
        },
    }
}


@pytest.fixture(scope="module")
def kubectl(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kubectl]:
    folder = tmp_path_factory.mktemp("objects")
    kubectl = Kubectl(fast.up(folder).kubeconfig)
    kubectl.define(list(custom_resource_definitions().values()))
    levels = {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "warn")}
    kubectl.apply([{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE, "labels": levels}}])
    yield kubectl
    fast.down(folder)


def created(kubectl: Kubectl, resource: Consortium) -> tuple[Consortium, datetime.datetime]:
    """Create the resource, and return it as the API server has it, with its time of creation."""
    written = resource.model_dump(mode="json", by_alias=True, exclude_none=True, include={"spec"})
    metadata = {"name": resource.metadata.name, "namespace": NAMESPACE}
    document = {"apiVersion": resource.api_version, "kind": resource.kind, "metadata": metadata, **written}
    stored = json.loads(kubectl.text("create", "--filename=-", "--output=json", stdin=json.dumps(document)))
    created_at = datetime.datetime.fromisoformat(stored["metadata"]["creationTimestamp"])
    return Consortium.model_validate(stored), created_at


def applied(kubectl: Kubectl, desired: Desired) -> None:
    """Apply what is wished as the operator does; a warning is a failure."""
    for wish in desired.objects:
        kubectl.text(
            "apply",
            "--server-side",
            "--force-conflicts",
            "--field-manager=corda-operator",
            "--warnings-as-errors",
            "--filename=-",
            stdin=json.dumps(wish),
        )


def live(kubectl: Kubectl, name: str) -> dict[Reference, Manifest]:
    """Return the objects of a Consortium as the API server has them."""
    kinds = ",".join(f"{kind}.{api.partition('/')[0]}" if "/" in api else kind for api, kind in KINDS)
    text = kubectl.text("get", kinds, f"--namespace={NAMESPACE}", f"--selector={CONSORTIUM}={name}", "--output=json")
    return {Reference.of(each): each for each in json.loads(text)["items"]}


@pytest.mark.parametrize(
    ("name", "changes", "settings"),
    [
        ("inside", APART, SETTINGS),
        ("outside", OUTSIDE, STAND_INS),
        ("n" * 40, APART, SETTINGS),
    ],
    ids=["inside", "outside", "longest-name"],
)
def test_a_hosted_consortium_becomes_objects_that_stay_as_wished(
    kubectl: Kubectl, name: str, changes: dict[str, Any], settings: Settings
) -> None:
    resource, at = created(kubectl, consortium(name, **changes))
    first = plan(resource, ObservedConsortium(at), settings, NOW)
    applied(kubectl, first)
    found = live(kubectl, name)
    assert {Reference.of(each) for each in first.objects} == set(found)

    again = plan(resource, ObservedConsortium(at, live=found), settings, NOW)
    assert [unfulfilled(each, found[Reference.of(each)]) for each in again.objects] == [None] * len(again.objects)

    known = plan(resource, ObservedConsortium(at, live=found, services=report()), settings, NOW)
    applied(kubectl, known)
    for reference in known.obsolete:
        kubectl.text("delete", f"{reference.kind}/{reference.name}", f"--namespace={NAMESPACE}", "--wait=false")
    stored = json.loads(
        kubectl.text(
            "patch",
            f"consortium/{name}",
            f"--namespace={NAMESPACE}",
            "--subresource=status",
            "--type=merge",
            f"--patch={json.dumps({'status': known.status})}",
            "--output=json",
        )
    )
    # The schema knows every field of it.
    assert unfulfilled(known.status, stored["status"]) is None


def test_a_joined_consortium_becomes_its_trust_root(kubectl: Kubectl) -> None:
    resource, at = created(kubectl, consortium("elsewhere", like="elsewhere"))
    probe = JoinedProbe(identity_manager_ok=True, network_map_ok=False, error="refused")
    desired = plan(resource, ObservedConsortium(at, probe=probe), SETTINGS, NOW)

    applied(kubectl, desired)

    found = live(kubectl, "elsewhere")
    again = plan(resource, ObservedConsortium(at, live=found, probe=probe), SETTINGS, NOW)
    assert [unfulfilled(each, found[Reference.of(each)]) for each in again.objects] == [None]
    assert again.obsolete == ()


def test_pods_of_the_services_are_admitted_and_become_ready(kubectl: Kubectl) -> None:
    resource, at = created(kubectl, consortium("running"))
    applied(kubectl, plan(resource, ObservedConsortium(at), SETTINGS, NOW))

    kubectl.text("rollout", "status", "deployment/running-network", f"--namespace={NAMESPACE}", "--timeout=120s")

    found = live(kubectl, "running")
    services = report(generation=plan_generation(found), trust_root=None)
    ready = plan(resource, ObservedConsortium(at, live=found, services=services), SETTINGS, NOW)
    reasons = {each["type"]: each["reason"] for each in ready.status["conditions"] if each["status"] == "True"}
    assert {"NetworkMapServing", "NetworkParametersReady", "ConfigurationApplied"} <= set(reasons)


def plan_generation(found: dict[Reference, Manifest]) -> int:
    """Return the generation in the services' file."""
    data = found[Reference("v1", "ConfigMap", NAMESPACE, "running-network")]["data"]["network.yaml"]
    return int(str(data).splitlines()[0].partition(": ")[2])


def test_the_api_server_keeps_quantities_as_they_are_written(kubectl: Kubectl) -> None:
    written = list(CANONICAL.values())
    # Types of one's own are allowed, and each holds one quantity.
    limits = [{"type": f"example.com/{number}", "max": {"cpu": text}} for number, text in enumerate(written)]
    metadata = {"name": "quantities", "namespace": NAMESPACE}
    ranges = {"apiVersion": "v1", "kind": "LimitRange", "metadata": metadata, "spec": {"limits": limits}}

    text = kubectl.text("create", "--filename=-", "--output=json", stdin=json.dumps(ranges))

    assert [each["max"]["cpu"] for each in json.loads(text)["spec"]["limits"]] == written
