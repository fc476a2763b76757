"""What is known of a hosted network's trust root. Once known it never changes: nodes stand on it."""

from dataclasses import dataclass

from corda_operator.api.consortium import Consortium
from corda_operator.reconcile.consortium.naming import trust_root_name
from corda_operator.reconcile.consortium.observed import ObservedConsortium
from corda_operator.reconcile.consortium.trust_root import ROOT_FILE, fingerprint
from corda_operator.reconcile.desired import Reference


@dataclass(frozen=True)
class Root:
    """The network's root certificate, as far as it is known."""

    sha256: str | None
    """None: nobody has made it yet, as far as is known."""
    pem: str | None
    """None: it has been made, but its certificate is not at hand until the services answer."""
    other: str | None = None
    """SHA-256 of another root that the services have now."""


def known_root(consortium: Consortium, observed: ObservedConsortium) -> Root:
    """Return what status, ConfigMap and services say of the trust root, of which the status has the first word."""
    published = observed.live.get(map_reference(consortium), {}).get("data", {}).get(ROOT_FILE)
    of_published = None if published is None else fingerprint(published)
    known = consortium.status.trust_root_sha256 or of_published
    reported = None if observed.services is None else observed.services.trust_root
    if reported is not None and known in (None, reported.sha256):
        return Root(reported.sha256, reported.pem)
    pem = published if of_published is not None and of_published == known else None
    return Root(known, pem, None if reported is None else reported.sha256)


def map_reference(consortium: Consortium) -> Reference:
    """Return which ConfigMap holds the trust root."""
    return Reference("v1", "ConfigMap", consortium.metadata.namespace, trust_root_name(consortium))
