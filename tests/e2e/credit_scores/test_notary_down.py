"""The notary is down: nothing is committed meanwhile, and what was begun is once it is back."""

from local.demo.architecture import FOUNDER
from tests.e2e.credit_scores.network import CreditScores


def test_a_record_waits_for_the_notary_and_others_can_be_read(network: CreditScores) -> None:
    before = network.share()
    with network.away(FOUNDER, "notary"):
        writing = network.begin_to_write()
        network.wait_for(before)
        assert not writing.done()

    record = writing.result(timeout=400)

    network.wait_for(record)
