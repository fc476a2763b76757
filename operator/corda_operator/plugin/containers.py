"""Which container of a node's pod matters now: what runs before Corda runs one after another. No I/O."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from corda_operator.reconcile.node.pod import NODE_CONTAINER


@dataclass(frozen=True)
class Container:
    """A container, and how it fares."""

    name: str
    state: str


def that_matters(pod: Mapping[str, Any]) -> Container:
    """Return the first init container that has not ended well, else Corda's own."""
    status = pod.get("status", {})
    for each in status.get("initContainerStatuses", ()):
        if each.get("state", {}).get("terminated", {}).get("exitCode") != 0:
            return Container(each["name"], _state(each))
    return corda(pod)


def corda(pod: Mapping[str, Any]) -> Container:
    """Return Corda's own container."""
    for each in pod.get("status", {}).get("containerStatuses", ()):
        if each["name"] == NODE_CONTAINER:
            return Container(NODE_CONTAINER, _state(each))
    return Container(NODE_CONTAINER, "not started")


def runs(pod: Mapping[str, Any]) -> bool:
    """Tell whether Corda's own container runs, so that something can be executed in it."""
    return any(
        each["name"] == NODE_CONTAINER and "running" in each.get("state", {})
        for each in pod.get("status", {}).get("containerStatuses", ())
    )


def _state(status: Mapping[str, Any]) -> str:
    state, last = status.get("state", {}), status.get("lastState", {})
    if "running" in state:
        return "running"
    if "terminated" in state:
        return f"ended with exit code {state['terminated'].get('exitCode')}"
    waiting = state.get("waiting", {}).get("reason", "waiting")
    if "terminated" in last:
        return f"{waiting}, ended with exit code {last['terminated'].get('exitCode')} before"
    return str(waiting)
