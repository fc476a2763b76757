"""A third bank joins the running network, shares records with the others, and leaves it again."""

import time
from collections.abc import Iterator

import pytest

from local.console import LocalError
from local.demo import progress, ways
from local.demo.architecture import BANK_A, BANK_B, CONSORTIUM, FOUNDER
from tests.e2e.credit_scores import bank_c
from tests.e2e.credit_scores.network import CreditScores, Object


@pytest.fixture
def founder(network: CreditScores) -> Iterator[CreditScores]:
    """The network; after the test it has the members that it had before."""
    before = members(network)
    yield network
    network.patch(FOUNDER, "consortium", CONSORTIUM, {"members": before})
    network.cluster.text("delete", "namespace", bank_c.NAME, "--ignore-not-found", "--wait=true", "--timeout=300s")


def members(network: CreditScores) -> list[Object]:
    found: list[Object] = network.get(FOUNDER, "consortium", CONSORTIUM)["spec"]["members"]
    return found


def stands(network: CreditScores, kind: str, name: str) -> progress.Standing:
    return progress.standing(network.get(bank_c.NAME, kind, name))


def listed(network: CreditScores) -> int:
    count: int = network.get(FOUNDER, "consortium", CONSORTIUM)["status"]["nodes"]["listed"]
    return count


def test_a_bank_joins_and_leaves_a_network_that_goes_on(founder: CreditScores) -> None:
    network, cluster = founder, founder.cluster
    nodes = listed(network)
    bank_c.move_in(cluster)
    network.until(lambda: stands(network, "cordanode", "node-1").reason == "AdmissionPending", 120, "a node that waits")
    assert listed(network) == nodes

    admitted = members(network)
    network.patch(FOUNDER, "consortium", CONSORTIUM, {"members": [*admitted, bank_c.MEMBER]})
    network.until(lambda: stands(network, "cordanode", "node-1").ready, 300, "Ready of Bank C's node")
    cluster.text("rollout", "status", "deployment/gateway", f"--namespace={bank_c.NAME}", "--timeout=300s")
    network.until(lambda: listed(network) == nodes + 1, 60, "another node on the map")
    url = ways.gateway_url(cluster, bank_c.NAME)
    assert url is not None
    network.urls[bank_c.NAME] = url
    record = network.write(counterparty="Bank C")
    network.wait_for(record, bank_c.NAME)
    assert network.find(record, BANK_B) == [], "a bank that is no party to a record sees it"
    back = network.write(bank_c.NAME, counterparty="Bank A")
    network.wait_for(back, BANK_A)

    network.patch(FOUNDER, "consortium", CONSORTIUM, {"members": admitted})
    cluster.text("delete", "cordanode", "node-1", f"--namespace={bank_c.NAME}", "--wait=true", "--timeout=400s")
    network.until(lambda: listed(network) == nodes, 120, "a map without Bank C")
    network.share()
    network.wait_for(record, BANK_A)
    # Nodes look at the map every ten seconds. A flow to a bank that its node still knows would wait for it for ever, in
    # the way of whatever comes after this test.
    time.sleep(30)
    with pytest.raises(LocalError, match="Bank C"):
        network.write(counterparty="Bank C")
