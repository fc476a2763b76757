"""How a node's pod ends: flows come to their end first, for as long as spec.drain.timeout had it when the pod was made.

Kubernetes runs the node tool in the node's container before it ends that one (Kubernetes: "Container Lifecycle Hooks",
PreStop), whoever wants the pod gone: the operator, a drain of its machine, or a user. So draining is seen on the pod
and kept nowhere else.
"""

import datetime

from corda_operator.api.conditions import ConditionType, Reason
from corda_operator.reconcile.node.findings import Finding, no
from corda_operator.reconcile.node.observed import ObservedNode, moment
from corda_operator.reconcile.node.pod import NODE_CONTAINER, drain_seconds


def drained(observed: ObservedNode, now: datetime.datetime) -> Finding | None:
    """Return Drained, which is there only while a pod ends whose node still runs."""
    end = deadline(observed)
    if end is None:
        return None
    if now < end:
        return no(
            ConditionType.DRAINED,
            Reason.DRAINING,
            f"Flows come to their end, until {end:%FT%TZ} at the latest, before the node ends.",
        )
    return no(
        ConditionType.DRAINED,
        Reason.DRAIN_TIMED_OUT,
        f"The node's time for flows was over at {end:%FT%TZ}, and it is being ended: flows that are left resume from "
        "their checkpoints when it starts again. If they need longer as a rule, raise spec.drain.timeout.",
    )


def deadline(observed: ObservedNode) -> datetime.datetime | None:
    """Return until when a node that is about to end waits for flows; None if it is not, or does not wait."""
    if observed.pod is None or "deletionTimestamp" not in observed.pod["metadata"]:
        return None
    seconds = drain_seconds(observed.pod["spec"])
    if seconds is None or "running" not in (observed.container(NODE_CONTAINER) or {}).get("state", {}):
        return None
    metadata = observed.pod["metadata"]
    # When the kubelet kills what is left; who deletes a pod may give it less time than its spec does.
    killed = moment(metadata["deletionTimestamp"])
    began = killed - datetime.timedelta(seconds=metadata.get("deletionGracePeriodSeconds", 0))
    return min(began + datetime.timedelta(seconds=seconds), killed)
