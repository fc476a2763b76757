"""What news of the cluster means: which keys to look at again. The handlers of watches call this and nothing else.

An object wakes the resource that it belongs to. Beside that, resources wake one another where one's plan reads the
other: a Consortium's facts are its nodes' inputs, nodes' readiness is counted by their Consortium, and the nodes of a
member share a Service, which its first node says how to expose.
"""

import asyncio
import logging
from collections.abc import Mapping
from typing import Any, Final

from corda_operator.api.conditions import ConditionType, is_true
from corda_operator.api.consortium import Consortium
from corda_operator.api.corda_node import CordaNode
from corda_operator.reconcile.consortium.naming import TRUST_ROOT
from corda_operator.reconcile.desired import Reference
from corda_operator.reconcile.engine.keys import CONSORTIUM_KIND, NODE_KIND, Key, owners
from corda_operator.reconcile.engine.metrics import Metrics
from corda_operator.reconcile.engine.world import World
from corda_operator.reconcile.labels import COMPONENT, MEMBER
from corda_operator.reconcile.node.inputs import member_of
from corda_operator.reconcile.queue import WorkQueue

logger = logging.getLogger(__name__)

_COUNTING: Final = 1.0
"""Seconds until a Consortium counts its nodes again: hundreds may become ready at once."""


class Watcher:
    """Keeps the known world up to date, and the queue fed."""

    def __init__(self, world: World, queue: WorkQueue[Key], metrics: Metrics) -> None:
        self._world = world
        self._queue = queue
        self._metrics = metrics
        self._complete = False
        self._listed: set[Reference] = set()
        self._nodes: dict[Key, CordaNode] = {}
        self._consortia: dict[Key, Consortium] = {}
        """What others were woken for last."""

    def listed(self, manifest: Mapping[str, Any]) -> None:
        """Take in an object of the listing before the watches begin; later calls have no effect."""
        if not self._complete and self._world.put(manifest):
            reference = Reference.of(manifest)
            self._listed.add(reference)
            self._remember(Key(reference.kind, reference.namespace, reference.name))

    async def noticed(self, change: str | None, manifest: Mapping[str, Any]) -> None:
        """Take in an event: ``ADDED``, ``MODIFIED``, ``DELETED``, or None for an object that a listing has shown."""
        self._complete = True
        reference = Reference.of(manifest)
        first = reference in self._listed
        self._listed.discard(reference)
        self._metrics.watched(reference.kind)
        key = Key(reference.kind, reference.namespace, reference.name)
        if change == "DELETED":
            news = self._world.drop(reference, manifest["metadata"].get("resourceVersion", ""))
        else:
            news = self._world.put(manifest)
        # The echo of what the operator wrote itself is no news to the resource, but may be to those that read of it.
        if reference.kind == NODE_KIND:
            await self._wake_by_node(key)
        elif reference.kind == CONSORTIUM_KIND:
            await self._wake_by_consortium(key)
        if not news and not first and change is not None:
            return
        if reference.kind in (NODE_KIND, CONSORTIUM_KIND):
            await self._queue.add(key)
        else:
            await self._object_changed(manifest)

    async def _wake_by_node(self, key: Key) -> None:
        before, after = self._nodes.get(key), self._world.node(key)
        self._remember(key)
        some = after or before
        if some is None:
            return
        consortium = Key(CONSORTIUM_KIND, key.namespace, some.spec.consortium_ref.name)
        if _counts(before) != _counts(after):
            await self._queue.add_after(consortium, _COUNTING)
        if _asks(before) != _asks(after):
            await self._wake_first_of_member(some)

    async def _wake_first_of_member(self, node: CordaNode) -> None:
        """Have the member's Service planned again: by its first node, which says how it is exposed."""
        found = self._world.consortium(node.metadata.namespace, node.spec.consortium_ref.name)
        member = member_of(node, found)
        if member is None or found is None:
            return
        for each in self._world.nodes(node.metadata.namespace, found.metadata.name):
            if each.metadata.deletion_timestamp is None and member_of(each, found) == member:
                await self._queue.add(Key(NODE_KIND, each.metadata.namespace, each.metadata.name))
                return

    async def _wake_by_consortium(self, key: Key) -> None:
        before, after = self._consortia.get(key), self._world.consortium(key.namespace, key.name)
        self._remember(key)
        if _facts(before) != _facts(after):
            await self._wake_nodes(key)

    def _remember(self, key: Key) -> None:
        self._nodes.pop(key, None)
        self._consortia.pop(key, None)
        node, consortium = self._world.node(key), self._world.consortium(key.namespace, key.name)
        if node is not None:
            self._nodes[key] = node
        elif key.kind == CONSORTIUM_KIND and consortium is not None:
            self._consortia[key] = consortium

    async def _wake_nodes(self, consortium: Key) -> None:
        for node in self._world.nodes(consortium.namespace, consortium.name):
            await self._queue.add(Key(NODE_KIND, node.metadata.namespace, node.metadata.name))

    async def _object_changed(self, manifest: Mapping[str, Any]) -> None:
        labels = manifest["metadata"].get("labels", {})
        found = list(owners(manifest))
        for key in found:
            await self._queue.add(key)
            node = self._world.node(key)
            if manifest["kind"] == "Pod" and node is not None and node.metadata.deletion_timestamp is not None:
                # Once it runs no more, its Consortium takes it out of the network map.
                await self._queue.add(Key(CONSORTIUM_KIND, key.namespace, node.spec.consortium_ref.name))
            if key.kind == CONSORTIUM_KIND and labels.get(COMPONENT) == TRUST_ROOT and manifest["kind"] == "ConfigMap":
                await self._wake_nodes(key)
        if not found and MEMBER in labels:
            await self._wake_member(manifest["metadata"]["namespace"], labels[MEMBER])

    async def _wake_member(self, namespace: str, member: str) -> None:
        """Have the Service of a member looked at, by one node of it."""
        for key in self._world.resources():
            node = self._world.node(key)
            if node is None or key.namespace != namespace:
                continue
            found = member_of(node, self._world.consortium(namespace, node.spec.consortium_ref.name))
            if found is not None and found.name == member:
                await self._queue.add(key)
                return


async def feed(queue: WorkQueue[Key], world: World, *, over: float) -> None:
    """Have every resource looked at, spread over so many seconds."""
    keys = list(world.resources())
    for place, key in enumerate(keys):
        await queue.add_after(key, over * place / len(keys))
        if place % 100 == 99:
            await asyncio.sleep(0)


def _counts(node: CordaNode | None) -> object:
    """Return what of a node its Consortium tells: whether it is ready, and that it leaves."""
    if node is None:
        return None
    return is_true(node.status.conditions, ConditionType.READY), node.metadata.deletion_timestamp


def _asks(node: CordaNode | None) -> object:
    """Return what of a node its member's Service depends on."""
    if node is None or node.metadata.deletion_timestamp is not None:
        return None
    return node.spec.rpc.exposure, node.spec.notary is None


def _facts(consortium: Consortium | None) -> object:
    """Return what of a Consortium its nodes depend on."""
    if consortium is None:
        return None
    status = consortium.status
    return (
        consortium.spec,
        status.trust_root_sha256,
        status.identity_manager_url,
        status.network_map_url,
        status.parameters,
    )
