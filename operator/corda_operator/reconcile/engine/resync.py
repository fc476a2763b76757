"""Listing everything anew from time to time: repairs what a watch has missed, and finds out that one is dead.

A watch that is cut off and goes on later brings no news of what was deleted in between, and one can die without a
word. What a listing shows that the watch has not brought within a grace period was missed: it is taken in, and a kind
whose watch misses changes again and again makes the operator unhealthy, so that it is started anew.
"""

import asyncio
import logging
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from corda_operator.api.resource import API_VERSION
from corda_operator.reconcile.cluster import Cluster, ClusterError, RefusedByClusterError
from corda_operator.reconcile.consortium.naming import KINDS as CONSORTIUM_OBJECTS
from corda_operator.reconcile.desired import Manifest, Reference
from corda_operator.reconcile.engine.keys import CONSORTIUM_KIND, MANAGED, NODE_KIND, Key
from corda_operator.reconcile.engine.metrics import Metrics
from corda_operator.reconcile.engine.watching import Watcher, feed
from corda_operator.reconcile.engine.world import World
from corda_operator.reconcile.queue import WorkQueue

logger = logging.getLogger(__name__)

RESOURCES: Final = ((API_VERSION, CONSORTIUM_KIND), (API_VERSION, NODE_KIND))
OBJECTS: Final = tuple(
    sorted({*CONSORTIUM_OBJECTS, ("apps/v1", "StatefulSet"), ("v1", "PersistentVolumeClaim"), ("v1", "Pod")})
)
"""Kinds of what our resources own, or what those own (apiVersion, kind); all have our labels."""
_GRACE: Final = 10.0
"""Seconds that a watch may be behind a listing."""
_FIRST: Final = 60.0
"""Seconds until the first listing after the watches have begun."""
_AGAIN: Final = 5.0
"""Seconds until the next attempt to list what there is."""
_DEAD_AFTER: Final = 2
"""Listings in a row that found changes which the watch of a kind has not brought."""


@dataclass
class Resync:
    """Lists, compares, and has everything looked at again."""

    cluster: Cluster
    world: World
    watcher: Watcher
    queue: WorkQueue[Key]
    metrics: Metrics
    namespaces: Sequence[str | None]
    """None: all of them."""
    period: float
    """Seconds."""
    _missed: dict[tuple[str, str | None], int] = field(default_factory=dict)
    """How many listings in a row found what the watch of a kind, in a namespace, had not brought."""

    async def fill(self) -> None:
        """List everything before the watches begin, so that nothing is reconciled in half of a world."""
        while True:
            try:
                for kind in (*RESOURCES, *OBJECTS):
                    for namespace in self.namespaces:
                        for manifest in await self._list(kind, namespace):
                            self.watcher.listed(manifest)
            except ClusterError as error:
                logger.warning("can't list what there is yet: %s", error)
                await asyncio.sleep(_AGAIN)
            else:
                return

    async def run(self) -> None:
        """Do so for ever, with jitter, so that many operators of a cluster don't list at once."""
        # What went between `fill` and the watches' own listings is in no watch.
        period = min(self.period, _FIRST)
        while True:
            await asyncio.sleep(period * random.uniform(0.9, 1.1))  # noqa: S311 - not for secrets
            period = self.period
            try:
                await self.once()
            except (ClusterError, RefusedByClusterError) as error:
                logger.warning("nothing was listed anew: %s", error)

    async def once(self) -> None:
        """List everything and have every resource looked at."""
        for kind in (*RESOURCES, *OBJECTS):
            for namespace in self.namespaces:
                await self._compare(kind, namespace)
        self.metrics.last_resync.set(time.time())
        await feed(self.queue, self.world, over=min(self.period / 10, 60.0))

    def dead(self) -> list[str]:
        """Return the kinds whose watch has missed changes again and again."""
        return sorted({kind for (kind, _), count in self._missed.items() if count >= _DEAD_AFTER})

    async def _compare(self, kind: tuple[str, str], namespace: str | None) -> None:
        known = self.world.versions(*kind, namespace)
        listed = await self._list(kind, namespace)
        behind = [each for each in listed if known.get(Reference.of(each), -1) < _version(each)]
        gone = known.keys() - {Reference.of(each) for each in listed}
        if not behind and not gone:
            self._missed.pop((kind[1], namespace), None)
            return
        await asyncio.sleep(_GRACE)
        now = self.world.versions(*kind, namespace)
        late = [each for each in behind if Reference.of(each) in now and now[Reference.of(each)] < _version(each)]
        late += [each for each in behind if Reference.of(each) not in now and Reference.of(each) not in known]
        ghosts = [reference for reference in gone if now.get(reference) == known[reference]]
        if not late and not ghosts:
            self._missed.pop((kind[1], namespace), None)
            return
        await self._take_in(kind, namespace, ghosts)

    async def _take_in(self, kind: tuple[str, str], namespace: str | None, ghosts: list[Reference]) -> None:
        """Take in what the watch has not brought, as of now."""
        fresh = {Reference.of(each): each for each in await self._list(kind, namespace)}
        count = 0
        for reference, manifest in fresh.items():
            if self.world.version(reference) < _version(manifest):
                await self.watcher.noticed("MODIFIED", manifest)
                count += 1
        for reference in ghosts:
            manifest_of_ghost = self.world.get(reference)
            if reference not in fresh and manifest_of_ghost is not None:
                await self.watcher.noticed("DELETED", manifest_of_ghost)
                count += 1
        if count:
            self._missed[kind[1], namespace] = self._missed.get((kind[1], namespace), 0) + 1
            self.metrics.missed.labels(kind[1]).inc(count)
            logger.warning("the watch of %s has missed %d changes, which are taken in now", kind[1], count)

    async def _list(self, kind: tuple[str, str], namespace: str | None) -> list[Manifest]:
        return await self.cluster.find(*kind, namespace, "" if kind in RESOURCES else MANAGED)


def _version(manifest: Manifest) -> int:
    version = manifest["metadata"]["resourceVersion"]
    return int(version) if version.isdecimal() else -1
