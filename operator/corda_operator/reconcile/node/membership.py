"""What the network knows of a node: whether the map lists it, and which parameters it has accepted."""

from corda_operator.api.conditions import ConditionType, Reason
from corda_operator.api.consortium import Consortium
from corda_operator.api.corda_node import CordaNode
from corda_operator.api.texts import rfc3339
from corda_operator.corda.distinguished_names import InvalidName
from corda_operator.corda.names import LegalName
from corda_operator.reconcile.node.findings import Finding, no, unknown, yes
from corda_operator.reconcile.node.observed import ObservedNode


def published(observed: ObservedNode) -> Finding:
    """Return Published."""
    condition = ConditionType.PUBLISHED
    if observed.services_error is not None:
        return unknown(
            condition,
            Reason.SERVICES_UNREACHABLE,
            f"The network services do not answer: {observed.services_error}. A node that has started once goes on and "
            "starts again without them.",
        )
    if observed.listing is None:
        return unknown(condition, Reason.PROGRESSING, "Only the network's own operator can tell.")
    if observed.listing.node_info_hash is None:
        return no(
            condition, Reason.PROGRESSING, "The network map does not list the node yet; it publishes as it starts."
        )
    return yes(condition, f"The network map lists the node as {observed.listing.node_info_hash}.")


def parameters_accepted(node: CordaNode, consortium: Consortium | None) -> Finding | None:
    """Return ParametersAccepted, if the network's parameters are known."""
    parameters = None if consortium is None else consortium.status.parameters
    if parameters is None:
        return None
    condition, proposed = ConditionType.PARAMETERS_ACCEPTED, parameters.proposed
    if proposed is None:
        return yes(condition, f"The network has parameters {parameters.hash} (epoch {parameters.epoch}).")
    if _among(node.spec.legal_name, proposed.accepted_by):
        return yes(condition, f"The node has accepted parameters {proposed.hash}.")
    if not _among(node.spec.legal_name, proposed.waiting_for):
        return unknown(condition, Reason.PROGRESSING, f"Parameters {proposed.hash} are proposed.")
    return no(
        condition,
        Reason.PARAMETERS_NOT_ACCEPTED,
        f"New network parameters come into force at {rfc3339(proposed.deadline)}, and without accepting them the node "
        f"ends then: kubectl corda accept-parameters {node.metadata.name} {proposed.hash}.",
    )


def _among(legal_name: str, names: tuple[str, ...]) -> bool:
    try:
        wanted = LegalName.parse(legal_name)
        return any(LegalName.parse(each) == wanted for each in names)
    except InvalidName:
        return False
