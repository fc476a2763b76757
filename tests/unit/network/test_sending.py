"""The server's connections, over real sockets of this machine."""

import asyncio
import logging

import aiohttp
import pytest
from aiohttp import web

from corda_operator.network.configuration import Limits
from corda_operator.network.http.server import Server

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
