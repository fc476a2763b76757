"""Secrets of Key Vault, version by version.

Key Vault cannot write on a condition, and tells when a version was made in whole seconds: a listing carries the
vault's own time, so that callers can agree on a version without trusting their own clocks.
"""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any, Protocol

from azure.core.credentials_async import AsyncTokenCredential
from azure.core.pipeline import PipelineResponse
from azure.core.pipeline.transport import AsyncHttpTransport
from azure.keyvault.secrets import SecretProperties
from azure.keyvault.secrets.aio import SecretClient

from corda_operator.azure.errors import NotFound
from corda_operator.azure.translation import Call, Effect, translated

LARGEST_VALUE = 25_000
"""Bytes (azure: "About Azure Key Vault secrets", 25k)."""
_SECONDS = 15.0
_RETRIES: dict[str, Any] = {"retry_total": 3, "retry_backoff_factor": 0.2, "retry_backoff_max": 2}
_OFFICER, _USER = "the role Key Vault Secrets Officer", "the role Key Vault Secrets User"


@dataclass(frozen=True)
class SecretVersion:
    """A version of a secret, without its value."""

    name: str
    version: str
    created: datetime.datetime
    """By the vault's clock, in whole seconds."""
    enabled: bool
    tags: Mapping[str, str]


@dataclass(frozen=True)
class Secret:
    """A version of a secret with its value."""

    value: str = field(repr=False)
    properties: SecretVersion


@dataclass(frozen=True)
class Listing:
    """All versions of a secret as they were at a moment."""

    versions: tuple[SecretVersion, ...]
    """In no order; none if there is no such secret, or it was deleted."""
    at: datetime.datetime
    """By the vault's clock, in whole seconds."""


class Secrets(Protocol):
    """The secrets of one vault. Every call may raise Unavailable and AccessDenied; ``within`` is in seconds."""

    async def versions(self, name: str, *, within: float = _SECONDS) -> Listing:
        """Return what versions there are."""
        ...

    async def get(self, name: str, version: str | None = None, *, within: float = _SECONDS) -> Secret:
        """Return a version, the latest if none is named. Raises NotFound."""
        ...

    async def add(
        self,
        name: str,
        value: str,
        *,
        content_type: str,
        tags: Mapping[str, str],
        expires: datetime.datetime | None = None,
        within: float = _SECONDS,
    ) -> None:
        """Make a new version of at most LARGEST_VALUE bytes; a lost answer may make it more than one.

        Raises SoftDeleted, and OutcomeUnknown.
        """
        ...

    async def tag(self, version: SecretVersion, tags: Mapping[str, str], *, within: float = _SECONDS) -> None:
        """Replace all tags of a version. Raises NotFound."""
        ...

    async def disable(self, version: SecretVersion, *, within: float = _SECONDS) -> None:
        """Keep a version from being read. Raises NotFound."""
        ...

    async def recover(self, name: str, *, within: float = 60.0) -> None:
        """Bring a deleted secret back; that it is not deleted (any more) is success."""
        ...


class KeyVaultSecrets:
    """Secrets in Key Vault. Made by AzureSession, which closes what is beneath."""

    def __init__(
        self, vault_url: str, credential: AsyncTokenCredential, transport: AsyncHttpTransport[Any, Any]
    ) -> None:
        self._url = vault_url
        self._client = SecretClient(vault_url, credential, transport=transport, **_RETRIES)

    async def versions(self, name: str, *, within: float = _SECONDS) -> Listing:
        """See Secrets."""
        dates: list[datetime.datetime] = []

        def note(response: PipelineResponse[Any, Any]) -> None:
            dates.append(parsedate_to_datetime(response.http_response.headers["Date"]))

        pages = self._client.list_properties_of_secret_versions(name, raw_response_hook=note)
        found: list[SecretVersion] = []
        try:
            async with translated(self._call("list the versions of", name, _USER), within):
                async for each in pages:
                    found.append(_version(name, each))  # noqa: PERF401 - pages arrive while this goes on
        except NotFound:
            found = []
        # What the first page left out may have come in since.
        return Listing(tuple(found), dates[0])

    async def get(self, name: str, version: str | None = None, *, within: float = _SECONDS) -> Secret:
        """See Secrets."""
        async with translated(self._call("get", name, _USER), within):
            secret = await self._client.get_secret(name, version)
        return Secret(secret.value or "", _version(name, secret.properties))

    async def add(
        self,
        name: str,
        value: str,
        *,
        content_type: str,
        tags: Mapping[str, str],
        expires: datetime.datetime | None = None,
        within: float = _SECONDS,
    ) -> None:
        """See Secrets."""
        size = len(value.encode())
        if size > LARGEST_VALUE:
            raise ValueError(f"secret {name} would have {size} bytes, more than the {LARGEST_VALUE} that it may have")
        async with translated(self._call("set", name, _OFFICER, Effect.REPEATED), within):
            await self._client.set_secret(name, value, content_type=content_type, tags=dict(tags), expires_on=expires)

    async def tag(self, version: SecretVersion, tags: Mapping[str, str], *, within: float = _SECONDS) -> None:
        """See Secrets."""
        async with translated(self._call("tag", version.name, _OFFICER), within):
            await self._client.update_secret_properties(version.name, version.version, tags=dict(tags))

    async def disable(self, version: SecretVersion, *, within: float = _SECONDS) -> None:
        """See Secrets."""
        async with translated(self._call("disable a version of", version.name, _OFFICER), within):
            await self._client.update_secret_properties(version.name, version.version, enabled=False)

    async def recover(self, name: str, *, within: float = 60.0) -> None:
        """See Secrets."""
        try:
            async with translated(self._call("recover deleted", name, _OFFICER), within):
                await self._client.recover_deleted_secret(name)
        except NotFound:
            return  # Somebody else has recovered it.

    def _call(self, verb: str, name: str, role: str, effect: Effect = Effect.NONE) -> Call:
        return Call(verb, f"secret {name} of {self._url}", role, effect)


def _version(name: str, properties: SecretProperties) -> SecretVersion:
    if properties.version is None or properties.created_on is None:
        raise ValueError("a version without its id or the time of its making")
    return SecretVersion(
        name, properties.version, properties.created_on, bool(properties.enabled), dict(properties.tags or {})
    )
