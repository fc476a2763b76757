"""The operator as a process: waits until it is the active one, then watches and works until it ends or is not any more.

An operator that loses its Lease ends, and is started again as one that waits: nothing that it remembers can then be
older than what another one did meanwhile.
"""

import asyncio
import logging
import os
import signal
import socket
import uuid
from collections.abc import Coroutine, Mapping
from typing import Any, Final

import aiohttp
import kopf
from kubernetes.aio.client import ApiClient, Configuration

from corda_operator import handlers
from corda_operator.configuration_files import address
from corda_operator.reconcile.cluster import Cluster
from corda_operator.reconcile.engine.applying import Applier
from corda_operator.reconcile.engine.configuration import OperatorConfiguration
from corda_operator.reconcile.engine.connection import configuration as connect
from corda_operator.reconcile.engine.election import DEFAULT_TIMING, Election, Timing
from corda_operator.reconcile.engine.health import Health
from corda_operator.reconcile.engine.metrics import Metrics
from corda_operator.reconcile.engine.observing import Observer
from corda_operator.reconcile.engine.preflight import passed
from corda_operator.reconcile.engine.reconciler import Reconciler
from corda_operator.reconcile.engine.resync import Resync
from corda_operator.reconcile.engine.services import ServicesClient
from corda_operator.reconcile.engine.watching import Watcher
from corda_operator.reconcile.engine.world import World
from corda_operator.reconcile.queue import WorkQueue
from corda_operator.telemetry.exporting import exporting
from corda_operator.telemetry.origin import Origin

logger = logging.getLogger(__name__)

_ENDED: Final = 0
_LOST: Final = 1
"""Exit code: not the active one any more, or a part of it has ended."""
_LAST_SECONDS: Final = 10.0
"""For the parts to end in."""


async def operate(
    configuration: OperatorConfiguration,
    environment: Mapping[str, str] = os.environ,
    timing: Timing = DEFAULT_TIMING,
) -> int:
    """Run until SIGTERM or SIGINT, or until the Lease is lost; return the exit code."""
    ended = asyncio.Event()
    _end_on_signals(ended)
    # kopf tells of every event that was handled.
    logging.getLogger("kopf").setLevel(logging.WARNING)
    connection = await connect()
    metrics = Metrics()
    health = Health(metrics, configuration.stuck_seconds)
    namespace = environment.get("POD_NAMESPACE", "default")
    instance = environment.get("POD_NAME", socket.gethostname())
    origin = Origin("corda-operator", namespace, instance)
    async with (
        ApiClient(connection) as client,
        health.listening(*address(configuration.listen)),
        exporting(metrics.registry, origin, lambda: configuration.telemetry),
    ):
        unfenced = Cluster(client, called=metrics.called)
        identity = f"{instance}_{uuid.uuid4().hex[:8]}"
        election = Election(unfenced, namespace, configuration.lease_name, identity, timing)
        health.election = election
        await _until_first(election.acquire(), ended.wait())
        if ended.is_set():
            return _ENDED
        cluster = Cluster(client, before_write=election.check, called=metrics.called)
        try:
            async with aiohttp.ClientSession(trust_env=True) as session:
                active = _Active(configuration, namespace, instance, cluster, connection, session, health, metrics)
                await _until_first(election.hold(), ended.wait(), active.run(ended))
        finally:
            await election.release()
    return _ENDED if ended.is_set() else _LOST


class _Active:
    """The operator while it is the active one."""

    def __init__(
        self,
        configuration: OperatorConfiguration,
        namespace: str,
        instance: str,
        cluster: Cluster,
        connection: Configuration,
        session: aiohttp.ClientSession,
        health: Health,
        metrics: Metrics,
    ) -> None:
        self._configuration = configuration
        self._cluster = cluster
        self._connection = connection
        self._health = health
        self._namespaces: tuple[str | None, ...] = configuration.namespaces or (None,)
        world = World()
        observer = Observer(world, cluster, ServicesClient(session))
        applier = Applier(cluster, world, instance)
        reconciler = Reconciler(observer, applier, configuration.settings(namespace), metrics)
        queue = WorkQueue(reconciler.reconcile, workers=configuration.workers)
        watcher = Watcher(world, queue, metrics)
        self._queue = queue
        self._resync = Resync(cluster, world, watcher, queue, metrics, self._namespaces, configuration.resync_seconds)
        self._registry = handlers.registry(watcher, connection)
        health.queue, health.resync, metrics.resources.world = queue, self._resync, world

    async def run(self, ended: asyncio.Event) -> None:
        """Watch and work until something fails or this is cancelled."""
        await passed(self._cluster, self._namespaces)
        await self._resync.fill()
        logger.info("watching", extra={"namespaces": list(self._configuration.namespaces) or "all"})
        await _until_first(self._watch(ended), self._queue.run(), self._resync.run())

    async def _watch(self, ended: asyncio.Event) -> None:
        ready, stop = asyncio.Event(), asyncio.Event()
        namespaces = self._configuration.namespaces
        watching = kopf.operator(
            registry=self._registry,
            settings=handlers.settings(),
            standalone=True,
            clusterwide=not namespaces,
            namespaces=namespaces,
            ready_flag=ready,
            stop_flag=stop,
        )
        task = asyncio.create_task(watching, name="watches")
        try:
            await asyncio.wait([task, asyncio.create_task(ready.wait())], return_when=asyncio.FIRST_COMPLETED)
            # kopf has taken the signals for itself.
            _end_on_signals(ended)
            await task
            raise RuntimeError("kopf has stopped watching without a reason")
        finally:
            stop.set()
            await asyncio.wait([task], timeout=_LAST_SECONDS)
            task.cancel()


async def _until_first(*parts: Coroutine[Any, Any, object]) -> None:
    """Run parts side by side until the first of them ends, cancel the others, and raise what any has raised."""
    tasks = [asyncio.ensure_future(part) for part in parts]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks, timeout=_LAST_SECONDS)
    for task in done:
        task.result()


def _end_on_signals(ended: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
