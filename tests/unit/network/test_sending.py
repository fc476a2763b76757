"""The server's connections, over real sockets of this machine."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from email.utils import parsedate_to_datetime

import aiohttp
import pytest
from aiohttp import web

from corda_operator.network.configuration import Limits
from corda_operator.network.http.server import Answer, Server, Whole

MAP = bytes(range(256)) * 40_000
"""More than any socket's buffers hold."""


async def answer(_: web.BaseRequest) -> web.Response:
    return web.Response(body=MAP)


async def test_a_map_of_many_pieces_arrives_whole() -> None:
    async with Server(answer, Limits()).listening("127.0.0.1", 0) as port, aiohttp.ClientSession() as session:
        for _ in range(2):
            async with session.get(f"http://127.0.0.1:{port}/") as response:
                assert await response.read() == MAP


async def test_a_caller_who_goes_away_in_the_middle_of_a_map_is_no_error(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR)
    server = Server(answer, Limits())
    async with server.listening("127.0.0.1", 0) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n" * 2)
        await reader.readexactly(1000)
        writer.transport.abort()
        async with asyncio.timeout(10):
            while server.open:
                await asyncio.sleep(0.01)

    assert not caplog.records


WHOLE = Whole(b"x" * 60_000, {"Cache-Control": "max-age=7", "Content-Type": "application/octet-stream"})


async def answer_whole(request: web.BaseRequest) -> Answer:
    return WHOLE.response(request) or web.Response(body=b"otherwise")


LARGE = Whole(MAP, {})


async def answer_large_whole(request: web.BaseRequest) -> Answer:
    return LARGE.response(request) or web.Response()


async def test_a_large_one_arrives_whole_and_once() -> None:
    async with (
        Server(answer_large_whole, Limits()).listening("127.0.0.1", 0) as port,
        aiohttp.ClientSession() as session,
    ):
        for _ in range(3):
            async with session.get(f"http://127.0.0.1:{port}/") as response:
                assert await response.read() == MAP


async def test_what_is_asked_for_all_the_time_is_sent_as_it_is_with_its_headers() -> None:
    async with (
        Server(answer_whole, Limits()).listening("127.0.0.1", 0) as port,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=1)) as session,
    ):
        for _ in range(3):
            async with session.get(f"http://127.0.0.1:{port}/") as response:
                assert (response.status, await response.read()) == (200, b"x" * 60_000)
                assert response.headers["Cache-Control"] == "max-age=7"
                assert response.headers["Content-Type"] == "application/octet-stream"
                assert parsedate_to_datetime(response.headers["Date"]).tzinfo is not None


async def test_every_request_on_a_connection_is_answered_once() -> None:
    async with Server(answer_whole, Limits()).listening("127.0.0.1", 0) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(
            b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" * 3 + b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        )
        async with asyncio.timeout(10):
            assert (await reader.read()).count(b"HTTP/1.1 200 OK") == 4
        writer.close()


@pytest.mark.parametrize("request_lines", ["GET / HTTP/1.0\r\n", "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"])
async def test_who_wants_the_connection_closed_gets_it_closed(request_lines: str) -> None:
    async with Server(answer_whole, Limits()).listening("127.0.0.1", 0) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"{request_lines}\r\n".encode())
        async with asyncio.timeout(10):
            assert (await reader.read()).endswith(b"\r\n\r\notherwise")
        writer.close()


@pytest.mark.parametrize("handler", [answer, answer_whole, answer_large_whole])
async def test_nothing_piles_up_for_who_asks_and_asks_but_takes_nothing(
    handler: Callable[[web.BaseRequest], Awaitable[Answer]],
) -> None:
    server = Server(handler, Limits())
    async with server.listening("127.0.0.1", 0) as port:
        _, writer = await asyncio.open_connection("127.0.0.1", port, limit=1)
        writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n" * 2000)
        await writer.drain()
        await asyncio.sleep(0.5)
        (connection,) = server._open.values()
        assert connection.transport.get_write_buffer_size() <= 4 * 128 * 1024
        writer.transport.abort()


async def test_idle_connections_do_not_delay_the_end() -> None:
    server = Server(answer_whole, Limits(request_seconds=600))
    async with asyncio.timeout(10):
        async with server.listening("127.0.0.1", 0) as port, aiohttp.ClientSession() as session:
            async with session.get(f"http://127.0.0.1:{port}/") as response:
                await response.read()
            assert server.open == 1
