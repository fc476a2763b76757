"""A real API server takes what a CordaNode's plan makes, without a warning, and restarts what the plan restarts."""

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest

from corda_operator.api.corda_node import CordaNode
from corda_operator.api.crds import custom_resource_definitions
from corda_operator.reconcile.desired import Desired, Manifest, Reference, Settings
from corda_operator.reconcile.difference import unfulfilled
from corda_operator.reconcile.labels import NODE
from corda_operator.reconcile.node import names
from corda_operator.reconcile.node.observed import ObservedNode
from corda_operator.reconcile.node.plan import plan
from local.cluster import fast
from local.cluster.kubectl import Kubectl
from tests.unit.reconcile.node.world import NOW, ROOT_PEM, SETTINGS, consortium, node

NAMESPACE = "bank"
KINDS = (
    "serviceaccount,configmap,persistentvolumeclaim,service,poddisruptionbudgets.policy,networkpolicies.networking.k8s.io,"
    "statefulsets.apps"
)
STAND_INS = replace(SETTINGS, authority_host="https://login.azure.test", ca_config_map="azure-ca")
IMAGE = "registry.example.com/app@sha256:" + "0" * 64
BALANCED = {
    "type": "InternalLoadBalancer",
    "subnet": "apps",
    "ipAddress": "10.1.0.4",
    "sourceRanges": ["10.0.0.0/8"],
    "annotations": {"external-dns.alpha.kubernetes.io/hostname": "bank.example.com"},
}
DISK = {"size": "1024Mi", "className": "manual"}
EVERYTHING: dict[str, Any] = {
    "p2p": {"address": "bank.example.com", "exposure": BALANCED},
    "rpc": {"exposure": {**BALANCED, "ipAddress": "10.1.0.5"}},
    "resources": {"requests": {"cpu": "0.5", "memory": "1024Mi"}, "limits": {"cpu": "2000m"}},
    "cordapps": [{"name": "app", "image": IMAGE}, {"name": "b", "url": "https://e.example.com/b", "sha256": "0" * 64}],
    "imagePullSecrets": [{"name": "own"}],
}
PLAIN: dict[str, Any] = {
    "p2p": {},
    "rpc": {"exposure": {"type": "None"}},
    "cordapps": [],
    "zones": [],
    "nodePool": "corda",
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


@dataclass
class World:
    """A CordaNode and its Consortium in a real API server, and what the engine would see of them."""

    kubectl: Kubectl
    node: CordaNode
    observed: ObservedNode

    @classmethod
    def create(cls, kubectl: Kubectl, of: CordaNode) -> "World":
        network = consortium()
        kept = {"metadata": {"name": network.metadata.name, "namespace": NAMESPACE}, "kind": network.kind}
        spec = network.model_dump(mode="json", by_alias=True, exclude_none=True)["spec"]
        stored = apply(kubectl, {"apiVersion": network.api_version, **kept, "spec": spec})
        known = network.model_copy(
            update={"metadata": network.metadata.model_copy(update={"uid": stored["metadata"]["uid"]})}
        )
        world = cls(kubectl, of, ObservedNode(consortium=known, trust_root=ROOT_PEM))
        world.change(of)
        return world

    def change(self, of: CordaNode) -> None:
        """Write the resource, and read it back as the API server has it."""
        spec = of.model_dump(mode="json", by_alias=True, exclude_none=True)["spec"]
        metadata = {"name": of.metadata.name, "namespace": NAMESPACE, "annotations": of.metadata.annotations}
        document = {"apiVersion": of.api_version, "kind": of.kind, "metadata": metadata, "spec": spec}
        self.node = CordaNode.model_validate(apply(self.kubectl, document))

    def look(self) -> None:
        """Read the world."""
        selector = f"--selector={NODE}={self.node.metadata.name}"
        pods = self._get("pods", selector)
        shared = self._get("services", "--selector=app.kubernetes.io/name=corda-member")
        live = {Reference.of(each): each for each in (*self._get(KINDS, selector), *shared)}
        self.observed = replace(self.observed, live=live, pod=next(iter(pods), None), nodes=(self.node,))

    def reconcile(self, settings: Settings = SETTINGS) -> Desired:
        """Plan, apply and delete, as the engine does; a warning of the API server's is a failure."""
        self.look()
        desired = plan(self.node, self.observed, settings, NOW)
        for each in desired.objects:
            apply(self.kubectl, each)
        for gone in desired.obsolete:
            self.delete(gone)
        return desired

    def delete(self, gone: Reference) -> None:
        """Delete an object; a pod at once, since no kubelet is there to end it."""
        grace = ("--grace-period=0", "--force") if gone.kind == "Pod" else ()
        target = (f"{gone.kind}/{gone.name}", f"--namespace={NAMESPACE}", "--ignore-not-found")
        self.kubectl.text("delete", *target, "--wait=false", *grace)

    def differences(self, settings: Settings = SETTINGS) -> list[str]:
        """Return what a second plan would still change."""
        self.look()
        desired = plan(self.node, self.observed, settings, NOW)
        found = ((each, unfulfilled(each, self.observed.live.get(Reference.of(each)))) for each in desired.objects)
        wrong = [f"{Reference.of(each)}{path}" for each, path in found if path is not None]
        return [*wrong, *(str(each) for each in desired.obsolete)]

    def settled(self) -> list[str]:
        """Plan and apply until nothing is left to do, and return what is left after a few minutes."""
        end = time.monotonic() + 200
        while (left := self.differences()) and time.monotonic() < end:
            self.reconcile()
        return left

    def started(self, after: str = "") -> Manifest:
        """Return the pod once it is ready and another than the one with a UID."""
        end = time.monotonic() + 120
        while time.monotonic() < end:
            self.look()
            pod = self.observed.pod
            if pod is not None and pod["metadata"]["uid"] != after and self.observed.ready:
                return pod
            time.sleep(0.2)
        raise AssertionError(f"the pod is not ready: {self.observed.pod}")

    def _get(self, kinds: str, selector: str) -> list[Manifest]:
        text = self.kubectl.text("get", kinds, f"--namespace={NAMESPACE}", selector, "--output=json")
        items: list[Manifest] = json.loads(text)["items"]
        return items


def apply(kubectl: Kubectl, wish: Mapping[str, Any]) -> Manifest:
    """Apply an object as the operator does; a warning is a failure."""
    options = ("--server-side", "--force-conflicts", "--field-manager=corda-operator", "--warnings-as-errors")
    stored = kubectl.text("apply", *options, "--filename=-", "--output=json", stdin=json.dumps(wish))
    result: Manifest = json.loads(stored)
    return result


def disk(name: str) -> Manifest:
    """Return a volume as an administrator would make it."""
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": name},
        "spec": {
            "capacity": {"storage": "10Gi"},
            "accessModes": ["ReadWriteOnce"],
            "storageClassName": "manual",
            "claimRef": {"namespace": NAMESPACE, "name": name},
            "csi": {"driver": "disk.csi.azure.com", "volumeHandle": name},
        },
    }


@pytest.mark.parametrize(
    ("of", "settings"),
    [
        (node(name="plain", **PLAIN), SETTINGS),
        (node(name="all", **EVERYTHING), STAND_INS),
        (node("notary", resources={}), SETTINGS),
        (node(name="n" * 40), SETTINGS),
    ],
    ids=["plain", "everything", "notary", "longest-name"],
)
def test_a_node_becomes_objects_that_stay_as_wished(kubectl: Kubectl, of: CordaNode, settings: Settings) -> None:
    world = World.create(kubectl, of)

    first = world.reconcile(settings)

    assert first.objects
    assert world.differences(settings) == []


def test_a_node_can_be_exposed_otherwise_and_back(kubectl: Kubectl) -> None:
    world = World.create(kubectl, node(name="moving", **PLAIN))
    world.reconcile()

    for spec in (EVERYTHING, PLAIN):
        world.change(node(name="moving", **spec))
        assert world.settled() == []

    service = world.observed.live[Reference("v1", "Service", NAMESPACE, "moving-p2p")]
    assert service["spec"]["type"] == "ClusterIP"
    assert "loadBalancerSourceRanges" not in service["spec"]


def test_the_status_fits_its_schema(kubectl: Kubectl) -> None:
    world = World.create(kubectl, node(name="reporting"))
    status = world.reconcile().status

    patch = json.dumps({"status": status})
    target = ("cordanode/reporting", f"--namespace={NAMESPACE}", "--subresource=status", "--type=merge")
    stored = json.loads(kubectl.text("patch", *target, f"--patch={patch}", "--output=json"))

    assert unfulfilled(status, stored["status"]) is None


def test_the_pod_is_admitted_and_restarted_once_when_that_is_due(kubectl: Kubectl) -> None:
    kubectl.apply([disk("running-data")])
    world = World.create(kubectl, node(name="running", storage=DISK, **PLAIN))
    world.reconcile()
    first = world.started()

    newer = replace(SETTINGS, corda_image_pattern="mirror.example.com/corda:{version}")
    world.reconcile(newer)
    world.reconcile(newer)
    assert world.started()["metadata"]["uid"] == first["metadata"]["uid"], "a new operator has restarted the node"

    world.change(node(name="running", storage=DISK, jvm={"maxRAMPercentage": 60}, **PLAIN))
    deleted = 0
    pod = Reference("v1", "Pod", NAMESPACE, names.pod(world.node))
    end = time.monotonic() + 120
    while deleted == 0 and time.monotonic() < end:
        deleted += pod in world.reconcile(newer).obsolete
    second = world.started(after=first["metadata"]["uid"])
    deleted += sum(pod in world.reconcile(newer).obsolete for _ in range(3))

    assert deleted == 1
    assert second["spec"]["containers"][0]["image"] == "mirror.example.com/corda:4.10"
    assert "-XX:MaxRAMPercentage=60.0" in second["spec"]["containers"][0]["env"][0]["value"]
    assert world.differences(newer) == []


def test_deleting_leaves_the_volume(kubectl: Kubectl) -> None:
    kubectl.apply([disk("leaving-data")])
    world = World.create(kubectl, node(name="leaving", storage=DISK, **PLAIN))
    world.reconcile()
    world.started()
    going = node(name="leaving", storage=DISK, metadata={"deletionTimestamp": "2026-12-01T12:00:00Z"}, **PLAIN)
    world.node = going

    end = time.monotonic() + 120
    while world.reconcile().finalizer and time.monotonic() < end:
        world.delete(Reference("v1", "Pod", NAMESPACE, names.pod(world.node)))

    world.look()
    assert world.observed.pod is None
    assert world.reconcile().finalizer is False
    assert Reference("v1", "PersistentVolumeClaim", NAMESPACE, "leaving-data") in world.observed.live
