"""Bank B's node is down while Bank A writes: the record is complete once Bank B is back."""

from local.demo.architecture import BANK_B
from tests.e2e.credit_scores.network import CreditScores


def test_a_record_waits_for_the_bank_that_has_to_sign_it(network: CreditScores) -> None:
    with network.away(BANK_B, "node-1"):
        writing = network.begin_to_write()
        network.until(lambda: not network.stands(BANK_B, "node-1").ready, 60, "a node that is not Ready")
        assert not writing.done()

    record = writing.result(timeout=400)

    network.wait_for(record)
