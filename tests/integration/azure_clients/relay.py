"""Stands between a container and Azurite, and harms the calls that it is told to harm.

toxiproxy sees a stream of bytes, in which it cannot tell one call from another.
"""

import ssl
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web

from local.azure.azurite import ACCOUNT
from local.azure.certificates import server_certificate
from local.azure.standins import StandIns

Effect = Callable[[], Awaitable[web.Response]]
Fault = Callable[[web.Request, Effect], Awaitable[web.Response]]


async def untouched(_: web.Request, effect: Effect) -> web.Response:
    """Nothing happens to the call."""
    return await effect()


async def lost_answer(request: web.Request, effect: Effect) -> web.Response:
    """The call has its effect, then the connection breaks."""
    await effect()
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def lost_request(request: web.Request, _: Effect) -> web.Response:
    """The connection breaks, without effect."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def half_an_answer(_: web.Request, effect: Effect) -> web.Response:
    """The call has its effect, and its answer's body ends too soon, as if that were all."""
    whole = await effect()
    assert isinstance(whole.body, bytes)
    return web.Response(status=whole.status, body=whole.body[: len(whole.body) // 2], content_type="application/xml")


def refusal(status: int, code: str, **headers: str) -> Fault:
    """The call is refused in the form of Azure Storage, without effect."""

    async def answer(_: web.Request, __: Effect) -> web.Response:
        body = f'<?xml version="1.0"?><Error><Code>{code}</Code><Message>No.\nRequestId:r-1\nTime:now</Message></Error>'
        named = {"x-ms-error-code": code, "x-ms-request-id": "r-1", **headers}
        return web.Response(status=status, text=body, headers=named, content_type="application/xml")

    return answer


@dataclass
class Relay:
    """Serves ``account_url``; the next calls meet the faults in turn."""

    upstream: str
    client: aiohttp.ClientSession
    account_url: str = ""
    faults: deque[Fault] = field(default_factory=deque)
    calls: list[str] = field(default_factory=list)
    """The methods of what came in."""

    async def handle(self, request: web.Request) -> web.Response:
        """Serve one call."""
        self.calls.append(request.method)
        body = await request.read()

        async def effect() -> web.Response:
            kept = {name: value for name, value in request.headers.items() if name.lower() != "host"}
            url = self.upstream + request.raw_path
            async with self.client.request(request.method, url, data=body or None, headers=kept) as answer:
                hop = {"connection", "keep-alive", "transfer-encoding", "content-length"}
                headers = {name: value for name, value in answer.headers.items() if name.lower() not in hop}
                return web.Response(status=answer.status, body=await answer.read(), headers=headers)

        return await (self.faults.popleft()(request, effect) if self.faults else effect())


@asynccontextmanager
async def serving(azure: StandIns) -> AsyncIterator[Relay]:
    """Give a relay in front of Azurite."""
    pair = server_certificate(azure.ca.parent, "relay", ["127.0.0.1"])
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pair.certificate, pair.key)
    trusting = aiohttp.TCPConnector(ssl=ssl.create_default_context(cafile=azure.ca))
    async with aiohttp.ClientSession(connector=trusting, auto_decompress=False) as client:
        relay = Relay(f"https://127.0.0.1:{azure.ports.azurite}", client)
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", relay.handle)
        runner = web.AppRunner(application, access_log=None)
        await runner.setup()
        try:
            site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context)
            await site.start()
            relay.account_url = f"https://127.0.0.1:{runner.addresses[0][1]}/{ACCOUNT.name}"
            yield relay
        finally:
            await runner.cleanup()
