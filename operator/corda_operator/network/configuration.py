"""What the network services are told: who may join, which parameters the network has, where state and keys are.

A YAML file, checked as a whole. The operator writes it from a Consortium; it's read again whenever it changes.
"""

import datetime
from collections import Counter
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal, Self

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from cryptography.x509 import ReasonFlags
from pydantic import (
    AfterValidator,
    AwareDatetime,
    Field,
    field_validator,
    model_validator,
)

from corda_operator import configuration_files
from corda_operator.api.durations import AtLeast, Duration
from corda_operator.configuration_files import ConfigurationError, Name, Part, SecretName, Url
from corda_operator.corda.certificates.signatures import supported
from corda_operator.corda.names import LegalName
from corda_operator.corda.network_parameters import check_packages
from corda_operator.telemetry.configuration import Telemetry

_LARGEST_INT = 2**31 - 1
_HOST_AND_PORT = r"^(\[[0-9a-fA-F:]+\]|[^:\[\]]+):[0-9]{1,5}$"


def _hexadecimal(value: str) -> str:
    if len(value) != 64 or not all(digit in "0123456789abcdefABCDEF" for digit in value):
        raise ValueError("expected a SHA-256, 64 hexadecimal digits")
    return value.upper()


Sha256 = Annotated[str, AfterValidator(_hexadecimal)]


class KeyVault(Part):
    """The vault with the consortium's signing keys."""

    url: Url
    key_prefix: str = Field(default="corda", pattern="^[a-zA-Z0-9-]{1,100}$")
    """Keys are ``<prefix>-root``, ``<prefix>-identity-manager`` and ``<prefix>-network-map``."""


class Storage(Part):
    """The container with the consortium's log."""

    account_url: Annotated[Url, Field(alias="accountURL")]
    container: str = Field(default="consortium", pattern="^[a-z0-9](-?[a-z0-9]){2,62}$")


class TrustRoot(Part):
    """How the certificates that are made once are named."""

    organisation: str
    locality: str
    country: str
    validity: Duration = datetime.timedelta(days=3650)

    @model_validator(mode="after")
    def _valid(self) -> Self:
        self.name("Root CA")
        return self

    def name(self, common_name: str) -> LegalName:
        """Return the subject of one of the certificates."""
        return LegalName(self.organisation, self.locality, self.country, common_name=common_name)


class Member(Part):
    """An organisation that may join, or may not."""

    organisation: str
    """Any legal name with this organisation (``O=``) is the member's."""
    admission: Literal["Admitted", "Denied"] = "Admitted"
    legal_names: tuple[Name, ...] | None = None
    """If given, only these names of the organisation are admitted."""
    submission_token_sha256: Sha256 | None = Field(default=None, alias="submissionTokenSHA256")
    """If given, a request must bring the token with this hash (node.conf: ``networkServices.csrToken``)."""


class Notary(Part):
    """A notary of the network."""

    service_legal_name: Name
    """node.conf: ``notary.serviceLegalName``."""
    validating: bool = False
    metrics_url: Url | None = Field(default=None, alias="metricsURL")
    """Where its node tells Prometheus what it has notarised, if that can be reached."""


class NetworkParameters(Part):
    """What the whole network agrees on; see Corda's documentation of network parameters."""

    minimum_platform_version: int = Field(default=4, ge=1, le=_LARGEST_INT)
    max_message_size: int = Field(default=10_485_760, ge=1, le=_LARGEST_INT)
    """In bytes."""
    max_transaction_size: int = Field(default=524_288_000, ge=1, le=_LARGEST_INT)
    """In bytes."""
    event_horizon: Annotated[Duration, AtLeast("2d", "nodes publish once a day")] = datetime.timedelta(days=30)
    """A node that hasn't published for so long leaves the map; nodes publish once a day."""
    whitelisted_contract_implementations: dict[str, tuple[Sha256, ...]] = Field(default={})
    """SHA-256 of CorDapp jars by contract class."""
    package_ownership: dict[str, str] = Field(default={})
    """Public keys (PEM) by Java package."""
    revision: int = Field(default=0, ge=0)
    """Raise it to have the same parameters signed and proposed as a new epoch: a flag day to rehearse, which nodes
    accept and go through by themselves."""

    @field_validator("package_ownership")
    @classmethod
    def _readable(cls, value: dict[str, str]) -> dict[str, str]:
        check_packages(value)
        for package, pem in value.items():
            try:
                supported(load_pem_public_key(pem.encode()))
            except (ValueError, UnsupportedAlgorithm) as error:
                raise ValueError(f"{package}: expected a public key (PEM) that Corda signs with: {error}") from None
        return value


class ParametersUpdate(Part):
    """How a change of the network parameters comes into force."""

    description: str = "Network parameters changed"
    """What the nodes' operators read."""
    acceptance_period: Duration = datetime.timedelta(days=7)
    """From the proposal to flag day."""
    adopt_when_all_accepted: bool = False
    """Have flag day as soon as every listed node has accepted, if that is sooner."""


class NetworkMap(Part):
    """How the network map is served."""

    poll_interval: Annotated[Duration, AtLeast("1s", "nodes would ask without a pause")] = datetime.timedelta(
        seconds=30
    )
    """How often nodes ask for it (``Cache-Control: max-age``)."""


class Observation(Part):
    """How the services find out how the network does."""

    interval: Annotated[Duration, AtLeast("1s", "nodes would be asked without a pause")] = datetime.timedelta(
        seconds=10
    )
    """How often they look."""
    p2p_ports: tuple[Annotated[int, Field(ge=1, le=65535)], ...] = Field(default=(10002,), alias="p2pPorts")
    """TCP ports of nodes' P2P addresses that are tried; whether other nodes answer is not known."""


class NetworkPage(Part):
    """The page for people."""

    enabled: bool = True
    bearer_token_secret: SecretName | None = None
    """Secret in the vault with the token that callers have to bring (``Authorization: Bearer``)."""


class Revocation(Part):
    """A node's certificate that must no longer be trusted."""

    legal_name: Name | None = None
    """Every certificate of the name, and none is issued to it as long as it's listed here."""
    serial_number: str | None = Field(default=None, pattern="^[0-9]+$")
    """Decimal, of one certificate; its name may then register with another key."""
    reason: ReasonFlags = ReasonFlags.unspecified
    """RFC 5280 5.3.1: keyCompromise, cessationOfOperation, ..."""

    @field_validator("reason")
    @classmethod
    def _final(cls, value: ReasonFlags) -> ReasonFlags:
        if value in (ReasonFlags.certificate_hold, ReasonFlags.remove_from_crl):
            raise ValueError("a revocation is for ever here")
        return value

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.legal_name is None) == (self.serial_number is None):
            raise ValueError("exactly one of legalName and serialNumber")
        return self


class Withdrawal(Part):
    """A node that has left for the time being; it is listed again once it publishes again."""

    legal_name: Name
    before: AwareDatetime
    """What it published later counts: a replica that has an old file must not take it out again."""


class Limits(Part):
    """What callers, who are not authenticated, may cost."""

    connections: int = Field(default=2048, ge=1)
    connections_per_address: int = Field(default=512, ge=1)
    """Behind a load balancer that hides addresses this is for all nodes together."""
    posts_per_second_per_address: float = Field(default=50, gt=0)
    """Requests that cost a signature check and a write; ten times as many may come at once."""
    body_bytes: int = Field(default=128 * 1024, ge=1024)
    request_seconds: float = Field(default=15, gt=0)
    """To send a whole request."""
    response_seconds: float = Field(default=60, gt=0)
    """To take a whole response."""
    pending_requests: int = Field(default=1000, ge=1)
    """Certificate requests without a token that may wait: of all unknown organisations, and of each member's."""


class Configuration(Part):
    """The whole file."""

    generation: int = Field(default=0, ge=0)
    """Of the Consortium that it was made from: a replica that still has an older one leaves decisions to the others.
    If it's left out, the time at which the file was changed takes its place (seconds since 1970)."""
    public_url: Annotated[Url, Field(alias="publicURL")]
    """Where nodes reach these services; it's in every certificate (revocation lists), so it has to stay."""
    listen: str = Field(default="0.0.0.0:8080", pattern=_HOST_AND_PORT)
    """For nodes."""
    listen_admin: str = Field(default="0.0.0.0:8081", pattern=_HOST_AND_PORT)
    """For probes and metrics."""
    listen_page: str = Field(default="0.0.0.0:8082", pattern=_HOST_AND_PORT)
    """For people's browsers."""
    key_vault: KeyVault
    storage: Storage
    trust_root: TrustRoot
    members: tuple[Member, ...] = ()
    notaries: tuple[Notary, ...] = ()
    network_parameters: NetworkParameters = NetworkParameters()
    parameters_update: ParametersUpdate = ParametersUpdate()
    network_map: NetworkMap = NetworkMap()
    observation: Observation = Observation()
    network_page: NetworkPage = NetworkPage()
    revocations: tuple[Revocation, ...] = ()
    withdrawals: tuple[Withdrawal, ...] = ()
    limits: Limits = Limits()
    telemetry: Telemetry = Telemetry()

    @cached_property
    def members_by_organisation(self) -> Mapping[str, Member]:
        """The members, to be looked up."""
        return {member.organisation: member for member in self.members}

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        organisations = Counter(member.organisation for member in self.members)
        twice = {each for each, times in organisations.items() if times > 1}
        if twice:
            raise ValueError(f"members: listed twice: {', '.join(sorted(twice))}")
        names = [str(notary.service_legal_name) for notary in self.notaries]
        if len(set(names)) != len(names):
            raise ValueError("notaries: a serviceLegalName is listed twice")
        return self


def parse(text: str, source: str) -> Configuration:
    """Read a configuration; raise ConfigurationError that names ``source``."""
    return configuration_files.parse(Configuration, text, source)


def load(path: Path) -> Configuration:
    """Read the file; raise ConfigurationError."""
    found = configuration_files.load(Configuration, path)
    if "generation" in found.model_fields_set:
        return found
    try:
        return found.model_copy(update={"generation": int(path.stat().st_mtime)})
    except OSError as error:
        raise ConfigurationError(f"{path} can't be read: {error}") from error
