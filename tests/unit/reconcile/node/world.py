"""CordaNodes and the worlds that their plans find, by a few words each."""

import copy
import datetime
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from corda_operator.api.conditions import Condition
from corda_operator.api.consortium import Consortium
from corda_operator.api.corda_node import CordaNode
from corda_operator.reconcile.desired import Desired, Manifest, Reference, Settings
from corda_operator.reconcile.node.observed import Listing, ObservedNode
from corda_operator.reconcile.node.plan import plan
from tests.unit.api.examples import example

NOW = datetime.datetime(2026, 12, 1, 12, tzinfo=datetime.UTC)
EXPIRY = "2036-11-28T00:00:00Z"
ROOT_PEM = (Path(__file__).parent / "root.pem").read_text()
SETTINGS = Settings(
    operator_image="registry.example.com/corda-operator:1.0",
    corda_image_pattern="registry.example.com/corda:{version}",
    operator_namespace="corda-operator",
    image_pull_secrets=("registry",),
    monitoring_namespaces=("monitoring",),
    tenant_id="7d5c2a10-0000-4000-8000-000000000001",
)
MAP_URL = "http://network.example.com:8080"
NODE_INFO = "CD" * 32


def consortium(like: str = "credit-records", status: Mapping[str, Any] | None = None, **changes: Any) -> Consortium:
    """Return a Consortium that is up; ``changes`` are of its spec, an empty status one that is not."""
    document = example(like)
    document["metadata"] = {"name": like, "namespace": "bank", "uid": "consortium-uid", "generation": 2}
    if "joined" in document["spec"]:
        document["spec"]["joined"]["trustRoot"] = ROOT_PEM
    document["spec"].update(changes)
    up = {
        "identityManagerURL": MAP_URL,
        "networkMapURL": MAP_URL,
        "parameters": {"epoch": 1, "hash": "AB" * 32},
    }
    document["status"] = up if status is None else status
    return Consortium.model_validate(document)


def node(
    like: str = "bank-a", name: str | None = None, metadata: Mapping[str, Any] | None = None, **spec: Any
) -> CordaNode:
    """Return a CordaNode as the API server has it; ``spec`` replaces fields of the example."""
    document = copy.deepcopy(example(like))
    document["metadata"] = {
        "name": name or like,
        "namespace": "bank",
        "uid": f"{name or like}-uid",
        "generation": 4,
        **(metadata or {}),
    }
    document["spec"].update(spec)
    return CordaNode.model_validate(document)


def empty(of: CordaNode, **changes: Any) -> ObservedNode:
    """Return a world with a consortium and nothing else."""
    observed = ObservedNode(consortium=consortium(), trust_root=ROOT_PEM, nodes=(of,), listing=Listing())
    return replace(observed, **changes)


def planned(
    of: CordaNode, observed: ObservedNode, settings: Settings = SETTINGS, now: datetime.datetime = NOW
) -> Desired:
    """Return the plan."""
    return plan(of, observed, settings, now)


def by_kind(desired: Desired, kind: str, name: str = "") -> Manifest:
    """Return the only wished object of a kind, or the one with a name."""
    (found,) = (each for each in desired.objects if each["kind"] == kind and name in (each["metadata"]["name"], ""))
    return found


def applied(of: CordaNode, observed: ObservedNode, settings: Settings = SETTINGS) -> ObservedNode:
    """Return the world after the plan for it was applied and Kubernetes has done its part; the pod is left as it is."""
    desired = planned(of, observed, settings)
    live = {reference: each for reference, each in observed.live.items() if reference not in desired.obsolete}
    live |= {Reference.of(each): copy.deepcopy(each) for each in desired.objects}
    for reference, manifest in live.items():
        if reference.kind == "PersistentVolumeClaim":
            manifest["status"] = {"phase": "Bound"}
        if reference.kind == "StatefulSet":
            manifest["metadata"]["generation"] = 7
            manifest["status"] = {"observedGeneration": 7, "updateRevision": "revision"}
    return replace(observed, live=live)


def with_pod(observed: ObservedNode, *, ready: bool = False, **containers: Mapping[str, Any]) -> ObservedNode:
    """Return the world with the pod that the StatefulSet makes now, and how its containers do."""
    (stateful_set,) = (each for reference, each in observed.live.items() if reference.kind == "StatefulSet")
    template = copy.deepcopy(stateful_set["spec"]["template"])
    template["metadata"]["labels"]["controller-revision-hash"] = "revision"
    init = {each["name"] for each in template["spec"]["initContainers"]}
    statuses = [{"name": name, "image": "an-image", "restartCount": 0, **status} for name, status in containers.items()]
    pod = {
        "metadata": {"name": f"{stateful_set['metadata']['name']}-0", **template["metadata"]},
        "spec": template["spec"],
        "status": {
            "conditions": [{"type": "Ready", "status": "True" if ready else "False"}],
            "initContainerStatuses": [each for each in statuses if each["name"] in init],
            "containerStatuses": [each for each in statuses if each["name"] not in init],
        },
    }
    return replace(observed, pod=pod)


def ended(code: int, message: str = "", **more: Any) -> dict[str, Any]:
    """Return the status of a container that ended, and waits for its next try if it failed."""
    state = {"terminated": {"exitCode": code, "message": message, **more}}
    if code == 0:
        return {"state": state}
    return {"state": {"waiting": {"reason": "CrashLoopBackOff"}}, "lastState": state, "restartCount": 4}


RUNNING: dict[str, Any] = {"state": {"running": {}}}


def enrolment_ended(
    code: int = 0, phase: str = "Ready", reason: str = "The node can start.", **more: Any
) -> dict[str, Any]:
    """Return the status of a container whose enrolment has ended."""
    certificates = {
        purpose: {"expires": EXPIRY, "serialNumber": "1", "publicKeySHA256": "EF" * 32}
        for purpose in ("node-ca", "identity", "tls")
    }
    said = {
        "phase": phase,
        "reason": reason,
        "at": "2026-11-30T12:00:00Z",
        "requestIDs": {},
        "certificates": certificates if code == 0 else {},
        **more,
    }
    return ended(code, json.dumps(said))


def running(of: CordaNode, settings: Settings = SETTINGS, observed: ObservedNode | None = None) -> ObservedNode:
    """Return the world of a node that is up and listed."""
    world = applied(of, observed or empty(of), settings)
    cordapps = {"cordapps": ended(0)} if of.spec.cordapps else {}
    world = with_pod(world, ready=True, enrolment=enrolment_ended(), **cordapps, database=ended(0), corda=RUNNING)
    return replace(world, listing=Listing(NODE_INFO))


def conditions(desired: Desired) -> dict[str, Condition]:
    """Return the conditions of a planned status, by their types."""
    return {each["type"]: Condition.model_validate(each) for each in desired.status["conditions"]}


def reported(of: CordaNode, desired: Desired) -> CordaNode:
    """Return the resource with the planned status."""
    document = of.model_dump(mode="json", by_alias=True, exclude_none=True)
    return CordaNode.model_validate({**document, "status": desired.status})
