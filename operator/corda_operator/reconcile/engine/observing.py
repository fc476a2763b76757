"""Looking at the world of one resource, for its plan: what the watches know, and what only others can be asked."""

import contextlib
import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from corda_operator.api.conditions import ConditionType, is_true
from corda_operator.api.consortium import Consortium, Joined
from corda_operator.api.corda_node import CordaNode
from corda_operator.corda.distinguished_names import InvalidName
from corda_operator.corda.names import LegalName
from corda_operator.network.report import StatusReport
from corda_operator.reconcile.cluster import Cluster
from corda_operator.reconcile.consortium.naming import status_urls
from corda_operator.reconcile.consortium.observed import ObservedConsortium
from corda_operator.reconcile.consortium.root import map_reference
from corda_operator.reconcile.consortium.trust_root import ROOT_FILE
from corda_operator.reconcile.desired import Manifest, Reference
from corda_operator.reconcile.engine.keys import CONSORTIUM_KIND, NODE_KIND, Key
from corda_operator.reconcile.engine.services import ServicesClient
from corda_operator.reconcile.engine.world import World
from corda_operator.reconcile.node import names
from corda_operator.reconcile.node.inputs import member_of
from corda_operator.reconcile.node.observed import Listing, ObservedNode
from corda_operator.reconcile.node.pod import ENROLMENT_CONTAINER

_LOG_LINES: Final = 20


@dataclass(frozen=True)
class Observer:
    """Looks; changes nothing."""

    world: World
    cluster: Cluster
    services: ServicesClient
    refused: dict[Key, Mapping[Reference, str]] = field(default_factory=dict)
    """What the API server said to objects of a resource that it refused at the last attempt."""

    async def consortium(self, consortium: Consortium) -> ObservedConsortium:
        """Look at the world of a Consortium."""
        metadata = consortium.metadata
        key = Key(CONSORTIUM_KIND, metadata.namespace, metadata.name)
        owned = self.world.owned(key)
        pods = tuple(manifest for reference, manifest in owned.items() if reference.kind == "Pod")
        report, error, probe, given = None, None, None, None
        if metadata.deletion_timestamp is None and consortium.spec.hosted is not None:
            report, error = await self.services.status(status_urls(pods))
        elif metadata.deletion_timestamp is None and consortium.spec.joined is not None:
            joined = consortium.spec.joined
            given = await self._referenced_root(metadata.namespace, joined)
            # What was published first counts, whatever its source has now.
            trusted = joined.trust_root or self._trust_root(consortium) or given
            if trusted is not None:
                probe = await self.services.probe(joined, trusted)
        nodes = self.world.nodes(metadata.namespace, metadata.name)
        return ObservedConsortium(
            created=metadata.creation_timestamp or datetime.datetime.fromtimestamp(0, datetime.UTC),
            live={reference: each for reference, each in owned.items() if reference.kind != "Pod"},
            pods=pods,
            withdrawals=tuple(each for node in nodes for each in self._withdrawal(node)),
            available_nodes=sum(is_true(each.status.conditions, ConditionType.READY) for each in nodes),
            notaries={name: service for node in nodes for name, service in _notary(node)},
            services=report,
            services_error=error,
            referenced_root=given,
            probe=probe,
            apply_error=next((f"{reference}: {said}" for reference, said in self.refused.get(key, {}).items()), None),
        )

    async def node(self, node: CordaNode) -> ObservedNode:
        """Look at the world of a CordaNode."""
        namespace, name = node.metadata.namespace, node.metadata.name
        key = Key(NODE_KIND, namespace, name)
        consortium = self.world.consortium(namespace, node.spec.consortium_ref.name)
        live = {
            reference: manifest
            for reference, manifest in self.world.owned(key).items()
            # Versions of a StatefulSet's template are the StatefulSet's own.
            if reference.kind != "Pod"
        }
        pod = self.world.get(names.reference(node, "v1", "Pod", names.pod(node)))
        listing, error = await self._listing(node, consortium)
        return ObservedNode(
            live={**live, **self._member_service(node, consortium)},
            pod=pod,
            consortium=consortium,
            trust_root=None if consortium is None else self._trust_root(consortium),
            nodes=self.world.nodes(namespace, node.spec.consortium_ref.name),
            enrolment_log=await self._enrolment_log(node, pod),
            listing=listing,
            services_error=error,
            refused=self.refused.get(key, {}),
        )

    async def _referenced_root(self, namespace: str, joined: Joined) -> str | None:
        """Return what the ConfigMap has that a spec refers to; it is a user's, so that no watch brings it."""
        if joined.trust_root_ref is None:
            return None
        found = await self.cluster.read(Reference("v1", "ConfigMap", namespace, joined.trust_root_ref.name))
        return None if found is None else found.get("data", {}).get(joined.trust_root_ref.key)

    def _withdrawal(self, node: CordaNode) -> Iterator[tuple[str, datetime.datetime]]:
        """Yield the name of a node that is being deleted, once it has ended: peers need to know it until then."""
        since = node.metadata.deletion_timestamp
        pod = names.reference(node, "v1", "Pod", names.pod(node))
        if since is None or self.world.version(pod) >= 0:
            return
        with contextlib.suppress(InvalidName):
            yield str(LegalName.parse(node.spec.legal_name)), since

    def _member_service(self, node: CordaNode, consortium: Consortium | None) -> dict[Reference, Manifest]:
        member = member_of(node, consortium)
        if member is None or consortium is None:
            return {}
        name = names.member_service(consortium.metadata.name, member.name)
        reference = names.reference(node, "v1", "Service", name)
        found = self.world.get(reference)
        return {} if found is None else {reference: found}

    def _trust_root(self, consortium: Consortium) -> str | None:
        found = self.world.get(map_reference(consortium))
        return None if found is None else found.get("data", {}).get(ROOT_FILE)

    async def _enrolment_log(self, node: CordaNode, pod: Manifest | None) -> str:
        if pod is None:
            return ""
        statuses = pod.get("status", {}).get("initContainerStatuses", ())
        runs = any(each["name"] == ENROLMENT_CONTAINER and "running" in each.get("state", {}) for each in statuses)
        if not runs:
            return ""
        return await self.cluster.log(node.metadata.namespace, names.pod(node), ENROLMENT_CONTAINER, _LOG_LINES)

    async def _listing(self, node: CordaNode, consortium: Consortium | None) -> tuple[Listing | None, str | None]:
        if consortium is None or consortium.spec.hosted is None:
            return None, None
        try:
            legal_name = str(LegalName.parse(node.spec.legal_name))
        except InvalidName:
            return None, None
        metadata = consortium.metadata
        owned = self.world.owned_of_kind(Key(CONSORTIUM_KIND, metadata.namespace, metadata.name), "Pod")
        urls = status_urls(owned)
        if not urls:
            return None, None if node.status.node_info_hash is None else "no replica of them runs"
        report, error = await self.services.status(urls, [legal_name])
        return (None if report is None else _listed(report, legal_name)), error


def _notary(node: CordaNode) -> Iterator[tuple[str, str]]:
    """Yield a notary's name and the name of the Service that leads to its pod."""
    if node.spec.notary is not None and node.metadata.deletion_timestamp is None:
        with contextlib.suppress(InvalidName):
            yield str(LegalName.parse(node.spec.notary.service_legal_name)), names.governing_service(node)


def _listed(report: StatusReport, legal_name: str) -> Listing:
    own = [each for each in report.nodes if legal_name in each.legal_names]
    certificates = [each for each in report.certificates if each.legal_name == legal_name and each.role == "NodeCA"]
    waits = [each for each in report.pending_requests if each.legal_name == legal_name and each.verdict != "admitted"]
    pending = next((each.reason for each in waits), None)
    return Listing(
        node_info_hash=own[0].hash if own else None,
        pending=pending,
        # One that was revoked may have been followed by another, which is the node's now.
        revoked=bool(certificates) and all(each.revoked is not None for each in certificates),
    )
