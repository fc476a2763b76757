"""The operator is down: the network goes on, and a node that dies is started again without it."""

from local.cluster.helm import RELEASE
from local.demo.architecture import BANK_B
from tests.e2e.credit_scores.network import CreditScores


def test_a_network_needs_no_operator_to_go_on(network: CreditScores) -> None:
    workload = (f"deployment/{RELEASE}", f"--namespace={RELEASE}")
    network.cluster.text("scale", *workload, "--replicas=0")
    try:
        network.cluster.text("wait", "--for=delete", "pod", "--all", f"--namespace={RELEASE}", "--timeout=60s")
        before = network.share()
        uid = network.get(BANK_B, "pod", "node-1-node-0")["metadata"]["uid"]

        network.cluster.text("delete", "pod", "node-1-node-0", f"--namespace={BANK_B}", "--wait=true")

        network.share()
        network.wait_for(before)
        assert network.get(BANK_B, "pod", "node-1-node-0")["metadata"]["uid"] != uid
    finally:
        network.cluster.text("scale", *workload, "--replicas=2")
        network.cluster.text("rollout", "status", *workload, "--timeout=180s")
