"""When a running node is restarted, and what for.

What a node is started for, its intent, is what users and the Consortium have decided: a new operator that renders the
same decisions otherwise has no reason to restart anything. A pod that was replaced for another reason starts from the
newest template anyway.
"""

import datetime
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic.main import IncEx

from corda_operator.api.corda_node import CordaNode
from corda_operator.reconcile.desired import Manifest
from corda_operator.reconcile.labels import digest
from corda_operator.reconcile.node import names
from corda_operator.reconcile.node.inputs import Network
from corda_operator.reconcile.node.observed import ObservedNode, moment
from corda_operator.reconcile.node.pod import ENROLMENT_CONTAINER, NODE_CONTAINER, pool_of

_WITHOUT_RESTART: Final[Mapping[str, IncEx | bool]] = {
    "consortium_ref": True,
    "deletion_policy": True,
    "drain": True,
    "email_address": True,
    "image_pull_policy": True,
    "image_pull_secrets": True,
    "key_vault": True,
    "legal_name": True,
    "monitoring": True,
    "node_pool": True,
    "paused": True,
    "storage": True,
    "submission_token_secret": True,
    "p2p": {"exposure"},
    "rpc": {"exposure"},
}
"""Fields that can't change, that other objects follow, or that count when a pod starts for another reason."""
RENEW_BEFORE: Final = datetime.timedelta(days=30)
"""Enrolment's own default: a start so long before the end of a TLS certificate renews it."""


@dataclass(frozen=True)
class Due:
    """A restart that is to come, and why."""

    why: str


def intent(node: CordaNode, network: Network) -> str:
    """Return a digest of what the node is started for.

    Fields with their defaults are left out, so that a field that a new version of the operator adds changes nothing.
    """
    decided: Any = node.spec.model_dump(mode="json", exclude=_WITHOUT_RESTART, exclude_defaults=True, by_alias=True)
    # A part in which nothing else is left says no more than one that is not there.
    decided = {key: value for key, value in decided.items() if value != {}}
    around = {
        "identityManagerURL": network.identity_manager_url,
        "networkMapURL": network.network_map_url,
        "trustRoot": network.trust_root,
        "tlsRevocationList": network.tls_revocation_list,
        "member": None if network.member is None else network.member.name,
        "nodePool": pool_of(node, network),
        "rpc": node.spec.rpc.exposure.type != "None",
        "restart": node.metadata.annotations.get(names.RESTART),
    }
    return digest([decided, around])


def due(node: CordaNode, observed: ObservedNode, wished: str, now: datetime.datetime) -> Due | None:
    """Return why the pod that is there has to be replaced, if it has to."""
    if observed.pod is None or "deletionTimestamp" in observed.pod["metadata"]:
        return None
    if observed.pod_annotation(names.INTENT) != wished:
        return Due("what the node is started for has changed")
    if not has_started(observed) and _is_outdated(node, observed):
        # There is nothing to lose yet, and perhaps the change is what lets it start.
        return Due("the pod's template has changed before the node started")
    renewal = renewal_time(observed)
    if renewal is not None and now >= renewal:
        return Due("its TLS certificate is to be renewed")
    return None


def may_be_deleted(node: CordaNode, observed: ObservedNode, wished: str) -> bool:
    """Tell whether the StatefulSet would make the next pod from the newest template, and not from one that it had."""
    live = _stateful_set(node, observed)
    if live is None:
        return False
    annotations = live["spec"]["template"]["metadata"].get("annotations", {})
    seen = live.get("status", {}).get("observedGeneration", 0)
    return bool(annotations.get(names.INTENT) == wished and seen >= live["metadata"].get("generation", 0))


def has_started(observed: ObservedNode) -> bool:
    """Tell whether Corda itself runs or has run in the pod."""
    status = observed.container(NODE_CONTAINER)
    if status is None:
        return False
    return bool(status.get("restartCount", 0) or {"running", "terminated"} & status.get("state", {}).keys())


def renewal_time(observed: ObservedNode) -> datetime.datetime | None:
    """Return when a restart would renew the TLS certificate.

    None if that is unknown, or if the last start came late enough to renew it and did not: its authority ends then,
    too, and another start would not help either.
    """
    document = enrolled(observed)
    certificate = document.get("certificates", {}).get("tls")
    if certificate is None:
        return None
    when = moment(certificate["expires"]) - RENEW_BEFORE
    return when if moment(document["at"]) < when else None


def enrolled(observed: ObservedNode) -> Manifest:
    """Return what enrolment said as it ended (`corda_operator.enrolment.progress`), or nothing."""
    status = observed.container(ENROLMENT_CONTAINER) or {}
    for state in (status.get("state", {}), status.get("lastState", {})):
        if "terminated" in state:
            try:
                document = json.loads(state["terminated"].get("message", ""))
            except ValueError:
                return {}
            return document if isinstance(document, dict) else {}
    return {}


def _is_outdated(node: CordaNode, observed: ObservedNode) -> bool:
    live = _stateful_set(node, observed)
    newest = None if live is None else live.get("status", {}).get("updateRevision")
    own = (observed.pod or {})["metadata"].get("labels", {}).get("controller-revision-hash")
    return newest is not None and own is not None and newest != own


def _stateful_set(node: CordaNode, observed: ObservedNode) -> Manifest | None:
    return observed.live.get(names.reference(node, "apps/v1", "StatefulSet", names.workload(node)))
