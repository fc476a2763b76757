import asyncio

from aiohttp import web
from aiohttp.test_utils import TestServer

from bench.transactions import figures
from bench.transactions.application import Load, load


def test_a_run_sets_the_gateways_transactions_per_minute_against_those_by_rpc() -> None:
    direct = Load(seconds=60.0, milliseconds=[300.0] * 200)
    gateway = Load(seconds=61.0, milliseconds=[310.0] * 193, retries=2)

    assert figures.run(2, direct, gateway) == {
        "clients": 2,
        "direct_per_minute": 200.0,
        "gateway_per_minute": 189.8,
        "ratio": 0.95,
        "p50_ms": 310.0,
        "p99_ms": 310.0,
        "direct_p50_ms": 300.0,
        "direct_p99_ms": 300.0,
        "transactions": 193,
        "direct_transactions": 200,
        "retries": 2,
    }


def test_percentiles_are_values_that_were_measured() -> None:
    hundred = [float(each) for each in range(100, 0, -1)]

    assert [figures.percentile(hundred, each) for each in (50, 99, 100)] == [50.0, 99.0, 100.0]
    assert [figures.percentile([7.0], each) for each in (1, 50, 99)] == [7.0, 7.0, 7.0]


async def test_each_client_creates_a_record_and_updates_it_over_a_connection_of_its_own() -> None:
    written, connections = [], set()

    async def create(request: web.Request) -> web.Response:
        connections.add(request.transport)
        written.append(("create", (await request.json())["counterparty"]))
        return web.json_response({"id": "1", "version": 1}, status=201)

    async def update(request: web.Request) -> web.Response:
        connections.add(request.transport)
        written.append(("update", request.headers["If-Match"]))
        return web.json_response({"id": "1", "version": 2})

    gateway = web.Application()
    gateway.add_routes([web.post("/credit-records", create), web.put("/credit-records/1", update)])
    async with TestServer(gateway) as server:
        done = await asyncio.to_thread(load, str(server.make_url("")).rstrip("/"), 2, 0.2)

    assert len(done.milliseconds) == len(written) > 4
    assert set(written) == {("create", "Bank B"), ("update", '"1"')}
    assert len(connections) == 2
    assert done.retries == 0
