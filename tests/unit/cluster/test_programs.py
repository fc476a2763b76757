"""What the cluster's programs are told, where getting it wrong would let tests pass that fail on AKS."""

import json
from pathlib import Path, PurePosixPath

import pytest
import yaml

from local.cluster import addons, control_plane, kind, node
from local.cluster.spec import Cluster, Node
from local.console import LocalError

NODES = (Node("system", 1, 1), Node("corda", 2, 2))
CLUSTER = Cluster("test", 0, NODES, etcd_port=1, etcd_peer_port=2)
PROGRAMS = node.Programs(
    containerd=PurePosixPath("/c/containerd"),
    runc=PurePosixPath("/c/runc"),
    plugins=PurePosixPath("/c/cni"),
    pause="pause:1",
    kubelet=PurePosixPath("/c/kubelet"),
    kube_proxy=PurePosixPath("/c/kube-proxy"),
)


def flags(program: control_plane.Program) -> dict[str, str]:
    pairs = (word.removeprefix("--").split("=", 1) for word in program.command if word.startswith("--"))
    return {pair[0]: pair[1] for pair in pairs}


def test_the_api_server_authorizes_admits_and_issues_tokens_as_aks_does() -> None:
    given = flags(control_plane.api_server(CLUSTER, Path("/pki"), Path("/bin/kube-apiserver")))

    assert given["authorization-mode"] == "Node,RBAC"
    assert "NodeRestriction" in given["enable-admission-plugins"]
    assert given["service-account-issuer"].startswith("https://")
    assert given["kubelet-certificate-authority"] == "/pki/ca.crt"


def test_only_the_fast_flavour_keeps_the_api_servers_endpoint_to_itself() -> None:
    fast = Cluster("test", 0, (), etcd_port=1, etcd_peer_port=2, api_port=3)

    assert flags(control_plane.api_server(fast, Path("/pki"), Path("/b")))["bind-address"] == "127.0.0.1"
    assert "endpoint-reconciler-type" in flags(control_plane.api_server(fast, Path("/pki"), Path("/b")))
    assert "endpoint-reconciler-type" not in flags(control_plane.api_server(CLUSTER, Path("/pki"), Path("/b")))


def test_load_balancers_are_served_by_a_user_that_may_do_nothing_else() -> None:
    given = flags(control_plane.load_balancers(CLUSTER, Path("/pki"), "eth0", Path("/bin/load-balancers")))
    binding = json.loads(json.dumps(addons.load_balancer_rights()))

    assert given["kubeconfig"] == "/pki/load-balancers.kubeconfig"
    assert given["range"] == str(CLUSTER.load_balancers)
    assert binding["roleRef"]["name"] == "system:controller:service-controller"
    assert [subject["name"] for subject in binding["subjects"]] == [control_plane.LOAD_BALANCERS]


def test_etcd_talks_to_nobody_without_a_certificate() -> None:
    given = flags(control_plane.etcd(CLUSTER, Path("/state"), Path("/pki"), Path("/bin/etcd")))

    assert given["client-cert-auth"] == "true"
    assert given["listen-client-urls"] == "https://127.0.0.1:1"


def test_the_kubelet_asks_who_calls_and_whether_they_may() -> None:
    given = node.kubelet_configuration(CLUSTER, NODES[0], node.Machine(2, 24 * 1024**3))

    assert given["authentication"] == {
        "anonymous": {"enabled": False},
        "webhook": {"enabled": True},
        "x509": {"clientCAFile": "/run/node/pki/ca.crt"},
    }
    assert given["authorization"] == {"mode": "Webhook"}


def test_the_nodes_share_the_machines_memory_instead_of_each_offering_all() -> None:
    machine = node.Machine(2, 24 * 1024**3)
    reserved = node.kubelet_configuration(CLUSTER, NODES[0], machine)["systemReserved"]

    assert isinstance(reserved, dict)
    assert len(NODES) * (machine.memory - int(reserved["memory"])) == machine.memory - node.RESERVED_MEMORY


def test_containerd_finds_its_programs_and_the_pause_image() -> None:
    text = node.containerd_configuration(PROGRAMS)

    for expected in ("/c/runc", "/c/cni", "pause:1"):
        assert f'"{expected}"' in text


def test_kind_gets_the_labels_that_a_node_pool_would_give() -> None:
    configuration = yaml.safe_load(kind.CONFIGURATION.read_text())
    zones = set()
    for number, member in enumerate(configuration["nodes"], start=1):
        labels = member["labels"]
        zone = int(labels["topology.kubernetes.io/zone"][-1])
        expected = Node(labels["agentpool"], zone, number).labels
        assert labels.items() <= expected.items()
        assert {"kubernetes.azure.com/agentpool", "kubernetes.azure.com/mode"} <= labels.keys()
        zones.add(zone)
    assert len(zones) > 1


def test_kinds_name_service_learns_the_stand_ins_names_once() -> None:
    stock = ".:53 {\n    errors\n    kubernetes cluster.local {\n    }\n}\n"
    taught = kind.with_stand_ins(stock)

    assert "azurite.azure.svc.cluster.local" in taught
    assert kind.with_stand_ins(taught) == taught
    assert taught.replace(addons.STAND_INS_NAMES, "") == stock


def test_an_unknown_name_service_configuration_is_refused_rather_than_spoilt() -> None:
    with pytest.raises(LocalError, match="no block"):
        kind.with_stand_ins("cluster.local:53 {\n}\n")


def test_the_name_service_runs_under_the_restricted_standard() -> None:
    deployment = next(o for o in addons.name_service(CLUSTER, "coredns:1") if o["kind"] == "Deployment")
    pod = json.loads(json.dumps(deployment))["spec"]["template"]["spec"]

    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["containers"][0]["securityContext"]["readOnlyRootFilesystem"] is True
