"""Identity manager and network map are down: nodes that run go on transacting, and one of them even starts anew."""

from local.demo.architecture import BANK_B, CONSORTIUM, FOUNDER
from tests.e2e.credit_scores.network import SERVICES, CreditScores


def test_nodes_go_on_without_the_network_services(network: CreditScores) -> None:
    where = f"--namespace={FOUNDER}"
    network.patch(FOUNDER, "consortium", CONSORTIUM, {"paused": True})
    try:
        network.cluster.text("scale", f"deployment/{SERVICES}", where, "--replicas=0")
        pods = ("pod", where, "--selector=app.kubernetes.io/component=network-services")
        network.cluster.text("wait", "--for=delete", *pods, "--timeout=120s")
        network.share()

        network.cluster.text("delete", "pod", "node-1-node-0", f"--namespace={BANK_B}", "--wait=true")
        network.until(lambda: network.stands(BANK_B, "node-1").ready, 300, "a node that starts without the services")

        network.share()
        assert "availableReplicas" not in network.get(FOUNDER, "deployment", SERVICES)["status"]
    finally:
        network.patch(FOUNDER, "consortium", CONSORTIUM, {"paused": False})
