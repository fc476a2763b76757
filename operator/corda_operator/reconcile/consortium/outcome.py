"""What the plan of either shape of Consortium comes to, before it is made a `Desired`."""

from dataclasses import dataclass

from corda_operator.api.consortium import ConsortiumStatus
from corda_operator.reconcile.consortium.findings import Finding
from corda_operator.reconcile.desired import Manifest, Reference


@dataclass(frozen=True)
class Outcome:
    """Objects, findings and facts."""

    findings: tuple[Finding, ...]
    """In the order in which one stands on the other."""
    status: ConsortiumStatus
    """With all facts, and without conditions."""
    look_again: float
    """Seconds."""
    objects: tuple[Manifest, ...] = ()
    keep: tuple[Reference, ...] = ()
    """Live objects to be left alone although they are not wished."""
    ready_message: str = ""
    usable: bool = True
    """False: the spec can't be acted on, so that everything is left as it is."""
