"""Whether the operator can do its work at all, asked before it begins: a watch that is refused is otherwise silent."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Final

from corda_operator.api.resource import API_VERSION, GROUP
from corda_operator.reconcile.cluster import Cluster, ClusterError, RefusedByClusterError
from corda_operator.reconcile.engine.keys import CONSORTIUM_KIND, NODE_KIND
from corda_operator.reconcile.engine.rights import RIGHTS

logger = logging.getLogger(__name__)

_AGAIN: Final = 10.0
"""Seconds."""


async def passed(cluster: Cluster, namespaces: Sequence[str | None]) -> None:
    """Wait until the CRDs are there and all rights are given; say in the log what is missing."""
    said = ""
    while True:
        missing = await _missing(cluster, namespaces)
        if not missing:
            return
        if missing != said:
            logger.error("can't begin: %s", missing)
            said = missing
        await asyncio.sleep(_AGAIN)


async def _missing(cluster: Cluster, namespaces: Sequence[str | None]) -> str:
    try:
        for kind in (CONSORTIUM_KIND, NODE_KIND):
            await cluster.find(API_VERSION, kind, namespaces[0])
        refused = [each async for each in _refused(cluster, namespaces)]
    except RefusedByClusterError as error:
        if error.status == 404:
            return f"{error}: install the CRDs of group {GROUP}, with Helm or by kubectl apply -f crds/"
        return str(error)
    except ClusterError as error:
        return str(error)
    if refused:
        return f"the operator's role lacks {'; '.join(refused)}. Install the role of this version of the operator."
    return ""


async def _refused(cluster: Cluster, namespaces: Sequence[str | None]) -> AsyncIterator[str]:
    for namespace in namespaces:
        for group, resource, verb in _questions():
            name, _, subresource = resource.partition("/")
            attributes = {"group": group, "resource": name, "verb": verb}
            if subresource:
                attributes["subresource"] = subresource
            if namespace is not None:
                attributes["namespace"] = namespace
            review = {
                "apiVersion": "authorization.k8s.io/v1",
                "kind": "SelfSubjectAccessReview",
                "spec": {"resourceAttributes": attributes},
            }
            if not (await cluster.ask(review))["status"].get("allowed", False):
                where = "in all namespaces" if namespace is None else f"in namespace {namespace}"
                yield f"{verb} {resource} {where}"


def _questions() -> Iterator[tuple[str, str, str]]:
    for right in RIGHTS:
        for resource in right.resources:
            for verb in right.verbs:
                yield right.group, resource, verb
