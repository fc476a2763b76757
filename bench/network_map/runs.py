"""One run: everything that is measured of a network of one size, in this order, and what came out."""

import asyncio
import http.client
import statistics
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bench.network_map.consortium import POLL_SECONDS, Consortium
from bench.network_map.counting import CountedStorage, counted_storage
from bench.network_map.load import Load, polled
from bench.network_map.members import Member
from bench.network_map.processes import Cpu, Served, network_services, plain_aiohttp
from bench.network_map.publishing import Publisher, Throughput, percentile
from bench.scrapes import Scrape, scraped
from local.console import step
from local.ports import free_ports

_ROUNDS = 2
_QUIET_SECONDS = 2
"""In which a replica with nothing to do asks for the log's head at most twice."""


@dataclass(frozen=True)
class Effort:
    """How much is measured."""

    listed: int = 200
    """Publishes one after the other, each until the map lists it."""
    publishes: int = 3000
    """Publishes over several connections."""
    seconds: int = 10
    """Of each load of polls; there are two rounds."""


@dataclass(frozen=True)
class Polls:
    """Loads of polls with the time that the server spent computing, in seconds."""

    loads: tuple[Load, ...]
    cpu: float

    @property
    def per_second(self) -> float:
        """The median of the loads."""
        return statistics.median(load.per_second for load in self.loads)

    @property
    def p99_ms(self) -> float:
        """The median of the loads' 99th percentiles."""
        return statistics.median(load.p99_ms for load in self.loads)

    @property
    def cpu_ms(self) -> float:
        """What one poll takes of the server's processor."""
        return 1000 * self.cpu / sum(load.requests for load in self.loads)


@dataclass(frozen=True)
class StorageRequests:
    """What a replica asked of Storage and Key Vault in two equally long times."""

    seconds: int
    polled: int
    idle: int
    vault: int
    """While it was polled."""


@dataclass(frozen=True)
class Run:
    """What was measured of one network; all of one replica, but for `requests`, which a second one made."""

    nodes: int
    map_bytes: int
    listed_ms: tuple[float, ...]
    throughput: Throughput
    publish_cpu_ms: float
    """What one publish takes of the replica's processor."""
    polls: Polls
    plain: Polls
    rss_mb: float
    peak_rss_mb: float
    metrics: Scrape
    page: Scrape
    """Of the network page's JSON."""
    requests: StorageRequests

    def document(self) -> dict[str, Any]:
        """Return the run as the report has it."""
        return {
            "nodes": self.nodes,
            "map_bytes": self.map_bytes,
            "publish_to_listed_ms": {f"p{each}": round(percentile(self.listed_ms, each), 1) for each in (50, 99)},
            "publishes_per_second": round(self.throughput.publishes / self.throughput.seconds, 1),
            "publish_cpu_ms": round(self.publish_cpu_ms, 2),
            "get_map_per_second": round(self.polls.per_second),
            "get_map_ms": {"p99": round(self.polls.p99_ms, 1)},
            "get_map_cpu_ms": round(self.polls.cpu_ms, 3),
            "aiohttp_per_second": round(self.plain.per_second),
            "aiohttp_cpu_ms": round(self.plain.cpu_ms, 3),
            "ratio_to_aiohttp": round(self.polls.per_second / self.plain.per_second, 2),
            "rss_mb": round(self.rss_mb),
            "peak_rss_mb": round(self.peak_rss_mb),
            "scrape_bytes": self.metrics.bytes,
            "scrape_ms": round(self.metrics.milliseconds, 1),
            "page_bytes": self.page.bytes,
            "page_ms": round(self.page.milliseconds, 1),
            "storage_requests_during_polls": self.requests.polled,
            "storage_requests_idle": self.requests.idle,
            "vault_requests_during_polls": self.requests.vault,
        }


async def measured(consortium: Consortium, environment: Mapping[str, str], effort: Effort) -> Run:
    """Prepare a network and measure it."""
    with step(f"{consortium.nodes:,} nodes: registering and publishing what is not there yet"):
        configuration = consortium.write_configuration("network-services", consortium.standins.account_url)
        members = await consortium.prepared(configuration)
    async with network_services(consortium.folder, configuration, consortium.ports, environment) as replica:
        listed, throughput, publish_cpu_ms = await _publishing(consortium, members, replica, effort)
        (map_file := consortium.folder / "network-map").write_bytes(_map(replica.port))
        cache_control = f"public, max-age={POLL_SECONDS}"
        async with plain_aiohttp(consortium.folder, map_file, cache_control, free_ports(1)[0]) as plain:
            polls, plain_polls = await _polls(consortium, replica, plain, effort)
        rss, peak = replica.memory_mb("VmRSS"), replica.memory_mb("VmHWM")
        _, probes, page = consortium.ports
        metrics, shown = [await asyncio.to_thread(scraped, *each) for each in ((probes,), (page, "/network.json"))]
    return Run(
        nodes=consortium.nodes,
        map_bytes=map_file.stat().st_size,
        listed_ms=tuple(listed),
        throughput=throughput,
        publish_cpu_ms=publish_cpu_ms,
        polls=polls,
        plain=plain_polls,
        rss_mb=rss,
        peak_rss_mb=peak,
        metrics=metrics,
        page=shown,
        requests=await _requests(consortium, environment, effort),
    )


async def _publishing(
    consortium: Consortium, members: list[Member], replica: Served, effort: Effort
) -> tuple[list[float], Throughput, float]:
    publisher = Publisher(consortium.url, members)
    with step(f"{consortium.nodes:,} nodes: {effort.listed} publishes, each until it is listed"):
        await publisher.until_listed(effort.listed // 10)
        listed = await publisher.until_listed(effort.listed)
    with step(f"{consortium.nodes:,} nodes: {effort.publishes} publishes over 8 connections"):
        await publisher.throughput(effort.publishes // 10)
        with Cpu(replica) as cpu:
            throughput = await publisher.throughput(effort.publishes)
    return listed, throughput, 1000 * cpu.seconds / throughput.publishes


async def _polls(consortium: Consortium, replica: Served, plain: Served, effort: Effort) -> tuple[Polls, Polls]:
    servers = (replica, plain)
    with step(f"{consortium.nodes:,} nodes: polls, of the replica and of plain aiohttp in turn"):
        for server in servers:
            await polled(server.port, 1)
        loads: tuple[list[Load], ...] = ([], [])
        cpu = tuple(map(Cpu, servers))
        for _ in range(_ROUNDS):
            for server, some, spent in zip(servers, loads, cpu, strict=True):
                with spent:
                    some.append(await polled(server.port, effort.seconds))
    return Polls(tuple(loads[0]), cpu[0].seconds), Polls(tuple(loads[1]), cpu[1].seconds)


async def _requests(consortium: Consortium, environment: Mapping[str, str], effort: Effort) -> StorageRequests:
    with step(f"{consortium.nodes:,} nodes: counting what polls ask of Storage and Key Vault"):
        async with counted_storage(consortium.standins) as storage:
            configuration = consortium.write_configuration("counted", storage.account_url)
            async with network_services(consortium.folder, configuration, consortium.ports, environment) as replica:
                await _quiet(storage)
                consortium.standins.admin.clear_counts()
                before = storage.requests
                await polled(replica.port, effort.seconds)
                during = storage.requests - before
                vault = sum(consortium.standins.admin.counts().values())
                before = storage.requests
                await asyncio.sleep(effort.seconds)
                return StorageRequests(effort.seconds, during, storage.requests - before, vault)


async def _quiet(storage: CountedStorage) -> None:
    """Wait until the replica has read what it reads once after its start: each node's node info."""
    before = -1
    while storage.requests > before + 2 * _QUIET_SECONDS:
        before = storage.requests
        await asyncio.sleep(_QUIET_SECONDS)


def _map(port: int) -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", "/network-map")
        return connection.getresponse().read()
    finally:
        connection.close()
