"""What the plan of a Consortium is told about the world; the engine looks, nothing here does."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field

from corda_operator.corda.network_map import NetworkMap
from corda_operator.corda.network_parameters import NetworkParameters
from corda_operator.network.report import StatusReport
from corda_operator.reconcile.desired import Manifest, Reference


@dataclass(frozen=True)
class JoinedProbe:
    """What was found at the URLs of services that run elsewhere."""

    identity_manager_ok: bool
    """Whether anything answers by HTTP at identityManagerURL."""
    network_map_ok: bool
    """Whether networkMapURL/network-map gave a map."""
    trust_root_matches: bool | None = None
    """Whether the map, and the parameters that it names, lead to the given trust root; None: could not be told."""
    error: str | None = None
    """What was wrong: of the connection, the answer or the signatures."""
    network_map: NetworkMap | None = None
    """As `verification.verified_network_map` returned it."""
    parameters: NetworkParameters | None = None
    """As `verification.verified_parameters` returned it."""


@dataclass(frozen=True)
class ObservedConsortium:
    """The world, as far as it concerns one Consortium."""

    created: datetime.datetime
    """metadata.creationTimestamp of the Consortium."""
    live: Mapping[Reference, Manifest] = field(default_factory=dict)
    """Every object with our label of the Consortium, of the kinds in `naming.KINDS`."""
    pods: tuple[Manifest, ...] = ()
    """Pods with our label of the Consortium."""
    withdrawals: tuple[tuple[str, datetime.datetime], ...] = ()
    """Legal names of CordaNodes that are being deleted and run no more, and since when they are."""
    available_nodes: int = 0
    """CordaNodes of the namespace that name this Consortium and are ready."""
    notaries: Mapping[str, str] = field(default_factory=dict)
    """Names of the Services of CordaNodes of the namespace that are notaries, by the legal name of the notary's
    service as Corda writes it."""
    services: StatusReport | None = None
    """What a replica of the hosted services answered."""
    services_error: str | None = None
    """Why there is no answer: what a replica that can't serve yet said (the text of its 503), or what went wrong."""
    referenced_root: str | None = None
    """What the ConfigMap of spec.joined.trustRootRef has (PEM); None: nothing yet."""
    probe: JoinedProbe | None = None
    """None before the services of a joined network were looked at."""
    apply_error: str | None = None
    """What the API server answered when it last refused an object of this plan."""
