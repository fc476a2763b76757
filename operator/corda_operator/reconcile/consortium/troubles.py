"""Why pods of a Consortium don't do their work, as a reason that is stable and a message that says more."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from corda_operator.api.conditions import Reason
from corda_operator.api.hosted import Hosted
from corda_operator.reconcile.labels import COMPONENT

_NO_IMAGE = {"ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "ImageInspectError"}
_NO_CONTAINER = {"CreateContainerConfigError", "CreateContainerError", "RunContainerError"}
_COMMAND = "corda-operator: "


@dataclass(frozen=True)
class Trouble:
    """What keeps something from working."""

    reason: Reason
    message: str


def azure_trouble(hosted: Hosted, message: str) -> Trouble:
    """Return what an error of the services or the trust root's command is about (azure: errors, translation).

    Such a message names the object with its URL, and says what to do.
    """
    text = message.lower()
    refused = "needed: " in text
    if "microsoft entra" in text:
        reason = Reason.IDENTITY_UNAVAILABLE
    elif _host(hosted.key_vault.url) in text:
        reason = Reason.VAULT_ACCESS_DENIED if refused else Reason.VAULT_UNREACHABLE
    elif _host(hosted.storage.account_url) in text:
        reason = Reason.STORAGE_ACCESS_DENIED if refused else Reason.STORAGE_UNREACHABLE
    else:
        reason = Reason.SERVICES_UNREACHABLE
    return Trouble(reason, message)


def _host(url: str) -> str:
    return urlsplit(url).netloc.lower()


def pod_trouble(hosted: Hosted, pods: Iterable[Mapping[str, Any]], component: str) -> Trouble | None:
    """Return what keeps the pods of a component from working, of the youngest that has anything to say."""
    ours = [
        pod
        for pod in pods
        if pod["metadata"].get("labels", {}).get(COMPONENT) == component and "deletionTimestamp" not in pod["metadata"]
    ]
    ours.sort(key=lambda pod: str(pod["metadata"].get("creationTimestamp", "")), reverse=True)
    return next((trouble for pod in ours for trouble in _troubles(hosted, pod)), None)


def _troubles(hosted: Hosted, pod: Mapping[str, Any]) -> Iterator[Trouble]:
    name, status = pod["metadata"]["name"], pod.get("status", {})
    for condition in status.get("conditions", ()):
        if condition["type"] == "PodScheduled" and condition.get("reason") == "Unschedulable":
            yield Trouble(Reason.POD_UNSCHEDULABLE, f"Pod {name}: {condition.get('message', 'unschedulable')}")
    for container in status.get("containerStatuses", ()):
        waiting = container.get("state", {}).get("waiting", {})
        told = f"{waiting.get('reason')}: {waiting.get('message', 'no message')}"
        if waiting.get("reason") in _NO_IMAGE:
            yield Trouble(
                Reason.IMAGE_UNAVAILABLE,
                f"Pod {name}: image {container['image']}: {told}. Correct the image that the operator was installed "
                "with, or its pull secrets.",
            )
        elif waiting.get("reason") in _NO_CONTAINER:
            yield Trouble(Reason.APPLY_FAILED, f"Pod {name} can't start: {told}")
        for state in (container.get("state", {}), container.get("lastState", {})):
            ended = state.get("terminated", {})
            if ended.get("exitCode", 0) != 0 and not container.get("ready"):
                yield _of_exit(hosted, name, ended)


def _of_exit(hosted: Hosted, pod: str, ended: Mapping[str, Any]) -> Trouble:
    """Return what a container said last: the kubelet keeps the end of its log, of which the errors are the end."""
    text = ended.get("message", "").strip()
    if _COMMAND in text:
        return azure_trouble(hosted, text.rpartition(_COMMAND)[2])
    if ended.get("reason") == "OOMKilled":
        advice = "Raise spec.hosted.networkMap.resources.limits.memory."
        return Trouble(Reason.SERVICES_UNREACHABLE, f"Pod {pod} was killed: it needs more memory. {advice}")
    said = text.splitlines()[-1] if text else ended.get("reason", "no reason given")
    return Trouble(Reason.SERVICES_UNREACHABLE, f"Pod {pod} ended with exit code {ended['exitCode']}: {said}")
