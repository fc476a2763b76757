"""`kubectl drain` empties a machine with one of Bank A's nodes: the other writes on, and nothing is lost."""

import json

from local.demo.architecture import BANK_A
from tests.e2e.credit_scores.network import CreditScores


def test_a_bank_writes_on_while_a_machine_is_drained(network: CreditScores) -> None:
    cluster, where = network.cluster, f"--namespace={BANK_A}"
    machines = {name: network.get(BANK_A, "pod", f"{name}-node-0")["spec"]["nodeName"] for name in ("node-1", "node-2")}
    before = network.share()
    drained = machines["node-1"]
    try:
        cluster.text("drain", drained, "--ignore-daemonsets", "--delete-emptydir-data", "--force", "--timeout=240s")
        assert not _pods_on(network, drained)
        # Disks stay in their zone: the node waits for its machine.
        network.until(lambda: not network.stands(BANK_A, "node-1").ready, 60, "a node that is not Ready")
        events = cluster.text("get", "events", where, "--field-selector=reason=Killing", "--output=name")
        assert events
    finally:
        cluster.text("uncordon", drained)
    network.wait_until_ready()

    after = network.update(before, 700)

    network.wait_for(after)


def _pods_on(network: CreditScores, machine: str) -> list[str]:
    listed = json.loads(
        network.cluster.text(
            *("get", "pods", "--all-namespaces", f"--field-selector=spec.nodeName={machine}", "--output=json")
        )
    )["items"]
    return [each["metadata"]["name"] for each in listed if each["metadata"]["name"].endswith("-node-0")]
