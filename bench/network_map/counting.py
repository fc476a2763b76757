"""Counts what a replica asks of Azure Storage: a server between the two that passes every request on."""

import contextlib
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass

import aiohttp
from aiohttp import web

from local.azure.azurite import ACCOUNT
from local.azure.certificates import server_certificate
from local.azure.names import DOMAIN
from local.azure.standins import StandIns

_MADE_ANEW = {"transfer-encoding", "content-length", "connection", "keep-alive", "date", "server"}


@dataclass
class CountedStorage:
    """Azurite behind a counter."""

    account_url: str = ""
    requests: int = 0


@contextlib.asynccontextmanager
async def counted_storage(standins: StandIns) -> AsyncIterator[CountedStorage]:
    """Give another URL of the account, whose requests are counted."""
    counted = CountedStorage()
    trusting = ssl.create_default_context(cafile=str(standins.ca))
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=trusting), auto_decompress=False) as session:

        async def passed_on(request: web.BaseRequest) -> web.Response:
            counted.requests += 1
            async with session.request(
                request.method,
                f"https://127.0.0.1:{standins.ports.azurite}{request.raw_path}",
                headers=request.headers,
                data=await request.read(),
                allow_redirects=False,
            ) as answer:
                headers = {name: value for name, value in answer.headers.items() if name.lower() not in _MADE_ANEW}
                return web.Response(status=answer.status, body=await answer.read(), headers=headers)

        pair = server_certificate(standins.folder / "certificates", "counting", [f"*.blob.{DOMAIN}"])
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(pair.certificate, pair.key)
        runner = web.ServerRunner(web.Server(passed_on, access_log=None))
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
            port = runner.addresses[0][1]
            counted.account_url = f"https://{ACCOUNT.name}.blob.{DOMAIN}:{port}"
            yield counted
        finally:
            await runner.cleanup()
