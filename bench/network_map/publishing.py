"""Publishes: how soon the map lists a node info, and how many a replica takes in a second."""

import asyncio
import datetime
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass

import aiohttp

from bench.network_map.members import Member, Publication
from local.console import LocalError

CONNECTIONS = 8
_OK = 200


@dataclass(frozen=True)
class Throughput:
    """How many publishes were answered in how many seconds."""

    publishes: int
    seconds: float


class Publisher:
    """Posts node infos of members; each is new, and made before the time is taken."""

    def __init__(self, url: str, members: Sequence[Member]) -> None:
        self._url = url
        self._members = members
        self._serial = int(datetime.datetime.now(datetime.UTC).timestamp() * 1000)

    async def until_listed(self, count: int) -> list[float]:
        """Publish one after the other and return how long each took from the request to a map with it, in ms."""
        publications = self._made(count, 1)[0]
        async with _session(1) as session:
            return [await self._until_listed(session, each) for each in publications]

    async def throughput(self, count: int) -> Throughput:
        """Publish over several connections at once, none of which waits for another."""
        lanes = self._made(count, CONNECTIONS)
        async with _session(CONNECTIONS) as session:
            begun = time.perf_counter()
            await asyncio.gather(*(self._one_after_the_other(session, lane) for lane in lanes))
            return Throughput(sum(map(len, lanes)), time.perf_counter() - begun)

    def _made(self, count: int, lanes: int) -> list[list[Publication]]:
        # A member's node infos stay in one lane, so that none comes after its successor.
        made: list[list[Publication]] = [[] for _ in range(lanes)]
        while sum(map(len, made)) < count:
            self._serial += 1
            for number, member in enumerate(self._members[: count - sum(map(len, made))]):
                made[number % lanes].append(member.publication(self._serial))
        return made

    async def _until_listed(self, session: aiohttp.ClientSession, publication: Publication) -> float:
        begun = time.perf_counter()
        await self._publish(session, publication)
        while publication.hash not in await self._map(session):
            pass
        return (time.perf_counter() - begun) * 1000

    async def _one_after_the_other(self, session: aiohttp.ClientSession, lane: Sequence[Publication]) -> None:
        for publication in lane:
            await self._publish(session, publication)

    async def _publish(self, session: aiohttp.ClientSession, publication: Publication) -> None:
        async with session.post(f"{self._url}/network-map/publish", data=publication.data) as response:
            if response.status != _OK:
                raise LocalError(f"a publish was answered {response.status}: {await response.text()}")
            await response.read()

    async def _map(self, session: aiohttp.ClientSession) -> bytes:
        async with session.get(f"{self._url}/network-map") as response:
            return await response.read()


def percentile(values: Sequence[float], percent: int) -> float:
    """Return the value that so many percent of the values do not exceed."""
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


def _session(connections: int) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=connections))
