"""The network's key figures from three sources: Prometheus, the network page, and what is there itself.

Transactions are compared over a span with nothing at its ends: what each source counts more at the end than at the
beginning has to be what was written in between.
"""

import asyncio
import json
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, Final

import aiohttp

from corda_operator.plugin.model import organisation_of
from local.cluster.kubectl import Kubectl
from local.console import LocalError, say
from local.demo.architecture import CONSORTIUM, FOUNDER
from local.demo.progress import standing
from local.demo.ways import forwarded_to
from local.monitoring.client import Prometheus, Sample
from local.monitoring.prometheus import NAME, NAMESPACE, PORT

PAGE_SERVICE: Final = f"{CONSORTIUM}-network-page"
PAGE_PORT: Final = 8082
_KNOWN_SECONDS: Final = 120.0
_SETTLED_SECONDS: Final = 30.0
"""Prometheus and the page look every ten seconds."""
_NETWORK: Final = f'namespace="{FOUNDER}",consortium="{CONSORTIUM}"'
_NOTARISED: Final = f'sum(corda_flow_completed_total{{{_NETWORK},outcome="Success",flow=~".*NotaryFlow"}}) or vector(0)'
_SCRAPED: Final = f'sum(up{{{_NETWORK},node="notary"}})'
_AVAILABLE: Final = "sum(max by (namespace, node) (corda_operator_node_ready))"
_MEMBERS: Final = f'max(corda_network_members{{{_NETWORK},state="listed"}})'


@dataclass(frozen=True)
class Figure:
    """One figure, as each source has it."""

    metrics: float
    page: float
    counted: float

    @property
    def agrees(self) -> bool:
        """Whether all say the same."""
        return self.metrics == self.page == self.counted


@dataclass(frozen=True)
class Counts:
    """Transactions since some beginning of each source's own, and when they were read."""

    at: float
    metrics: float
    page: float


class Sources:
    """Prometheus and the network page, through kubectl; the page always of the same replica, which counts by itself."""

    def __init__(self, kubectl: Kubectl, prometheus: str, page: str) -> None:
        self._kubectl = kubectl
        self._prometheus = prometheus
        self._page = page

    async def begin(self) -> Counts:
        """Wait until both sources see the notary, and return what they count."""
        end = time.monotonic() + _KNOWN_SECONDS
        while not ((await self.read_page())["transactions"]["known"] and await self.value(_SCRAPED) == 1):
            if time.monotonic() > end:
                raise LocalError("Prometheus or the network page does not see the notary")
            await asyncio.sleep(1)
        return await self._counts()

    async def settled(self) -> Counts:
        """Wait until both have looked again, and return what they count."""
        say(f"    waiting {_SETTLED_SECONDS:.0f} s, so that Prometheus and the page have looked again")
        await asyncio.sleep(_SETTLED_SECONDS)
        return await self._counts()

    async def nodes(self) -> Figure:
        """Return the available nodes."""
        page = await self.read_page()
        ready = [each for each in map(standing, self._nodes()) if each.ready]
        return Figure(await self.value(_AVAILABLE), page["nodesAvailable"], len(ready))

    async def members(self) -> Figure:
        """Return the members that take part."""
        page = await self.read_page()
        return Figure(await self.value(_MEMBERS), page["membersListed"], len(self._organisations()))

    async def _counts(self) -> Counts:
        page = await self.read_page()
        return Counts(time.time(), await self.value(_NOTARISED), page["transactions"]["total"])

    def _nodes(self) -> list[dict[str, Any]]:
        """Return the CordaNodes of all organisations."""
        text = self._kubectl.text("get", "cordanodes", "--all-namespaces", "--output=json")
        found: list[dict[str, Any]] = json.loads(text)["items"]
        return found

    def _organisations(self) -> set[str]:
        """Return the members' organisations that have a node."""
        text = self._kubectl.text("get", f"consortium/{CONSORTIUM}", f"--namespace={FOUNDER}", "--output=json")
        members = {each["organisation"] for each in json.loads(text)["spec"]["members"]}
        return members & {str(organisation_of(each["spec"]["legalName"])) for each in self._nodes()}

    async def query(self, query: str) -> list[Sample]:
        """Return what Prometheus answers."""
        async with aiohttp.ClientSession() as session:
            return await Prometheus(self._prometheus, session).query(query)

    async def value(self, query: str) -> float:
        """Return the value of a query with one sample, 0 for one with none."""
        found = await self.query(query)
        return found[0].value if found else 0.0

    async def read_page(self) -> dict[str, Any]:
        """Return what the network page shows."""
        async with aiohttp.ClientSession() as session, session.get(f"{self._page}/network.json") as answer:
            answer.raise_for_status()
            found: dict[str, Any] = await answer.json()
            return found


@contextmanager
def sources(kubectl: Kubectl) -> Iterator[Sources]:
    """Yield the ways to Prometheus and to the network page."""
    with ExitStack() as ways:
        prometheus = ways.enter_context(forwarded_to(kubectl, NAMESPACE, f"service/{NAME}", PORT))
        page = ways.enter_context(forwarded_to(kubectl, FOUNDER, f"service/{PAGE_SERVICE}", PAGE_PORT))
        yield Sources(kubectl, prometheus, page)


def per_minute(before: Counts, after: Counts, committed: int) -> Figure:
    """Return the transactions per minute between two readings, of which so many were committed by the vaults."""
    minutes = (after.at - before.at) / 60
    return Figure(
        round((after.metrics - before.metrics) / minutes, 2),
        round((after.page - before.page) / minutes, 2),
        round(committed / minutes, 2),
    )
