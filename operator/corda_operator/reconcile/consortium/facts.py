"""The facts in the status of a hosted Consortium, from what its services report."""

from corda_operator.api.consortium import (
    Consortium,
    ConsortiumStatus,
    ParametersStatus,
    PendingRequest,
    ProposedParameters,
)
from corda_operator.network.report import StatusReport
from corda_operator.reconcile.consortium.naming import public_url
from corda_operator.reconcile.consortium.observed import ObservedConsortium
from corda_operator.reconcile.desired import Settings

_NEGLIGIBLE = 0.2
_LONGEST = 1024
"""Of anything that strangers may have written."""


def hosted_status(
    consortium: Consortium, observed: ObservedConsortium, settings: Settings, trust_root_sha256: str | None
) -> ConsortiumStatus:
    """Return the status without conditions; while the services can't be asked, with what they said last."""
    url = public_url(consortium, settings)
    facts: dict[str, object] = {
        "trust_root_sha256": trust_root_sha256,
        "identity_manager_url": url,
        "network_map_url": url,
    }
    services = observed.services
    if services is not None:
        facts["parameters"] = _parameters(services)
        facts["pending_requests"] = _pending(services)
        facts["nodes"] = consortium.status.nodes.model_copy(
            update={"listed": services.node_count, "reachable": services.reachable_count}
        )
        facts["transactions_per_minute"] = _steady(
            consortium.status.transactions_per_minute, services.transactions_per_minute
        )
    return consortium.status.model_copy(update=facts)


def _steady(told: int | None, found: float | None) -> int | None:
    """Return a figure that changes all the time, as it was told last unless it has changed by a fifth.

    Each change of a status is a write, and wakes everybody who watches.
    """
    if found is None:
        return None
    within = told is not None and abs(found - told) <= max(0.5, told * _NEGLIGIBLE) and (told == 0) == (found == 0)
    return told if within else round(found) or (1 if found else 0)


def _parameters(services: StatusReport) -> ParametersStatus | None:
    if services.parameters is None:
        return None
    update = services.update
    proposed = None
    if update is not None:
        proposed = ProposedParameters(
            hash=update.parameters.hash,
            deadline=update.deadline,
            accepted_by=_cut(update.accepted_by),
            waiting_for=_cut(update.waiting_for),
        )
    return ParametersStatus(epoch=services.parameters.epoch, hash=services.parameters.hash, proposed=proposed)


def _pending(services: StatusReport) -> tuple[PendingRequest, ...]:
    return tuple(
        PendingRequest(
            request_id=each.request_id[:_LONGEST],
            legal_name=each.legal_name[:_LONGEST],
            role=each.role,
            key_sha256=each.key_sha256,
            received=each.received,
            reason=each.reason[:_LONGEST],
        )
        for each in services.pending_requests
        # What is admitted has its certificate in a second; what is denied nobody has to decide on.
        if each.verdict == "waits"
    )


def _cut(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name[:_LONGEST] for name in names[:1000])
