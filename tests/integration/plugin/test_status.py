"""``kubectl corda`` against a real API server, through kubectl's plugin mechanism."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.integration.plugin.plugged_in import PluggedIn
from tests.unit.plugin.resources import NAMESPACE, TO_COME, consortium, network, node
from tests.unit.plugin.test_tree import PICTURE

HERE = ("-n", NAMESPACE)


@pytest.fixture
def running(plugin: PluggedIn) -> Iterator[PluggedIn]:
    """The network of the unit tests, in the cluster."""
    plugin.put(*network())
    yield plugin
    plugin.kubectl.text("delete", "consortia,cordanodes", "--all", f"--namespace={NAMESPACE}")


def without_days(text: str) -> list[str]:
    """Return the lines without what depends on today."""
    return [re.sub(r"\d+d certified|expired|UTC, .*", "...", re.sub(" +", " ", line)) for line in text.splitlines()]


def test_kubectl_knows_the_plugin(plugin: PluggedIn) -> None:
    assert plugin.run("--version").stdout.startswith("kubectl-corda ")


def test_a_cluster_without_the_operator_is_told_from_an_empty_one(plugin: PluggedIn) -> None:
    assert plugin.before.returncode == 1
    assert "install the operator there" in plugin.before.stderr
    empty = plugin.run("status", "-n", "default")
    assert empty.returncode == 0, empty.stderr
    assert "There is no Consortium and no CordaNode here" in empty.stdout


def test_status_shows_what_is_in_the_cluster(running: PluggedIn) -> None:
    done = running.run("status", *HERE)
    assert done.returncode == 0, done.stderr
    assert without_days(done.stdout) == without_days(PICTURE)
    everywhere = running.run("status", "credit-records", "-A")
    assert everywhere.stdout == done.stdout


def test_scripts_see_by_the_exit_code_whether_all_is_ready(running: PluggedIn) -> None:
    assert running.run("status", *HERE, "--exit-code").returncode == 1
    running.kubectl.text("delete", "cordanode/bank-b", f"--namespace={NAMESPACE}")
    done = running.run("status", *HERE, "--wait", "60")
    assert done.returncode == 0, done.stdout
    shown = json.loads(running.run("status", *HERE, "-o", "json").stdout)["consortia"][0]
    assert [each["name"] for each in shown["members"][0]["nodes"]] == ["bank-a-1", "bank-a-2"]


def test_what_pending_tells_to_write_is_what_the_api_takes(running: PluggedIn) -> None:
    done = running.run("pending", *HERE)
    assert done.returncode == 0, done.stderr
    told = yaml.safe_load(done.stdout.partition("refuses instead:\n")[2])
    live = json.loads(running.kubectl.text("get", "consortium/credit-records", *HERE, "--output=json"))
    members = [*live["spec"]["members"], *told["spec"]["members"]]
    running.kubectl.text(
        "patch",
        "consortium/credit-records",
        *HERE,
        "--type=merge",
        f"--patch={json.dumps({'spec': {'members': members}})}",
    )
    assert "Then write" not in running.run("pending", *HERE).stdout


def test_a_restart_is_asked_for_by_annotation(running: PluggedIn) -> None:
    assert running.run("restart", "bank-a-1", *HERE).returncode == 0
    live = json.loads(running.kubectl.text("get", "cordanode/bank-a-1", *HERE, "--output=json"))
    assert live["metadata"]["annotations"]["corda-operator.io/restart"].endswith("Z")
    absent = running.run("restart", "bank-z", *HERE)
    assert absent.returncode == 1
    assert "There is: bank-a-1, bank-a-2, bank-b, notary." in absent.stderr


def test_commands_in_a_pod_end_as_kubectl_does(running: PluggedIn) -> None:
    # kwok plays no kubelet that has logs or executes anything, so kubectl itself fails, after the plugin has found
    # pod and container; the genuine node tool is for the end-to-end tests.
    container = {"name": "corda", "image": "corda"}
    metadata = {"name": "bank-a-1-node-0", "namespace": NAMESPACE}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"containers": [container]}}
    assert "has no pod now" in running.run("logs", "bank-a-1", *HERE).stderr
    running.kubectl.apply([pod])
    running.kubectl.text("wait", "--for=condition=Ready", "pod/bank-a-1-node-0", *HERE, "--timeout=60s")
    logs = running.run("logs", "bank-a-1", *HERE)
    assert logs.returncode == 1
    assert "kubectl corda: container corda of pod bank-a-1-node-0: running" in logs.stderr
    drained = running.run("drain", "bank-a-1", *HERE)
    assert drained.returncode == 1
    assert "error" in drained.stderr.lower()
    accepted = running.run("accept-parameters", "bank-a-1", *HERE)
    assert f"proposes network parameters {TO_COME}" in accepted.stderr
    assert accepted.returncode == 1


def test_whoever_may_not_look_is_told_so(running: PluggedIn, tmp_path: Path) -> None:
    kubectl = running.kubectl
    kubectl.apply([{"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "eve", "namespace": NAMESPACE}}])
    token = kubectl.text("create", "token", "eve", *HERE).strip()
    config = yaml.safe_load(running.kubeconfig.read_text())
    config["users"] = [{"name": "eve", "user": {"token": token}}]
    cluster = config["clusters"][0]["name"]
    config["contexts"] = [{"name": "eves", "context": {"cluster": cluster, "user": "eve", "namespace": NAMESPACE}}]
    del config["current-context"]
    file = tmp_path / "eve.yaml"
    file.write_text(yaml.safe_dump(config))

    done = running.run("status", "--kubeconfig", str(file), "--context", "eves")

    assert done.returncode == 1
    assert "You may not do that in this cluster" in done.stderr
    assert f"system:serviceaccount:{NAMESPACE}:eve" in done.stderr


def test_colours_are_for_terminals_and_for_those_who_force_them(plugin: PluggedIn) -> None:
    plugin.put(consortium("coloured"), node("bank-a"))
    assert "\x1b[32m" in plugin.run("status", *HERE, FORCE_COLOR="1", TERM="xterm").stdout
    assert "\x1b" not in plugin.run("status", *HERE).stdout
    plugin.kubectl.text("delete", "consortia,cordanodes", "--all", f"--namespace={NAMESPACE}")
