"""Who this process is to Azure: one identity, chosen by the environment, never whichever happens to be at hand.

The SDK's DefaultAzureCredential tries one source after the other, down to the identity of the machine; an
operator that lost its own identity would go on under the cluster node's.
"""

from collections.abc import Mapping
from typing import Any

from azure.core.credentials import AccessToken, AccessTokenInfo, TokenRequestOptions
from azure.core.pipeline.transport import AsyncHttpTransport
from azure.identity.aio import ClientSecretCredential, ManagedIdentityCredential, WorkloadIdentityCredential

from corda_operator.azure.errors import NotConfigured
from corda_operator.azure.translation import Call, translated

TOKEN_FILE = "AZURE_FEDERATED_TOKEN_FILE"  # noqa: S105 - the name of a variable
CLIENT_ID = "AZURE_CLIENT_ID"
CLIENT_SECRET = "AZURE_CLIENT_SECRET"  # noqa: S105 - the name of a variable
TENANT_ID = "AZURE_TENANT_ID"
AUTHORITY_HOST = "AZURE_AUTHORITY_HOST"

_TOKEN_SECONDS = 15.0


class Credential:
    """The SDK's credential, with errors of this package, so that a refused token is no refused write.

    azure: the protocols AsyncTokenCredential and AsyncSupportsTokenInfo.
    """

    def __init__(self, chosen: "WorkloadIdentityCredential | ClientSecretCredential | ManagedIdentityCredential"):
        self._chosen = chosen

    async def get_token(
        self, *scopes: str, claims: str | None = None, tenant_id: str | None = None, enable_cae: bool = False, **_: Any
    ) -> AccessToken:
        """Return a token for a scope."""
        async with translated(_call(scopes), _TOKEN_SECONDS):
            return await self._chosen.get_token(*scopes, claims=claims, tenant_id=tenant_id, enable_cae=enable_cae)

    async def get_token_info(self, *scopes: str, options: TokenRequestOptions | None = None) -> AccessTokenInfo:
        """Return a token for a scope, with what is known about it."""
        async with translated(_call(scopes), _TOKEN_SECONDS):
            return await self._chosen.get_token_info(*scopes, options=options)

    async def close(self) -> None:
        """Let go of what the SDK's credential holds."""
        await self._chosen.close()

    async def __aenter__(self) -> "Credential":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


def chosen_credential(environment: Mapping[str, str], transport: AsyncHttpTransport[Any, Any]) -> Credential:
    """Return the credential that an environment describes; raise NotConfigured naming what it lacks.

    The workload's federated token comes first, then a client's secret (for developers), then the managed
    identity that the client's id names.
    """
    options: dict[str, Any] = {"transport": transport, "retry_total": 3, "retry_backoff_factor": 0.2}
    if environment.get(AUTHORITY_HOST):
        options["authority"] = environment[AUTHORITY_HOST]
    if environment.get(TOKEN_FILE):
        tenant, client = _needed(environment, TOKEN_FILE, TENANT_ID, CLIENT_ID)
        return Credential(
            WorkloadIdentityCredential(
                tenant_id=tenant, client_id=client, token_file_path=environment[TOKEN_FILE], **options
            )
        )
    if environment.get(CLIENT_SECRET):
        tenant, client = _needed(environment, CLIENT_SECRET, TENANT_ID, CLIENT_ID)
        return Credential(ClientSecretCredential(tenant, client, environment[CLIENT_SECRET], **options))
    if environment.get(CLIENT_ID):
        return Credential(ManagedIdentityCredential(client_id=environment[CLIENT_ID], transport=transport))
    raise NotConfigured(
        f"No identity to call Azure with: neither {TOKEN_FILE} nor {CLIENT_ID} is set. In a cluster, label the pod "
        'azure.workload.identity/use: "true" and annotate its service account with azure.workload.identity/client-id; '
        f"elsewhere set {TENANT_ID}, {CLIENT_ID} and {CLIENT_SECRET}."
    )


def _needed(environment: Mapping[str, str], because: str, *names: str) -> tuple[str, ...]:
    missing = [name for name in names if not environment.get(name)]
    if missing:
        raise NotConfigured(f"{because} is set, so {' and '.join(missing)} must be set too.")
    return tuple(environment[name] for name in names)


def _call(scopes: tuple[str, ...]) -> Call:
    return Call(
        "get a token",
        f"for {' '.join(scopes)} from Microsoft Entra",
        "a federated credential for this service account's issuer and subject",
    )
