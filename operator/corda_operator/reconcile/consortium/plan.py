"""From a Consortium and the world to what shall be. No I/O; the same world gives the same result."""

import datetime
from dataclasses import replace

from corda_operator.api.conditions import ConditionType, Reason
from corda_operator.api.consortium import Consortium, ConsortiumStatus
from corda_operator.reconcile.consortium.findings import Finding, concluded, false, progressing
from corda_operator.reconcile.consortium.hosted import hosted_outcome
from corda_operator.reconcile.consortium.joined import joined_outcome
from corda_operator.reconcile.consortium.observed import ObservedConsortium
from corda_operator.reconcile.consortium.outcome import Outcome
from corda_operator.reconcile.consortium.troubles import Trouble
from corda_operator.reconcile.desired import Desired, Event, Manifest, Settings, obsolete, transitions
from corda_operator.reconcile.difference import first_unfulfilled
from corda_operator.reconcile.labels import owned_by, stamped


def plan(consortium: Consortium, observed: ObservedConsortium, settings: Settings, now: datetime.datetime) -> Desired:
    """Return what shall be of a Consortium at ``now`` (aware).

    Raises ValueError for a Consortium that is neither hosted nor joined, which the API server admits none of.
    """
    if consortium.metadata.deletion_timestamp is not None:
        return _deleted(consortium, now)
    if consortium.spec.hosted is not None:
        outcome = hosted_outcome(consortium, consortium.spec.hosted, observed, settings)
    elif consortium.spec.joined is not None:
        outcome = joined_outcome(consortium, consortium.spec.joined, observed)
    else:
        raise ValueError(f"Consortium {consortium.metadata.name} is neither hosted nor joined")
    if observed.apply_error is not None:
        outcome = _refused(outcome, observed.apply_error)
    if consortium.spec.paused:
        outcome = _paused(outcome, observed)
    conditions = concluded(
        outcome.findings,
        consortium.status.conditions,
        outcome.ready_message,
        generation=consortium.metadata.generation,
        now=now,
    )
    status = outcome.status.model_copy(
        update={
            "observed_generation": consortium.metadata.generation,
            "conditions": conditions,
            "members": sum(member.admission == "Admitted" for member in consortium.spec.members),
            "nodes": outcome.status.nodes.model_copy(update={"available": observed.available_nodes}),
        }
    )
    objects = tuple(map(stamped, outcome.objects)) if outcome.usable else ()
    return Desired(
        objects=objects,
        obsolete=obsolete(owned_by(consortium, observed.live), objects, keep=outcome.keep) if outcome.usable else (),
        status=_rendered(status),
        look_again=outcome.look_again,
        events=transitions(consortium.status.conditions, conditions),
        finalizer=True,
    )


def _refused(outcome: Outcome, message: str) -> Outcome:
    about = ConditionType.CONFIGURATION_APPLIED
    refusal = false(about, Trouble(Reason.APPLY_FAILED, message))
    others = tuple(each for each in outcome.findings if each.type is not about)
    return replace(outcome, findings=(*others, refusal))


def _paused(outcome: Outcome, observed: ObservedConsortium) -> Outcome:
    """Return the same with nothing to be done, and said so if there is anything that waits."""
    wishes = map(stamped, outcome.objects if outcome.usable else ())
    waits = first_unfulfilled(wishes, observed.live) is not None
    findings = outcome.findings
    if waits:
        about = ConditionType.CONFIGURATION_APPLIED
        told = "spec.paused is true: what has changed waits until it is false."
        findings = tuple(each for each in findings if each.type is not about)
        findings += (Finding(about, "False", Reason.PAUSED, told),)
    return replace(outcome, findings=findings, usable=False)


def _deleted(consortium: Consortium, now: datetime.datetime) -> Desired:
    """Return the end: Kubernetes deletes what is owned, and nothing in Azure is deleted."""
    hosted = consortium.spec.hosted
    if hosted is None:
        told = "The Consortium is being deleted. The network, which others run, stays as it is."
    else:
        prefix = hosted.key_vault.key_prefix
        told = (
            "The Consortium and its services are being deleted. What stays: the network's log in container "
            f"{hosted.storage.container} of {hosted.storage.account_url}, and the keys {prefix}-root, "
            f"{prefix}-identity-manager and {prefix}-network-map in {hosted.key_vault.url}. The same Consortium, "
            "created anew, goes on with them."
        )
    before = consortium.status.conditions
    ending: Finding = replace(progressing(ConditionType.CONFIGURATION_APPLIED, told), reason=Reason.DELETING)
    conditions = concluded((ending,), before, "", generation=consortium.metadata.generation, now=now)
    status = consortium.status.model_copy(
        update={"observed_generation": consortium.metadata.generation, "conditions": conditions}
    )
    said = any(each.type == ConditionType.READY and each.reason == Reason.DELETING for each in before)
    return Desired(
        objects=(),
        obsolete=(),
        status=_rendered(status),
        events=() if said else (Event("Normal", Reason.DELETING.value, told),),
        finalizer=False,
    )


def _rendered(status: ConsortiumStatus) -> Manifest:
    return status.model_dump(mode="json", by_alias=True, exclude_none=True)
