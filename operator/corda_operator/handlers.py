"""kopf's decorators and nothing else: which kinds are watched, and whom their events are told to.

Low-level event handlers only: they put no finalizer and no annotation of kopf's on anything, and what an event was is
of no interest beyond which resource to look at again. No indices, either, with which kopf would run no event handler
before everything was listed: each object that it lists then wakes all others that wait, and 500 nodes own 6,000.
"""

from collections.abc import Iterable
from typing import Any, Final

import kopf
from kubernetes.aio.client import Configuration

from corda_operator.reconcile.cluster import plural_of
from corda_operator.reconcile.engine import resync
from corda_operator.reconcile.engine.connection import for_watches
from corda_operator.reconcile.engine.keys import MANAGED
from corda_operator.reconcile.engine.watching import Watcher


def _watched(kinds: Iterable[tuple[str, str]]) -> tuple[tuple[str, str, str], ...]:
    """Return kinds as kopf wants them: group, version, plural."""
    parts = ((api_version.rpartition("/"), kind) for api_version, kind in kinds)
    return tuple((group, version, plural_of(kind)) for (group, _, version), kind in parts)


RESOURCES: Final = _watched(resync.RESOURCES)
OBJECTS: Final = _watched(resync.OBJECTS)
_PAGE: Final = 250
"""Objects that a listing reads at once."""


class _NoDifferences(kopf.DiffBaseStorage):
    """Keeps nothing to compare with: no handler asks what has changed, and copying every object takes its time."""

    def build(self, **_: Any) -> kopf.BodyEssence:
        return kopf.BodyEssence()

    def fetch(self, **_: Any) -> kopf.BodyEssence | None:
        return None

    def store(self, **_: Any) -> None:
        """Store nothing."""


def settings() -> kopf.OperatorSettings:
    """Return kopf's settings: it watches, and writes nothing."""
    result = kopf.OperatorSettings()
    result.posting.enabled = False
    result.persistence.diffbase_storage = _NoDifferences()
    # Else kopf watches all namespaces and all definitions, which takes rights of its own.
    result.scanning.disabled = True
    result.watching.chunk_size = _PAGE
    result.watching.connect_timeout = 10.0
    # Each object that has changed has a task for so long.
    result.queueing.idle_timeout = 1.0
    for kind in OBJECTS:
        result.watching.label_selectors[kind] = MANAGED
    return result


def registry(watcher: Watcher, connection: Configuration) -> kopf.OperatorRegistry:
    """Return the handlers."""
    result = kopf.OperatorRegistry()

    @kopf.on.login(registry=result)
    async def log_in(**_: Any) -> kopf.ConnectionInfo:
        return await for_watches(connection)

    for group, version, plural in (*RESOURCES, *OBJECTS):

        @kopf.on.event(group, version, plural, registry=result)
        async def noticed(type: str | None, body: kopf.Body, **_: Any) -> None:  # noqa: A002 - kopf's name
            await watcher.noticed(type, dict(body))

    return result
