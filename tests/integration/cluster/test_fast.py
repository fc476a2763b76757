"""The fast flavour: a real control plane with fake nodes and pods."""

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.cluster import fast, namespaces
from local.cluster.kubectl import Kubectl
from local.cluster.place import Place
from local.console import LocalError


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("fast")
    yield fast.up(folder)
    fast.down(folder)


@pytest.fixture(scope="module")
def kubectl(place: Place) -> Kubectl:
    return Kubectl(place.kubeconfig)


def test_a_stateful_sets_pods_become_ready_on_fake_nodes(kubectl: Kubectl) -> None:
    labels = {"app": "node"}
    container = {"name": "corda", "image": "localhost/corda-operator/corda:4.10"}
    spec = {
        "serviceName": "node",
        "replicas": 3,
        "podManagementPolicy": "Parallel",
        "selector": {"matchLabels": labels},
        "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
    }
    kubectl.apply(
        [
            {
                "apiVersion": "apps/v1",
                "kind": "StatefulSet",
                "metadata": {"name": "node", "namespace": "default"},
                "spec": spec,
            }
        ]
    )
    kubectl.text("rollout", "status", "statefulset/node", "--timeout=120s")

    pods = json.loads(kubectl.text("get", "pods", "--selector=app=node", "--output=json"))["items"]
    assert [pod["status"]["phase"] for pod in pods] == ["Running"] * 3
    nodes = {name.removeprefix("node/") for name in kubectl.names("nodes")}
    assert {pod["spec"]["nodeName"] for pod in pods} <= nodes


def test_fake_nodes_carry_the_labels_of_node_pools(kubectl: Kubectl) -> None:
    selector = "--selector=kubernetes.azure.com/agentpool=corda,topology.kubernetes.io/zone=westeurope-2"

    assert kubectl.text("get", "nodes", selector, "--output=name").strip() == "node/aks-corda-west-vmss000002"


def test_admission_and_authorization_are_the_real_ones(kubectl: Kubectl) -> None:
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    kubectl.apply([{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "bank", "labels": labels}}])

    with pytest.raises(LocalError, match="violates PodSecurity"):
        kubectl.text("run", "loose", "--image=any", "--namespace=bank")
    with pytest.raises(LocalError, match="Forbidden"):
        kubectl.text("get", "secrets", "--as=system:serviceaccount:bank:default")


def test_two_stand_side_by_side_and_a_new_start_clears_the_old_one_away(kubectl: Kubectl, tmp_path: Path) -> None:
    first = fast.up(tmp_path)
    try:
        Kubectl(first.kubeconfig).text("create", "configmap", "mine")
        with pytest.raises(LocalError, match="not found"):
            kubectl.text("get", "configmap", "mine")
        # As after a crash: some of the old processes are gone, some are not.
        os.kill(namespaces.owned(tmp_path)[0].pid, signal.SIGKILL)

        second = fast.up(tmp_path)

        with pytest.raises(LocalError, match="not found"):
            Kubectl(second.kubeconfig).text("get", "configmap", "mine")
    finally:
        fast.down(tmp_path)
    assert namespaces.owned(tmp_path) == []
    assert not tmp_path.exists()
