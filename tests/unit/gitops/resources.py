"""Resources in every state that tools of GitOps tell apart, with the status that the operator's plans give them."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from corda_operator.api.corda_node import CordaNode
from corda_operator.api.resource import API_VERSION
from corda_operator.reconcile.node.observed import ObservedNode
from tests.unit.reconcile.consortium import world as consortia
from tests.unit.reconcile.node import world

Object = dict[str, Any]
DENIED = "Could not list the versions of secret bank-a-tls: answer 403 Forbidden."


def _seen(node: CordaNode, observed: ObservedNode) -> Object:
    """Return a node after the operator has reported."""
    return _resource("CordaNode", 4, world.planned(node, observed).status)


def _resource(kind: str, generation: int, status: Mapping[str, Any]) -> Object:
    metadata = {"name": "bank-a", "namespace": "bank", "generation": generation}
    return {"apiVersion": API_VERSION, "kind": kind, "metadata": metadata, "spec": {}, "status": dict(status)}


_NODE = world.node()
_PAUSED = world.node(paused=True)
_CHANGED = world.node(cordapps=[])
_RUNNING = _seen(_NODE, world.running(_NODE))
_SETTLED = consortia.planned(*consortia.settled(consortia.consortium(), consortia.report())).status
_FAILED = world.with_pod(world.applied(_NODE, world.empty(_NODE)), enrolment=world.enrolment_ended(3, "Failed", DENIED))

RESOURCES: Mapping[str, tuple[Object, str, str]] = {
    "a running node": (_RUNNING, "Healthy", "Current"),
    "a Consortium that is up": (_resource("Consortium", 3, _SETTLED), "Healthy", "Current"),
    "a paused node that runs": (_seen(_PAUSED, world.running(_NODE)), "Healthy", "Current"),
    "a paused node that does not run": (
        _seen(_PAUSED, replace(world.empty(_PAUSED), live={})),
        "Suspended",
        "InProgress",
    ),
    "a node that nobody has seen": (_resource("CordaNode", 1, {"observedGeneration": 0}), "Progressing", "InProgress"),
    "a running node whose change nobody has seen": (
        {**_RUNNING, "metadata": {**_RUNNING["metadata"], "generation": 5}},
        "Progressing",
        "InProgress",
    ),
    "a running node that has to be restarted for its change": (
        _seen(_CHANGED, world.running(_NODE)),
        "Progressing",
        "InProgress",
    ),
    "a node that starts": (_seen(_NODE, world.applied(_NODE, world.empty(_NODE))), "Progressing", "InProgress"),
    "a node without a Consortium": (_seen(_NODE, world.empty(_NODE, consortium=None)), "Degraded", "Failed"),
    "a node that its vault refuses": (_seen(_NODE, _FAILED), "Degraded", "Failed"),
}
"""By what they are: each with its health in Argo CD and its status in kstatus, which Flux has."""
