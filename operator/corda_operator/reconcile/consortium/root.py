"""What is known of a network's trust root. Once known it never changes: nodes stand on it."""

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
    """SHA-256 of another root: hosted, that the services have now; joined, that is given now."""


def known_root(consortium: Consortium, observed: ObservedConsortium) -> Root:
    """Return what status, ConfigMap and services say of the trust root, of which the status has the first word."""
    published = _published(consortium, observed)
    of_published = _of(published)
    known = consortium.status.trust_root_sha256 or of_published
    reported = None if observed.services is None else observed.services.trust_root
    if reported is not None and known in (None, reported.sha256):
        return Root(reported.sha256, reported.pem)
    pem = published if of_published is not None and of_published == known else None
    return Root(known, pem, None if reported is None else reported.sha256)


def joined_root(consortium: Consortium, observed: ObservedConsortium) -> Root:
    """Return the trust root of a joined network: the spec's own, or what its ConfigMap had when it was first read."""
    if consortium.spec.joined is not None and consortium.spec.joined.trust_root is not None:
        return Root(_of(consortium.spec.joined.trust_root), consortium.spec.joined.trust_root)
    given, of_given = observed.referenced_root, _of(observed.referenced_root)
    published = _published(consortium, observed)
    known = consortium.status.trust_root_sha256 or _of(published) or of_given
    pem = next((each for each in (published, given) if known is not None and _of(each) == known), None)
    # What is no certificate at all is given back, so that whoever reads it can say so.
    return Root(known, given if known is None else pem, None if of_given in (None, known) else of_given)


def map_reference(consortium: Consortium) -> Reference:
    """Return which ConfigMap holds the trust root."""
    return Reference("v1", "ConfigMap", consortium.metadata.namespace, trust_root_name(consortium))


def _published(consortium: Consortium, observed: ObservedConsortium) -> str | None:
    pem: str | None = observed.live.get(map_reference(consortium), {}).get("data", {}).get(ROOT_FILE)
    return pem


def _of(pem: str | None) -> str | None:
    return None if pem is None else fingerprint(pem)
