"""One key at a time: look, plan, apply, report. What the work queue calls.

The order of writes: the finalizer before anything that it guards, objects, then the status that tells of them, Events
for what changed in it, and the finalizer's removal last. Ended between any two, the next attempt finds the difference
that is left.
"""

import datetime
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from corda_operator.api.conditions import Condition, ConditionType, Reason, with_condition
from corda_operator.reconcile.consortium.plan import plan as plan_consortium
from corda_operator.reconcile.desired import Desired, Event, Manifest, Settings
from corda_operator.reconcile.engine.applying import Applied, Applier
from corda_operator.reconcile.engine.keys import CONSORTIUM_KIND, Key
from corda_operator.reconcile.engine.metrics import Metrics
from corda_operator.reconcile.engine.observing import Observer
from corda_operator.reconcile.node.plan import plan as plan_node

logger = logging.getLogger(__name__)

_OF_CONDITIONS: Final = frozenset(each.value for each in (*ConditionType, *Reason))
"""Reasons of Events that tell what a status tells. Any other tells of a deed, such as a restart, which the plan of the
world after it knows nothing of."""

_STILL_DIFFERENT: Final = 5.0
"""Seconds."""


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


@dataclass(frozen=True)
class Reconciler:
    """Brings resources to what they ask for."""

    observer: Observer
    applier: Applier
    settings: Settings
    metrics: Metrics
    now: Callable[[], datetime.datetime] = _now

    async def reconcile(self, key: Key) -> float | None:
        """Do what is to be done for a resource; return in how many seconds it wants to be looked at again."""
        began, result = time.monotonic(), "failed"
        try:
            look_again = await self._reconcile(key)
            result = "done"
        finally:
            self.metrics.reconciled(key.kind, result, time.monotonic() - began)
        return look_again

    async def _reconcile(self, key: Key) -> float | None:
        invalid = self.observer.world.why_invalid(key)
        if invalid is not None:
            await self._report_invalid(key, invalid)
            return None
        desired = await self._plan(key)
        if desired is None:
            self.observer.refused.pop(key, None)
            return None
        again = await self._apply(key, desired)
        deeds: tuple[Event, ...] = ()
        if again:
            deeds = tuple(each for each in desired.events if each.reason not in _OF_CONDITIONS)
            # What has just been written belongs to the world that the status tells of.
            desired = await self._plan(key) or desired
            again = await self._apply(key, desired)
        await self.applier.status(key, desired.status)
        await self.applier.tell(key, tuple(dict.fromkeys((*deeds, *desired.events))), self.now())
        if desired.finalizer is False:
            await self.applier.finalizer(key, wanted=False)
        # What still differs won't for long, or always will: never without a pause.
        return _STILL_DIFFERENT if again else desired.look_again

    async def _apply(self, key: Key, desired: Desired) -> bool:
        """Write what is to be written; tell whether the world is another one now."""
        if desired.finalizer is True:
            await self.applier.finalizer(key, wanted=True)
        applied = await self.applier.objects(desired)
        return self._refusals_changed(key, applied, desired) or applied.written > 0

    async def _plan(self, key: Key) -> Desired | None:
        """Look at a resource's world and plan; None if there is no such resource (any more)."""
        if key.kind == CONSORTIUM_KIND:
            consortium = self.observer.world.consortium(key.namespace, key.name)
            if consortium is None:
                return None
            return plan_consortium(consortium, await self.observer.consortium(consortium), self.settings, self.now())
        node = self.observer.world.node(key)
        if node is None:
            return None
        return plan_node(node, await self.observer.node(node), self.settings, self.now())

    def _refusals_changed(self, key: Key, applied: Applied, desired: Desired) -> bool:
        """Note what was refused; tell whether the next plan would say something else for it."""
        before = self.observer.refused.get(key, {})
        if not desired.objects:
            # Nothing was tried, so nothing is known to be better.
            return False
        if applied.refused:
            self.observer.refused[key] = applied.refused
        else:
            self.observer.refused.pop(key, None)
        return applied.refused != before

    async def _report_invalid(self, key: Key, why: str) -> None:
        """Report on a resource that this version of the operator can't read, as one made for a newer one."""
        resource = self.observer.world.get(key.reference)
        if resource is None:
            return
        if "deletionTimestamp" in resource["metadata"]:
            # Kubernetes deletes what it owns, a volume is kept; nobody has to repair what is to go.
            logger.warning("%s can't be read and is let go: %s", key, why)
            await self.applier.finalizer(key, wanted=False)
            return
        message = f"The operator can't act on this resource: {why}. What runs goes on as it was."
        status = resource.get("status", {})
        conditions = _known(status)
        for about, truth in ((ConditionType.READY, "False"), (ConditionType.STALLED, "True")):
            conditions = with_condition(
                conditions,
                about,
                "True" if truth == "True" else "False",
                Reason.INVALID_SPEC,
                message,
                generation=resource["metadata"].get("generation", 0),
                now=self.now(),
            )
        rendered = [each.model_dump(mode="json", by_alias=True, exclude_none=True) for each in conditions]
        await self.applier.status(key, {**status, "conditions": rendered})


def _known(status: Manifest) -> tuple[Condition, ...]:
    try:
        return tuple(Condition.model_validate(each) for each in status.get("conditions", ()))
    except ValueError:
        return ()
