"""The Consortium: a Corda network as this cluster hosts it or joins it."""

from typing import Annotated, Literal

from pydantic import Field

from corda_operator.api.conditions import Conditions
from corda_operator.api.hosted import Hosted
from corda_operator.api.parts import Part, Reported
from corda_operator.api.pods import Monitoring
from corda_operator.api.resource import Resource
from corda_operator.api.rules import ListMap, ListSet, Matches, Rule, one_of, unchangeable
from corda_operator.api.texts import (
    Certificate,
    Found,
    HttpUrl,
    Label,
    LegalName,
    ListedName,
    NodePool,
    ObjectName,
    Organisation,
    Sha256,
    Timestamp,
)

Profile = Literal["Small", "Medium", "Large"]


class TlsRevocationList(Part):
    """The revocation list that nodes name in the TLS certificates which they issue themselves."""

    url: HttpUrl
    """Where the list is (node.conf: tlsCertCrlDistPoint); with our own services
    PUBLIC_URL/certificate-revocation-list/tls."""
    issuer: LegalName | None = None
    """Who signs it (node.conf: tlsCertCrlIssuer). Default: the subject of trustRoot."""


class TrustRootReference(Part):
    """A ConfigMap in the same namespace with the network's root certificate."""

    name: ObjectName
    """Its name; not CONSORTIUM-trust-root, which the operator makes itself."""
    key: Annotated[
        str, Field(max_length=253), Matches("[-._a-zA-Z0-9]+", "write a key of a ConfigMap, as in root.pem")
    ] = "root.pem"
    """The key with the certificate (PEM)."""


class Joined(Part):
    """A consortium whose services run elsewhere."""

    identity_manager_url: HttpUrl
    """Where certificates are asked for (node.conf: networkServices.doormanURL)."""
    network_map_url: HttpUrl
    """Where the network map is (node.conf: networkServices.networkMapURL)."""
    trust_root: (
        Annotated[
            Certificate,
            Found,
            unchangeable(
                "the trust root is the network: nodes that trust one can't go over to another, so put it back, "
                "or create a second Consortium for the other network"
            ),
        ]
        | None
    ) = None
    """The network's root certificate (PEM). Get it from a source that you trust, not from the URLs above."""
    trust_root_ref: TrustRootReference | None = None
    """Where the root certificate is instead: it can be handed over later than this resource. What was read first
    stays; another certificate is refused."""
    tls_revocation_list: TlsRevocationList | None = None
    """Default: none, and then nodes need revocation.hardFail: false."""

    rules = (
        one_of(
            "trustRoot",
            "trustRootRef",
            "give exactly one of trustRoot (the certificate itself) and trustRootRef (a ConfigMap that has it)",
        ),
    )


class Member(Part):
    """An organisation that may join, or may not."""

    name: Annotated[Label, Field(max_length=40)]
    """Short name, for status, metrics and labels."""
    organisation: Organisation
    """O= of the member's legal names; every name that has it is the member's. Listed once."""
    admission: Literal["Admitted", "Denied"] = "Admitted"
    """Whether its requests for certificates are signed or refused. Requests of organisations that are not listed
    wait."""
    legal_names: Annotated[tuple[ListedName, ...], Field(min_length=1, max_length=16), ListSet()] | None = None
    """If given, only these names of the organisation are admitted."""
    submission_token_sha256: Sha256 | None = None
    """If given, requests have to bring the token with this SHA-256 (node.conf: networkServices.csrToken)."""
    profile: Profile = "Small"
    """Which size of node pool suits it (Small 2 machines, Medium 7, Large 15; the operator makes no pools), and whether
    its nodes are monitored unless monitoring says so: Small no, Medium and Large yes."""
    node_pool: NodePool | None = None
    """AKS node pool for its nodes in this cluster. Default: any."""


class Notary(Part):
    """A notary of the network."""

    service_legal_name: LegalName
    """Name of the notary service (node.conf: notary.serviceLegalName), other than its node's legal name."""
    validating: bool = False
    """Whether it sees and verifies whole transactions."""


class ConsortiumSpec(Part):
    """What the consortium shall be."""

    hosted: Hosted | None = None
    """This cluster runs the network's services."""
    joined: Joined | None = None
    """The network's services run elsewhere."""
    members: Annotated[tuple[Member, ...], Field(max_length=256), ListMap("organisation")] = ()
    """Hosted: who may join; taking a member out takes its nodes out of the network map. Joined: the organisations
    with nodes in this cluster."""
    notaries: Annotated[tuple[Notary, ...], Field(max_length=16), ListMap("serviceLegalName")] = ()
    """Hosted: who notarises; a notary is in the network parameters as soon as it has registered. Joined: notaries
    that the network is expected to have."""
    monitoring: Monitoring = Monitoring()
    """Metrics of the services and, unless they say otherwise, of the nodes."""
    paused: bool = False
    """Leave the services as they are, whatever changes here, until it is false again. Status is still reported."""

    rules = (
        one_of(
            "hosted",
            "joined",
            "give exactly one of hosted (this cluster runs the network's services) and joined (they run elsewhere)",
        ),
        Rule(
            "has(self.hosted) == has(oldSelf.hosted)",
            "a Consortium stays hosted or joined: delete it, which deletes nothing in Azure, and create it anew",
        ),
        Rule(
            "self.members.all(m, self.members.exists_one(n, n.name == m.name))",
            "two members have the same name: give each one of its own",
        ),
    )


class ProposedParameters(Reported):
    """Network parameters that are not in force yet."""

    hash: Found
    """SHA-256, as nodes' acceptNewNetworkParameters takes it."""
    deadline: Timestamp
    """Flag day."""
    accepted_by: Annotated[tuple[Found, ...], Field(max_length=1000)] = ()
    """Nodes that have accepted."""
    waiting_for: Annotated[tuple[Found, ...], Field(max_length=1000)] = ()
    """Listed nodes that have not."""


class ParametersStatus(Reported):
    """The network parameters in force."""

    epoch: Annotated[int, Field(ge=0)]
    """Counted up with every change."""
    hash: Found
    """SHA-256 of the parameters."""
    proposed: ProposedParameters | None = None
    """What is to come."""


class PendingRequest(Reported):
    """A request for a certificate that nobody has decided on."""

    request_id: Found
    """As the identity manager answered."""
    legal_name: Found
    """Who asks."""
    role: Found
    """What for: a node's CA or a notary service."""
    key_sha256: Found
    """SHA-256 of the public key (SubjectPublicKeyInfo): compare it with the member before you admit it."""
    received: Timestamp
    """Since when it waits."""
    reason: Found
    """Why it waits and what would decide it."""


class NodesStatus(Reported):
    """Nodes of the network."""

    listed: Annotated[int, Field(ge=0)] = 0
    """In the network map."""
    reachable: Annotated[int, Field(ge=0)] | None = None
    """Of the listed ones, wherever they run, those whose P2P address takes connections from the network services.
    Absent: not known."""
    available: Annotated[int, Field(ge=0)] = 0
    """CordaNodes of this namespace that are ready."""


class ConsortiumStatus(Reported):
    """What the consortium is."""

    observed_generation: Annotated[int, Field(ge=0)] = 0
    """Generation of the spec that this is about."""
    conditions: Conditions = ()
    """What is true of it, why, and what to do."""
    trust_root_sha256: Found | None = None
    """SHA-256 of the root certificate: members compare it with what they were told."""
    identity_manager_url: Found | None = None
    """Where certificates are asked for."""
    network_map_url: Found | None = None
    """Where the network map is."""
    parameters: ParametersStatus | None = None
    """The network parameters."""
    pending_requests: Annotated[tuple[PendingRequest, ...], Field(max_length=100), ListMap("requestID")] = ()
    """Requests that wait for a decision, oldest first; the first hundred of them."""
    members: Annotated[int, Field(ge=0)] = 0
    """Members that are admitted."""
    nodes: NodesStatus = NodesStatus()
    """Nodes of the network."""
    transactions_per_minute: Annotated[int, Field(ge=0)] | None = None
    """What the network's notaries commit, as the mean of five minutes; it follows when that has changed by a fifth.
    Absent: not known, as of notaries in other clusters."""


class Consortium(Resource):
    """A Corda network, with its services in this cluster (hosted) or elsewhere (joined)."""

    spec: ConsortiumSpec
    status: ConsortiumStatus = ConsortiumStatus()
