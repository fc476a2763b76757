"""A Service of type LoadBalancer is reached from outside of the cluster, by an address of its own, as on Azure."""

import http.client
import json
import time
import urllib.request
from collections.abc import Callable, Mapping
from contextlib import closing
from functools import partial
from ipaddress import IPv4Address
from typing import Any, TypeVar

import pytest

from corda_operator.api.azure import Exposure
from corda_operator.reconcile.load_balancers import exposed
from local import tools
from local.cluster import load_balancers
from local.cluster.kind import docker_answers
from local.cluster.kubectl import Kubectl
from local.cluster.place import place
from local.cluster.spec import Cluster
from local.processes import Process, recorded
from tests.e2e import pods
from tests.e2e.conftest import NAME

pytestmark = pytest.mark.skipif(docker_answers(), reason="kind has no load balancers")

SERVER = """
import http.server, socket
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    ready = True
    def do_GET(self):
        if self.path == "/leave":
            Handler.ready = False
        body = f"{socket.gethostname()} {self.client_address[0]}".encode()
        self.send_response(200 if self.path != "/ready" or Handler.ready else 503)
        self.send_header("Content-Length", str(len(body))); self.end_headers(); self.wfile.write(body)
    def log_message(self, *words): pass
http.server.ThreadingHTTPServer(("", 8080), Handler).serve_forever()
"""
"""Tells who answers, and whom it sees; is ready until it is asked to leave."""

CLIENT = """
import sys, urllib.request
for connection in range(40):
    print(urllib.request.urlopen(f"http://{sys.argv[1]}/", timeout=5).read().decode().split()[0])
"""

T = TypeVar("T")

CONNECTIONS = 60
"""So many that by chance alone, one of two pods gets none of them once in 10^18 runs."""


@pytest.fixture(scope="module")
def plan(cluster: Kubectl) -> Cluster:
    """The cluster's address plan."""
    assert cluster.names("nodes")
    recorded_plan = place(NAME).read()
    assert recorded_plan is not None
    return recorded_plan


def server(namespace: str, name: str, zone: int) -> Mapping[str, Any]:
    check = {"httpGet": {"path": "/ready", "port": 8080}, "periodSeconds": 1, "failureThreshold": 1}
    # What leaves says so at once; what is late is not away.
    probe = {"readinessProbe": {**check, "timeoutSeconds": 10}}
    zoned = {"kubernetes.azure.com/agentpool": "corda", "topology.kubernetes.io/zone": f"westeurope-{zone}"}
    made = pods.pod(namespace, name, pods.python(SERVER), spec={"nodeSelector": zoned}, container=probe)
    return {**made, "metadata": {"name": name, "namespace": namespace, "labels": {"app": "web"}}}


def service(namespace: str, name: str = "web", **exposure: object) -> Mapping[str, Any]:
    """Return a Service as the operator writes it for what is exposed by an internal load balancer."""
    plain = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"selector": {"app": "web"}, "ports": [{"name": "http", "port": 80, "targetPort": 8080}]},
    }
    return exposed(plain, Exposure.model_validate({"type": "InternalLoadBalancer", **exposure}))


def eventually(look: Callable[[], T], accepted: Callable[[T], bool]) -> T:
    end = time.monotonic() + 90
    while not accepted(found := look()):
        if time.monotonic() > end:
            raise AssertionError(f"still {found!r}")
        time.sleep(0.25)
    return found


def addresses(cluster: Kubectl, namespace: str, name: str = "web") -> str:
    where = (f"service/{name}", f"--namespace={namespace}")
    return cluster.text("get", *where, "--output=jsonpath={.status.loadBalancer.ingress[*].ip}")


def address(cluster: Kubectl, namespace: str, name: str = "web") -> str:
    return eventually(lambda: addresses(cluster, namespace, name), bool)


def events(cluster: Kubectl, namespace: str, name: str) -> str:
    selector = f"--field-selector=involvedObject.name={name},type=Warning"
    return cluster.text("get", "events", f"--namespace={namespace}", selector, "--output=jsonpath={.items[*].message}")


def answer(host: str) -> list[str]:
    """Return who answers a new connection and whom it sees, or nothing if nobody answers."""
    try:
        return ask(f"http://{host}/").split()
    except OSError:
        return []


def ask(url: str) -> str:
    with urllib.request.urlopen(url, timeout=5) as response:  # noqa: S310
        return bytes(response.read()).decode()


def answering(host: str) -> set[str]:
    """Return who answers many connections, each of which must be answered."""
    return {answer(host)[0] for _ in range(CONNECTIONS)}


def some_answering(host: str) -> set[str]:
    """Return who answers a few connections; an empty name stands for those that nobody answers."""
    return {(answer(host) or [""])[0] for _ in range(10)}


def start(cluster: Kubectl, namespace: str, *objects: Mapping[str, Any]) -> None:
    """Run two servers on two of three nodes, with Services in front of them."""
    cluster.apply([*objects, server(namespace, "first", 1), server(namespace, "second", 2)])
    for name in ("first", "second"):
        cluster.text("wait", "--for=condition=Ready", f"pod/{name}", f"--namespace={namespace}", "--timeout=120s")


def controller() -> Process:
    running = [process for process in recorded(place(NAME).folder / "load-balancers") if process.alive]
    return next(process for process in running if process.name == "load-balancers")


def test_connections_from_outside_go_to_nodes_with_a_pod_and_show_their_source(
    cluster: Kubectl, namespace: str, plan: Cluster
) -> None:
    start(cluster, namespace, service(namespace))
    host = address(cluster, namespace)
    eventually(partial(some_answering, host), lambda found: found == {"first", "second"})

    assert IPv4Address(host) in plan.load_balancers
    # The third node has no pod and would drop what came to it.
    assert answering(host) == {"first", "second"}
    assert answer(host)[1] == str(plan.gateway)


def test_pods_reach_a_load_balancer_by_its_address(cluster: Kubectl, namespace: str) -> None:
    start(cluster, namespace, service(namespace))
    host = address(cluster, namespace)
    eventually(partial(some_answering, host), lambda found: found == {"first", "second"})

    cluster.apply([pods.pod(namespace, "client", [*pods.python(CLIENT), host])])

    assert set(pods.output(cluster, namespace, "client").split()) == {"first", "second"}


def test_a_pod_that_is_not_ready_gets_no_more_connections(cluster: Kubectl, namespace: str) -> None:
    start(cluster, namespace, service(namespace))
    host = address(cluster, namespace)
    eventually(partial(some_answering, host), lambda found: found == {"first", "second"})

    ip = cluster.text("get", "pod/first", f"--namespace={namespace}", "--output=jsonpath={.status.podIP}")
    ask(f"http://{ip}:8080/leave")

    eventually(partial(some_answering, host), lambda found: found == {"second"})
    assert answering(host) == {"second"}


def test_an_address_that_is_asked_for_is_given_once_it_is_free(cluster: Kubectl, namespace: str, plan: Cluster) -> None:
    wish = str(plan.load_balancers[200])
    cluster.apply([service(namespace, "early", ipAddress=wish)])
    assert address(cluster, namespace, "early") == wish

    cluster.apply([service(namespace, "late", ipAddress=wish)])
    said = eventually(lambda: events(cluster, namespace, "late"), bool)
    assert f"asks for {wish}, which Service {namespace}/early has" in said
    assert addresses(cluster, namespace, "late") == ""

    cluster.text("delete", "service/early", f"--namespace={namespace}")
    assert address(cluster, namespace, "late") == wish


def test_a_service_that_needs_no_load_balancer_any_more_lets_go_of_its_address(
    cluster: Kubectl, namespace: str
) -> None:
    cluster.apply([service(namespace)])
    given = address(cluster, namespace)

    cluster.text(
        "patch", "service/web", f"--namespace={namespace}", "--type=merge", '--patch={"spec":{"type":"ClusterIP"}}'
    )
    eventually(lambda: addresses(cluster, namespace), lambda found: not found)

    cluster.apply([service(namespace, "other", ipAddress=given)])
    assert address(cluster, namespace, "other") == given


def test_an_address_that_azure_would_not_give_leaves_the_service_pending(
    cluster: Kubectl, namespace: str, plan: Cluster
) -> None:
    subnet = plan.load_balancers
    wishes = {"reserved": subnet[3], "last": subnet[-1], "outside": subnet[-1] + 1}
    cluster.apply([service(namespace, name, ipAddress=str(wish)) for name, wish in wishes.items()])

    for name, wish in wishes.items():
        said = eventually(partial(events, cluster, namespace, name), bool)
        assert f'asks for "{wish}": expected an address of the load balancers\' subnet {subnet}' in said
        assert addresses(cluster, namespace, name) == ""


def test_addresses_and_connections_outlive_the_controller(cluster: Kubectl, namespace: str, plan: Cluster) -> None:
    start(cluster, namespace, service(namespace))
    host = address(cluster, namespace)
    eventually(partial(some_answering, host), lambda found: found == {"first", "second"})
    with closing(http.client.HTTPConnection(host, timeout=5)) as connection:

        def say() -> str:
            connection.request("GET", "/")
            return connection.getresponse().read().decode()

        before = say()
        held = connection.sock

        controller().stop()
        try:
            assert say() == before
            assert answering(host) == {"first", "second"}
        finally:
            load_balancers.start(plan, place(NAME), tools.binary("load-balancers"))
        cluster.apply([service(namespace, "newer")])

        assert address(cluster, namespace, "newer") != host
        assert addresses(cluster, namespace) == host
        assert say() == before
        assert connection.sock is held
    assert answering(host) == {"first", "second"}


def test_only_the_source_ranges_that_are_named_may_connect(cluster: Kubectl, namespace: str, plan: Cluster) -> None:
    start(cluster, namespace, service(namespace, sourceRanges=[f"{plan.gateway}/32"]))
    host = address(cluster, namespace)
    eventually(partial(some_answering, host), lambda found: found == {"first", "second"})

    cluster.apply([service(namespace, sourceRanges=["192.0.2.0/24"])])
    eventually(lambda: answer(host), lambda found: not found)
    assert [answer(host) for _ in range(3)] == [[]] * 3

    cluster.apply([service(namespace, sourceRanges=["192.0.2.0/24", str(plan.machines)])])
    eventually(partial(some_answering, host), lambda found: found == {"first", "second"})


def test_another_controllers_load_balancers_are_left_to_it(cluster: Kubectl, namespace: str) -> None:
    foreign = service(namespace, "foreign")
    cluster.apply([{**foreign, "spec": {**foreign["spec"], "loadBalancerClass": "example.com/other"}}])
    cluster.apply([service(namespace, "ours")])
    address(cluster, namespace, "ours")

    found = json.loads(cluster.text("get", "service/foreign", f"--namespace={namespace}", "--output=json"))
    assert found["status"] == {"loadBalancer": {}}
    assert "finalizers" not in found["metadata"]
