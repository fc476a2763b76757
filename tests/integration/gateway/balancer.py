"""A load balancer of the simplest kind: spreads TCP connections over those nodes that take them, in turn."""

import asyncio
import contextlib
import itertools
import threading
from collections.abc import Sequence


class Balancer:
    """Listens on a port of the loopback until it is closed."""

    def __init__(self, backends: Sequence[int]) -> None:
        """Start for the nodes' ports."""
        self._backends = list(backends)
        self._turns = itertools.count()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        serving = asyncio.start_server(self._serve, "127.0.0.1", 0)
        self._server = asyncio.run_coroutine_threadsafe(serving, self._loop).result()
        self.port: int = self._server.sockets[0].getsockname()[1]

    def close(self) -> None:
        """Break all connections and stop."""
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _stop(self) -> None:
        self._server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        turn = next(self._turns)
        for step in range(len(self._backends)):
            port = self._backends[(turn + step) % len(self._backends)]
            with contextlib.suppress(OSError):
                behind = await asyncio.open_connection("127.0.0.1", port)
                await asyncio.gather(_copy(reader, behind[1]), _copy(behind[0], writer))
                return
        writer.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
    except OSError:
        # Either side may go at any time.
        pass
    finally:
        writer.close()
