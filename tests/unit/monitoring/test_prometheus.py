"""Prometheus in a cluster: least rights, and a pod that starts anew with what it reads."""

import json
from typing import Any

from local.demo import architecture
from local.demo.installation import IMAGES
from local.images.recipes import RECIPES
from local.monitoring import prometheus, scraping
from local.tools import TOOLCHAIN

Object = dict[str, Any]
FILES = {scraping.CONFIGURATION: "scrape_configs: []\n", "a.rules.yaml": "groups: []\n"}


def of_kind(kind: str, files: dict[str, str] = FILES) -> Object:
    objects = json.loads(json.dumps(prometheus.objects(files, "localhost/prometheus:1")))
    (found,) = (each for each in objects if each["kind"] == kind)
    return dict(found)


def pod(files: dict[str, str] = FILES) -> Object:
    return dict(of_kind("Deployment", files)["spec"]["template"])


def test_it_may_look_at_pods_and_at_nothing_else() -> None:
    assert of_kind("ClusterRole")["rules"] == [
        {"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list", "watch"]}
    ]
    assert of_kind("ClusterRoleBinding")["roleRef"]["name"] == of_kind("ClusterRole")["metadata"]["name"]
    (subject,) = of_kind("ClusterRoleBinding")["subjects"]
    account = of_kind("ServiceAccount")["metadata"]
    assert subject == {"kind": "ServiceAccount", "name": account["name"], "namespace": account["namespace"]}
    assert pod()["spec"]["serviceAccountName"] == account["name"]


def test_its_pod_meets_the_restricted_standard_and_writes_to_its_database_only() -> None:
    spec = pod()["spec"]
    (container,) = spec["containers"]

    assert of_kind("Namespace")["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    (writable,) = (each for each in container["volumeMounts"] if not each.get("readOnly"))
    assert f"--storage.tsdb.path={writable['mountPath']}" in container["args"]
    (volume,) = (each for each in spec["volumes"] if each["name"] == writable["name"])
    assert volume["emptyDir"]["sizeLimit"] == "1Gi"


def test_it_reads_the_files_that_it_is_given() -> None:
    (container,) = pod()["spec"]["containers"]
    (folder,) = (each["mountPath"] for each in container["volumeMounts"] if each.get("readOnly"))

    assert of_kind("ConfigMap")["data"] == FILES
    assert f"--config.file={folder}/{scraping.CONFIGURATION}" in container["args"]


def test_another_file_starts_it_anew_and_the_same_does_not() -> None:
    changed = {**FILES, "a.rules.yaml": "groups: [] # none\n"}

    assert pod(dict(reversed(FILES.items()))) == pod()
    assert pod(changed)["metadata"] != pod()["metadata"]
    assert pod(changed)["spec"] == pod()["spec"]


def test_its_service_leads_to_it() -> None:
    service = of_kind("Service")["spec"]
    (port,) = service["ports"]

    assert service["selector"].items() <= pod()["metadata"]["labels"].items()
    assert port["port"] == prometheus.PORT
    assert port["targetPort"] in {each["name"] for each in pod()["spec"]["containers"][0]["ports"]}


def test_monitors_are_rendered_whatever_else_the_values_say() -> None:
    values = {"workers": 3, "monitoring": {"namespaces": ["monitoring"], "podMonitor": {"interval": "5s"}}}

    assert prometheus.with_monitors(values) == {
        "workers": 3,
        "monitoring": {
            "namespaces": ["monitoring"],
            "podMonitor": {"interval": "5s", "enabled": True},
            "alerts": {"enabled": True},
            "recording": {"enabled": True},
        },
    }


def test_the_demos_policies_let_it_in_and_its_chart_needs_no_kinds_of_the_prometheus_operator() -> None:
    monitoring = architecture.values("operator:1", "corda:4.10")["monitoring"]

    assert monitoring["namespaces"] == [prometheus.NAMESPACE]
    assert not any(each.get("enabled") for each in monitoring.values() if isinstance(each, dict))
    assert prometheus.IMAGE in IMAGES


def test_its_image_is_named_by_the_version_of_the_pinned_module() -> None:
    # Prometheus 3.13.5 is v0.313.5 as a Go module.
    major, minor, patch = prometheus.IMAGE.rpartition(":")[2].split(".")
    pinned = (TOOLCHAIN / "prometheus" / "go.mod").read_text()

    assert f"github.com/prometheus/prometheus v0.{major}{int(minor):02}.{patch}" in pinned
    assert prometheus.IMAGE in RECIPES
