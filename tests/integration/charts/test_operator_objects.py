"""What the operator's chart makes, alone and as a real API server takes it."""

import json
import re
import time
from typing import Any

import pytest
import yaml

from corda_operator.reconcile.consortium.naming import ADMIN_PORT, SERVICES
from corda_operator.reconcile.engine.rights import OWN_RIGHTS, RIGHTS
from corda_operator.reconcile.labels import MANAGER
from local.cluster.kubectl import Kubectl
from local.cluster.place import Place
from local.tools import Module
from tests.integration.charts.helm import (
    OPERATOR,
    REQUIRED,
    HelmError,
    Values,
    merged,
    nested,
    rendered,
    run,
    values_file,
)
from tests.integration.charts.test_operator_values import EFFECTS, MONITORED, RECORDED
from tests.integration.operator.process import rules
from tests.unit.reconcile.consortium import world as consortia
from tests.unit.reconcile.node import world as worlds

NAMESPACE = "corda-operator"
PROMETHEUS = Module(
    "github.com/prometheus-operator/prometheus-operator",
    "v0.85.0",
    "h1:M5xLCLEoaW2IJfnuCwFzzpL+jSVQu3KGT84Pye+fW8s=",
)
BANKS = ["bank-a", "bank-b"]
WATCHING = merged(REQUIRED, {"watchNamespaces": BANKS, "rbac": {"aggregate": False}})
# Kubernetes has no PodMonitors and PrometheusRules of its own.
EVERYTHING = merged(
    REQUIRED,
    *(
        nested(name, value)
        for name, (value, _, _) in EFFECTS.items()
        if not name.startswith(("monitoring.podMonitor", "monitoring.alerts", "monitoring.recording"))
    ),
)
CLUSTER_WIDE = merged(
    EVERYTHING,
    nested("watchNamespaces", []),
    *(nested(name, value=True) for name in ("crds.install", "rbac.aggregate", "networkPolicy.enabled")),
)


@pytest.fixture(scope="module")
def kubectl(place: Place) -> Kubectl:
    """A cluster that warns of whatever is not restricted."""
    kubectl = Kubectl(place.kubeconfig)
    labels = {"pod-security.kubernetes.io/warn": "restricted"}
    namespaces = [{"metadata": {"name": each, "labels": labels}} for each in (NAMESPACE, *BANKS)]
    kubectl.apply([{"apiVersion": "v1", "kind": "Namespace", **each} for each in namespaces])
    return kubectl


@pytest.mark.parametrize(
    "values",
    [REQUIRED, WATCHING, EVERYTHING, CLUSTER_WIDE],
    ids=["defaults", "namespaced", "everything", "cluster-wide"],
)
def test_the_api_server_takes_every_object_strictly_and_without_a_warning(kubectl: Kubectl, values: Values) -> None:
    whole = {"apiVersion": "v1", "kind": "List", "items": list(rendered(OPERATOR, values).all)}

    answer = kubectl.text(
        *("apply", "--dry-run=server", "--validate=strict", "--warnings-as-errors", "--output=name", "--filename=-"),
        stdin=json.dumps(whole),
    )

    assert len(answer.splitlines()) == len(whole["items"])


def test_cluster_wide_it_has_the_rights_of_the_one_list_in_all_namespaces_and_no_others() -> None:
    objects = rendered(OPERATOR, merged(REQUIRED, {"rbac": {"aggregate": False}}))

    (role,) = objects.of("ClusterRole")
    (binding,) = objects.of("ClusterRoleBinding")
    assert role["rules"] == rules(RIGHTS)
    assert binding["roleRef"]["name"] == role["metadata"]["name"]
    assert binding["subjects"] == [{"kind": "ServiceAccount", "name": NAMESPACE, "namespace": NAMESPACE}]
    assert [each["metadata"]["name"] for each in objects.of("Role")] == ["corda-operator-own"]


def test_namespaced_it_has_the_rights_of_the_one_list_in_these_namespaces_and_none_elsewhere() -> None:
    objects = rendered(OPERATOR, WATCHING)

    assert objects.of("ClusterRole") == objects.of("ClusterRoleBinding") == []
    given = {(each["metadata"]["namespace"], each["metadata"]["name"]): each["rules"] for each in objects.of("Role")}
    assert given == {
        **{(bank, NAMESPACE): rules(RIGHTS) for bank in BANKS},
        (NAMESPACE, "corda-operator-own"): rules(OWN_RIGHTS),
    }
    bound = {(each["metadata"]["namespace"], each["roleRef"]["name"]) for each in objects.of("RoleBinding")}
    assert bound == set(given)


def test_two_releases_share_no_object_but_the_definitions() -> None:
    def names(release: str) -> set[tuple[str, str, str]]:
        return {
            (each["kind"], each["metadata"].get("namespace", ""), each["metadata"]["name"])
            for each in rendered(OPERATOR, REQUIRED, release).all
            if each["kind"] != "CustomResourceDefinition"
        }

    assert names("one") & names("two") == set()


@pytest.mark.parametrize(
    ("role", "may", "may_not"),
    [
        ("view", ["get cordanodes", "list consortia"], ["patch cordanodes", "delete consortia"]),
        ("edit", ["get cordanodes", "create cordanodes", "delete consortia"], ["update cordanodes/status"]),
        ("admin", ["watch cordanodes", "patch consortia"], ["update consortia/status"]),
    ],
)
def test_who_has_a_role_of_kubernetes_may_do_the_same_with_our_resources(
    kubectl: Kubectl, role: str, may: list[str], may_not: list[str]
) -> None:
    objects = rendered(OPERATOR, REQUIRED)
    kubectl.apply([*objects.of("CustomResourceDefinition"), *objects.of("ClusterRole")])
    binding = f"user-{role}"
    kubectl.text("create", "rolebinding", binding, f"--clusterrole={role}", f"--user={role}", "--namespace=bank-a")

    def allowed(question: str) -> bool:
        verb, _, what = question.partition(" ")
        resource, _, subresource = what.partition("/")
        words = ["auth", "can-i", verb, f"{resource}.corda-operator.io", f"--as={role}", "--namespace=bank-a"]
        return kubectl.succeeds(*words, *([f"--subresource={subresource}"] if subresource else []))

    end = time.monotonic() + 30
    while not all(map(allowed, may)):
        assert time.monotonic() < end, "Kubernetes' controller has not gathered the roles"
        time.sleep(0.2)
    assert not any(map(allowed, may_not))


def test_labels_of_users_never_replace_those_that_pods_are_found_by() -> None:
    foreign = {"app.kubernetes.io/name": "other"}
    objects = rendered(OPERATOR, merged(REQUIRED, {"commonLabels": foreign, "podLabels": foreign}))

    selector = objects.one("Deployment")["spec"]["selector"]["matchLabels"]
    assert selector.items() <= objects.pod["metadata"]["labels"].items()


def test_nobody_reaches_the_operator_unless_namespaces_of_monitoring_are_named() -> None:
    named = merged(REQUIRED, {"monitoring": {"namespaces": ["monitoring"]}})

    assert rendered(OPERATOR, REQUIRED).one("NetworkPolicy")["spec"]["ingress"] == []
    (rule,) = rendered(OPERATOR, named).one("NetworkPolicy")["spec"]["ingress"]
    assert rule["from"][0]["namespaceSelector"]["matchExpressions"][0]["values"] == ["monitoring"]
    assert rule["ports"] == [{"port": "http", "protocol": "TCP"}]


def test_the_operator_reaches_the_status_of_network_services_where_it_watches() -> None:
    rule = rendered(OPERATOR, WATCHING).one("NetworkPolicy")["spec"]["egress"][2]

    (peer,) = rule["to"]
    assert rule["ports"] == [{"port": ADMIN_PORT, "protocol": "TCP"}]
    assert peer["namespaceSelector"]["matchExpressions"][0]["values"] == BANKS
    assert peer["podSelector"]["matchLabels"]["app.kubernetes.io/managed-by"] == MANAGER
    assert peer["podSelector"]["matchLabels"]["app.kubernetes.io/name"].endswith(SERVICES)


def test_no_way_to_joined_networks_is_opened_if_there_are_none() -> None:
    without = merged(REQUIRED, {"networkPolicy": {"joinedNetworks": {"ports": []}}})

    assert len(rendered(OPERATOR, without).one("NetworkPolicy")["spec"]["egress"]) == 3


@pytest.mark.parametrize(
    ("endpoint", "port"),
    [("http://collector", 80), ("https://collector.example.com/otlp", 443), ("https://[fd00::1]:4318", 4318)],
)
def test_the_operator_reaches_the_port_of_the_collectors_url(endpoint: str, port: int) -> None:
    objects = rendered(OPERATOR, merged(REQUIRED, {"monitoring": {"openTelemetry": {"endpoint": endpoint}}}))

    assert objects.one("NetworkPolicy")["spec"]["egress"][-1] == {"ports": [{"port": port, "protocol": "TCP"}]}


def test_metrics_that_nobody_could_read_are_refused() -> None:
    with pytest.raises(HelmError, match=r"in monitoring\.namespaces"):
        rendered(OPERATOR, merged(REQUIRED, {"monitoring": {"podMonitor": {"enabled": True}}}))


@pytest.mark.parametrize("kind", ["PodMonitor", "PrometheusRule"])
def test_the_prometheus_operator_accepts_what_is_for_it(kubectl: Kubectl, kind: str) -> None:
    file = PROMETHEUS.folder() / f"example/prometheus-operator-crd/monitoring.coreos.com_{kind.lower()}s.yaml"
    kubectl.define([yaml.safe_load(file.read_text())])
    values = merged(REQUIRED, MONITORED, RECORDED, {"monitoring": {"alerts": {"enabled": True}}})
    items = rendered(OPERATOR, values).of(kind)
    assert items

    strict = ("--dry-run=server", "--validate=strict", "--warnings-as-errors")
    kubectl.text("apply", *strict, "-f", "-", stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))


@pytest.mark.parametrize("watched", [[], BANKS])
def test_pod_monitors_find_pods_and_say_whose_they_are(watched: list[str]) -> None:
    namespaces = {"matchNames": watched} if watched else {"any": True}
    values = merged(REQUIRED, MONITORED, {"watchNamespaces": watched})
    operator, services, nodes = rendered(OPERATOR, values).of("PodMonitor")
    node, network = worlds.node(monitoring={"enabled": True}), consortia.consortium()
    of_node = worlds.by_kind(worlds.planned(node, worlds.empty(node)), "StatefulSet")
    (of_services,) = (each for each in consortia.planned(network).objects if each["kind"] == "Deployment")

    assert "namespaceSelector" not in operator["spec"]
    for monitor, (labels, ports), told in (
        (services, _template(of_services), {"consortium": "credit-records"}),
        (nodes, _template(of_node), {"consortium": "credit-records", "member": "bank-a", "node": "bank-a"}),
    ):
        spec = monitor["spec"]
        assert spec["namespaceSelector"] == namespaces
        assert spec["selector"]["matchLabels"].items() <= labels.items()
        (endpoint,) = spec["podMetricsEndpoints"]
        assert endpoint["port"] in ports
        # Prometheus writes an underscore for whatever can't be in a label's name.
        found = {f"__meta_kubernetes_pod_label_{re.sub(r'[^a-zA-Z0-9]', '_', name)}": labels[name] for name in labels}
        assert {each["targetLabel"]: found[each["sourceLabels"][0]] for each in endpoint["relabelings"]} == told


def _template(workload: dict[str, Any]) -> tuple[dict[str, str], list[str]]:
    """Return a workload's pods' labels, and the names of their ports."""
    template = workload["spec"]["template"]
    ports = [port["name"] for each in template["spec"]["containers"] for port in each.get("ports", ())]
    return template["metadata"]["labels"], ports


def test_a_change_of_the_configuration_starts_the_operator_anew_and_a_change_of_replicas_does_not() -> None:
    def pods(values: Values) -> Any:
        return rendered(OPERATOR, merged(REQUIRED, values)).pod

    assert pods({"workers": 3}) != pods({})
    assert pods({"replicas": 3}) == pods({})


def test_the_operator_has_no_identity_in_azure() -> None:
    objects = rendered(OPERATOR, REQUIRED)

    assert "azure" not in yaml.safe_dump([objects.one("ServiceAccount"), objects.pod])


def test_definitions_stay_when_the_release_goes() -> None:
    for definition in rendered(OPERATOR, REQUIRED).of("CustomResourceDefinition"):
        assert definition["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep"


@pytest.mark.parametrize(
    ("values", "warning"),
    [
        ({}, "azure.tenantID is empty"),
        ({"replicas": 1}, "there is one replica"),
        ({"crds": {"install": False}}, "crds.install is false"),
    ],
    ids=str,
)
def test_helm_warns_of_what_is_missing(kubectl: Kubectl, values: Values, warning: str) -> None:
    with values_file(merged(REQUIRED, values)) as option:
        notes = run(
            *("install", "corda-operator", OPERATOR, f"--namespace={NAMESPACE}", option),
            *(f"--kubeconfig={kubectl.kubeconfig}", "--dry-run=server", "--take-ownership"),
        )

    assert f"WARNING: {warning}" in notes
    assert "kubectl get consortium,cordanode" in notes
