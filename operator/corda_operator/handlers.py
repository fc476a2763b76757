"""kopf's decorators and nothing else: which kinds are watched, and whom their events are told to.

Low-level event handlers only: they put no finalizer and no annotation of kopf's on anything, and what an event was is
of no interest beyond which resource to look at again. No indices, either, with which kopf would run no event handler
before everything was listed: each object that it lists then wakes all others that wait, and 500 nodes own 6,000.
"""

from typing import Any, Final

import kopf
from kubernetes.aio.client import Configuration

from corda_operator.api.resource import GROUP, VERSION
from corda_operator.reconcile.engine.connection import for_watches
from corda_operator.reconcile.engine.keys import MANAGED
from corda_operator.reconcile.engine.watching import Watcher

RESOURCES: Final = ((GROUP, VERSION, "consortia"), (GROUP, VERSION, "cordanodes"))
OBJECTS: Final = (
    ("", "v1", "configmaps"),
    ("", "v1", "persistentvolumeclaims"),
    ("", "v1", "pods"),
    ("", "v1", "serviceaccounts"),
    ("", "v1", "services"),
    ("apps", "v1", "deployments"),
    ("apps", "v1", "statefulsets"),
    ("batch", "v1", "jobs"),
    ("networking.k8s.io", "v1", "networkpolicies"),
    ("policy", "v1", "poddisruptionbudgets"),
)
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
