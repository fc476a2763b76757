"""The directory: who may ask for tokens, which vaults there are, who may do what in them.

What Azure spreads over Entra, Resource Manager and the cluster's issuer is one document here, in YAML
or JSON, loaded at the start and changed through the admin listener.
"""

import uuid
from pathlib import Path
from typing import Annotated, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator
from pydantic.alias_generators import to_camel

from local.azure.stub.errors import problems
from local.azure.stub.roles import Role

TOKEN_EXCHANGE = "api://AzureADTokenExchange"  # noqa: S105 - an audience
_CREDENTIALS_PER_IDENTITY = 20

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$")]
VaultName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z](?:-?[A-Za-z0-9])+$", min_length=3, max_length=24)]
Guid = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$", to_lower=True),
]
Https = Annotated[str, StringConstraints(pattern=r"^https://[^/\s]+")]


class DirectoryError(Exception):
    """The document does not fit; the message says where and why."""


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel, populate_by_name=True)


class Issuer(_Entry):
    """An OpenID issuer whose tokens may be exchanged, and where its keys are."""

    issuer: Https
    """Exactly as in the tokens' ``iss``."""
    keys_url: Https | None = None
    discovery_url: Https | None = None
    """Give one of the two, or neither for the issuer's own ``/.well-known/openid-configuration``.

    They may lie under another address than the issuer: from outside a cluster the API server has another.
    """
    ca_file: Path | None = None
    token_file: Path | None = None
    """A bearer token to ask with: the API server tells its keys to service accounts only."""

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if self.keys_url is not None and self.discovery_url is not None:
            raise ValueError("give keysUrl or discoveryUrl, not both")
        return self


class FederatedCredential(_Entry):
    """Which token stands for an identity. Compared case by case, as Entra does."""

    issuer: Https
    subject: str = Field(min_length=1)
    audience: str = TOKEN_EXCHANGE


class Identity(_Entry):
    """A managed identity or an application."""

    name: Name
    client_id: Guid
    object_id: Guid = ""
    """The principal's; made from the client's id if absent."""
    federated_credentials: tuple[FederatedCredential, ...] = Field(default=(), max_length=_CREDENTIALS_PER_IDENTITY)
    client_secret_sha256: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$")

    @model_validator(mode="before")
    @classmethod
    def _with_object_id(cls, data: object) -> object:
        if isinstance(data, dict) and not ({"objectId", "object_id"} & data.keys()):
            client_id = str(data.get("clientId", data.get("client_id", ""))).lower()
            return {**data, "objectId": str(uuid.uuid5(uuid.NAMESPACE_OID, client_id))}
        return data


class RoleAssignment(_Entry):
    """A role of an identity, in a whole vault or for one object of it."""

    identity: Name
    role: Role
    scope: Annotated[str, StringConstraints(pattern=r"^(secrets|keys)/[0-9a-zA-Z-]{1,127}$")] | None = None
    """``secrets/<name>`` or ``keys/<name>``; the whole vault if absent."""


class Vault(_Entry):
    """A key vault."""

    name: VaultName
    role_assignments: tuple[RoleAssignment, ...] = ()


class ApplicationInsights(_Entry):
    """A resource of Application Insights, which takes telemetry with its key from anybody."""

    name: Name
    instrumentation_key: Guid


class Directory(_Entry):
    """The whole document."""

    tenant_id: Guid
    access_token_lifetime: int = Field(default=3600, ge=1, le=86400)
    """Seconds."""
    issuers: tuple[Issuer, ...] = ()
    identities: tuple[Identity, ...] = ()
    vaults: tuple[Vault, ...] = ()
    application_insights: tuple[ApplicationInsights, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        _unique("issuer", [issuer.issuer for issuer in self.issuers])
        _unique("identity", [identity.name for identity in self.identities])
        _unique("clientId", [identity.client_id for identity in self.identities])
        _unique("vault", [vault.name.lower() for vault in self.vaults])
        _unique("applicationInsights", [each.name for each in self.application_insights])
        _unique("instrumentationKey", [each.instrumentation_key for each in self.application_insights])
        known = {identity.name for identity in self.identities}
        for vault in self.vaults:
            for assignment in vault.role_assignments:
                if assignment.identity not in known:
                    raise ValueError(
                        f"vault {vault.name} gives {assignment.role} to {assignment.identity}, which is no identity"
                    )
        return self

    def identity_of_client(self, client_id: str) -> Identity | None:
        """Return the identity with a client's id."""
        return next((each for each in self.identities if each.client_id == client_id.lower()), None)

    def identity_of_object(self, object_id: str) -> Identity | None:
        """Return the identity with a principal's object id."""
        return next((each for each in self.identities if each.object_id == object_id), None)

    def issuer(self, issuer: str) -> Issuer | None:
        """Return an issuer by the string its tokens carry."""
        return next((each for each in self.issuers if each.issuer == issuer), None)

    def vault(self, name: str) -> Vault | None:
        """Return a vault by name, in any case."""
        return next((each for each in self.vaults if each.name.lower() == name.lower()), None)

    def knows_instrumentation_key(self, key: str) -> bool:
        """Tell whether a resource of Application Insights has a key."""
        return any(each.instrumentation_key == key.lower() for each in self.application_insights)


def _unique(what: str, values: list[str]) -> None:
    doubles = sorted({value for value in values if values.count(value) > 1})
    if doubles:
        raise ValueError(f"{what} given twice: {', '.join(doubles)}")


def load(text: str) -> Directory:
    """Return a directory from YAML or JSON; raise DirectoryError where it does not fit."""
    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise DirectoryError(f"the directory is not YAML: {' '.join(str(error).split())}") from None
    try:
        return Directory.model_validate(document)
    except ValidationError as error:
        raise DirectoryError(f"the directory does not fit: {problems(error)}") from None


def with_identity(directory: Directory, identity: Identity) -> Directory:
    """Return the directory with an identity added or replaced."""
    others = tuple(each for each in directory.identities if each.name != identity.name)
    return _changed(directory, identities=(*others, identity))


def without_identity(directory: Directory, name: str) -> Directory:
    """Return the directory without an identity and without the roles it had."""
    return _changed(
        directory,
        identities=tuple(each for each in directory.identities if each.name != name),
        vaults=tuple(
            vault.model_copy(
                update={"role_assignments": tuple(a for a in vault.role_assignments if a.identity != name)}
            )
            for vault in directory.vaults
        ),
    )


def with_issuer(directory: Directory, issuer: Issuer) -> Directory:
    """Return the directory with an issuer added or replaced."""
    others = tuple(each for each in directory.issuers if each.issuer != issuer.issuer)
    return _changed(directory, issuers=(*others, issuer))


def without_issuer(directory: Directory, issuer: str) -> Directory:
    """Return the directory without an issuer."""
    return _changed(directory, issuers=tuple(each for each in directory.issuers if each.issuer != issuer))


def with_vault(directory: Directory, vault: Vault) -> Directory:
    """Return the directory with a vault added or replaced."""
    others = tuple(each for each in directory.vaults if each.name.lower() != vault.name.lower())
    return _changed(directory, vaults=(*others, vault))


def without_vault(directory: Directory, name: str) -> Directory:
    """Return the directory without a vault; what was kept in it stays in the stub's state."""
    return _changed(directory, vaults=tuple(each for each in directory.vaults if each.name.lower() != name.lower()))


def with_application_insights(directory: Directory, resource: ApplicationInsights) -> Directory:
    """Return the directory with a resource of Application Insights added or replaced."""
    others = tuple(each for each in directory.application_insights if each.name != resource.name)
    return _changed(directory, application_insights=(*others, resource))


def _changed(
    directory: Directory,
    **changes: tuple[Issuer, ...] | tuple[Identity, ...] | tuple[Vault, ...] | tuple[ApplicationInsights, ...],
) -> Directory:
    # model_copy() does not validate; going through the plain document does.
    return Directory.model_validate(directory.model_copy(update=changes).model_dump(by_alias=True))
