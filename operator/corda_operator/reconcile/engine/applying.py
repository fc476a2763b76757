"""Making the world as a plan wants it: only what differs is written, and each write says what it was read as.

Objects that the API server refuses hold up nothing else: what it said becomes part of the next look at the world, and
so of the status. Any other failure ends the attempt, which the queue repeats later.
"""

import datetime
import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from corda_operator.reconcile.cluster import ChangedMeanwhileError, Cluster, ClusterError, RefusedByClusterError
from corda_operator.reconcile.desired import Desired, Event, Manifest, Reference
from corda_operator.reconcile.difference import unfulfilled
from corda_operator.reconcile.engine.keys import Key
from corda_operator.reconcile.engine.world import World
from corda_operator.reconcile.labels import FINALIZER, MANAGER

logger = logging.getLogger(__name__)

_LONGEST_MESSAGE: Final = 1024
"""Of an Event (kubernetes: core/v1 validation)."""


@dataclass
class Applied:
    """What an attempt came to."""

    written: int = 0
    """Objects that were applied or deleted."""
    refused: dict[Reference, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Applier:
    """Writes, and puts what it has written into the known world."""

    cluster: Cluster
    world: World
    instance: str
    """Who reports Events: the operator's pod."""

    async def objects(self, desired: Desired) -> Applied:
        """Apply what differs from the known world, and delete what is to go."""
        result = Applied()
        for wish in desired.objects:
            reference = Reference.of(wish)
            live = self.world.get(reference)
            different = "it is not there" if live is None else unfulfilled(wish, live)
            if different is None:
                continue
            try:
                applied = await self.cluster.apply(wish)
            except RefusedByClusterError as error:
                result.refused[reference] = str(error)
                logger.warning("%s was refused: %s", reference, error)
                continue
            result.written += 1
            self.world.put(applied)
            logger.info("applied %s", reference, extra={"why": different})
        for reference in desired.obsolete:
            try:
                result.written += await self._delete(reference)
            except RefusedByClusterError as error:
                result.refused[reference] = f"it can't be deleted: {error}"
                logger.warning("%s can't be deleted: %s", reference, error)
        return result

    async def finalizer(self, key: Key, *, wanted: bool) -> bool:
        """Set or take away our finalizer; tell whether anything had to be done."""
        resource = self.world.get(key.reference)
        if resource is None:
            return False
        present: list[str] = resource["metadata"].get("finalizers", [])
        if wanted == (FINALIZER in present):
            return False
        finalizers = [*present, FINALIZER] if wanted else [each for each in present if each != FINALIZER]
        changed = await self.cluster.set_finalizers(resource, finalizers)
        if changed is not None:
            self.world.put(changed)
        return True

    async def status(self, key: Key, status: Mapping[str, Any]) -> bool:
        """Report a status if it is another than the known one; tell whether it was."""
        resource = self.world.get(key.reference)
        if resource is None or resource.get("status") == status:
            return False
        try:
            self.world.put(await self.cluster.report(resource, status))
        except RefusedByClusterError as error:
            if error.status != 404:
                raise
            # It has gone meanwhile, and with it whoever wanted to know.
            return False
        return True

    async def tell(self, key: Key, events: tuple[Event, ...], now: datetime.datetime) -> None:
        """Write Kubernetes Events about a resource. One that is lost is no harm: conditions say the same."""
        resource = self.world.get(key.reference)
        if resource is None:
            return
        for event in events:
            try:
                await self.cluster.create(self._event(resource, event, now))
            except (ClusterError, RefusedByClusterError) as error:
                # Such as in a namespace that is being deleted.
                logger.info("no event %s about %s: %s", event.reason, key, error)

    async def _delete(self, reference: Reference) -> bool:
        uid = self.world.uid(reference)
        try:
            leaving = await self.cluster.delete(reference, uid)
        except ChangedMeanwhileError:
            # Another object of the same name is there by now; the watch brings it.
            return False
        # Known at once, so that it is not deleted again until the watch tells.
        if leaving is None:
            self.world.drop(reference)
        else:
            self.world.put(leaving)
        logger.info("deleted %s", reference)
        return True

    def _event(self, resource: Manifest, event: Event, now: datetime.datetime) -> Manifest:
        metadata, moment = resource["metadata"], now.strftime("%Y-%m-%dT%H:%M:%SZ")
        unique = hashlib.sha256(
            f"{metadata['uid']} {event.reason} {event.message} {now.timestamp()}".encode()
        ).hexdigest()[:16]
        return {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"name": f"{metadata['name']}.{unique}", "namespace": metadata["namespace"]},
            "involvedObject": {
                "apiVersion": resource["apiVersion"],
                "kind": resource["kind"],
                "name": metadata["name"],
                "namespace": metadata["namespace"],
                "uid": metadata["uid"],
                "resourceVersion": metadata["resourceVersion"],
            },
            "type": event.type,
            "reason": event.reason,
            "message": event.message[:_LONGEST_MESSAGE],
            "firstTimestamp": moment,
            "lastTimestamp": moment,
            "count": 1,
            "source": {"component": MANAGER},
            "reportingComponent": MANAGER,
            "reportingInstance": self.instance,
        }
