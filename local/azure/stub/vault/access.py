"""Who is calling, and whether they may: what stands before every operation of a vault."""

from dataclasses import dataclass

from local.azure.stub.directory import Identity, Vault
from local.azure.stub.entra.tokens import AccessTokens, TokenRefusedError
from local.azure.stub.errors import AzureError
from local.azure.stub.live import LiveDirectory
from local.azure.stub.roles import Grant, permits
from local.azure.stub.routing import Call


@dataclass(frozen=True)
class Gate:
    """Checks calls against access tokens and the directory's role assignments."""

    live: LiveDirectory
    tokens: AccessTokens
    domain: str
    authority: str | None
    """Where the challenge sends clients, for example ``https://login.azure.test``; by default the
    authority's host on the port that the call came in by.
    """

    def admit(self, call: Call, action: str, thing: str | None) -> None:
        """Return if the caller may do ``action``; raise 404 for no such vault, 401 or 403 else."""
        vault = self.live.current.vault(call.resource)
        if vault is None:
            raise AzureError(
                404,
                "VaultNotFound",
                f"The protocol stub has no vault {call.resource}; in Azure its host name would not resolve. "
                "Add it to the directory.",
            )
        identity = self._caller(call)
        grants = [
            Grant(assignment.role, assignment.scope)
            for assignment in vault.role_assignments
            if assignment.identity == identity.name
        ]
        if not permits(grants, action, thing):
            raise self._forbidden(identity, vault, action, thing)

    def _caller(self, call: Call) -> Identity:
        scheme, _, token = call.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise self._unauthorized(call, "AKV10000: Request is missing a Bearer or PoP token.")
        try:
            claims = self.tokens.check(token.strip(), self.live.current.tenant_id, f"https://vault.{self.domain}")
        except TokenRefusedError as refusal:
            raise self._unauthorized(call, str(refusal)) from None
        identity = self.live.current.identity_of_object(claims.object_id)
        if identity is None:
            raise self._unauthorized(call, f"The principal {claims.object_id} is not in the directory any more.")
        return identity

    def _unauthorized(self, call: Call, message: str) -> AzureError:
        # Clients compare the challenge's resource with the end of the host they call, port and all.
        _, colon, port = call.host.partition(":")
        authority = self.authority or f"https://login.{self.domain}{colon}{port}"
        challenge = (
            f'Bearer authorization="{authority}/{self.live.current.tenant_id}", '
            f'resource="https://vault.{self.domain}{colon}{port}"'
        )
        return AzureError(401, "Unauthorized", message, headers={"WWW-Authenticate": challenge})

    def _forbidden(self, identity: Identity, vault: Vault, action: str, thing: str | None) -> AzureError:
        tenant = self.live.current.tenant_id
        resource = f"/subscriptions/stub/resourcegroups/stub/providers/microsoft.keyvault/vaults/{vault.name}"
        return AzureError(
            403,
            "Forbidden",
            "Caller is not authorized to perform action on resource.\r\nIf role assignments, deny "
            "assignments or role definitions were changed recently, please observe propagation time.\r\n"
            f"Caller: appid={identity.client_id};oid={identity.object_id};iss=https://sts.windows.net/{tenant}/\r\n"
            f"Action: 'Microsoft.KeyVault/vaults/{action}'\r\n"
            f"Resource: '{resource}{f'/{thing}' if thing else ''}'\r\nAssignment: (not found)\r\n"
            f"DenyAssignmentId: null\r\nDecisionReason: null\r\nVault: {vault.name};location=stub\r\n",
            inner="ForbiddenByRbac",
        )
