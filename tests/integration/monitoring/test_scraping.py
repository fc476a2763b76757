"""A genuine Prometheus with what the chart's PodMonitors are translated to: it finds pods, reads and labels them.

The API server is genuine, too. Its pods are objects only, whose addresses are exporters of this test.
"""

import asyncio
import datetime
import json
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml
from prometheus_client import CollectorRegistry, Counter, Gauge, start_http_server

from local import tools
from local.cluster import fast, helm
from local.cluster.kubectl import Kubectl
from local.cluster.place import Place
from local.console import LocalError
from local.demo import architecture
from local.monitoring import prometheus, scraping
from local.monitoring.client import Prometheus, Sample
from local.ports import free_ports
from local.processes import log_tail, spawn
from tests.unit.reconcile.consortium import world as consortia
from tests.unit.reconcile.node import world as worlds

Object = dict[str, Any]
VALUES = architecture.values("registry.example.com/operator:1", "registry.example.com/corda:4.10")
SECONDS = 60
CLOSED = 9
"""A port on which nobody listens."""


def write(values: Object, folder: Path) -> Path:
    """Write what the chart with these values is translated to, and return the configuration's path."""
    for name, text in scraping.files(helm.rendered(prometheus.with_monitors(values))).items():
        (folder / name).write_text(text)
    return folder / scraping.CONFIGURATION


@pytest.mark.parametrize("watched", [[], ["bank-a", "bank-b"]])
def test_prometheus_accepts_the_files(watched: list[str], tmp_path: Path) -> None:
    file = write({**VALUES, "watchNamespaces": watched, "rbac": {"aggregate": False}}, tmp_path)
    command = [str(tools.binary("promtool")), "check", "config", "--lint=all", "--lint-fatal", str(file)]

    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "rules found" in done.stdout


def test_it_is_installed_with_the_rights_that_it_needs_and_starts_anew_for_another_configuration(place: Place) -> None:
    kubectl = Kubectl(place.kubeconfig)

    def pods_after(values: Object) -> str:
        prometheus.install(kubectl, values, "registry.example.com/prometheus:1")
        return kubectl.text("get", "pods", f"--namespace={prometheus.NAMESPACE}", "--output=jsonpath={..metadata.uid}")

    first = pods_after(VALUES)
    again = pods_after(VALUES)
    changed = pods_after({**VALUES, "watchNamespaces": ["bank-a"], "rbac": {"aggregate": False}})

    assert first == again != changed
    account = f"--as=system:serviceaccount:{prometheus.NAMESPACE}:{prometheus.NAME}"
    for verb in ("list", "watch"):
        assert kubectl.succeeds("auth", "can-i", verb, "pods", "--all-namespaces", account)


def exporter(registry: CollectorRegistry) -> Iterator[int]:
    """Serve a registry on a free port of the loopback interface."""
    (port,) = free_ports(1)
    server, thread = start_http_server(port, "127.0.0.1", registry)
    yield port
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def operators() -> Iterator[int]:
    registry = CollectorRegistry()
    labels = {"namespace": "bank-a", "node": "node-1", "consortium": "credit-records", "member": "bank-a"}
    Gauge("corda_operator_node_ready", "1: Ready", list(labels), registry=registry).labels(**labels).set(1)
    yield from exporter(registry)


@pytest.fixture(scope="module")
def services() -> Iterator[int]:
    registry = CollectorRegistry()
    Gauge("corda_network_nodes", "Nodes that the map lists", registry=registry).set(4)
    yield from exporter(registry)


@pytest.fixture(scope="module")
def nodes() -> Iterator[int]:
    registry = CollectorRegistry()
    Counter("corda_flows_started", "Flows", registry=registry).inc(3)
    yield from exporter(registry)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    place = fast.up(tmp_path_factory.mktemp("cluster"))
    yield place
    fast.down(place.folder)


@pytest.fixture(scope="module")
def kubectl(place: Place, operators: int, services: int, nodes: int) -> Kubectl:
    """A cluster with pods that are to be read, one of which does not answer, and others that are not."""
    kubectl = Kubectl(place.kubeconfig)
    operator, network, node, unmonitored = labels_of_pods()
    for namespace in (helm.RELEASE, "founder", "bank-a", "bank-b"):
        kubectl.text("create", "namespace", namespace)
        kubectl.text("wait", "--for=create", "serviceaccount/default", f"--namespace={namespace}", "--timeout=60s")
    run_pod(kubectl, helm.RELEASE, "operator", operator, {"http": operators})
    run_pod(kubectl, "founder", "services", network, {"nodes": CLOSED, "admin": services})
    run_pod(kubectl, "bank-a", "node", node, {"p2p": CLOSED, "metrics": nodes})
    run_pod(kubectl, "bank-a", "silent", node, {"metrics": CLOSED})
    run_pod(kubectl, "bank-b", "unmonitored", unmonitored, {"metrics": nodes})
    run_pod(kubectl, "bank-b", "ended", node, {"metrics": nodes}, phase="Succeeded")
    run_pod(kubectl, "bank-b", "operator", operator, {"http": operators})
    return kubectl


def labels_of_pods() -> Iterator[dict[str, str]]:
    """Return the labels of pods of the operator, of network services, and of a node that is monitored and one not."""
    yield next(_labels(each) for each in helm.rendered(VALUES) if each["kind"] == "Deployment")
    network = consortia.planned(consortia.consortium()).objects
    yield next(_labels(each) for each in network if each["kind"] == "Deployment")
    for enabled in (True, False):
        node = worlds.node(monitoring={"enabled": enabled})
        yield _labels(worlds.by_kind(worlds.planned(node, worlds.empty(node)), "StatefulSet"))


def _labels(workload: Any) -> dict[str, str]:
    found: dict[str, str] = workload["spec"]["template"]["metadata"]["labels"]
    return found


def run_pod(
    kubectl: Kubectl, namespace: str, name: str, labels: dict[str, str], ports: dict[str, int], phase: str = "Running"
) -> None:
    """Make a pod with an address, of which nothing runs."""
    named = [{"name": port, "containerPort": number} for port, number in ports.items()]
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace, "labels": labels},
        # Nobody touches a pod that waits for a scheduler which is not there.
        "spec": {"schedulerName": "nobody", "containers": [{"name": "main", "image": "none", "ports": named}]},
    }
    status = {"status": {"phase": phase, "podIP": "127.0.0.1", "podIPs": [{"ip": "127.0.0.1"}]}}
    where = (f"--namespace={namespace}", "--subresource=status", "--type=merge")
    kubectl.apply([pod])
    kubectl.text("patch", "pod", name, *where, f"--patch={json.dumps(status)}")


@pytest.fixture(scope="module")
def running(kubectl: Kubectl, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a Prometheus outside the cluster, which therefore is told where that is."""
    folder = tmp_path_factory.mktemp("prometheus")
    file = write({**VALUES, "monitoring": {**VALUES["monitoring"], "podMonitor": {"interval": "1s"}}}, folder)
    document = yaml.safe_load(file.read_text())
    for job in document["scrape_configs"]:
        for discovery in job["kubernetes_sd_configs"]:
            discovery["kubeconfig_file"] = str(kubectl.kubeconfig)
    file.write_text(yaml.safe_dump({**document, "global": {**document["global"], "evaluation_interval": "1s"}}))
    (port,) = free_ports(1)
    address = f"127.0.0.1:{port}"
    options = (f"--config.file={file}", f"--storage.tsdb.path={folder / 'data'}", f"--web.listen-address={address}")
    process = spawn(folder, "prometheus", [tools.binary("prometheus"), *options])
    yield f"http://{address}"
    process.stop()
    print(log_tail(folder, "prometheus"))


@pytest.fixture
async def known(running: str) -> AsyncIterator[Prometheus]:
    """What Prometheus knows, once it has read all targets and evaluated all rules."""
    async with aiohttp.ClientSession() as session:
        known = Prometheus(running, session)
        end = time.monotonic() + SECONDS
        while not await has_looked(known):
            assert time.monotonic() < end
            await asyncio.sleep(0.2)
        yield known


async def has_looked(known: Prometheus) -> bool:
    try:
        targets, rules = await known.targets(), await known.rules()
    except LocalError:
        return False
    return len(targets) >= 4 and "unknown" not in {*(each.health for each in targets), *(each.health for each in rules)}


async def test_the_pods_of_the_operator_the_services_and_monitored_nodes_are_read(known: Prometheus) -> None:
    found = {(each.labels["namespace"], each.labels["pod"]): each.health for each in await known.targets()}

    assert found == {
        (helm.RELEASE, "operator"): "up",
        ("founder", "services"): "up",
        ("bank-a", "node"): "up",
        ("bank-a", "silent"): "down",
    }


async def test_a_target_that_can_not_be_read_says_why(known: Prometheus) -> None:
    errors = {each.labels["pod"]: each.last_error for each in await known.targets()}

    assert "connection refused" in errors.pop("silent")
    assert set(errors.values()) == {""}


async def test_what_a_node_says_is_labelled_with_the_node(known: Prometheus) -> None:
    (sample,) = await known.query("corda_flows_started_total")

    assert sample.value == 3
    assert {name: sample.labels[name] for name in ("namespace", "pod", "consortium", "member", "node")} == {
        "namespace": "bank-a",
        "pod": "node",
        "consortium": "credit-records",
        "member": "bank-a",
        "node": "bank-a",
    }
    assert sample.labels["job"] == f"{helm.RELEASE}/{helm.RELEASE}-node"


async def test_what_services_say_is_labelled_with_the_consortium(known: Prometheus) -> None:
    (sample,) = await known.query("corda_network_nodes")

    assert (sample.labels["namespace"], sample.labels["consortium"]) == ("founder", "credit-records")


async def test_what_the_operator_says_of_a_node_keeps_the_nodes_namespace(known: Prometheus) -> None:
    (sample,) = await known.query("corda_operator_node_ready")

    assert (sample.labels["namespace"], sample.labels["pod"]) == ("bank-a", "operator")
    assert [each["namespace"] for each in await known.series("corda_operator_node_ready")] == ["bank-a"]


async def test_all_rules_are_evaluated(known: Prometheus) -> None:
    rules = await known.rules()

    assert "CordaNodeAway" in {each.name for each in rules}
    assert [each for each in rules if each.health != "ok" or each.last_error] == []


async def test_a_question_is_answered_as_of_the_time_that_it_is_about(known: Prometheus) -> None:
    long_ago = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)

    assert await known.query("corda_network_nodes", long_ago) == []
    assert await known.query("scalar(corda_network_nodes)") == [Sample({}, 4.0)]


async def test_a_question_that_is_none_is_an_error_with_prometheus_complaint(known: Prometheus) -> None:
    with pytest.raises(LocalError, match=r"sum\(: .*parse error"):
        await known.query("sum(")
    with pytest.raises(LocalError, match="is a matrix"):
        await known.query("corda_network_nodes[5m]")


async def test_a_prometheus_that_is_not_there_is_an_error_that_says_where() -> None:
    (port,) = free_ports(1)
    async with aiohttp.ClientSession() as session:
        with pytest.raises(LocalError, match=f"127.0.0.1:{port}"):
            await Prometheus(f"http://127.0.0.1:{port}", session).targets()
