"""What each resource is doing, told as it changes, until all of them are ready."""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from local.cluster.kubectl import Kubectl
from local.console import LocalError, say
from local.demo.architecture import NAMESPACES

_PAUSE: Final = 2.0
_WIDTH: Final = 110
Resource = dict[str, Any]


@dataclass(frozen=True)
class Standing:
    """How a resource stands."""

    name: str
    """Namespace, kind and name."""
    ready: bool
    reason: str
    message: str


def standing(resource: Resource) -> Standing:
    """Return how a Consortium or CordaNode stands for its newest generation."""
    metadata, status = resource["metadata"], resource.get("status", {})
    name = f"{metadata['namespace']}/{resource['kind'].lower()}/{metadata['name']}"
    condition = next((each for each in status.get("conditions", ()) if each["type"] == "Ready"), None)
    if condition is None or status.get("observedGeneration") != metadata["generation"]:
        return Standing(name, ready=False, reason="New", message="the operator has not looked at it yet")
    return Standing(name, condition["status"] == "True", condition["reason"], condition["message"])


def everything(kubectl: Kubectl, namespaces: Sequence[str] = NAMESPACES) -> list[Standing]:
    """Return how all resources of the example stand, in the order of their names."""
    listed = json.loads(kubectl.text("get", "consortium,cordanode", "--all-namespaces", "--output=json"))["items"]
    ours = (each for each in listed if each["metadata"]["namespace"] in namespaces)
    return sorted(map(standing, ours), key=lambda each: each.name)


def changes(before: Sequence[Standing], now: Sequence[Standing]) -> Iterator[Standing]:
    """Yield what has another reason or message than before."""
    known = {each.name: (each.reason, each.message) for each in before}
    return (each for each in now if known.get(each.name) != (each.reason, each.message))


def wait_until_ready(
    look: Callable[[], list[Standing]], count: int, seconds: float, clock: Callable[[], float] = time.monotonic
) -> None:
    """Tell what changes until as many resources as are expected are ready; raise LocalError with what is not."""
    start, before = clock(), list[Standing]()
    while True:
        now = look()
        for each in changes(before, now):
            say(f"    {clock() - start:4.0f} s  {each.name:32} {each.reason}: {shortened(each.message)}")
        before = now
        if len(now) >= count and all(each.ready for each in now):
            return
        if clock() - start > seconds:
            left = "\n".join(f"  {each.name}: {each.reason}: {each.message}" for each in now if not each.ready)
            raise LocalError(f"not everything is ready after {seconds:.0f} s:\n{left}")
        time.sleep(_PAUSE)


def shortened(message: str) -> str:
    """Return the beginning of a message, on one line."""
    line = " ".join(message.split())
    return line if len(line) <= _WIDTH else f"{line[: _WIDTH - 3]}..."
