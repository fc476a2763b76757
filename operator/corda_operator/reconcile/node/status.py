"""A node's status, and the events that tell how it changed."""

import datetime
from collections.abc import Iterable, Iterator
from typing import Final

from corda_operator.api.conditions import Conditions, ConditionType, Reason, with_condition
from corda_operator.api.corda_node import CordaNode, CordaNodeStatus
from corda_operator.reconcile.desired import Event, Manifest, Settings, severity, transitions
from corda_operator.reconcile.node import diagnosis, draining, enrolment, membership, names
from corda_operator.reconcile.node.findings import Finding, no, yes
from corda_operator.reconcile.node.observed import ObservedNode
from corda_operator.reconcile.node.restart import has_started

_QUIET: Final = frozenset({Reason.PROGRESSING, Reason.NODE_STARTING, Reason.PAUSED, Reason.DELETING})

_SUMMARY: Final = (ConditionType.READY, ConditionType.RECONCILING, ConditionType.STALLED)


def findings(node: CordaNode, observed: ObservedNode, applied: Finding, now: datetime.datetime) -> tuple[Finding, ...]:
    """Return all that is found, Ready, Reconciling and Stalled first; ``applied`` is ConfigurationApplied."""
    parts = [
        applied,
        diagnosis.storage(node, observed),
        *enrolment.findings(node, observed, now),
        diagnosis.database(node, observed),
        membership.published(observed),
    ]
    drained = draining.drained(observed, now)
    at_times = (membership.parameters_accepted(node, observed.consortium), drained)
    ready = _ready(node, observed, parts, drained)
    return (ready, *progress(ready, applied), *parts, *(each for each in at_times if each is not None))


def progress(ready: Finding, applied: Finding) -> Iterator[Finding]:
    """Yield Stalled or Reconciling, of which at most one is there (kstatus)."""
    stalled = next((each for each in (applied, ready) if each.stalls), None)
    if stalled is not None:
        yield Finding(ConditionType.STALLED, "True", stalled.reason, stalled.message)
        return
    waiting = next((each for each in (applied, ready) if each.status != "True"), None)
    if waiting is not None and waiting.reason is not Reason.PAUSED:
        yield Finding(ConditionType.RECONCILING, "True", waiting.reason, waiting.message)


def conditions_of(node: CordaNode, found: Iterable[Finding], now: datetime.datetime) -> Conditions:
    """Return the findings as conditions; those that were not found again are gone."""
    result: Conditions = ()
    for each in found:
        before = [old for old in node.status.conditions if old.type == each.type]
        result += with_condition(
            before, each.type, each.status, each.reason, each.message, generation=node.metadata.generation, now=now
        )
    return result


def status(node: CordaNode, observed: ObservedNode, conditions: Conditions, settings: Settings) -> Manifest:
    """Return the whole status. What a pod that is being replaced can't tell stays as it was."""
    parameters = None if observed.consortium is None else observed.consortium.status.parameters
    before = node.status
    listed = before.node_info_hash if observed.listing is None else observed.listing.node_info_hash
    result = CordaNodeStatus(
        observed_generation=node.metadata.generation,
        conditions=conditions,
        version=observed.pod_annotation(names.RUNS) if has_started(observed) else before.version,
        p2p_address=f"{names.p2p_host(node, settings.cluster_domain)}:{node.spec.p2p.port}",
        key_sha256=enrolment.key_sha256(observed) or before.key_sha256,
        certificate_expiry=enrolment.certificate_expiry(observed) or before.certificate_expiry,
        node_info_hash=listed,
        parameters_hash=parameters.hash if parameters is not None and observed.ready else before.parameters_hash,
    )
    return result.model_dump(mode="json", by_alias=True, exclude_none=True)


def events(node: CordaNode, conditions: Conditions) -> tuple[Event, ...]:
    """Return events for what has changed; Ready has one of its own where no other condition says why."""
    told = transitions(node.status.conditions, conditions)
    ready = conditions[0]
    same = any((each.type, each.reason) == (ready.type, ready.reason) for each in node.status.conditions)
    told_elsewhere = any(each.message == ready.message for each in conditions if each.type not in _SUMMARY)
    if same or told_elsewhere or ready.status == "True" or ready.reason in _QUIET:
        return told
    return (*told, Event(severity(ready.reason), ready.reason, ready.message))


def _ready(node: CordaNode, observed: ObservedNode, parts: Iterable[Finding], drained: Finding | None) -> Finding:
    parts = tuple(parts)
    by_type = {each.type: each for each in parts}
    registered, applied = by_type[ConditionType.REGISTERED], by_type[ConditionType.CONFIGURATION_APPLIED]
    if applied.stalls or applied.reason in (Reason.CONSORTIUM_NOT_READY, Reason.DELETING):
        return _as_ready(applied)
    if observed.ready:
        published = by_type[ConditionType.PUBLISHED]
        missing = next((each for each in (registered, published) if each.status == "False"), None)
        return yes(ConditionType.READY, "The node runs.") if missing is None else _as_ready(missing)
    if observed.pod is None:
        return no(ConditionType.READY, Reason.PROGRESSING, f"Pod {names.pod(node)} is not there yet.")
    if drained is not None:
        return _as_ready(drained)
    kinds = (ConditionType.STORAGE_BOUND, ConditionType.KEYS_READY, ConditionType.REGISTERED)
    obstacles = (
        diagnosis.pod(node, observed),
        *(by_type[kind] for kind in kinds),
        diagnosis.cordapps(node, observed),
        by_type[ConditionType.DATABASE_MIGRATED],
    )
    obstacle = next((each for each in obstacles if each is not None and each.status == "False"), None)
    if obstacle is not None:
        return _as_ready(obstacle)
    return _without_parameters(observed) or diagnosis.corda(node, observed)


def _without_parameters(observed: ObservedNode) -> Finding | None:
    consortium = observed.consortium
    if consortium is None or consortium.spec.hosted is None or consortium.status.parameters is not None:
        return None
    wanted = "; ".join(each.service_legal_name for each in consortium.spec.notaries) or "none: add one to spec.notaries"
    return no(
        ConditionType.READY,
        Reason.NOTARY_NOT_REGISTERED,
        "The network has no parameters, and no node can start, until a notary has registered. Consortium "
        f"{consortium.metadata.name} lists {wanted}.",
    )


def _as_ready(finding: Finding) -> Finding:
    return no(ConditionType.READY, finding.reason, finding.message)
