"""Every query of every dashboard, asked of the Prometheus that reads the network: no panel is empty."""

import asyncio

import pytest

from local.demo.figures import Sources
from local.monitoring.queries import dashboards, queries
from tests.e2e.credit_scores.network import CreditScores

_WITHIN_SECONDS = 180.0
"""Rates need two readings of what has just begun to count, and rules are evaluated every half a minute."""


@pytest.mark.parametrize("name", sorted(dashboards()))
def test_no_panel_is_empty(name: str, network: CreditScores, sources: Sources) -> None:
    network.share()
    asked = [each for each in queries(dashboards()[name]) if not each.may_be_empty]

    async def empty() -> list[str]:
        return [each.name for each in asked if not await sources.query(each.expression)]

    network.until(lambda: not asyncio.run(empty()), _WITHIN_SECONDS, f"an answer to {asyncio.run(empty())}")

    assert len(asked) > 10


@pytest.mark.parametrize("name", sorted(dashboards()))
def test_what_may_be_empty_is_understood(name: str, network: CreditScores, sources: Sources) -> None:  # noqa: ARG001
    async def ask() -> None:
        for each in queries(dashboards()[name]):
            await sources.query(each.expression)

    asyncio.run(ask())
