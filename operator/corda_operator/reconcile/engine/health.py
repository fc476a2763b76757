"""Whether the operator does its work, and what it tells Prometheus: HTTP for the kubelet and for monitoring.

Healthy is not only who answers: a resource that is worked at for minutes, or a watch that brings nothing any more,
would never mend by itself, and a new start does.
"""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from corda_operator.reconcile.engine.election import Election
from corda_operator.reconcile.engine.keys import Key
from corda_operator.reconcile.engine.metrics import Metrics
from corda_operator.reconcile.engine.resync import Resync
from corda_operator.reconcile.queue import WorkQueue


@dataclass
class Health:
    """Answers; a part that is not there yet is not asked."""

    metrics: Metrics
    stuck_seconds: float
    election: Election | None = None
    queue: WorkQueue[Key] | None = None
    resync: Resync | None = None

    def __post_init__(self) -> None:
        # Worked out whenever they are read, by whomever.
        self.metrics.leading.set_function(lambda: float(self.election is not None and self.election.leads))
        self.metrics.queue_depth.set_function(lambda: 0 if self.queue is None else self.queue.depth)
        self.metrics.queue_oldest.set_function(lambda: 0 if self.queue is None else self.queue.oldest())
        self.metrics.failing.set_function(lambda: 0 if self.queue is None else self.queue.failing)

    def troubles(self) -> list[str]:
        """Return what a new start would mend."""
        found = []
        oldest = 0.0 if self.queue is None else self.queue.oldest()
        if oldest > self.stuck_seconds:
            found.append(f"a resource has waited or been worked at for {oldest:.0f} s")
        dead = [] if self.resync is None else self.resync.dead()
        if dead:
            found.append(f"the watch of {', '.join(dead)} misses changes again and again")
        return found

    @contextlib.asynccontextmanager
    async def listening(self, host: str, port: int) -> AsyncIterator[int]:
        """Answer on a port, which is yielded: 0 asks for any that is free."""
        application = web.Application()
        application.add_routes(
            [
                web.get("/healthz", self._healthz),
                web.get("/readyz", self._readyz),
                web.get("/metrics", self._show),
            ]
        )
        runner = web.AppRunner(application, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, host, port).start()
        try:
            yield runner.addresses[0][1]
        finally:
            await runner.cleanup()

    async def _healthz(self, _: web.Request) -> web.Response:
        troubles = self.troubles()
        if troubles:
            return web.Response(status=500, text="".join(f"{each}\n" for each in troubles))
        return web.Response(text="ok\n")

    async def _readyz(self, _: web.Request) -> web.Response:
        # A replica that waits is as it should be: rolling out a new version waits for it.
        role = "active" if self.election is not None and self.election.leads else "waiting"
        return web.Response(text=f"{role}\n")

    async def _show(self, _: web.Request) -> web.Response:
        return web.Response(body=generate_latest(self.metrics.registry), headers={"Content-Type": CONTENT_TYPE_LATEST})
