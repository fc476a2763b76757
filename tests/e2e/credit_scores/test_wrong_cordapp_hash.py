"""A CorDapp that is not the one that was agreed on never runs: the node says so, and goes on once it is put right."""

from local.demo.architecture import BANK_B
from tests.e2e.credit_scores.network import CreditScores


def test_a_jar_with_another_hash_is_refused(network: CreditScores) -> None:
    right = network.get(BANK_B, "cordanode", "node-1")["spec"]["cordapps"]
    network.patch(BANK_B, "cordanode", "node-1", {"cordapps": [{**each, "sha256": "0" * 64} for each in right]})
    try:
        network.until(lambda: network.stands(BANK_B, "node-1").reason == "CordappUnavailable", 180, "a refused CorDapp")
        message = network.stands(BANK_B, "node-1").message
        assert "0" * 64 in message
        assert right[0]["sha256"] in message
    finally:
        network.patch(BANK_B, "cordanode", "node-1", {"cordapps": right})
