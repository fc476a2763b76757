"""What network services answer, or don't, becomes a sentence for the status and never an exception."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable

import aiohttp
import pytest
from aiohttp import web

from corda_operator.api.consortium import Joined
from corda_operator.corda.network_parameters import NetworkParameters
from corda_operator.reconcile.engine import services
from corda_operator.reconcile.engine.services import ServicesClient
from tests.unit.reconcile.consortium import world
from tests.unit.reconcile.engine.served import MAP, PARAMETERS, PARAMETERS_PAGE, Network

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Clock:
    """Time that tests let pass."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Server:
    """Answers as it is told, by path, and notes what it was asked."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.asked: list[str] = []
        self.url = ""

    def says(self, path: str, body: bytes | str, status: int = 200) -> None:
        """Have a path answered."""
        content = body.encode() if isinstance(body, str) else body

        async def answer(_: web.Request) -> web.Response:
            return web.Response(body=content, status=status)

        self.answers[path] = answer

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Serve."""
        self.asked.append(request.path_qs)
        answer = self.answers.get(request.path)
        return web.Response(status=404, text="no such page") if answer is None else await answer(request)


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    server = Server()
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", server.handle)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield server
    await runner.cleanup()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def client(clock: Clock) -> AsyncIterator[ServicesClient]:
    async with aiohttp.ClientSession() as session:
        yield ServicesClient(session, clock)


def status() -> str:
    return world.report().model_dump_json(by_alias=True)


async def test_the_first_replica_that_answers_tells_the_status(client: ServicesClient, server: Server) -> None:
    server.says("/dead/status", "no", status=500)
    server.says("/status", status())
    report, error = await client.status((f"{server.url}/dead/status", f"{server.url}/status"), ["O=Bank A, L=X, C=GB"])
    assert error is None
    assert report is not None
    assert report.node_count == 2
    assert server.asked[-1] == "/status?legalName=O%3DBank+A,+L%3DX,+C%3DGB"


async def test_what_a_replica_that_cannot_serve_says_is_why(client: ServicesClient, server: Server) -> None:
    server.says("/status", "no trust root yet\n", status=503)
    assert await client.status((f"{server.url}/status",)) == (None, "no trust root yet")


async def test_an_error_without_words_is_named_by_its_status(client: ServicesClient, server: Server) -> None:
    server.says("/status", "", status=502)
    _, error = await client.status((f"{server.url}/status",))
    assert error == f"{server.url}/status: 502 Bad Gateway"


async def test_no_replica_is_said_without_asking(client: ServicesClient) -> None:
    assert await client.status(()) == (None, "no replica runs")


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b'{"generation": "x"}', b"\xff\xfe", b"[" * 100_000], ids=lambda each: each[:9]
)
async def test_what_is_no_status_is_an_error(client: ServicesClient, server: Server, body: bytes) -> None:
    server.says("/status", body)
    report, error = await client.status((f"{server.url}/status",))
    assert report is None
    assert error
    assert len(error) < 600


async def test_a_status_of_newer_services_is_read(client: ServicesClient, server: Server) -> None:
    server.says("/status", json.dumps({**json.loads(status()), "invented": "later"}))
    report, _ = await client.status((f"{server.url}/status",))
    assert report is not None


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9/status",
        "http://nowhere.invalid/status",
        f"http://{'a' * 64}.example.com/status",
        "http://[/status",
    ],
)
async def test_services_that_cannot_be_reached_are_an_error(client: ServicesClient, url: str) -> None:
    report, error = await client.status((url,))
    assert report is None
    assert error


async def test_services_that_do_not_answer_in_time_are_an_error(
    client: ServicesClient, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "_TIMEOUT", aiohttp.ClientTimeout(total=0.05))

    async def slow(_: web.Request) -> web.Response:
        await asyncio.sleep(10)
        return web.Response()

    server.answers["/status"] = slow
    report, error = await client.status((f"{server.url}/status",))
    assert report is None
    assert error


async def test_an_answer_without_end_is_not_read_to_its_end(
    client: ServicesClient, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "_LARGEST", 200_000)
    sent = 0

    async def endless(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(10_000):
            await response.write(b" " * 10_000)
            sent += 10_000
        return response

    server.answers["/status"] = endless
    report, error = await client.status((f"{server.url}/status",))
    assert report is None
    assert "sends more than 200000 bytes" in (error or "")
    assert sent < 100_000_000


async def test_services_that_were_away_are_asked_again_only_after_a_while(
    client: ServicesClient, server: Server, clock: Clock
) -> None:
    urls = (f"{server.url}/status",)
    server.says("/status", "wait", status=503)
    await client.status(urls)
    server.says("/status", status())
    assert await client.status(urls) == (None, "wait")
    clock.now += 6
    assert (await client.status(urls))[1] is None
    server.says("/status", "wait", status=503)
    assert (await client.status(urls))[1] == "wait"


async def test_addresses_that_are_not_asked_any_more_are_forgotten(client: ServicesClient, clock: Clock) -> None:
    for number in range(5):
        clock.now += 10
        await client.status((f"http://127.0.0.1:9/{number}",))
    assert len(client._away) == 1


def joined(server: Server, network: Network, **urls: str) -> Joined:
    """Return what a Consortium says that joins a network which is served."""
    fields = {
        "identityManagerURL": server.url,
        "networkMapURL": f"{server.url}/",
        "trustRoot": network.root_pem,
    }
    return Joined.model_validate({**fields, **urls})


@pytest.fixture
def network(server: Server) -> Network:
    network = Network()
    for path, page in network.pages.items():
        server.says(path, page)
    return network


async def test_a_network_that_leads_to_the_trust_root_is_the_one_that_was_meant(
    client: ServicesClient, server: Server, network: Network
) -> None:
    probe = await client.probe(joined(server, network), network.root_pem)
    assert (probe.identity_manager_ok, probe.network_map_ok, probe.trust_root_matches) == (True, True, True)
    assert (probe.network_map, probe.parameters, probe.error) == (MAP, PARAMETERS, None)


async def test_a_network_under_another_root_is_not(client: ServicesClient, server: Server, network: Network) -> None:
    probe = await client.probe(joined(server, network), world.OTHER_PEM)
    assert probe.trust_root_matches is False
    assert "can't be trusted" in (probe.error or "")
    assert probe.parameters is None


async def test_a_page_that_is_no_map_is_said_to_be_none(
    client: ServicesClient, server: Server, network: Network
) -> None:
    server.says("/network-map", "<html>Log in</html>")
    probe = await client.probe(joined(server, network), network.root_pem)
    assert (probe.network_map_ok, probe.trust_root_matches) == (False, None)
    assert "no signed network map" in (probe.error or "")


async def test_parameters_other_than_those_the_map_names_are_refused(
    client: ServicesClient, server: Server, network: Network
) -> None:
    other = NetworkParameters(4, (), 1, 1, PARAMETERS.modified_time, 8)
    server.says(PARAMETERS_PAGE, network.signed(other.encode()))
    assert (await client.probe(joined(server, network), network.root_pem)).network_map_ok is False


async def test_an_identity_manager_that_is_away_is_told_apart(
    client: ServicesClient, server: Server, network: Network
) -> None:
    probe = await client.probe(joined(server, network, identityManagerURL="http://127.0.0.1:9"), network.root_pem)
    assert (probe.identity_manager_ok, probe.network_map_ok) == (False, True)
    assert probe.error


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "http://nowhere.invalid", f"http://{'a' * 64}.example.com"])
async def test_a_network_map_that_cannot_be_reached_is_told(
    client: ServicesClient, server: Server, network: Network, url: str
) -> None:
    probe = await client.probe(joined(server, network, networkMapURL=url), network.root_pem)
    assert (probe.network_map_ok, bool(probe.error)) == (False, True)


async def test_many_nodes_of_a_network_ask_its_services_once(
    client: ServicesClient, server: Server, network: Network, clock: Clock
) -> None:
    for _ in range(5):
        await client.probe(joined(server, network), network.root_pem)
    assert server.asked.count("/network-map") == 1
    clock.now += 6
    await client.probe(joined(server, network), network.root_pem)
    assert server.asked.count("/network-map") == 2


@pytest.mark.parametrize(
    "root", ["", "no certificate", "-----BEGIN CERTIFICATE-----\nbm90\n-----END CERTIFICATE-----\n"]
)
async def test_a_trust_root_that_is_none_cannot_be_told_to_match(
    client: ServicesClient, server: Server, network: Network, root: str
) -> None:
    probe = await client.probe(joined(server, network), root)
    assert probe.trust_root_matches is None
    assert probe.error
