"""Nodes and notaries as they are found: real sockets and HTTP, a network in memory."""

import asyncio
import contextlib
import datetime
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from aiohttp import web

from corda_operator.corda.certificates.roles import Role
from corda_operator.corda.node_info import HostAndPort
from corda_operator.network.configuration import Configuration, Observation
from corda_operator.network.metrics import Metrics
from corda_operator.network.page.observer import Observer, answers
from local.ports import free_ports
from tests.unit.network.consortium import BANK_A, NOTARY_SERVICE, Consortium, consortium, until
from tests.unit.network.test_metrics import samples

REACHABILITY = "corda_network_node_reachability"
_FLOWS = (
    'corda_flow_completed_total{outcome="Success",flow="net.corda.node.services.transactions.NonValidatingNotaryFlow",}'
)


@dataclass
class Notary:
    """The metrics of a node, as the JMX exporter writes them."""

    url: str
    count: float | None = None
    status: int = 200
    text: str | None = None
    asked: list[str] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append(request.query_string)
        lines = ["# TYPE corda_flow_completed_total counter"]
        if self.count is not None:
            lines.append(f"{_FLOWS} {self.count}")
            lines.append('corda_flow_completed_total{outcome="Success",flow="x.CashPaymentReceiverFlow",} 77.0')
        text = "\n".join(lines) + "\n" if self.text is None else self.text
        return web.Response(status=self.status, text=text, headers={"Location": "/elsewhere"})


@contextlib.asynccontextmanager
async def notary() -> AsyncIterator[Notary]:
    found = Notary("")
    application = web.Application()
    application.router.add_get("/metrics", found.answer)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    found.url = f"http://127.0.0.1:{runner.addresses[0][1]}/metrics"
    try:
        yield found
    finally:
        await runner.cleanup()


@contextlib.asynccontextmanager
async def listening(port: int = 0) -> AsyncIterator[int]:
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", port)
    async with server:
        yield server.sockets[0].getsockname()[1]


@contextlib.asynccontextmanager
async def looking(replica: Consortium, *ports: int) -> AsyncIterator[Observer]:
    """Give an observer that looks every few milliseconds, at nodes with these ports."""
    every = datetime.timedelta(milliseconds=5)

    def current() -> Configuration:
        observation = Observation.model_construct(interval=every, p2p_ports=ports)
        return replica.configuration.model_copy(update={"observation": observation})

    observer = Observer(replica.ledger, current)
    task = asyncio.create_task(observer.run())
    yield observer
    assert not task.done()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def told(observer: Observer) -> Metrics:
    metrics = Metrics()
    metrics.page.source = observer
    return metrics


@contextlib.asynccontextmanager
async def network_of_bank_a(port: int) -> AsyncIterator[Consortium]:
    """Give a network whose only listed node is at a port of this machine."""
    async with consortium(notaries=[{"serviceLegalName": str(NOTARY_SERVICE)}]) as replica:
        await replica.register(NOTARY_SERVICE, Role.SERVICE_IDENTITY)
        await replica.settle()
        member = await replica.register(BANK_A)
        await replica.network_map.publish(member.node_info(host="127.0.0.1", port=port).encode())
        yield replica


async def test_an_address_answers_if_something_listens_there() -> None:
    async with listening() as port:
        assert await answers(HostAndPort("127.0.0.1", port))
    assert not await answers(HostAndPort("127.0.0.1", port))


@pytest.mark.parametrize("host", ["169.254.169.254", "fe80::1", "no-such-host.invalid", "a" * 64 + ".test", "\udcff"])
async def test_addresses_that_lead_nowhere_or_where_they_should_not_do_not_answer(host: str) -> None:
    assert not await answers(HostAndPort(host, 80))


async def test_listed_nodes_are_tried_where_they_say_that_they_are() -> None:
    async with listening() as port, network_of_bank_a(port) as replica:
        assert samples(told(Observer(replica.ledger, lambda: replica.configuration)), REACHABILITY) == {
            ("reachable",): 0,
            ("unreachable",): 0,
            ("unknown",): 1,
        }
        async with looking(replica, port) as observer:
            await until(lambda: observer.states()["Reachable"] == 1)

            assert samples(told(observer), REACHABILITY) == {("reachable",): 1, ("unreachable",): 0, ("unknown",): 0}
            assert observer.view().nodes_available == 1


async def test_a_node_that_goes_away_and_comes_back_is_seen() -> None:
    [port] = free_ports(1)
    async with network_of_bank_a(port) as replica, looking(replica, port) as observer:
        async with listening(port):
            await until(lambda: observer.view().nodes[0].state == "Reachable")
        await until(lambda: observer.view().nodes[0].state == "Unreachable")
        async with listening(port):
            await until(lambda: observer.view().nodes[0].state == "Reachable")


async def test_ports_that_are_not_named_are_not_tried() -> None:
    tried = []

    def connected(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tried.append(writer)
        writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, network_of_bank_a(port) as replica, looking(replica, port - 1) as observer:
        await until(lambda: bool(observer.view().nodes[0].addresses))
        await asyncio.sleep(0.05)

        assert tried == []
        assert observer.view().nodes[0].state == "Unknown"


async def test_a_node_that_left_is_forgotten() -> None:
    async with listening() as port, network_of_bank_a(port) as replica, looking(replica, port) as observer:
        await until(lambda: observer.states()["Reachable"] == 1)
        replica.configure(members=[], notaries=[{"serviceLegalName": str(NOTARY_SERVICE)}])
        await until(lambda: not replica.state.nodes)
        await until(lambda: observer.states().total() == 0)

        assert observer.view().nodes == ()


async def test_what_the_notary_commits_is_counted() -> None:
    async with notary() as source, consortium(notaries=[entry(source.url)]) as replica, looking(replica) as observer:
        metrics = told(observer)
        # None has been committed yet: its metric is not there.
        await until(lambda: len(source.asked) > 1)
        assert samples(metrics, "corda_network_transactions_total") == {(): 0}
        source.count = 3
        await until(lambda: samples(metrics, "corda_network_transactions_total") == {(): 3})
        source.count = 5
        await until(lambda: samples(metrics, "corda_network_transactions_total") == {(): 5})

        assert samples(metrics, "corda_network_transactions_per_minute") == {(): 5}
        assert observer.view().transactions.known
        assert sum(each.count for each in observer.view().transactions.minutes) == 5
        assert set(source.asked) == {"name[]=corda_flow_completed_total"}


@pytest.mark.parametrize("status", [404, 302, 503])
async def test_a_notary_that_can_not_be_read_is_not_known_and_nothing_is_made_up(status: int) -> None:
    async with notary() as source, consortium(notaries=[entry(source.url)]) as replica, looking(replica) as observer:
        source.status = status
        await until(lambda: len(source.asked) > 2)

        assert samples(told(observer), "corda_network_transactions_total") == {}
        assert not observer.view().transactions.known


async def test_the_metrics_of_another_program_are_no_notarys() -> None:
    async with notary() as source, consortium(notaries=[entry(source.url)]) as replica, looking(replica) as observer:
        source.text = "<html>Welcome</html>"
        await until(lambda: len(source.asked) > 2)

        assert not observer.view().transactions.known


def entry(url: str) -> dict[str, str]:
    return {"serviceLegalName": str(NOTARY_SERVICE), "metricsURL": url}
