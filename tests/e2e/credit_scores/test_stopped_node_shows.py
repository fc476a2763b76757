"""A node that ends without a word: each source shows it, and shows it back; how soon is kept in a report."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable

from local.demo.architecture import BANK_B, CONSORTIUM, FOUNDER
from local.demo.figures import Sources
from local.paths import BUILD
from tests.e2e.credit_scores.network import CreditScores

REPORT = BUILD / "reports" / "stopped-node.json"
_WITHIN_SECONDS = 180.0
_NODE = "node-1"

Look = Callable[[], Awaitable[bool]]


def test_every_source_shows_a_node_that_has_ended_and_that_it_is_back(network: CreditScores, sources: Sources) -> None:
    looks = _looks(network, sources)
    asyncio.run(_wait(looks, away=False))
    network.patch(BANK_B, "cordanode", _NODE, {"paused": True})
    try:
        network.cluster.text("scale", f"statefulset/{_NODE}-node", f"--namespace={BANK_B}", "--replicas=0")
        now = ("--force", "--grace-period=0", "--wait=false")
        network.cluster.text("delete", "pod", f"{_NODE}-node-0", f"--namespace={BANK_B}", *now)
        gone = asyncio.run(_wait(looks, away=True))
    finally:
        network.patch(BANK_B, "cordanode", _NODE, {"paused": False})
    network.until(lambda: network.stands(BANK_B, _NODE).ready, 300, "the node")
    back = asyncio.run(_wait(looks, away=False))

    REPORT.write_text(json.dumps({"seconds_until_shown": gone, "seconds_until_shown_back": back}, indent=2) + "\n")
    assert gone.keys() == back.keys() == looks.keys()


def _looks(network: CreditScores, sources: Sources) -> dict[str, Look]:
    """Return how to see in each source that the node is away."""

    async def condition() -> bool:
        return not (await asyncio.to_thread(network.stands, BANK_B, _NODE)).ready

    async def of_cluster() -> bool:
        query = f'max(corda_operator_node_ready{{namespace="{BANK_B}",node="{_NODE}"}})'
        return await sources.value(query) == 0

    async def reachability() -> bool:
        of_network = f'namespace="{FOUNDER}",consortium="{CONSORTIUM}"'
        return await sources.value(f'min(corda_network_node_reachability{{{of_network},state="unreachable"}})') == 1

    async def scraped() -> bool:
        return await sources.value(f'sum(up{{namespace="{BANK_B}",node="{_NODE}"}})') == 0

    async def page() -> bool:
        found = (await sources.read_page())["nodes"]
        return any(each["organisation"] == "Bank B" and each["state"] == "Unreachable" for each in found)

    async def status() -> bool:
        nodes = (await asyncio.to_thread(network.get, FOUNDER, "consortium", CONSORTIUM))["status"]["nodes"]
        return bool(nodes["reachable"] < nodes["listed"])

    return {
        "condition Ready of the CordaNode": condition,
        "corda_operator_node_ready": of_cluster,
        "up, as Prometheus reads the node itself": scraped,
        "corda_network_node_reachability": reachability,
        "the network page": page,
        "status.nodes.reachable of the Consortium": status,
    }


async def _wait(looks: dict[str, Look], *, away: bool) -> dict[str, float]:
    """Wait until every source shows the node as away or not, and return after how many seconds each did."""
    begin, shown = time.monotonic(), dict[str, float]()
    while shown.keys() != looks.keys():
        for name, look in looks.items():
            if name not in shown and await look() is away:
                shown[name] = round(time.monotonic() - begin, 1)
        missing = looks.keys() - shown.keys()
        assert not missing or time.monotonic() - begin < _WITHIN_SECONDS, missing
        await asyncio.sleep(0.5)
    return shown
