"""One active operator: a Kubernetes Lease, held and renewed, and a deadline that fences writes.

Whoever holds the Lease acts; the others look at it now and then and take it once it has not been renewed for its
whole duration by their own clock, so that clocks need not agree. A holder stops writing well before that: at a deadline
after the *beginning* of its last renewal that succeeded, also if its process was stopped for an hour in between.

Ours, because the client library's (kubernetes.aio.leaderelection) ends at the first lost connection, never gives the
Lease back, and knows no deadline that a write could ask for. client-go: tools/leaderelection, whose rules these are.
"""

import asyncio
import datetime
import logging
import random
from dataclasses import dataclass
from typing import Any, Final

from corda_operator.reconcile.cluster import ChangedMeanwhileError, Cluster, ClusterError, RefusedByClusterError
from corda_operator.reconcile.desired import Manifest, Reference

logger = logging.getLogger(__name__)

_API_VERSION: Final = "coordination.k8s.io/v1"


class NotLeadingError(ClusterError):
    """This operator may not write: another one may be active."""


@dataclass(frozen=True)
class Timing:
    """Seconds, as client-go's defaults have them."""

    duration: float = 15.0
    """How long the others wait after they have seen the last renewal."""
    deadline: float = 10.0
    """How long after the beginning of its last renewal a holder may still write."""
    pause: float = 2.0
    """Between two looks at the Lease."""


DEFAULT_TIMING: Final = Timing()


class Election:
    """One candidate; `acquire`, then `hold` for as long as it leads."""

    def __init__(
        self, cluster: Cluster, namespace: str, name: str, identity: str, timing: Timing = DEFAULT_TIMING
    ) -> None:
        self._cluster = cluster
        self._reference = Reference(_API_VERSION, "Lease", namespace, name)
        self._identity = identity
        self._timing = timing
        self._clock = asyncio.get_running_loop().time
        self._until = float("-inf")
        self._seen: tuple[str, str] | None = None
        """Holder and time of the renewal that were seen last, and since when they are as they are."""
        self._seen_at = 0.0
        self.holder = ""
        """Who holds the Lease, as far as this candidate knows."""

    @property
    def leads(self) -> bool:
        """Whether this candidate may write now."""
        return self._clock() < self._until

    def check(self) -> None:
        """Raise NotLeadingError unless this candidate may write now."""
        if not self.leads:
            raise NotLeadingError(f"{self._identity} does not hold {self._reference}, or has not renewed it in time")

    async def acquire(self) -> None:
        """Wait until this candidate holds the Lease."""
        held = await self._attempt()
        while not held:
            await asyncio.sleep(self._timing.pause * random.uniform(0.8, 1.2))  # noqa: S311 - not for secrets
            held = await self._attempt()
        logger.info("active: holding %s", self._reference)

    async def hold(self) -> None:
        """Renew the Lease; return once it is lost."""
        while True:
            await asyncio.sleep(self._timing.pause)
            renewed = await self._attempt()
            if not renewed and (not self.leads or self.holder != self._identity):
                self._until = float("-inf")
                logger.error("%s is lost to %s", self._reference, self.holder or "nobody in particular")
                return

    async def release(self) -> None:
        """Give the Lease back, if it is this candidate's, so that another need not wait; errors don't matter."""
        if not self.leads:
            return
        self._until = float("-inf")
        try:
            lease = await self._cluster.read(self._reference)
            if lease is None or lease["spec"].get("holderIdentity") != self._identity:
                return
            spec = {**lease["spec"], "holderIdentity": "", "leaseDurationSeconds": 1, "renewTime": _now()}
            await self._cluster.replace({**lease, "spec": spec})
            logger.info("gave %s back", self._reference)
        except (ClusterError, RefusedByClusterError) as error:
            logger.warning("%s runs out by itself: %s", self._reference, error)

    async def _attempt(self) -> bool:
        """Take or renew the Lease if that may be; tell whether this candidate has just done so."""
        began = self._clock()
        try:
            # An answer that comes after the deadline is of no use.
            async with asyncio.timeout(self._timing.deadline / 2):
                written = await self._write()
        except ChangedMeanwhileError:
            return False
        except (ClusterError, RefusedByClusterError, TimeoutError) as error:
            logger.warning("%s can't be renewed now: %s", self._reference, str(error) or "no answer in time")
            return False
        if written:
            self._until = began + self._timing.deadline
        return written

    async def _write(self) -> bool:
        lease = await self._cluster.read(self._reference)
        if lease is None:
            if self._is_held(self._timing.duration):
                # Somebody has deleted it, and who held it does not know that yet.
                return False
            await self._cluster.create(self._lease(None))
            self.holder = self._identity
            return True
        spec: dict[str, Any] = lease.get("spec", {})
        self.holder = spec.get("holderIdentity", "")
        seen = (self.holder, spec.get("renewTime", ""))
        if seen != self._seen:
            self._seen, self._seen_at = seen, self._clock()
        if self._is_held(spec.get("leaseDurationSeconds", self._timing.duration)):
            return False
        await self._cluster.replace(self._lease(lease))
        self.holder = self._identity
        return True

    def _is_held(self, duration: float) -> bool:
        """Tell whether another one was seen to hold the Lease within its duration."""
        return self.holder not in ("", self._identity) and self._clock() < self._seen_at + duration

    def _lease(self, before: Manifest | None) -> Manifest:
        spec: dict[str, Any] = {} if before is None else before.get("spec", {})
        goes_on = spec.get("holderIdentity") == self._identity
        metadata = {"name": self._reference.name, "namespace": self._reference.namespace}
        now = _now()
        return {
            "apiVersion": _API_VERSION,
            "kind": "Lease",
            "metadata": metadata if before is None else before["metadata"],
            "spec": {
                "holderIdentity": self._identity,
                "leaseDurationSeconds": max(1, round(self._timing.duration)),
                "acquireTime": spec.get("acquireTime", now) if goes_on else now,
                "renewTime": now,
                "leaseTransitions": spec.get("leaseTransitions", 0) + (before is not None and not goes_on),
            },
        }


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
