"""Identity manager and network map are down: nodes that run go on transacting.

New connections are another matter, see docs/network-services.md: members refuse peers whose revocation list can't be
fetched.
"""

from local.demo.architecture import CONSORTIUM, FOUNDER
from tests.e2e.credit_scores.network import SERVICES, CreditScores


def test_nodes_go_on_without_the_network_services(network: CreditScores) -> None:
    network.connect_all()
    where = f"--namespace={FOUNDER}"
    network.patch(FOUNDER, "consortium", CONSORTIUM, {"paused": True})
    try:
        network.cluster.text("scale", f"deployment/{SERVICES}", where, "--replicas=0")
        pods = ("pod", where, "--selector=app.kubernetes.io/component=network-services")
        network.cluster.text("wait", "--for=delete", *pods, "--timeout=120s")

        written = [network.share() for _ in range(3)]

        for record in written:
            network.wait_for(network.update(record, record["score"] + 1))
        assert "availableReplicas" not in network.get(FOUNDER, "deployment", SERVICES)["status"]
    finally:
        network.patch(FOUNDER, "consortium", CONSORTIUM, {"paused": False})
