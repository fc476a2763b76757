"""Looks at nodes and notaries every few seconds: whether they answer, and how much was notarised.

What is found out is for people and metrics alone: nothing that the services do depends on it, and no failure here ends
them. A node chooses its own address, so that only ports are tried that the configuration names, nothing is sent, and
nothing but whether a connection came about is told.
"""

import asyncio
import contextlib
import datetime
import ipaddress
import itertools
import logging
import socket
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from http import HTTPStatus
from typing import Final

import aiohttp
from prometheus_client.parser import text_string_to_metric_families

from corda_operator.azure.errors import AzureError
from corda_operator.corda.amqp.errors import DecodeError
from corda_operator.corda.certificates.errors import CertificateError
from corda_operator.corda.node_info import HostAndPort
from corda_operator.network.configuration import Configuration
from corda_operator.network.ledger import Ledger
from corda_operator.network.log.state import Node
from corda_operator.network.page.node_details import NodeDetails
from corda_operator.network.page.reachability import Reachability, State
from corda_operator.network.page.transactions import Transactions
from corda_operator.network.page.view import MOST_NODES, NetworkView, states, view
from corda_operator.network.report import Seen

logger = logging.getLogger(__name__)

_CONNECT_SECONDS: Final = 3.0
_SCRAPE_SECONDS: Final = 5.0
_AT_ONCE: Final = 50
"""Connections that are tried, or node infos that are read, side by side."""
_LARGEST_ANSWER: Final = 4 * 1024 * 1024
_FLOWS: Final = "corda_flow_completed"
"""images/corda: metrics.yaml."""


class Observer:
    """What one replica finds out, of the first `view.MOST_NODES` nodes that the network map lists."""

    def __init__(self, ledger: Ledger, configuration: Callable[[], Configuration]) -> None:
        self.reachability = Reachability()
        self.transactions = Transactions()
        self._details: dict[str, NodeDetails] = {}
        self._ledger = ledger
        self._configuration = configuration
        self._unreadable: set[str] = set()

    def view(self) -> NetworkView:
        """Return what the network page shows now."""
        return view(
            self._ledger.state, self._configuration(), self.reachability, self.transactions, self._details, _now()
        )

    def states(self) -> Counter[State]:
        """Return how many of the listed nodes have which state."""
        return states(self._ledger.state, self.reachability, self._details)

    def seen(self) -> Seen:
        """Return what the operator is told."""
        counts, now = self.states(), _now()
        return Seen(
            reachable=counts["Reachable"] if counts["Reachable"] + counts["Unreachable"] else None,
            transactions_per_minute=self.transactions.per_minute(now) if self.transactions.known(now) else None,
        )

    async def run(self) -> None:
        """Look, and look again, until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._repeatedly(self._look_at_nodes))
            group.create_task(self._repeatedly(self._read_notaries))

    async def _repeatedly(self, look: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await look()
            except Exception:
                logger.exception("could not look at the network")
            await asyncio.sleep(self._configuration().observation.interval.total_seconds())

    async def _look_at_nodes(self) -> None:
        nodes = dict(itertools.islice(self._ledger.state.nodes.items(), MOST_NODES))
        self._details = {name: each for name, each in self._details.items() if name in nodes}
        turns = asyncio.Semaphore(_AT_ONCE)
        new = nodes.keys() - self._details.keys()
        await asyncio.gather(*(self._read_details(name, nodes[name], turns) for name in new))
        addresses = {each.addresses[0] for each in self._details.values()}
        self.reachability.keep(addresses)
        ports = self._configuration().observation.p2p_ports
        tried = [each for each in addresses if HostAndPort.parse(each).port in ports]
        await asyncio.gather(*(self._try(each, turns) for each in tried))

    async def _read_details(self, name: str, node: Node, turns: asyncio.Semaphore) -> None:
        async with turns:
            try:
                self._details[name] = NodeDetails.read(await self._ledger.store.attachment(node.node_info))
            except AzureError as error:
                logger.warning("can't read node info %s, trying again: %s", name, error)
            except (DecodeError, CertificateError) as error:
                if name not in self._unreadable:
                    self._unreadable.add(name)
                    logger.error("node info %s was listed but can't be understood: %s", name, error)

    async def _try(self, address: str, turns: asyncio.Semaphore) -> None:
        async with turns:
            connected = await answers(HostAndPort.parse(address))
        self.reachability.tried(address, _now(), connected=connected)

    async def _read_notaries(self) -> None:
        urls = {each.metrics_url for each in self._configuration().notaries if each.metrics_url is not None}
        self.transactions.keep(urls)
        if not urls:
            return
        async with _session() as session:
            await asyncio.gather(*(self._read_notary(session, url) for url in urls))

    async def _read_notary(self, session: aiohttp.ClientSession, url: str) -> None:
        try:
            count = await _notarised(session, url)
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            logger.info("can't read the metrics of a notary: %s: %s", type(error).__name__, error, extra={"url": url})
            return
        self.transactions.read(url, count, _now())


async def answers(address: HostAndPort) -> bool:
    """Tell whether an address takes a TCP connection, which is closed at once."""
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(_CONNECT_SECONDS):
            found = await loop.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
            ip = str(found[0][4][0])
            # Where a machine's own identity is to be had.
            if ipaddress.ip_address(ip).is_link_local:
                return False
            _, writer = await asyncio.open_connection(ip, address.port)
    except (OSError, TimeoutError, UnicodeError):
        return False
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return True


@contextlib.asynccontextmanager
async def _session() -> AsyncIterator[aiohttp.ClientSession]:
    timeout = aiohttp.ClientTimeout(total=_SCRAPE_SECONDS)
    async with aiohttp.ClientSession(timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()) as session:
        yield session


async def _notarised(session: aiohttp.ClientSession, url: str) -> float:
    """Return how many transactions a notary has committed since its start."""
    query = {"name[]": f"{_FLOWS}_total"}
    async with session.get(url, params=query, allow_redirects=False) as answer:
        if answer.status != HTTPStatus.OK:
            raise ValueError(f"it answered {answer.status}")
        text = (await answer.content.read(_LARGEST_ANSWER)).decode()
    # It appears with the first transaction; any other answer is none of a node's.
    families = list(text_string_to_metric_families(text))
    return sum(
        sample.value
        for family in families
        if family.name == _FLOWS
        for sample in family.samples
        if sample.labels.get("outcome") == "Success" and sample.labels.get("flow", "").endswith("NotaryFlow")
    )


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)
