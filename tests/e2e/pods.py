"""Pods for tests, all of them under the restricted Pod Security Standard."""

import json
import time
from collections.abc import Mapping, Sequence
from functools import cache

from local import images
from local.cluster.addons import Object
from local.cluster.kubectl import Kubectl
from local.pod_security import RESTRICTED_CONTAINER, RESTRICTED_POD
from tests.e2e.conftest import OPERATOR

PYTHON = "/opt/corda-operator/bin/python"


def pod(
    namespace: str,
    name: str,
    command: Sequence[str],
    *,
    image: str | None = None,
    spec: Mapping[str, object] | None = None,
    container: Mapping[str, object] | None = None,
) -> Object:
    """Return a pod that runs a command once, by default in the operator's image, with parts of it replaced."""
    main = {
        "name": "main",
        "image": image or operator_image(),
        "command": list(command),
        "securityContext": RESTRICTED_CONTAINER,
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace, "labels": {"app": name}},
        "spec": {
            "restartPolicy": "Never",
            "terminationGracePeriodSeconds": 1,
            "securityContext": RESTRICTED_POD,
            "containers": [{**main, **(container or {})}],
            **(spec or {}),
        },
    }


@cache
def operator_image() -> str:
    """Return what the operator's image is called, which all nodes have."""
    return images.ensure([OPERATOR])[OPERATOR].reference


def python(script: str) -> list[str]:
    """Return the command that runs a Python script in the operator's image."""
    return [PYTHON, "-u", "-c", script]


def wait_for(cluster: Kubectl, namespace: str, name: str, phase: str) -> None:
    """Wait until a pod is in a phase, and say what it printed if it ends in another."""
    where = (f"pod/{name}", f"--namespace={namespace}")
    found = ""
    for _ in range(240):
        found = cluster.text("get", *where, "--output=jsonpath={.status.phase}")
        if found == phase:
            return
        if found in {"Succeeded", "Failed"}:
            break
        time.sleep(0.5)
    raise AssertionError(
        f"{name} is {found}, not {phase}:\n{cluster.text('logs', *where)}\n{cluster.text('describe', *where)}"
    )


def output(cluster: Kubectl, namespace: str, name: str) -> str:
    """Wait for a pod's success and return what it printed."""
    wait_for(cluster, namespace, name, "Succeeded")
    return cluster.text("logs", name, f"--namespace={namespace}")


def placement(cluster: Kubectl, namespace: str) -> dict[str, str]:
    """Return the node of each pod by the pod's name."""
    listed = json.loads(cluster.text("get", "pods", f"--namespace={namespace}", "--output=json"))
    return {item["metadata"]["name"]: item["spec"]["nodeName"] for item in listed["items"]}
