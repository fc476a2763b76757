"""The network services as a process: one configuration file, two listeners, an orderly end."""

import asyncio
import contextlib
import logging
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from corda_operator.azure.errors import AzureError
from corda_operator.azure.session import AzureSession
from corda_operator.configuration_files import ConfigurationError, address
from corda_operator.network import configuration as configurations
from corda_operator.network.configuration import Configuration
from corda_operator.network.http.endpoints import Endpoints
from corda_operator.network.http.server import Server
from corda_operator.network.ledger import UnreadableLogError
from corda_operator.network.log.head import UnreadableHeadError
from corda_operator.network.metrics import Metrics
from corda_operator.network.page.access import Gate
from corda_operator.network.page.server import application as page_application
from corda_operator.network.report import report
from corda_operator.network.services import Services, running
from corda_operator.network.trust_root import TrustRootError
from corda_operator.telemetry.configuration import Telemetry
from corda_operator.telemetry.exporting import ConnectionString, exporting
from corda_operator.telemetry.origin import Origin

logger = logging.getLogger(__name__)

_LOOK_AGAIN = 2.0
"""How often the configuration file is looked at, and how long a start that failed waits, in seconds."""


class Process:
    """The running process; `serve` until a signal comes."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._metrics = Metrics()
        self._services: Services | None = None
        self._telemetry = Telemetry()
        self._why_not_ready = "starting"
        self._configuration_error: str | None = None
        self._seen: tuple[int, int, int] | None = None

    async def serve(self) -> None:
        """Serve until SIGTERM or SIGINT; raise ConfigurationError if the file can't be used at the start."""
        self._seen = self._version()
        configuration = configurations.load(self._file)
        self._metrics.configuration_valid.set(1)
        self._telemetry = configuration.telemetry
        ended = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, ended.set)
        async with (
            self._admin(configuration),
            AzureSession(observe=self._metrics.asked_azure) as session,
            self._exporting(configuration, session),
        ):
            work = asyncio.create_task(self._work(configuration, session, ended))
            await asyncio.wait([work, asyncio.create_task(ended.wait())], return_when=asyncio.FIRST_COMPLETED)
            self._why_not_ready = "ending"
            await work

    async def _work(self, configuration: Configuration, session: AzureSession, ended: asyncio.Event) -> None:
        while not ended.is_set():
            try:
                async with (
                    running(configuration, session, self._metrics) as services,
                    _page(services, session),
                ):
                    await self._listen(services, ended)
                    return
            except (AzureError, TrustRootError, UnreadableLogError, UnreadableHeadError) as error:
                self._why_not_ready = str(error)
                logger.warning("can't begin, trying again: %s", error)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_AGAIN):
                    await ended.wait()
            configuration = self._changed(configuration) or configuration

    async def _listen(self, services: Services, ended: asyncio.Event) -> None:
        server = Server(Endpoints(services, self._metrics), services.configuration.limits)
        async with server.listening(*address(services.configuration.listen)) as port:
            logger.info("serving", extra={"port": port, "block": services.ledger.state.sequence})
            self._services = services
            while not ended.is_set():
                self._metrics.connections.set(server.open)
                self._metrics.connections_refused.set(server.refused)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_LOOK_AGAIN):
                        await ended.wait()
                changed = self._changed(services.configuration)
                if changed is not None:
                    services.configure(changed)
                    server.limits = changed.limits
            self._services = None
            logger.info("ending")

    def _version(self) -> tuple[int, int, int] | None:
        # To read thousands of members takes a second, in which nothing else is answered.
        try:
            status = self._file.stat()
        except OSError:
            return None
        return status.st_ino, status.st_mtime_ns, status.st_size

    def _changed(self, current: Configuration) -> Configuration | None:
        version = self._version()
        if version == self._seen:
            return None
        self._seen = version
        try:
            found = configurations.load(self._file)
        except ConfigurationError as error:
            self._metrics.configuration_valid.set(0)
            self._configuration_error = str(error)
            logger.error("keeping the configuration as it was: %s", error)
            return None
        self._metrics.configuration_valid.set(1)
        self._configuration_error = None
        self._telemetry = found.telemetry
        if found == current:
            return None
        fixed = [
            name
            for name in ("public_url", "listen", "listen_admin", "listen_page", "key_vault", "storage", "trust_root")
            if getattr(found, name) != getattr(current, name)
        ]
        if fixed:
            logger.warning("these fields take effect at the next start only: %s", ", ".join(fixed))
            found = found.model_copy(update={name: getattr(current, name) for name in fixed})
            if found == current:
                return None
        logger.info("configuration changed", extra={"generation": found.generation})
        return found

    def _exporting(
        self, configuration: Configuration, session: AzureSession
    ) -> contextlib.AbstractAsyncContextManager[None]:
        # Networks are told apart by what of them stays.
        origin = Origin("corda-network-services", urlsplit(str(configuration.public_url)).netloc)
        secrets = session.vault_secrets(str(configuration.key_vault.url))
        string = ConnectionString(lambda: self._telemetry.application_insights_secret, secrets)
        return exporting(self._metrics.registry, origin, lambda: self._telemetry, string)

    @contextlib.asynccontextmanager
    async def _admin(self, configuration: Configuration) -> AsyncIterator[None]:
        application = web.Application()
        application.add_routes(
            [
                web.get("/healthz", self._healthz),
                web.get("/readyz", self._readyz),
                web.get("/metrics", self._show),
                web.get("/status", self._report),
            ]
        )
        async with _listening(application, configuration.listen_admin):
            yield

    async def _healthz(self, _: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    async def _readyz(self, _: web.Request) -> web.Response:
        # Storage may be away: what is known is still served, and no other replica would do better.
        if self._services is None:
            return web.Response(status=503, text=f"{self._why_not_ready}\n")
        return web.Response(text="ok\n")

    async def _report(self, request: web.Request) -> web.Response:
        services = self._services
        if services is None:
            return web.Response(status=503, text=f"{self._why_not_ready}\n")
        found = report(
            services.ledger.state,
            services.configuration,
            names=frozenset(request.query.getall("legalName", [])) or None,
            configuration_error=self._configuration_error,
            seen=services.observer.seen(),
        )
        return web.json_response(text=found.model_dump_json())

    async def _show(self, _: web.Request) -> web.Response:
        return web.Response(body=generate_latest(self._metrics.registry), headers={"Content-Type": CONTENT_TYPE_LATEST})


@contextlib.asynccontextmanager
async def _page(services: Services, session: AzureSession) -> AsyncIterator[None]:
    """Serve the network page, whether it is wished for or not: who asks is told."""
    secrets = session.vault_secrets(str(services.configuration.key_vault.url))

    async def read(name: str) -> str:
        return (await secrets.get(name)).value

    gate = Gate(lambda: services.configuration.network_page, read)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(gate.run(), name="network page's token")
        async with _listening(page_application(services.observer.view, gate), services.configuration.listen_page):
            yield
        task.cancel()


@contextlib.asynccontextmanager
async def _listening(application: web.Application, listen: str) -> AsyncIterator[None]:
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, *address(listen)).start()
        yield
    finally:
        await runner.cleanup()
