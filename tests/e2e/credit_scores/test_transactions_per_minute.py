"""A known number of transactions in a known time, and what Prometheus' rules and the network page make of it."""

import asyncio
import json
import time
from typing import Any

from local.demo.architecture import BANK_A, BANK_B, CONSORTIUM, FOUNDER
from local.demo.figures import Sources
from local.paths import BUILD
from tests.e2e.credit_scores.network import CreditScores

_SECONDS = 200.0
_PACE = 2.0
_RATED = 120.0
"""Over how long the recording rules look back."""
_TOLERANCE = 0.1
"""Prometheus reads every ten seconds, and works out the ends of the time that it rates."""
REPORT = BUILD / "reports" / "transactions-per-minute.json"


def test_rates_are_those_of_a_counted_run(network: CreditScores, sources: Sources) -> None:
    # Transactions of before have to be known to both before it is counted from there.
    before = asyncio.run(sources.settled())
    written, seen = asyncio.run(_run(network, sources))
    after = asyncio.run(sources.settled())
    REPORT.write_text(json.dumps({"written": len(written), "seconds": _SECONDS, **seen}, indent=2) + "\n")

    # Counts are exact.
    assert after.metrics - before.metrics == len(written)
    assert after.page - before.page == len(written)
    # Rates are of the last two minutes.
    counted = seen["counted"]
    assert counted > 0
    for name in ("network", "member", "nodes", "page"):
        assert abs(seen[name] - counted) <= counted * _TOLERANCE, (name, seen)
    # Who answers others' flows starts no transaction.
    assert seen["other_member"] == 0


async def _run(network: CreditScores, sources: Sources) -> tuple[list[float], dict[str, Any]]:
    """Write at a steady pace; return when each record was written, and the rates at the end."""
    written: list[float] = []
    start = time.time()
    while time.time() - start < _SECONDS:
        await asyncio.sleep(max(0.0, start + len(written) * _PACE - time.time()))
        await asyncio.to_thread(network.write)
        written.append(time.time())
    end = time.time()
    page = await sources.read_page()
    minutes = {each["start"]: each["count"] for each in page["transactions"]["minutes"]}
    whole = list(minutes.values())[-3:-1]
    of_bank_a = f'namespace="{BANK_A}",member="bank-a"'
    return written, {
        "counted": sum(at > end - _RATED for at in written) / _RATED * 60,
        "network": await sources.value(
            f'corda:network_transactions:per_minute{{namespace="{FOUNDER}",consortium="{CONSORTIUM}"}}'
        ),
        "member": await sources.value(f"corda:member_transactions:per_minute{{{of_bank_a}}}"),
        "nodes": await sources.value(f"sum(corda:node_transactions:per_minute{{{of_bank_a}}})"),
        "other_member": await sources.value(f'corda:member_transactions:per_minute{{namespace="{BANK_B}"}}'),
        "page": sum(whole) / len(whole),
    }
