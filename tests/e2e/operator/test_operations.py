"""What people do with nodes that run: drain them, change them, delete them and have them back."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.operator import resources
from tests.e2e.operator.network import BANK, Network, condition

pytestmark = pytest.mark.timeout(1200)  # whichever test is the first waits for the whole network

PAYMENT = 100


def plugin(network: Network, home: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run `kubectl corda` as a user would."""
    command = [str(Path(sys.executable).with_name("kubectl-corda")), *arguments]
    (kubectl, kubeconfig, *_) = network.cluster.command()
    where = [f"--namespace={resources.NAMESPACE}", kubeconfig]
    # kubectl keeps what it has found out about the cluster in the home folder.
    environment = {"KUBECTL": kubectl, "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": str(home)}
    return subprocess.run([*command, *where], capture_output=True, text=True, check=False, env=environment)


def test_the_plugin_shows_the_network_and_drains_a_node(paid: Network, tmp_path: Path) -> None:
    shown = plugin(paid, tmp_path, "status", "--exit-code")
    assert shown.returncode == 0, shown.stdout + shown.stderr
    assert all(name in shown.stdout for name in resources.NODES)

    drained = plugin(paid, tmp_path, "drain", "bank-a", "--timeout=60s")
    assert drained.returncode == 0, drained.stdout + drained.stderr
    assert json.loads(paid.corda("bank-a", "/opt/corda/bin/node-tool", "status")) == {"draining": True, "flows": 0}
    with pytest.raises(AssertionError, match="draining"):
        paid.ask("bank-a", "issue", amount=1)

    undrained = plugin(paid, tmp_path, "undrain", "bank-a")
    assert undrained.returncode == 0, undrained.stdout + undrained.stderr
    paid.ask("bank-a", "issue", amount=1)


def test_the_plugin_audits_the_log_of_the_network(paid: Network, tmp_path: Path) -> None:
    audited = plugin(paid, tmp_path, "verify-log")
    assert audited.returncode == 0, audited.stdout + audited.stderr
    assert "O=Bank A, L=London, C=GB" in audited.stdout


@pytest.fixture
def counterparty_stopped(paid: Network) -> Iterator[Network]:
    """The network while bank A's process does nothing, so that flows with it can't come to their end."""
    paid.corda("bank-a", "sh", "-c", "kill -STOP $(pidof java)")
    yield paid
    paid.corda("bank-a", "sh", "-c", "kill -CONT $(pidof java)")


def test_a_change_restarts_a_node_once_after_draining_and_flows_that_are_left_resume(
    paid: Network, request: pytest.FixtureRequest
) -> None:
    before, cash = paid.pod(BANK)["metadata"]["uid"], paid.cash(BANK)
    request.getfixturevalue("counterparty_stopped")
    paid.ask(BANK, "start paying", amount=PAYMENT, recipient=resources.LEGAL_NAMES["bank-a"])
    configuration = resources.node(BANK)["spec"]["configuration"]
    paid.patch("cordanode", BANK, {"configuration": {**configuration, "flowTimeout": {"timeout": "40 seconds"}}})

    reasons = set()

    def ended() -> bool:
        drained = condition(paid.node(BANK), "Drained")
        reasons.update({drained["reason"]} if drained else set())
        return bool(paid.pod(BANK)["metadata"]["uid"] != before)

    paid.until(ended, 150, "another pod")
    paid.corda("bank-a", "sh", "-c", "kill -CONT $(pidof java)")
    paid.wait_until_ready()
    assert reasons == {"Draining", "DrainTimedOut"}
    after = paid.pod(BANK)["metadata"]["uid"]
    assert '"flowTimeout"' in paid.corda(BANK, "cat", "/etc/corda/node.conf")
    paid.until(lambda: paid.cash(BANK) == cash - PAYMENT, 150, "the payment that was left")
    assert paid.pod(BANK)["metadata"]["uid"] == after


def test_a_deleted_node_leaves_the_map_and_comes_back_with_its_keys_and_its_ledger(paid: Network) -> None:
    before, cash = paid.node(BANK)["status"], paid.cash(BANK)
    paid.kubectl("delete", "cordanode", BANK, "--wait=true", "--timeout=300s")

    without = {"listed": 2, "reachable": 2, "available": 2}
    paid.until(lambda: paid.consortium()["status"]["nodes"] == without, 60, "a map without it")

    def left() -> list[str]:
        every = json.loads(paid.kubectl("get", "all,pvc,configmap,serviceaccount,networkpolicy", "--output=json"))
        label = "corda-operator.io/node"
        return [each["kind"] for each in every["items"] if each["metadata"].get("labels", {}).get(label) == BANK]

    # What the resource owned is collected after it is gone.
    paid.until(lambda: left() == ["PersistentVolumeClaim"], 120, "nothing but the volume's claim")

    paid.cluster.apply([resources.node(BANK)])
    paid.wait_until_ready()
    paid.until(lambda: paid.consortium()["status"]["nodes"]["listed"] == 3, 60, "a map with it")
    after = paid.node(BANK)["status"]
    assert after["keySHA256"] == before["keySHA256"]
    assert after["certificateExpiry"] == before["certificateExpiry"]
    assert paid.cash(BANK) == cash
