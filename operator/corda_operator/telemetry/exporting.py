"""Sends figures at intervals, as long as the process runs, and never at its expense.

The registry is read in the event loop, where its figures change, and so whole. What blocks is done in threads that
nobody waits for at the end: the SDK's own periodic reader would read from a thread of its own.
"""

import asyncio
import contextlib
import logging
import threading
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from prometheus_client import CollectorRegistry, Counter

from corda_operator.azure.errors import AzureError
from corda_operator.azure.secrets import Secrets
from corda_operator.telemetry.configuration import OpenTelemetry
from corda_operator.telemetry.figures import Figure, figures
from corda_operator.telemetry.origin import Origin

if TYPE_CHECKING:
    from corda_operator.telemetry.senders import Sender

T = TypeVar("T")
logger = logging.getLogger(__name__)

_READ_AGAIN_SECONDS: Final = 3600.0
"""How old the connection string may be while it works."""
LAST_SECONDS: Final = 3.0
"""For the last figures to be sent when the process is told to end."""


@contextlib.asynccontextmanager
async def exporting(
    registry: CollectorRegistry,
    origin: Origin,
    ask: Callable[[], OpenTelemetry],
    connection_string: "ConnectionString | None" = None,
    last_seconds: float = LAST_SECONDS,
) -> AsyncIterator[None]:
    """Send a registry's figures until the context ends, and once more then.

    ``ask`` is called before each export, so that what it tells may change. The end takes no longer than
    ``last_seconds``.
    """
    source = _Source(registry, origin, export_counter(registry))
    ways = [_Way("otlp", _Collector(ask), _otlp, source)]
    if connection_string is not None:
        ways.append(_Way("application-insights", connection_string, _application_insights, source))
    ended = asyncio.Event()
    tasks = [asyncio.create_task(way.run(ask, ended), name=f"figures by {way.name}") for way in ways]
    try:
        yield
    finally:
        ended.set()
        _, late = await asyncio.wait(tasks, timeout=last_seconds)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)


def export_counter(registry: CollectorRegistry) -> Counter:
    """Return the counter of exports, in a registry."""
    return Counter(
        "corda_telemetry_exports",
        "Exports of figures by where to and whether they arrived",
        ["destination", "result"],
        registry=registry,
    )


class _Address(Protocol):
    """Where to."""

    async def current(self, *, doubted: bool) -> str | None:
        """Return it, None if nothing is to be sent; ``doubted`` if nothing arrives there. May raise AzureError."""
        ...


class ConnectionString:
    """That of Application Insights, as Key Vault has it: it may be exchanged there while this process runs.

    ``ask`` tells the name of its secret, which may change; None: nothing is sent.
    """

    def __init__(self, ask: Callable[[], str | None], secrets: Secrets) -> None:
        self._ask = ask
        self._secrets = secrets
        self._name: str | None = None
        self._value: str | None = None
        self._read_at = 0.0

    async def current(self, *, doubted: bool) -> str | None:
        """Return it; one that was read before stays in use while the vault can't be asked."""
        name = self._ask()
        if name != self._name:
            self._name, self._value = name, None
        old = doubted or time.monotonic() - self._read_at >= _READ_AGAIN_SECONDS
        if name is not None and (self._value is None or old):
            self._read_at = time.monotonic()
            try:
                self._value = (await self._secrets.get(name)).value.strip()
            except AzureError as error:
                if self._value is None:
                    raise
                logger.warning("going on with the connection string as it was: %s", error)
        return self._value


class _Collector:
    def __init__(self, ask: Callable[[], OpenTelemetry]) -> None:
        self._ask = ask

    async def current(self, *, doubted: bool) -> str | None:  # noqa: ARG002 - as ConnectionString has it
        return self._ask().otlp_endpoint


@dataclass(frozen=True)
class _Source:
    registry: CollectorRegistry
    origin: Origin
    exports: Counter


class _Way:
    """One way out, with what is remembered of it from export to export."""

    def __init__(
        self,
        name: str,
        where: _Address,
        build: "Callable[[str, Origin], Sender]",
        source: _Source,
    ) -> None:
        self.name = name
        self._where = where
        self._build = build
        self._source = source
        self._address: str | None = None
        self._sender: Sender | None = None
        self._trouble: str | None = None

    async def run(self, ask: Callable[[], OpenTelemetry], ended: asyncio.Event) -> None:
        last = False
        while not last:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(ask().interval.total_seconds()):
                    last = await ended.wait()
            await self._export()
        if self._sender is not None:
            self._sender.close()

    async def _export(self) -> None:
        try:
            address = await self._where.current(doubted=self._trouble is not None)
            if address is None:
                return
            found = figures(self._source.registry.collect())
            trouble = await _in_thread(lambda: self._deliver(address, found))
        except AzureError as error:
            trouble = str(error)
        except ImportError:
            trouble = "this installation can't: install corda-operator[azure-monitor]"
        except Exception as error:
            # Not its message: one of the SDK may repeat the connection string.
            trouble = f"it could not even be tried ({type(error).__name__})"
        self._source.exports.labels(self.name, "sent" if trouble is None else "failed").inc()
        if trouble is not None and trouble != self._trouble:
            logger.warning("figures could not be sent by %s, trying again: %s", self.name, trouble)
        elif trouble is None and self._trouble is not None:
            logger.info("figures are sent by %s again", self.name)
        self._trouble = trouble

    def _deliver(self, address: str, found: tuple[Figure, ...]) -> str | None:
        if self._sender is None or address != self._address:
            if self._sender is not None:
                self._sender.close()
            self._sender, self._address = None, None
            self._sender, self._address = self._build(address, self._source.origin), address
        return self._sender.send(found, time.time_ns())


async def _in_thread(work: Callable[[], T]) -> T:
    """Return what blocks meanwhile; unlike asyncio's own threads, this one keeps no process from ending."""
    outcome: Future[T] = Future()
    outcome.set_running_or_notify_cancel()

    def run() -> None:
        try:
            outcome.set_result(work())
        except Exception as error:
            outcome.set_exception(error)

    threading.Thread(target=run, name="figures", daemon=True).start()
    return await asyncio.wrap_future(outcome)


def _otlp(endpoint: str, origin: Origin) -> "Sender":
    from corda_operator.telemetry import senders

    return senders.otlp(endpoint, origin)


def _application_insights(connection_string: str, origin: Origin) -> "Sender":
    from corda_operator.telemetry import senders

    return senders.application_insights(connection_string, origin)
