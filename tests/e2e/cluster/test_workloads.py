"""Real pods do what they do on AKS: network, names, volumes, zones, limits, drain."""

import json

from local.cluster.kubectl import Kubectl
from tests.e2e import pods

SERVER = """
import http.server, socket
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(socket.gethostname().encode())
    def log_message(self, *words): pass
http.server.ThreadingHTTPServer(("", 8080), Handler).serve_forever()
"""

CLIENT = """
import time, urllib.request
for attempt in range(60):
    try:
        print(urllib.request.urlopen("http://web:80/", timeout=2).read().decode()); break
    except OSError as error:
        last = error; time.sleep(0.5)
else:
    raise SystemExit(f"no answer: {last}")
"""


def on_zone(zone: int) -> dict[str, object]:
    selector = {"kubernetes.azure.com/agentpool": "corda", "topology.kubernetes.io/zone": f"westeurope-{zone}"}
    return {"nodeSelector": selector}


def test_a_pod_reaches_a_service_on_another_node_by_name(cluster: Kubectl, namespace: str) -> None:
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "web", "namespace": namespace},
        "spec": {"selector": {"app": "server"}, "ports": [{"port": 80, "targetPort": 8080}]},
    }
    server = pods.pod(namespace, "server", pods.python(SERVER), spec=on_zone(1))
    client = pods.pod(namespace, "client", pods.python(CLIENT), spec=on_zone(2))
    cluster.apply([service, server, client])

    assert pods.output(cluster, namespace, "client").strip() == "server"
    where = pods.placement(cluster, namespace)
    assert where["server"] != where["client"]


def test_a_pods_address_is_the_one_its_peer_sees(cluster: Kubectl, namespace: str) -> None:
    """No translation between nodes: what a network policy selects by address is what arrives."""
    echo = SERVER.replace("socket.gethostname()", "self.client_address[0]")
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "web", "namespace": namespace},
        "spec": {"selector": {"app": "server"}, "ports": [{"port": 80, "targetPort": 8080}]},
    }
    ip = {"env": [{"name": "IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}}]}
    script = CLIENT + "\nimport os; print(os.environ['IP'])"
    server = pods.pod(namespace, "server", pods.python(echo), spec=on_zone(1))
    client = pods.pod(namespace, "client", pods.python(script), spec=on_zone(2), container=ip)
    cluster.apply([service, server, client])

    seen, own = pods.output(cluster, namespace, "client").split()
    assert seen == own


def test_a_volume_outlives_its_pod_and_stays_in_its_zone(cluster: Kubectl, namespace: str) -> None:
    claim = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "ledger", "namespace": namespace},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
    }
    volume = {"volumes": [{"name": "ledger", "persistentVolumeClaim": {"claimName": "ledger"}}]}
    mount = {"volumeMounts": [{"name": "ledger", "mountPath": "/ledger"}]}
    write = pods.python("open('/ledger/record', 'w').write('kept')")
    read = pods.python("print(open('/ledger/record').read())")
    cluster.apply([claim, pods.pod(namespace, "writer", write, spec={**volume, **on_zone(2)}, container=mount)])
    pods.wait_for(cluster, namespace, "writer", "Succeeded")
    cluster.text("delete", "pod/writer", f"--namespace={namespace}")
    anywhere = {"nodeSelector": {"kubernetes.azure.com/agentpool": "corda"}}
    cluster.apply([pods.pod(namespace, "reader", read, spec={**volume, **anywhere}, container=mount)])
    assert pods.output(cluster, namespace, "reader").strip() == "kept"

    cluster.apply([pods.pod(namespace, "elsewhere", read, spec={**volume, **on_zone(1)}, container=mount)])
    unscheduled = "--for=jsonpath={.status.conditions[?(@.type=='PodScheduled')].status}=False"
    cluster.text("wait", unscheduled, "pod/elsewhere", f"--namespace={namespace}", "--timeout=60s")
    why = cluster.text("get", "pod/elsewhere", f"--namespace={namespace}", "--output=jsonpath={.status.conditions[0]}")
    assert "didn't match PersistentVolume's node affinity" in why


def test_a_container_over_its_memory_limit_is_killed(cluster: Kubectl, namespace: str) -> None:
    greedy = pods.python("hoard = bytearray(400 * 1024**2)")
    limit = {"resources": {"limits": {"memory": "64Mi"}}}
    cluster.apply([pods.pod(namespace, "greedy", greedy, container=limit)])
    pods.wait_for(cluster, namespace, "greedy", "Failed")

    status = json.loads(cluster.text("get", "pod/greedy", f"--namespace={namespace}", "--output=json"))["status"]
    assert status["containerStatuses"][0]["state"]["terminated"]["reason"] == "OOMKilled"


def test_a_command_runs_inside_a_running_pod(cluster: Kubectl, namespace: str) -> None:
    cluster.apply([pods.pod(namespace, "server", pods.python(SERVER))])
    pods.wait_for(cluster, namespace, "server", "Running")

    said = cluster.text(
        "exec", "server", f"--namespace={namespace}", "--", *pods.python("import os; print(os.getuid())")
    )
    assert said.strip() == "10001"


def test_a_drained_nodes_pods_move_and_replicas_spread_over_zones(cluster: Kubectl, namespace: str) -> None:
    labels = {"app": "web"}
    template = json.loads(json.dumps(pods.pod(namespace, "web", pods.python(SERVER))))
    deployment = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": namespace},
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {
                    **template["spec"],
                    "restartPolicy": "Always",
                    "nodeSelector": {"kubernetes.azure.com/agentpool": "corda"},
                    "topologySpreadConstraints": [
                        {
                            "maxSkew": 1,
                            "topologyKey": "topology.kubernetes.io/zone",
                            "whenUnsatisfiable": "ScheduleAnyway",
                            "labelSelector": {"matchLabels": labels},
                        }
                    ],
                },
            },
        },
    }
    cluster.apply([deployment])
    rollout = ("rollout", "status", "deployment/web", f"--namespace={namespace}", "--timeout=120s")
    cluster.text(*rollout)
    nodes = sorted(pods.placement(cluster, namespace).values())
    assert len(set(nodes)) == 2

    drained = nodes[0]
    try:
        selected = "--pod-selector=app=web"
        cluster.text("drain", drained, "--ignore-daemonsets", "--delete-emptydir-data", selected, "--timeout=120s")
        cluster.text(
            "wait", "--for=condition=Available", "deployment/web", f"--namespace={namespace}", "--timeout=120s"
        )
        assert set(pods.placement(cluster, namespace).values()) == {nodes[1]}
    finally:
        cluster.text("uncordon", drained)
