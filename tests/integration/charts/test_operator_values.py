"""Every value of the operator's chart has an effect, and no other value is let through."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from corda_operator.reconcile.engine.configuration import OperatorConfiguration
from local import charts
from tests.integration.charts.helm import OPERATOR, REQUIRED, HelmError, Objects, merged, nested, rendered, run

Look = Callable[[Objects], Any]


def configured(name: str) -> Look:
    return lambda objects: objects.configuration.get(name)


def pod(name: str) -> Look:
    return lambda objects: objects.pod["spec"].get(name)


def container(name: str) -> Look:
    return lambda objects: objects.pod["spec"]["containers"][0][name]


def egress(number: int) -> Look:
    return lambda objects: objects.one("NetworkPolicy")["spec"]["egress"][number]


def trusted(objects: Objects) -> Any:
    """Return from which ConfigMap the operator reads authorities, and the variable that names the file."""
    mounts = {each["mountPath"]: each["name"] for each in container("volumeMounts")(objects)}
    volumes = {each["name"]: each["configMap"]["name"] for each in pod("volumes")(objects)}
    variable = next((each for each in container("env")(objects) if each["name"] == "SSL_CERT_FILE"), None)
    folder = "" if variable is None else variable["value"].removesuffix("/ca.pem")
    return volumes.get(mounts.get(folder)), variable


def scraped(objects: Objects) -> Any:
    return [each["spec"]["podMetricsEndpoints"][0]["interval"] for each in objects.of("PodMonitor")]


def counted_flows(objects: Objects) -> Any:
    """Return which flows make a node's transactions."""
    (rules,) = objects.of("PrometheusRule")
    found = re.search(r'flow[!=]~\S+"', rules["spec"]["groups"][0]["rules"][0]["expr"])
    return found and found[0]


def tcp(*ports: int) -> list[dict[str, Any]]:
    return [{"port": port, "protocol": "TCP"} for port in ports]


MONITORED = {"monitoring": {"namespaces": ["monitoring"], "podMonitor": {"enabled": True}}}
RECORDED = {"monitoring": {"recording": {"enabled": True}}}
_NEEDED: dict[str, Any] = {
    "monitoring.podMonitor": MONITORED,
    "monitoring.alerts.labels": {"monitoring": {"alerts": {"enabled": True}}},
    "monitoring.recording.labels": RECORDED,
    "monitoring.recording.transactionFlows": RECORDED,
    "monitoring.dashboards.labels": {"monitoring": {"dashboards": {"enabled": True}}},
}
"""Values without which others have no effect, by how their names begin."""
TENANT = "7d5c2a10-0000-4000-8000-000000000001"
ZONE = {"key": "zone", "operator": "Exists"}
AFFINITY: dict[str, Any] = {"podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": []}}

EFFECTS: dict[str, tuple[Any, Look, Any]] = {
    "image.reference": ("r/o:2", container("image"), "r/o:2"),
    "image.pullPolicy": ("Always", container("imagePullPolicy"), "Always"),
    "image.pullSecrets": (["registry"], pod("imagePullSecrets"), [{"name": "registry"}]),
    "corda.imagePattern": ("r/c:{version}", configured("cordaImagePattern"), "r/c:{version}"),
    "corda.imagePullSecrets": (["registry"], configured("imagePullSecrets"), ["registry"]),
    "watchNamespaces": (["bank-a"], configured("namespaces"), ["bank-a"]),
    "azure.tenantID": (TENANT, configured("tenantId"), TENANT),
    "azure.authorityHost": ("https://entra.example.com", configured("authorityHost"), "https://entra.example.com"),
    "azure.caConfigMap": ("azure-ca", configured("caConfigMap"), "azure-ca"),
    "azure.environment": ({"NO_PROXY": "svc"}, configured("environment"), {"NO_PROXY": "svc"}),
    "azure.ports": ([3128], configured("azurePorts"), [3128]),
    "nodePoolLabel": ("pool", configured("nodePoolLabel"), "pool"),
    "nodePoolTaint": ("reserved-for", configured("nodePoolTaint"), "reserved-for"),
    "clusterDomain": ("example.internal", configured("clusterDomain"), "example.internal"),
    "workers": (3, configured("workers"), 3),
    "resyncSeconds": (60, configured("resyncSeconds"), 60),
    "crds.install": (False, lambda objects: objects.of("CustomResourceDefinition"), []),
    "rbac.aggregate": (
        False,
        lambda objects: [each["metadata"]["name"] for each in objects.of("ClusterRole")],
        ["corda-operator:corda-operator"],
    ),
    "monitoring.namespaces": (["monitoring"], configured("monitoringNamespaces"), ["monitoring"]),
    "monitoring.openTelemetry.endpoint": (
        "http://collector:4318",
        lambda objects: (configured("telemetry")(objects).get("otlpEndpoint"), egress(-1)(objects)),
        ("http://collector:4318", {"ports": tcp(4318)}),
    ),
    "monitoring.openTelemetry.interval": (
        "30s",
        lambda objects: configured("telemetry")(objects)["interval"],
        "30s",
    ),
    "monitoring.podMonitor.enabled": (True, lambda objects: len(objects.of("PodMonitor")), 3),
    "monitoring.podMonitor.apiVersion": (
        "azmonitoring.coreos.com/v1",
        lambda objects: [each["apiVersion"] for each in objects.of("PodMonitor")],
        ["azmonitoring.coreos.com/v1"] * 3,
    ),
    "monitoring.podMonitor.interval": ("1m", scraped, ["1m"] * 3),
    "monitoring.podMonitor.labels": (
        {"prometheus": "main"},
        lambda objects: [each["metadata"]["labels"].get("prometheus") for each in objects.of("PodMonitor")],
        ["main"] * 3,
    ),
    "monitoring.alerts.enabled": (True, lambda objects: len(objects.of("PrometheusRule")), 1),
    "monitoring.alerts.labels": (
        {"prometheus": "main"},
        lambda objects: [each["metadata"]["labels"].get("prometheus") for each in objects.of("PrometheusRule")],
        ["main"],
    ),
    "monitoring.recording.enabled": (True, lambda objects: len(objects.of("PrometheusRule")), 1),
    "monitoring.recording.labels": (
        {"prometheus": "main"},
        lambda objects: [each["metadata"]["labels"].get("prometheus") for each in objects.of("PrometheusRule")],
        ["main"],
    ),
    "monitoring.recording.transactionFlows": (r"org\.example\..*", counted_flows, r'flow=~"org\\.example\\..*"'),
    "monitoring.dashboards.enabled": (
        True,
        lambda objects: {name for each in objects.of("ConfigMap") for name in each["data"] if name.endswith(".json")},
        {"corda-member.json", "corda-network.json", "corda-node.json", "corda-operator.json"},
    ),
    "monitoring.dashboards.labels": (
        {"grafana_dashboard": "corda"},
        lambda objects: {each["metadata"]["labels"].get("grafana_dashboard") for each in objects.of("ConfigMap")},
        {"corda", None},
    ),
    "networkPolicy.enabled": (False, lambda objects: objects.of("NetworkPolicy"), []),
    "networkPolicy.apiServer.ports": ([6443], egress(1), {"ports": tcp(6443)}),
    "networkPolicy.apiServer.cidrs": (
        ["10.0.0.1/32"],
        egress(1),
        {"ports": tcp(443, 6443), "to": [{"ipBlock": {"cidr": "10.0.0.1/32"}}]},
    ),
    "networkPolicy.joinedNetworks.ports": ([8443], egress(3), {"ports": tcp(8443)}),
    "networkPolicy.joinedNetworks.cidrs": (
        ["10.1.0.0/16"],
        egress(3),
        {"ports": tcp(80, 443, 8080), "to": [{"ipBlock": {"cidr": "10.1.0.0/16"}}]},
    ),
    "replicas": (3, lambda objects: objects.one("Deployment")["spec"]["replicas"], 3),
    "environment": (
        {"HTTPS_PROXY": "http://proxy.example.com:3128"},
        lambda objects: objects.pod["spec"]["containers"][0]["env"][2:],
        [{"name": "HTTPS_PROXY", "value": "http://proxy.example.com:3128"}],
    ),
    "caConfigMap": (
        "private-authorities",
        trusted,
        ("private-authorities", {"name": "SSL_CERT_FILE", "value": "/etc/corda-operator-ca/ca.pem"}),
    ),
    "resources.requests": ({"cpu": "1"}, lambda objects: container("resources")(objects)["requests"]["cpu"], "1"),
    "resources.limits": ({"cpu": "2"}, lambda objects: container("resources")(objects)["limits"].get("cpu"), "2"),
    "priorityClassName": ("system-cluster-critical", pod("priorityClassName"), "system-cluster-critical"),
    "nodeSelector": ({"kubernetes.io/os": "linux"}, pod("nodeSelector"), {"kubernetes.io/os": "linux"}),
    "tolerations": ([ZONE], pod("tolerations"), [ZONE]),
    "affinity": (AFFINITY, pod("affinity"), AFFINITY),
    "topologySpread.whenUnsatisfiable": (
        "DoNotSchedule",
        lambda objects: {each["whenUnsatisfiable"] for each in pod("topologySpreadConstraints")(objects)},
        {"DoNotSchedule"},
    ),
    "serviceAccount.annotations": (
        {"example.com/a": "b"},
        lambda objects: objects.one("ServiceAccount")["metadata"].get("annotations"),
        {"example.com/a": "b"},
    ),
    "commonLabels": (
        {"cost-centre": "42"},
        lambda objects: {
            each["metadata"]["labels"].get("cost-centre")
            for each in objects.all
            if each["kind"] != "CustomResourceDefinition"
        },
        {"42"},
    ),
    "podLabels": ({"team": "ledger"}, lambda objects: objects.pod["metadata"]["labels"].get("team"), "ledger"),
    "podAnnotations": (
        {"example.com/a": "b"},
        lambda objects: objects.pod["metadata"]["annotations"].get("example.com/a"),
        "b",
    ),
}
VALUES = {value.name: value for value in charts.values(charts.schema(OPERATOR)) if value.is_leaf}


def test_every_value_of_the_chart_is_tried() -> None:
    assert set(EFFECTS) == set(VALUES)


@pytest.mark.parametrize("name", EFFECTS)
def test_a_value_has_its_effect(name: str) -> None:
    value, look, expected = EFFECTS[name]
    others = merged(REQUIRED, next((needed for part, needed in _NEEDED.items() if name.startswith(part)), {}))
    before = merged(others, nested(name, VALUES[name].schema["default"]) if name not in _REQUIRED else {})

    assert look(rendered(OPERATOR, merged(others, nested(name, value)))) == expected
    assert look(rendered(OPERATOR, before)) != expected


_REQUIRED = ("image.reference", "corda.imagePattern")


@pytest.mark.parametrize("name", _REQUIRED)
def test_a_required_value_is_asked_for_by_name(name: str) -> None:
    with pytest.raises(HelmError, match=name):
        rendered(OPERATOR, merged(REQUIRED, nested(name, "")))


def test_the_operator_understands_the_configuration_that_every_value_makes() -> None:
    everything = merged(REQUIRED, *(nested(name, value) for name, (value, _, _) in EFFECTS.items()))
    document = rendered(OPERATOR, everything).configuration

    configuration = OperatorConfiguration.model_validate(document)
    unset = {"listen", "stuckSeconds"}
    assert set(document) | unset == {each.alias for each in OperatorConfiguration.model_fields.values()}
    assert configuration.namespaces == ("bank-a",)


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ({"replcas": 3}, "'replcas' not allowed"),
        ({"azure": {"tenantId": TENANT}}, "at '/azure': additional properties 'tenantId' not allowed"),
        ({"azure": {"tenantID": "contoso"}}, "/azure/tenantID"),
        ({"corda": {"imagePattern": "registry.example.com/corda:4.10"}}, "/corda/imagePattern"),
        ({"replicas": 0}, "/replicas"),
        ({"watchNamespaces": ["Bank A"]}, "/watchNamespaces/0"),
        ({"networkPolicy": {"apiServer": {"cidrs": ["anywhere"]}}}, "/networkPolicy/apiServer/cidrs/0"),
        ({"resources": {"limits": {"memroy": "1Gi"}}}, "memroy"),
        ({"environment": {"NO PROXY": "svc"}}, "NO PROXY"),
        ({"monitoring": {"recording": {"enabled": True, "transactionFlows": "(Issue"}}}, "missing closing ): `(Issue`"),
    ],
    ids=str,
)
def test_a_wrong_value_is_refused_by_name(values: dict[str, Any], complaint: str) -> None:
    with pytest.raises(HelmError) as refused:
        rendered(OPERATOR, merged(REQUIRED, values))

    assert complaint in str(refused.value)


def test_lint_has_nothing_to_say_and_finds_a_misspelt_value() -> None:
    assert "0 chart(s) failed" in run("lint", "--strict", OPERATOR)
    with pytest.raises(HelmError, match="1 chart"):
        run("lint", OPERATOR, "--set=replcas=3")
