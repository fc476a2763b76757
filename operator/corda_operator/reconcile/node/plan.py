"""From a CordaNode and its world to what shall be: `plan`. Pure."""

import datetime
from dataclasses import dataclass
from typing import Final

from corda_operator.api.conditions import ConditionType, Reason
from corda_operator.api.corda_node import CordaNode
from corda_operator.reconcile.desired import Desired, Event, Manifest, Reference, Settings, obsolete
from corda_operator.reconcile.difference import first_unfulfilled
from corda_operator.reconcile.labels import stamped
from corda_operator.reconcile.node import draining, exposure, files, names, restart, workload
from corda_operator.reconcile.node import status as reporting
from corda_operator.reconcile.node.findings import Finding, no, yes
from corda_operator.reconcile.node.inputs import Blocked, BlockedError, check, member_of, network_of
from corda_operator.reconcile.node.observed import ObservedNode

_LEAVING, _ENROLLING, _UNREADY, _QUIET = 5.0, 15.0, 30.0, 300.0
"""Seconds until the next look, for what no event tells: logs, the network map."""
_WITHDRAWAL: Final = datetime.timedelta(minutes=5)
"""After a node's deletion: for how long it is waited until the map has dropped it. A node that is still listed then
leaves the map at the event horizon, or with its member."""
_APPLIED: Final = ConditionType.CONFIGURATION_APPLIED


@dataclass(frozen=True)
class _Wish:
    """What is applied, and what the node is started for."""

    objects: tuple[Manifest, ...]
    intent: str


def plan(node: CordaNode, observed: ObservedNode, settings: Settings, now: datetime.datetime) -> Desired:
    """Return what shall be of a node."""
    if node.metadata.deletion_timestamp is not None:
        return _deletion(node, observed, settings, now)
    try:
        wish = _wish(node, observed, settings)
    except BlockedError as error:
        return _report(node, observed, settings, now, _blocked(error.blocked), ())
    due = restart.due(node, observed, wish.intent, now)
    applied = _applied(node, observed, wish, due)
    if node.spec.paused:
        return _report(node, observed, settings, now, applied, ())
    gone = obsolete(observed.live, wish.objects, keep=_in_use(node, observed))
    events: tuple[Event, ...] = ()
    if due is not None and restart.may_be_deleted(node, observed, wish.intent):
        gone += (names.reference(node, "v1", "Pod", names.pod(node)),)
        events = (Event("Normal", "Restarting", f"Restarting Corda: {due.why}."),)
    return _report(node, observed, settings, now, applied, events, objects=wish.objects, gone=gone)


def _wish(node: CordaNode, observed: ObservedNode, settings: Settings) -> _Wish:
    check(node, observed)
    network = network_of(node, observed)
    member = network.member
    intent = restart.intent(node, network)
    configuration = files.config_map(node, network, settings)
    claim = observed.live.get(names.reference(node, "v1", "PersistentVolumeClaim", names.claim(node)))
    shared = (
        None
        if member is None or observed.consortium is None
        else exposure.member_service(observed.nodes, observed.consortium, member)
    )
    objects = (
        workload.service_account(node, member),
        configuration,
        workload.claim(node, member, claim),
        exposure.governing_service(node, member),
        exposure.p2p_service(node, member),
        exposure.rpc_service(node, member),
        shared,
        workload.disruption_budget(node, member),
        exposure.network_policy(node, network, settings),
        workload.stateful_set(node, network, settings, files=configuration["metadata"]["name"], intent=intent),
    )
    return _Wish(tuple(stamped(each) for each in objects if each is not None), intent)


def _blocked(blocked: Blocked) -> Finding:
    return no(_APPLIED, blocked.reason, blocked.message)


def _applied(node: CordaNode, observed: ObservedNode, wish: _Wish, due: restart.Due | None) -> Finding:
    refused = next(((reference, said) for reference, said in observed.refused.items()), None)
    if refused is not None:
        return no(_APPLIED, Reason.APPLY_FAILED, f"The API server refused {refused[0]}: {refused[1]}")
    different = first_unfulfilled(wish.objects, observed.live)
    outdated = due is not None or observed.pod_annotation(names.INTENT) not in (None, wish.intent)
    if node.spec.paused and (different is not None or outdated):
        return no(_APPLIED, Reason.PAUSED, "spec.paused is true: what has changed waits until it is false.")
    if due is not None:
        return no(_APPLIED, Reason.PROGRESSING, f"The node is being restarted: {due.why}.")
    if different is not None:
        return no(_APPLIED, Reason.PROGRESSING, f"{different} is being brought up to date.")
    return yes(_APPLIED, "What runs is what the newest generation asks for.")


def _in_use(node: CordaNode, observed: ObservedNode) -> tuple[Reference, ...]:
    """Return the volume's claim, and the ConfigMaps that a pod has or could still be made with."""
    sets = observed.live.get(names.reference(node, "apps/v1", "StatefulSet", names.workload(node)))
    pods = [*([] if observed.pod is None else [observed.pod]), *([] if sets is None else [sets["spec"]["template"]])]
    mounted = {
        volume["configMap"]["name"] for pod in pods for volume in pod["spec"]["volumes"] if "configMap" in volume
    }
    claim = names.reference(node, "v1", "PersistentVolumeClaim", names.claim(node))
    return (claim, *(names.reference(node, "v1", "ConfigMap", name) for name in sorted(mounted)))


def _report(
    node: CordaNode,
    observed: ObservedNode,
    settings: Settings,
    now: datetime.datetime,
    applied: Finding,
    events: tuple[Event, ...],
    *,
    objects: tuple[Manifest, ...] = (),
    gone: tuple[Reference, ...] = (),
) -> Desired:
    found = reporting.findings(node, observed, applied, now)
    conditions = reporting.conditions_of(node, found, now)
    return Desired(
        objects=objects,
        obsolete=gone,
        status=reporting.status(node, observed, conditions, settings),
        look_again=_look_again(observed, found[0], now),
        events=events + reporting.events(node, conditions),
        finalizer=True,
    )


def _look_again(observed: ObservedNode, ready: Finding, now: datetime.datetime) -> float:
    if observed.enrolment_log:
        return _ENROLLING
    if ready.status != "True":
        return _unless_drained(observed, now)
    renewal = restart.renewal_time(observed)
    return _QUIET if renewal is None else min(_QUIET, max((renewal - now).total_seconds(), 1.0))


def _unless_drained(observed: ObservedNode, now: datetime.datetime) -> float:
    """Return the seconds for a node that is not ready: at most until its time for flows is over."""
    end = draining.deadline(observed)
    return _UNREADY if end is None or end <= now else min(_UNREADY, max((end - now).total_seconds(), 1.0))


def _deletion(node: CordaNode, observed: ObservedNode, settings: Settings, now: datetime.datetime) -> Desired:
    """Let the node end, then, if that is wished, its volume; what else there is goes with the resource.

    Azure is not asked, and the network map is waited for only so long, so neither can keep a resource from going.
    """
    live = observed.live
    claim = names.reference(node, "v1", "PersistentVolumeClaim", names.claim(node))
    stateful_set = names.reference(node, "apps/v1", "StatefulSet", names.workload(node))
    prefix = node.spec.key_vault.secret_prefix or node.metadata.name
    secrets = f"the secrets and the key {prefix}-* in {node.spec.key_vault.url}"
    gone: list[Reference] = list(_last_of_its_member(node, observed))
    waiting, pause = "", _unless_drained(observed, now)
    if stateful_set in live or observed.pod is not None:
        gone += [stateful_set] if stateful_set in live else []
        waiting = (
            f"Waiting for pod {names.pod(node)} to end; if its machine is lost for good, kubectl delete pod "
            f"{names.pod(node)} --force. "
        )
    elif _is_listed(node, observed, now):
        waiting = (
            "Waiting for the network map to drop the node, which takes the services up to two minutes and is waited "
            f"for until {_patience(node):%FT%TZ} at the latest. "
        )
        pause = _LEAVING
    elif node.spec.deletion_policy == "Delete" and claim in live:
        gone.append(claim)
        waiting = f"Waiting for {claim} to go. "
    kept = (
        f"{claim} and {secrets} are kept."
        if node.spec.deletion_policy == "Keep"
        else (f"The volume goes; {secrets} are left for you to delete, since no right of the operator's reaches them.")
    )
    applied = no(_APPLIED, Reason.DELETING, f"{waiting}{kept}")
    ready = no(ConditionType.READY, Reason.DELETING, applied.message)
    drained = draining.drained(observed, now)
    found = (ready, *reporting.progress(ready, applied), applied, *([] if drained is None else [drained]))
    conditions = reporting.conditions_of(node, found, now)
    return Desired(
        objects=(),
        obsolete=tuple(each for each in gone if "deletionTimestamp" not in live.get(each, {}).get("metadata", {})),
        status=reporting.status(node, observed, conditions, settings),
        look_again=pause if waiting else None,
        events=reporting.events(node, conditions),
        finalizer=bool(waiting),
    )


def _is_listed(node: CordaNode, observed: ObservedNode, now: datetime.datetime) -> bool:
    """Tell whether to wait for the network map: it is ours, lists the node, and there is patience left."""
    consortium = observed.consortium
    if consortium is None or consortium.spec.hosted is None or consortium.metadata.deletion_timestamp is not None:
        return False
    if consortium.spec.paused or now >= _patience(node):
        return False
    if observed.services_error is not None:
        return node.status.node_info_hash is not None
    return observed.listing is not None and observed.listing.node_info_hash is not None


def _patience(node: CordaNode) -> datetime.datetime:
    since = node.metadata.deletion_timestamp
    if since is None:
        raise ValueError(f"CordaNode {node.metadata.name} is not being deleted")
    return since + _WITHDRAWAL


def _last_of_its_member(node: CordaNode, observed: ObservedNode) -> tuple[Reference, ...]:
    """Return the member's Service, if no other node needs it."""
    member = member_of(node, observed.consortium)
    if member is None or observed.consortium is None:
        return ()
    name = names.member_service(observed.consortium.metadata.name, member.name)
    reference = names.reference(node, "v1", "Service", name)
    needed = exposure.member_service(observed.nodes, observed.consortium, member) is not None
    return (reference,) if reference in observed.live and not needed else ()
