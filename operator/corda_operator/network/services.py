"""One replica of the network services, without its HTTP server: everything that runs, put together."""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator

from corda_operator.azure.errors import AzureError, NotFound
from corda_operator.azure.keys import Signer
from corda_operator.azure.session import AzureSession
from corda_operator.network import plan
from corda_operator.network.configuration import Configuration
from corda_operator.network.identity_manager import IdentityManager
from corda_operator.network.ledger import Ledger, UnreadableLogError
from corda_operator.network.log.blocks import Block, UnreadableBlockError
from corda_operator.network.log.head import UnreadableHeadError
from corda_operator.network.log.state import State, TrustRoot
from corda_operator.network.metrics import Metrics
from corda_operator.network.network_map import NetworkMapService
from corda_operator.network.page.observer import Observer
from corda_operator.network.reconciler import Reconciler
from corda_operator.network.store import Store
from corda_operator.network.trust_root import Authorities, TrustRootError
from corda_operator.network.writer import Writer

logger = logging.getLogger(__name__)

REFRESH_SECONDS = 1.0
"""How old what another replica wrote may be here; what nodes poll costs nothing of this."""
DRAIN_SECONDS = 10.0
"""How long what was proposed may take to become durable when the process is told to end."""


class Services:
    """What the endpoints need. Made by `running`."""

    def __init__(
        self,
        configuration: Configuration,
        ledger: Ledger,
        trust_root: TrustRoot,
        identity_manager: Signer,
        network_map: Signer,
        metrics: Metrics,
    ) -> None:
        self.ledger = ledger
        self.trust_root = trust_root
        self.writer = Writer(ledger, network_map.sign, metrics=metrics)
        authorities = Authorities.of(trust_root)
        self.identity_manager = IdentityManager(ledger, self.writer, self._current)
        self.network_map = NetworkMapService(ledger, self.writer, self._current, authorities.root)
        self.reconciler = Reconciler(ledger, self.writer, self._current, authorities, identity_manager, network_map)
        self.observer = Observer(ledger, self._current)
        self._metrics = metrics
        self.configure(configuration)

    def configure(self, configuration: Configuration) -> None:
        """Act on another configuration from now on."""
        self.configuration = configuration
        seconds = int(configuration.network_map.poll_interval.total_seconds())
        self.map_cache_control = f"public, max-age={seconds}"
        self.wake()

    def wake(self) -> None:
        """Have the reconciler look at what is to be done."""
        self.reconciler.wake()

    def why_no_map(self) -> str:
        """Return what the network map waits for."""
        missing = plan.missing_notaries(self.configuration, self.ledger.state)
        if missing:
            return f"The network map waits for notaries to register: {'; '.join(map(str, missing))}."
        return "The first network parameters are being signed."

    async def block(self, name: str) -> Block | None:
        """Return a block of the log by its hash."""
        try:
            return await self.ledger.store.block(name)
        except NotFound:
            return None

    async def follow(self) -> None:
        """Keep up with what other replicas write, until cancelled."""
        while True:
            try:
                await self.ledger.refresh()
                self._metrics.current_at.set(time.time())
            except (AzureError, UnreadableLogError, UnreadableHeadError, UnreadableBlockError) as error:
                logger.warning("could not follow the log, serving what is known: %s", error)
            await asyncio.sleep(REFRESH_SECONDS)

    def _current(self) -> Configuration:
        return self.configuration


@contextlib.asynccontextmanager
async def running(configuration: Configuration, session: AzureSession, metrics: Metrics) -> AsyncIterator[Services]:
    """Give the services, running; raise AzureError, TrustRootError or UnreadableLogError if they can't begin."""
    changed: list[Services] = []

    def on_change(state: State) -> None:
        for services in changed:
            services.reconciler.notice(state)

    storage = configuration.storage
    ledger = Ledger(Store(session.container(str(storage.account_url), storage.container)), on_change)
    await ledger.open()
    trust_root = ledger.state.trust_root
    if trust_root is None:
        raise TrustRootError(
            f"container {storage.container} has no trust root yet: make it with `corda-operator trust-root`"
        )
    keys = session.vault_keys(str(configuration.key_vault.url))
    services = Services(
        configuration,
        ledger,
        trust_root,
        await keys.signer(trust_root.identity_manager_key),
        await keys.signer(trust_root.network_map_key),
        metrics,
    )
    changed.append(services)
    metrics.state.source = lambda: (ledger.state, services.configuration)
    metrics.page.source = services.observer
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(work, name=name)
            for name, work in (
                ("writer", services.writer.run()),
                ("reconciler", services.reconciler.run()),
                ("follower", services.follow()),
                ("observer", services.observer.run()),
            )
        ]
        try:
            yield services
        finally:
            tasks[1].cancel()
            await services.writer.drain(DRAIN_SECONDS)
            for task in tasks:
                task.cancel()
