"""The part of a Consortium whose services this cluster runs.

The services' own configuration file (`network.configuration`) is derived from it: names and defaults are the same.
"""

from typing import Annotated, Literal

from pydantic import Field

from corda_operator.api.azure import Exposure, WorkloadIdentity
from corda_operator.api.durations import AtLeast, Duration, parse
from corda_operator.api.parts import Part
from corda_operator.api.pods import ServiceResources
from corda_operator.api.rules import ListSet, Matches, Rule, one_of, settled, unchangeable
from corda_operator.api.texts import (
    HttpsUrl,
    HttpUrl,
    Label,
    Line,
    ListedName,
    Locality,
    Organisation,
    PublicKey,
    Sha256,
    VaultName,
    VaultUrl,
)

_JAVA_INT = 2**31 - 1


class ConsortiumVault(Part):
    """The vault with the consortium's signing keys, which never leave it."""

    url: VaultUrl
    """The vault's URL, as in https://founder.vault.azure.net."""
    key_prefix: Annotated[
        str, Field(max_length=100), Matches("[a-zA-Z0-9-]+", "use letters, digits and dashes, as Key Vault does")
    ] = "corda"
    """The keys are PREFIX-root, PREFIX-identity-manager and PREFIX-network-map."""


class LogStorage(Part):
    """The container in Azure Storage with the consortium's log."""

    account_url: HttpsUrl
    """The account's blob endpoint, as in https://founder.blob.core.windows.net."""
    container: Annotated[
        str,
        Field(max_length=63),
        Matches(
            "[a-z0-9](?:-?[a-z0-9]){2,62}",
            "use 3 to 63 small letters, digits and single dashes, a letter or digit first and last, as Azure does",
        ),
    ] = "consortium"
    """The container; it is made if it is missing."""


class TrustRoot(Part):
    """The subjects of the certificates that are made once, when the network begins."""

    organisation: Organisation
    """O= of the three certificates."""
    locality: Locality
    """L= of the three certificates."""
    country: Annotated[
        str,
        Field(max_length=2),
        Matches("[A-Z]{2}", "write the country as two capital letters (ISO 3166-1), as in GB"),
    ]
    """C= of the three certificates."""
    validity: Annotated[Duration, AtLeast("30d", "the network ends with its trust root")] = parse("3650d")
    """How long they are valid; every other certificate ends with them."""


class NetworkParameters(Part):
    """What the whole network agrees on (Corda: network parameters); a change goes through parametersUpdate."""

    minimum_platform_version: Annotated[int, Field(ge=1, le=1000)] = 4
    """The oldest platform version that may take part; Corda 4.10 has 12."""
    max_message_size: Annotated[int, Field(ge=1, le=_JAVA_INT)] = 10_485_760
    """Largest message between nodes, in bytes."""
    max_transaction_size: Annotated[int, Field(ge=1, le=_JAVA_INT)] = 524_288_000
    """Largest transaction with its attachments, in bytes."""
    event_horizon: Annotated[Duration, AtLeast("2d", "nodes publish once a day")] = parse("30d")
    """A node that has not published for so long leaves the network map."""
    whitelisted_contract_implementations: Annotated[
        dict[str, Annotated[tuple[Sha256, ...], Field(max_length=64)]], Field(max_length=128)
    ] = Field(default={})
    """SHA-256 of the CorDapp jars that may hold a contract, by its class. Not needed for signed CorDapps."""
    package_ownership: Annotated[dict[str, PublicKey], Field(max_length=128)] = Field(default={})
    """Public keys (PEM) whose holders alone may sign CorDapps with a Java package, by package."""
    revision: Annotated[int, Field(ge=0, le=_JAVA_INT)] = 0
    """Raise it to have the same parameters proposed as a new epoch: a flag day to rehearse. Nodes accept it alone."""


class ParametersUpdate(Part):
    """How a change of the network parameters comes into force."""

    description: Line = "Network parameters changed"
    """What the members' people read when they are asked to accept."""
    acceptance_period: Duration = parse("7d")
    """From the proposal to flag day, when the network goes over to it."""
    adopt_when_all_accepted: bool = False
    """Have flag day as soon as every listed node has accepted, if that is sooner."""


class NetworkMap(Part):
    """How identity manager and network map are run and reached."""

    replicas: Annotated[int, Field(ge=1, le=10)] = 2
    """Pods that serve; each can be lost at any moment."""
    poll_interval: Annotated[Duration, AtLeast("1s", "nodes would ask without a pause")] = parse("30s")
    """How often nodes ask for the map (Cache-Control: max-age)."""
    public_url: HttpUrl | None = None
    """Where nodes reach the services. It goes into every certificate, so choose a DNS name that can stay. Default:
    the Service's name in this cluster, which suits only nodes in this cluster."""
    exposure: Exposure = Exposure()
    """How the services are reached."""
    resources: ServiceResources = ServiceResources()
    """Processor time and memory of each pod."""

    rules = (
        settled(
            "publicURL",
            "publicURL is in every certificate, so it has to stay; point its DNS name elsewhere instead",
        ),
        Rule(
            "self.exposure.type == 'ClusterIP' || has(self.publicURL)",
            "give publicURL, a URL with the DNS name of the load balancer: nodes outside of this cluster need it",
        ),
    )


class Observation(Part):
    """How the services find out which nodes answer and how much is notarised, for metrics and the network page."""

    p2p_ports: Annotated[tuple[Annotated[int, Field(ge=1, le=65535)], ...], Field(max_length=32), ListSet()] = (10002,)
    """TCP ports of nodes' P2P addresses to which they try to connect, and NetworkPolicies let them. Whether nodes with
    other ports answer stays unknown."""


class NetworkPage(Part):
    """The network page: members, nodes that answer and transactions per minute, for people. Read-only."""

    enabled: bool = True
    """Serve it, in this cluster, at port 8082 of the Service CONSORTIUM-network-page. Without namespaces it is reached
    by kubectl port-forward alone."""
    namespaces: Annotated[tuple[Label, ...], Field(max_length=16), ListSet()] = ()
    """Namespaces whose pods may reach it, such as that of an ingress controller, which has to end TLS."""
    bearer_token_secret: VaultName | None = None
    """Secret in keyVault with a token that callers have to bring (Authorization: Bearer). The services' identity needs
    Key Vault Secrets User on it."""

    rules = (
        Rule(
            "!has(self.namespaces) || self.namespaces.size() == 0 || has(self.bearerTokenSecret)",
            "give bearerTokenSecret: pods of other namespaces have to bring a token",
        ),
    )


RevocationReason = Literal[
    "unspecified",
    "keyCompromise",
    "cACompromise",
    "affiliationChanged",
    "superseded",
    "cessationOfOperation",
    "privilegeWithdrawn",
    "aACompromise",
]


class Revocation(Part):
    """A certificate that must no longer be trusted; this is for ever."""

    legal_name: ListedName | None = None
    """Every certificate of the name, and none is issued to it as long as it is listed here."""
    serial_number: (
        Annotated[
            str,
            Field(max_length=64),
            Matches("[0-9]+", "write the serial number in decimal, in quotes, as the audit prints it"),
        ]
        | None
    ) = None
    """One certificate, by its number in decimal; its name may then register with another key."""
    reason: RevocationReason = "unspecified"
    """Why (RFC 5280 5.3.1)."""

    rules = (
        one_of(
            "legalName",
            "serialNumber",
            "give either legalName (all certificates of the name) or serialNumber (one certificate)",
        ),
    )


class ApplicationInsights(Part):
    """Application Insights, to which the services send their key figures themselves."""

    connection_string_secret: VaultName
    """The secret in keyVault whose value is the connection string; it never leaves the vault and the services' memory.
    workloadIdentity needs Key Vault Secrets User on it. It is read again every hour, and whenever nothing arrives."""


_MOVE = "delete the Consortium, which deletes nothing in Azure, and create it anew"


class Hosted(Part):
    """A consortium whose services this cluster runs."""

    key_vault: Annotated[
        ConsortiumVault,
        unchangeable(
            "the network's log names its signing keys with this vault, so they can't move: put the old values back, or "
            "begin another network with a second Consortium"
        ),
    ]
    """Where the consortium's three signing keys are."""
    storage: Annotated[
        LogStorage,
        unchangeable(f"the network's log is in this container: to move, copy all of it, {_MOVE}"),
    ]
    """Where the network's state is. Protect the container with versioning and a delete lock."""
    trust_root: Annotated[
        TrustRoot,
        unchangeable("the trust root is made once and every certificate stands on it: put the old values back"),
    ]
    """The certificates that everything else stands on."""
    workload_identity: WorkloadIdentity
    """Identity of the services: Key Vault Crypto User on the identity manager's and the network map's key, Storage
    Blob Data Contributor on the container."""
    trust_root_identity: WorkloadIdentity | None = None
    """Identity that makes the trust root, once: Key Vault Crypto Officer on the vault, Storage Blob Data Contributor
    on the container. Afterwards it can be taken away. Default: workloadIdentity."""
    network_parameters: NetworkParameters = NetworkParameters()
    """What the whole network agrees on."""
    parameters_update: ParametersUpdate = ParametersUpdate()
    """How a change of networkParameters or notaries comes into force."""
    network_map: NetworkMap = NetworkMap()
    """How the services are run and reached."""
    observation: Observation = Observation()
    """How the services find out how the network does."""
    network_page: NetworkPage = NetworkPage()
    """What people may see of the network in a browser."""
    revocations: Annotated[tuple[Revocation, ...], Field(max_length=1000)] = ()
    """Certificates that must no longer be trusted."""
    application_insights: ApplicationInsights | None = None
    """Where the services send their key figures, also if monitoring says that nobody reads their metrics. Default:
    nowhere."""
