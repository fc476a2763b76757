"""What enrolment is told about its node: a YAML file, checked as a whole, without secrets.

The operator writes it into a ConfigMap. Passwords are named by the secrets of Key Vault that hold them.
"""

import datetime
from pathlib import Path
from typing import Annotated, Self
from uuid import UUID

from cryptography import x509
from pydantic import (
    BeforeValidator,
    Field,
    model_validator,
)

from corda_operator import configuration_files
from corda_operator.api.durations import Duration
from corda_operator.api.settings import NODE_TOOL
from corda_operator.configuration_files import Name, Part, SecretName, Url
from corda_operator.corda.certificates.certificate import Certificate
from corda_operator.corda.certificates.issuing import DEFAULT_LIFETIME, CrlDistributionPoint
from corda_operator.corda.distinguished_names import parse_attributes
from corda_operator.enrolment.errors import UnusableError
from corda_operator.enrolment.key_material import read_chain

OUTPUT = Path("/run/corda")
SHORTEST_LIFETIME = datetime.timedelta(days=7)


class ConfigurationError(UnusableError):
    """The file can't be used; the message names every field that is wrong."""


def _certificate(value: object) -> object:
    if not isinstance(value, str):
        return value
    found = read_chain(value)
    if len(found) != 1:
        raise ValueError(f"{len(found)} certificates are in it, expected 1")
    return found[0]


RootCertificate = Annotated[Certificate, BeforeValidator(_certificate)]
"""One certificate, PEM."""


class KeyVault(Part):
    """The node's own vault."""

    url: Url
    prefix: str = Field(pattern="^[0-9a-zA-Z-]{1,90}$")
    """Of the names of all that enrolment keeps there; another node needs another."""


class Notary(Part):
    """What a notary's service is called."""

    service_legal_name: Name
    """node.conf: ``notary.serviceLegalName``."""


class RevocationLists(Part):
    """Where the TLS certificate says that its revocation list is found."""

    tls_distribution_point: Url
    """node.conf: ``tlsCertCrlDistPoint``."""
    tls_issuer: str | None = None
    """Who signs that list, which has to be the trust root; node.conf: ``tlsCertCrlIssuer``."""


class Tls(Part):
    """How long TLS certificates live."""

    lifetime: Duration = DEFAULT_LIFETIME
    renew_before: Duration = datetime.timedelta(days=30)
    """A start this long before the end makes a new key and certificate; at most a third of the lifetime counts."""

    @model_validator(mode="after")
    def _long_enough(self) -> Self:
        if self.lifetime < SHORTEST_LIFETIME:
            raise ValueError(f"lifetime: nodes renew when they start, so at least {SHORTEST_LIFETIME.days}d")
        return self


class RpcUser(Part):
    """Somebody who may use the node's RPC."""

    name: str = Field(pattern="^[0-9a-zA-Z_]+$")
    """Corda ends at its start if there are other characters in it (RPCSecurityManagerImpl: InMemoryRealm)."""
    password_secret: SecretName
    permissions: tuple[str, ...] = ()


class PostgreSql(Part):
    """Credentials of the node's database."""

    user: Annotated[str, Field(min_length=1, max_length=63)]
    password_secret: SecretName


class Database(Part):
    """The node's database, if it needs credentials."""

    postgresql: PostgreSql


class Configuration(Part):
    """The whole file."""

    legal_name: Name
    email_address: str = Field(min_length=3, max_length=254, pattern="^[^@\\s]+@[^@\\s]+$")
    """Goes into certificate requests."""
    notary: Notary | None = None
    identity_manager_url: Annotated[Url, Field(alias="identityManagerURL")]
    """node.conf: ``networkServices.doormanURL``."""
    trust_root: RootCertificate
    """What every certificate has to chain to, from a source that is trusted: not from the identity manager."""
    key_vault: KeyVault
    submission_token_secret: SecretName | None = None
    """The secret with what node.conf calls ``networkServices.csrToken``."""
    private_network_map: UUID | None = None
    """node.conf: ``networkServices.pnm``."""
    corda_version: str = Field(default="4.10", pattern="^[0-9A-Za-z.-]{1,40}$")
    platform_version: int = Field(default=12, ge=1)
    crl: RevocationLists | None = None
    tls: Tls = Tls()
    rpc_users: tuple[RpcUser, ...] = ()
    database: Database | None = None
    output: Path = OUTPUT
    """A directory in memory, which the node's container mounts too."""

    @property
    def crl_distribution_point(self) -> CrlDistributionPoint | None:
        """What TLS certificates state."""
        if self.crl is None:
            return None
        issuer = None if self.crl.tls_issuer is None else self.trust_root.subject
        return CrlDistributionPoint(self.crl.tls_distribution_point, issuer)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        root = self.trust_root
        if root.subject != root.issuer or root.role is not None or not root.may_issue_certificates:
            raise ValueError(f"trustRoot: {root} is no root: expected a self-signed authority without a Corda role")
        if self.notary is not None and self.notary.service_legal_name == self.legal_name:
            raise ValueError(f'notary.serviceLegalName has to differ from legalName "{self.legal_name}"')
        issuer = None if self.crl is None else self.crl.tls_issuer
        if issuer is not None and sorted(parse_attributes(issuer)) != _attributes(root.subject):
            raise ValueError(
                f'crl.tlsIssuer is "{issuer}", expected the subject of trustRoot, "{root.subject.rfc4514_string()}": '
                "a node finds who signs the list among the certificates that it trusts"
            )
        names = [user.name for user in self.rpc_users]
        if len(set(names)) != len(names):
            raise ValueError("rpcUsers: a name is there twice")
        if NODE_TOOL in names:
            raise ValueError(
                f"rpcUsers: {NODE_TOOL} is the user that enrolment makes for the node tool: choose another name"
            )
        return self


def parse(text: str, source: str) -> Configuration:
    """Read a configuration; raise ConfigurationError that names ``source``."""
    try:
        return configuration_files.parse(Configuration, text, source)
    except configuration_files.ConfigurationError as error:
        raise ConfigurationError(str(error)) from error


def load(path: Path) -> Configuration:
    """Read the file; raise ConfigurationError."""
    try:
        return configuration_files.load(Configuration, path)
    except configuration_files.ConfigurationError as error:
        raise ConfigurationError(str(error)) from error


def _attributes(name: x509.Name) -> list[tuple[str, str]]:
    return sorted((each.rfc4514_attribute_name.upper(), str(each.value)) for each in name)
