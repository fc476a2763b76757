"""A server for callers who are not known: few things cost much, nothing waits for a slow one.

Every connection has a deadline by which it must have sent its request, taken its response or asked for something
again; whoever misses it is disconnected. Connections are counted, in all and for each address.
"""

import asyncio
import contextlib
import logging
import socket
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from email.utils import formatdate

from aiohttp import StreamReader, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http import HttpProcessingError, HttpVersion11, RawRequestMessage

from corda_operator.network.configuration import Limits

logger = logging.getLogger(__name__)


class _FaultsOfOurs(logging.Filter):
    """Keeps callers who don't speak HTTP from filling the log with tracebacks."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Tell whether a record is of anything but such a caller."""
        return record.exc_info is None or not isinstance(record.exc_info[1], HttpProcessingError)


_http_logger = logger.getChild("http")
_http_logger.addFilter(_FaultsOfOurs())

KEEP_ALIVE = 75.0
"""How long a connection may stay without a request, in seconds; nodes keep theirs from poll to poll."""
_SWEEP = 1.0
_PIECE = 128 * 1024
"""How much of a response is kept for a caller who doesn't take it; the map of 1,600 nodes is one piece."""
_SEND_BUFFER = 256 * 1024
_NOT_KEPT = {"Cache-Control": "no-store"}


@dataclass(slots=True)
class _Connection:
    address: str
    transport: asyncio.Transport
    deadline: float
    writer: AbstractStreamWriter | None = None
    """Of the request that is being answered."""

    async def drain(self) -> None:
        """Wait until the caller has taken most of what was written; raise ConnectionError if it has gone."""
        if self.writer is not None:
            await self.writer.drain()


class _Sent(web.StreamResponse):
    """An answer that is bytes already, which aiohttp is to leave alone."""

    def __init__(self, data: bytes) -> None:
        super().__init__()
        self._data = data

    async def send(self, connection: _Connection) -> None:
        """Send it, piece by piece, so that what a slow caller doesn't take isn't kept for it."""
        view = memoryview(self._data)
        for offset in range(0, len(view), _PIECE):
            connection.transport.write(view[offset : offset + _PIECE])
            await connection.drain()

    async def prepare(self, request: web.BaseRequest) -> None:
        """Tell aiohttp, which asks when all is sent, that the connection stays."""
        del request
        self._keep_alive = True

    async def write_eof(self, data: bytes = b"") -> None:
        """There is nothing left to write."""
        del data


class Whole:
    """An answer that is asked for all the time: made to bytes once a second, and then sent as it is."""

    def __init__(self, body: bytes, headers: Mapping[str, str]) -> None:
        lines = [f"{name}: {value}" for name, value in {**headers, "Content-Length": str(len(body))}.items()]
        self._head = "\r\n".join(["HTTP/1.1 200 OK", *lines, "Date: "]).encode()
        self._body = body
        self._second = 0
        self._data = b""

    def response(self, request: web.BaseRequest) -> _Sent | None:
        """Return the answer to a request, or None if the request asks for more than it can say."""
        if request.version != HttpVersion11 or not request.keep_alive:
            return None
        second = int(time.time())
        if second != self._second:
            date = formatdate(second, usegmt=True).encode()
            self._second, self._data = second, b"".join([self._head, date, b"\r\n\r\n", self._body])
        return _Sent(self._data)


Answer = web.Response | _Sent
Handler = Callable[[web.BaseRequest], Awaitable[Answer]]


class Server(web.Server):
    """aiohttp's server with limits; `limits` may be replaced while it runs."""

    def __init__(self, handler: Handler, limits: Limits) -> None:
        super().__init__(
            self._handle,
            request_factory=self._request,
            keepalive_timeout=KEEP_ALIVE,
            access_log=None,
            logger=_http_logger,
            lingering_time=1.0,
        )
        self.limits = limits
        self._answer = handler
        self._open: dict[object, _Connection] = {}
        self._addresses: Counter[str] = Counter()
        self.refused = 0
        """Connections that were turned away or cut off."""

    @property
    def open(self) -> int:
        """How many connections there are."""
        return len(self._open)

    def connection_made(self, handler: web.RequestHandler, transport: asyncio.Transport) -> None:
        """Count a connection, or turn it away."""
        super().connection_made(handler, transport)
        peer = transport.get_extra_info("peername")
        address = peer[0] if peer else ""
        crowded = self._addresses[address] >= self.limits.connections_per_address
        if crowded or len(self._open) >= self.limits.connections:
            self.refused += 1
            transport.abort()
            return
        self._open[handler] = _Connection(address, transport, time.monotonic() + self.limits.request_seconds)
        self._addresses[address] += 1

    def connection_lost(self, handler: web.RequestHandler, exc: BaseException | None = None) -> None:
        """Forget a connection."""
        super().connection_lost(handler, exc)
        connection = self._open.pop(handler, None)
        if connection is not None:
            self._addresses[connection.address] -= 1
            if not self._addresses[connection.address]:
                del self._addresses[connection.address]

    @contextlib.asynccontextmanager
    async def listening(self, host: str, port: int) -> AsyncIterator[int]:
        """Serve, and give the port; at the end let requests be answered to their end, and close."""
        listener = await asyncio.get_running_loop().create_server(self, host, port, backlog=1024)
        for each in listener.sockets:
            # Connections inherit it; the kernel would else keep megabytes for each caller who takes nothing.
            each.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)
        sweeper = asyncio.create_task(self._sweep())
        try:
            yield listener.sockets[0].getsockname()[1]
        finally:
            listener.close()
            sweeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await sweeper
            # Nobody waits for a connection on which nothing is being asked.
            self.pre_shutdown()
            await self.shutdown(self.limits.request_seconds)

    def _request(
        self,
        message: RawRequestMessage,
        payload: StreamReader,
        protocol: web.RequestHandler,
        writer: AbstractStreamWriter,
        task: "asyncio.Task[None]",
    ) -> web.BaseRequest:
        connection = self._open.get(protocol)
        if connection is not None:
            connection.writer = writer
        loop, size = asyncio.get_running_loop(), self.limits.body_bytes
        return web.BaseRequest(message, payload, protocol, writer, task, loop, client_max_size=size)

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        connection = self._open.get(request.protocol)
        if connection is None:
            return web.Response(status=503, headers=_NOT_KEPT)
        limits = self.limits
        connection.deadline = time.monotonic() + limits.request_seconds
        if request.body_exists and not await _fits(request):
            text = "The request is larger than any that nodes send."
            refusal = web.Response(status=413, text=text, headers=_NOT_KEPT)
            refusal.force_close()
            return refusal
        # Storage and Key Vault have their own time limits, so this one is for the caller.
        connection.deadline = time.monotonic() + limits.request_seconds + limits.response_seconds
        response = await self._answer(request)
        connection.deadline = time.monotonic() + limits.response_seconds
        try:
            return await self._send(request, response, connection)
        finally:
            # Whoever asks and asks without taking the answers gets none of the next before these are gone.
            with contextlib.suppress(ConnectionError):
                await connection.drain()
            connection.deadline = time.monotonic() + KEEP_ALIVE

    async def _send(self, request: web.BaseRequest, response: Answer, connection: _Connection) -> web.StreamResponse:
        if isinstance(response, _Sent):
            with contextlib.suppress(ConnectionError):
                await response.send(connection)
            return response
        body = response.body
        # aiohttp notices by itself that the caller is gone, and takes an exception for a fault of the handler.
        if not isinstance(body, bytes) or len(body) <= _PIECE:
            with contextlib.suppress(ConnectionError):
                await response.prepare(request)
                await response.write_eof()
            return response
        # Piece by piece, so that what a slow caller doesn't take isn't kept for it.
        stream = web.StreamResponse(status=response.status, headers=response.headers)
        stream.content_length = len(body)
        with contextlib.suppress(ConnectionError):
            await stream.prepare(request)
            view = memoryview(body)
            for offset in range(0, len(body), _PIECE):
                await stream.write(view[offset : offset + _PIECE])
            await stream.write_eof()
        return stream

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(_SWEEP)
            now = time.monotonic()
            for connection in [each for each in self._open.values() if each.deadline < now]:
                self.refused += 1
                connection.transport.abort()


async def _fits(request: web.BaseRequest) -> bool:
    """Read the body, which the request then keeps, but not more than is allowed."""
    try:
        await request.read()
    except web.HTTPRequestEntityTooLarge:
        return False
    return True
