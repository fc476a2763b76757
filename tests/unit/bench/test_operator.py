from typing import Any

from prometheus_client import generate_latest

from bench.operator.network import Joined
from bench.operator.process import figures
from bench.operator.resources import NODES_OF_A_MEMBER, consortium, corda_node, rendered
from corda_operator.reconcile.engine.metrics import Metrics
from tests.unit.reconcile.node.world import ROOT_PEM

NETWORK = Joined("http://network.test", ROOT_PEM)


def created(manifest: dict[str, Any]) -> dict[str, Any]:
    """An object as the API server has it."""
    return {**manifest, "metadata": {**manifest["metadata"], "uid": manifest["metadata"]["name"], "generation": 1}}


def test_what_kubectl_applies_is_what_the_operator_makes_of_all_nodes_and_each_object_once() -> None:
    count = NODES_OF_A_MEMBER + 1

    objects = rendered(created(consortium(NETWORK, count)), [created(corda_node(each)) for each in range(count)])

    names = [(each["kind"], each["metadata"]["name"]) for each in objects]
    assert len(names) == len(set(names))
    assert sum(kind == "StatefulSet" for kind, _ in names) == count
    assert [name for kind, name in names if name.endswith("-member")] == [
        "measured-bank-0-member",
        "measured-bank-1-member",
    ]


def test_calls_are_counted_as_the_operator_tells_them_without_those_that_no_resource_causes() -> None:
    metrics = Metrics()
    for method, kind in (("PATCH", "services"), ("PATCH", "services"), ("GET", "pods"), ("PUT", "leases")):
        metrics.called(method, kind, 200)
    metrics.called("PATCH", "services", 409)
    metrics.reconciled("CordaNode", "done", 0.1)
    metrics.reconciled("CordaNode", "failed", 0.1)

    found = figures(generate_latest(metrics.registry).decode())

    assert found.calls == {("PATCH", "services"): 3, ("GET", "pods"): 1}
    assert found.writes == {("PATCH", "services"): 3}
    assert (found.reconciles, found.resynced) == (2, 0)
