"""Prometheus in a cluster, in a namespace of its own: it reads what the operator's chart says, and keeps it briefly.

What it knows goes with its pod. Whoever may reach the Service ``prometheus`` may ask it anything.
"""

import hashlib
from collections.abc import Mapping
from typing import Any, Final

from local.azure.manifests import POOL
from local.cluster import helm
from local.cluster.addons import Object
from local.cluster.kubectl import Kubectl
from local.console import step
from local.monitoring import scraping
from local.pod_security import RESTRICTED_CONTAINER, RESTRICTED_POD

NAMESPACE: Final = "monitoring"
"""What monitoring.namespaces of the chart has to have in it."""
NAME: Final = "prometheus"
IMAGE: Final = "prometheus:3.13.5"
PORT: Final = 9090
_FOLDER, _DATABASE = "/etc/prometheus", "/prometheus"
_CLUSTER_WIDE: Final = "corda-operator:prometheus"
_LABELS: Final = {"app.kubernetes.io/name": NAME}


def install(kubectl: Kubectl, values: Mapping[str, Any], image: str) -> None:
    """Run Prometheus for the operator's chart with these values, and wait until it answers.

    It starts anew if there is something else to read.
    """
    with step("Prometheus"):
        kubectl.apply(objects(scraping.files(helm.rendered(with_monitors(values))), image))
        kubectl.text("rollout", "status", f"deployment/{NAME}", f"--namespace={NAMESPACE}", "--timeout=180s")


def with_monitors(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values with which the chart has PodMonitors and PrometheusRules, whose kinds the cluster may lack."""
    monitoring = values.get("monitoring", {})
    enabled = {name: {**monitoring.get(name, {}), "enabled": True} for name in ("podMonitor", "alerts", "recording")}
    return {**values, "monitoring": {**monitoring, **enabled}}


def objects(files: Mapping[str, str], image: str) -> list[Object]:
    """Return everything, in an order in which it can be created; the files are those of `scraping`."""
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    return [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE, "labels": labels}},
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": _metadata()},
        *_rights(),
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": _metadata(), "data": dict(files)},
        _deployment(files, image),
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": _metadata(),
            "spec": {"selector": _LABELS, "ports": [{"name": "http", "port": PORT, "targetPort": "http"}]},
        },
    ]


def _rights() -> list[Object]:
    group = "rbac.authorization.k8s.io"
    return [
        {
            "apiVersion": f"{group}/v1",
            "kind": "ClusterRole",
            "metadata": {"name": _CLUSTER_WIDE},
            "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list", "watch"]}],
        },
        {
            "apiVersion": f"{group}/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": _CLUSTER_WIDE},
            "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": _CLUSTER_WIDE},
            "subjects": [{"kind": "ServiceAccount", "name": NAME, "namespace": NAMESPACE}],
        },
    ]


def _deployment(files: Mapping[str, str], image: str) -> Object:
    container = {
        "name": NAME,
        "image": image,
        "args": [
            f"--config.file={_FOLDER}/{scraping.CONFIGURATION}",
            f"--storage.tsdb.path={_DATABASE}",
            f"--web.listen-address=:{PORT}",
        ],
        "ports": [{"name": "http", "containerPort": PORT}],
        "readinessProbe": {"httpGet": {"path": "/-/ready", "port": "http"}, "periodSeconds": 2},
        "livenessProbe": {"httpGet": {"path": "/-/healthy", "port": "http"}, "failureThreshold": 6},
        "resources": {"requests": {"cpu": "50m", "memory": "128Mi"}, "limits": {"memory": "512Mi"}},
        "securityContext": RESTRICTED_CONTAINER,
        "volumeMounts": [
            {"name": "configuration", "mountPath": _FOLDER, "readOnly": True},
            {"name": "database", "mountPath": _DATABASE},
        ],
    }
    pod = {
        "serviceAccountName": NAME,
        # Beside the stand-ins: machines of nodes are drained.
        "nodeSelector": {"kubernetes.azure.com/agentpool": POOL},
        "terminationGracePeriodSeconds": 10,
        "securityContext": RESTRICTED_POD,
        "containers": [container],
        "volumes": [
            {"name": "configuration", "configMap": {"name": NAME}},
            {"name": "database", "emptyDir": {"sizeLimit": "1Gi"}},
        ],
    }
    annotations = {"corda-operator.io/checksum": _checksum(files)}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": _metadata(),
        "spec": {
            "replicas": 1,
            # Two would know different things, and either would be asked.
            "strategy": {"type": "Recreate"},
            "selector": {"matchLabels": _LABELS},
            "template": {"metadata": {"labels": _LABELS, "annotations": annotations}, "spec": pod},
        },
    }


def _checksum(files: Mapping[str, str]) -> str:
    """Return what changes with the files: a Prometheus that runs does not read them again."""
    return hashlib.sha256("\0".join(f"{name}\0{files[name]}" for name in sorted(files)).encode()).hexdigest()[:16]


def _metadata() -> dict[str, Any]:
    return {"name": NAME, "namespace": NAMESPACE, "labels": _LABELS}
