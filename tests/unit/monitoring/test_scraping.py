"""PodMonitors and PrometheusRules become Prometheus' own files, and what is not understood is refused."""

from typing import Any

import pytest
import yaml

from local.console import LocalError
from local.monitoring import scraping

Object = dict[str, Any]
RULES = {"groups": [{"name": "nodes", "rules": [{"alert": "Away", "expr": "up == 0"}]}]}


def pod_monitor(name: str = "nodes", endpoint: Object | None = None, **spec: Any) -> Object:
    endpoints = [{"port": "metrics", **(endpoint or {})}]
    return resource(
        "PodMonitor", name, {"selector": {"matchLabels": {"app": "node"}}, "podMetricsEndpoints": endpoints} | spec
    )


def resource(kind: str, name: str, spec: Object) -> Object:
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": kind,
        "metadata": {"name": name, "namespace": "operator", "labels": {"release": "prometheus"}},
        "spec": spec,
    }


def configuration(*objects: Object) -> Object:
    document: Object = yaml.safe_load(scraping.files(objects)[scraping.CONFIGURATION])
    return document


def job(monitor: Object) -> Object:
    (found,) = configuration(monitor)["scrape_configs"]
    return dict(found)


def discovery(monitor: Object) -> Object:
    (found,) = job(monitor)["kubernetes_sd_configs"]
    return dict(found)


def labels(monitor: Object) -> dict[str, str]:
    """Return what targets are labelled with, and from what or as what; the last wins."""
    relabelings = [each for each in job(monitor)["relabel_configs"] if "target_label" in each]
    return {each["target_label"]: each.get("replacement") or each["source_labels"][0] for each in relabelings}


def test_a_target_has_the_labels_that_the_prometheus_operator_gives() -> None:
    assert labels(pod_monitor()) == {
        "namespace": "__meta_kubernetes_namespace",
        "container": "__meta_kubernetes_pod_container_name",
        "pod": "__meta_kubernetes_pod_name",
        "job": "operator/nodes",
        "endpoint": "metrics",
    }


def test_labels_of_the_pod_monitor_are_added_and_win() -> None:
    relabelings = [
        {"sourceLabels": ["__meta_kubernetes_pod_label_node"], "targetLabel": "node"},
        {"sourceLabels": ["__meta_kubernetes_pod_label_job"], "targetLabel": "job"},
    ]
    found = labels(pod_monitor(endpoint={"relabelings": relabelings}))

    assert found["node"] == "__meta_kubernetes_pod_label_node"
    assert found["job"] == "__meta_kubernetes_pod_label_job"


def test_only_the_named_port_of_pods_that_have_not_ended_is_read() -> None:
    chosen = [each for each in job(pod_monitor())["relabel_configs"] if "action" in each]

    assert [(each["action"], each["source_labels"], each["regex"]) for each in chosen] == [
        ("drop", ["__meta_kubernetes_pod_phase"], "Failed|Succeeded"),
        ("keep", ["__meta_kubernetes_pod_container_port_name"], "metrics"),
    ]


def test_pods_are_found_by_all_labels() -> None:
    monitor = pod_monitor(selector={"matchLabels": {"b.io/monitored": "true", "a": "node"}})
    assert discovery(monitor)["role"] == "pod"
    assert discovery(monitor)["selectors"] == [{"role": "pod", "label": "a=node,b.io/monitored=true"}]


@pytest.mark.parametrize(
    ("selector", "names"),
    [({}, ["operator"]), ({"matchNames": ["bank-a", "bank-b"]}, ["bank-a", "bank-b"]), ({"any": False}, ["operator"])],
)
def test_pods_are_looked_for_in_these_namespaces_else_in_the_monitors_own(selector: Object, names: list[str]) -> None:
    assert discovery(pod_monitor(namespaceSelector=selector))["namespaces"] == {"names": names}


def test_pods_are_looked_for_in_any_namespace() -> None:
    assert "namespaces" not in discovery(pod_monitor(namespaceSelector={"any": True}))


def test_each_endpoint_is_read_as_it_says() -> None:
    endpoints = [{"port": "admin"}, {"port": "http", "path": "/own", "interval": "5s", "honorLabels": True}]
    first, second = configuration(pod_monitor(podMetricsEndpoints=endpoints))["scrape_configs"]

    told = ("job_name", "metrics_path", "scrape_interval", "honor_labels")
    assert [first[each] for each in told] == ["podMonitor/operator/nodes/0", "/metrics", "30s", False]
    assert [second[each] for each in told] == ["podMonitor/operator/nodes/1", "/own", "5s", True]


@pytest.mark.parametrize(
    ("monitor", "field"),
    [
        (pod_monitor(jobLabel="app"), "spec.jobLabel"),
        (pod_monitor(endpoint={"scheme": "https"}), "spec.podMetricsEndpoints.0.scheme"),
        (pod_monitor(namespaceSelector={"matchLabels": {}}), "spec.namespaceSelector.matchLabels"),
        (pod_monitor(selector={"matchExpressions": [], "matchLabels": {"a": "b"}}), "spec.selector.matchExpressions"),
        (
            pod_monitor(endpoint={"relabelings": [{"action": "drop"}]}),
            "spec.podMetricsEndpoints.0.relabelings.0.action",
        ),
        (pod_monitor(selector={"matchLabels": {}}), "spec.selector.matchLabels"),
        (pod_monitor(podMetricsEndpoints=[{"targetPort": 8080}]), "spec.podMetricsEndpoints.0.port"),
        (resource("PrometheusRule", "alerts", {**RULES, "more": 1}), "spec.more"),
    ],
)
def test_a_field_that_is_not_translated_is_an_error_that_names_it(monitor: Object, field: str) -> None:
    with pytest.raises(LocalError) as refused:
        scraping.files([monitor])
    name = f"{monitor['kind']} operator/{monitor['metadata']['name']}"
    assert str(refused.value).startswith(f"{name} can't be translated for Prometheus: ")
    assert f"{field}: " in str(refused.value)


def test_rules_are_taken_as_they_are_from_every_object_and_all_are_read() -> None:
    files = scraping.files([resource("PrometheusRule", "alerts", RULES), resource("PrometheusRule", "sums", RULES)])
    names = ["operator-alerts.rules.yaml", "operator-sums.rules.yaml"]

    assert sorted(files) == [*names, scraping.CONFIGURATION]
    assert [yaml.safe_load(files[name]) for name in names] == [RULES, RULES]
    assert yaml.safe_load(files[scraping.CONFIGURATION])["rule_files"] == names


def test_other_objects_are_not_prometheus_concern() -> None:
    assert configuration(resource("Deployment", "operator", {"replicas": 2}))["scrape_configs"] == []
