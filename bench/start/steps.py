"""Where the time went, in seconds since `kubectl apply`, which Kubernetes remembers by whole seconds."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from bench.credit_records.client import First

Resource = Mapping[str, Any]
Steps = dict[str, Any]
_CONSORTIUM: Final = {
    "TrustRootReady": "trust_root_made",
    "NetworkParametersReady": "parameters_signed",
    "NetworkMapServing": "map_served",
}
_NODE: Final = {"KeysReady": "keys_made", "Registered": "registered", "Published": "published", "Ready": "ready"}


def of_operator(
    consortium: Resource,
    nodes: Sequence[Resource],
    pods: Sequence[Resource],
    boots: Mapping[str, float | None],
    first: First,
    start: float,
) -> Steps:
    """Return the steps of a network that the operator has brought up."""
    return {
        "consortium": _conditions(consortium, _CONSORTIUM, start),
        "services": {each["metadata"]["name"]: _containers(each, start) for each in pods if _node_of(each) is None},
        "nodes": {
            each["metadata"]["name"]: {
                **_conditions(each, _NODE, start),
                **_pod(pods, each["metadata"]["name"], start),
                "corda_by_itself": boots[each["metadata"]["name"]],
            }
            for each in nodes
        },
        **of_client(first, start),
    }


def of_client(first: First, start: float) -> Steps:
    """Return what the RPC client saw."""
    return {
        "rpc_open": _since(first.open, start),
        "rpc_connected": _since(first.connected, start),
        "first_transaction": _since(first.committed, start),
        "flows_refused_before": first.refused,
    }


def _conditions(resource: Resource, wanted: Mapping[str, str], start: float) -> Steps:
    """Return when those conditions that are true became so."""
    true = {
        each["type"]: each["lastTransitionTime"]
        for each in resource.get("status", {}).get("conditions", ())
        if each["status"] == "True"
    }
    return {name: _at(true[condition], start) for condition, name in wanted.items() if condition in true}


def _pod(pods: Sequence[Resource], node: str, start: float) -> Steps:
    pod = next((each for each in pods if _node_of(each) == node), None)
    return {} if pod is None else _containers(pod, start)


def _containers(pod: Resource, start: float) -> Steps:
    """Return when a pod was made and scheduled, and of each container when it started and how it went on."""
    status = pod["status"]
    conditions = {each["type"]: each for each in status.get("conditions", ()) if each["status"] == "True"}
    steps: Steps = {"pod_created": _at(pod["metadata"]["creationTimestamp"], start)}
    if "PodScheduled" in conditions:
        steps["pod_scheduled"] = _at(conditions["PodScheduled"]["lastTransitionTime"], start)
    for each in (*status.get("initContainerStatuses", ()), *status.get("containerStatuses", ())):
        steps.update(_container(each, start))
    if "Ready" in conditions:
        steps["pod_ready"] = _at(conditions["Ready"]["lastTransitionTime"], start)
    return steps


def _container(status: Resource, start: float) -> Steps:
    name = status["name"].replace("-", "_")
    state = status.get("state", {})
    steps: Steps = {}
    for kind in ("terminated", "running"):
        if kind in state:
            steps[f"{name}_started"] = _at(state[kind]["startedAt"], start)
    if "terminated" in state:
        steps[f"{name}_ended"] = _at(state["terminated"]["finishedAt"], start)
    if status.get("restartCount"):
        steps[f"{name}_restarts"] = status["restartCount"]
    return steps


def _node_of(pod: Resource) -> str | None:
    labels: Mapping[str, str] = pod["metadata"].get("labels", {})
    return labels.get("corda-operator.io/node")


def _at(timestamp: str, start: float) -> float:
    return _since(datetime.fromisoformat(timestamp).timestamp(), start)


def _since(moment: float, start: float) -> float:
    return round(moment - start, 1)
