"""Entra's routes: the token endpoint, and the documents by which MSAL finds it."""

import hashlib
import hmac
from collections.abc import Mapping
from urllib.parse import parse_qs, urlsplit

from local.azure.stub.directory import Identity
from local.azure.stub.entra.assertions import prove
from local.azure.stub.entra.errors import entra_error, invalid_client, missing
from local.azure.stub.entra.issuers import IssuerKeys
from local.azure.stub.entra.tokens import AccessTokens, issuer_of
from local.azure.stub.live import LiveDirectory
from local.azure.stub.routing import Answer, Call, Service, route

_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_DEFAULT_SCOPE = "/.default"
_OPENID_SCOPES = {"openid", "profile", "offline_access"}
"""MSAL adds them to every scope; a client's own token has no use for them."""


class Entra(Service):
    """``login.<domain>``."""

    name = "entra"

    def __init__(self, live: LiveDirectory, tokens: AccessTokens, domain: str) -> None:
        self._live = live
        self._tokens = tokens
        self._keys = IssuerKeys()
        self._domain = domain
        self.routes = (
            route("POST", "/{tenant}/oauth2/v2.0/token", "token", self._token),
            route("GET", "/{tenant}/v2.0/.well-known/openid-configuration", "configuration", self._configuration),
            route("GET", "/{tenant}/discovery/v2.0/keys", "keys", self._key_set),
        )

    def resource(self, host: str) -> str | None:
        """Return nothing for the one host there is."""
        return "" if host == f"login.{self._domain}" else None

    def failure(self, status: int, headers: Mapping[str, str]) -> Answer:
        """Return Entra's wording of a failure."""
        error = entra_error(
            status, "temporarily_unavailable", 90033, "A transient error has occurred. Please try again."
        )
        return Answer(status, error.body, headers)

    def audience(self, scope: str) -> str:
        """Return the audience that a scope asks for, without port or trailing slash; raise Entra's refusal.

        The port is a thing of this machine, where https has not port 443, and means nothing in a token.
        """
        wanted = [word for word in scope.split() if word not in _OPENID_SCOPES]
        if len(wanted) != 1 or not wanted[0].endswith(_DEFAULT_SCOPE):
            raise entra_error(
                400,
                "invalid_scope",
                1002012,
                f"The provided value for scope {scope} is not valid. Client credential flows must have a "
                "scope value with /.default suffixed to the resource identifier (application ID URI).",
            )
        resource = wanted[0].removesuffix(_DEFAULT_SCOPE)
        host = urlsplit(resource).hostname or ""
        known = (f"vault.{self._domain}", "storage.azure.com")
        if host not in known:
            raise entra_error(
                400,
                "invalid_resource",
                500011,
                f"The resource principal named {resource} was not found in the tenant. "
                f"The protocol stub knows {', '.join(f'https://{each}' for each in known)}.",
            )
        return f"https://{host}"

    async def _token(self, call: Call) -> Answer:
        directory = self._live.current
        self._check_tenant(call.parameters["tenant"])
        form = _form(call.body)
        grant = _required(form, "grant_type")
        if grant != "client_credentials":
            raise entra_error(
                400,
                "unsupported_grant_type",
                70003,
                f"The app requested an unsupported grant type '{grant}'.",
            )
        client_id = _required(form, "client_id")
        audience = self.audience(_required(form, "scope"))
        identity = directory.identity_of_client(client_id)
        if identity is None:
            raise entra_error(
                400,
                "unauthorized_client",
                700016,
                f"Application with identifier '{client_id}' was not found in the directory '{directory.tenant_id}'.",
            )
        await self._authenticate(identity, form)
        lifetime = directory.access_token_lifetime
        token = self._tokens.issue(directory.tenant_id, identity, audience, lifetime)
        return Answer(
            200,
            {
                "token_type": "Bearer",
                "expires_in": lifetime,
                "ext_expires_in": lifetime,
                "access_token": token,
            },
            {"Cache-Control": "no-store, no-cache"},
        )

    async def _authenticate(self, identity: Identity, form: Mapping[str, str]) -> None:
        if "client_assertion" in form:
            if _required(form, "client_assertion_type") != _ASSERTION_TYPE:
                raise entra_error(400, "invalid_request", 900023, f"client_assertion_type must be '{_ASSERTION_TYPE}'.")
            await prove(self._live.current, identity, form["client_assertion"], self._keys)
        elif "client_secret" in form:
            presented = hashlib.sha256(form["client_secret"].encode()).hexdigest()
            if not hmac.compare_digest(presented, identity.client_secret_sha256 or ""):
                raise invalid_client(
                    7000215,
                    "Invalid client secret provided. Ensure the secret being sent in the request is the "
                    "client secret value, not the client secret ID, for a secret added to app "
                    f"'{identity.client_id}'.",
                )
        else:
            raise invalid_client(
                7000216,
                "'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type.",
            )

    async def _configuration(self, call: Call) -> Answer:
        tenant = self._check_tenant(call.parameters["tenant"])
        base = f"https://{call.host}/{tenant}"
        return Answer(
            200,
            {
                "issuer": issuer_of(tenant),
                "token_endpoint": f"{base}/oauth2/v2.0/token",
                "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
                "jwks_uri": f"{base}/discovery/v2.0/keys",
                "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
                "response_types_supported": ["code"],
                "subject_types_supported": ["pairwise"],
                "id_token_signing_alg_values_supported": ["RS256"],
            },
        )

    async def _key_set(self, call: Call) -> Answer:
        self._check_tenant(call.parameters["tenant"])
        return Answer(200, self._tokens.key_set())

    def _check_tenant(self, tenant: str) -> str:
        if tenant.lower() != self._live.current.tenant_id:
            raise entra_error(400, "invalid_request", 90002, f"Tenant '{tenant}' not found.")
        return self._live.current.tenant_id


def _form(body: bytes) -> dict[str, str]:
    try:
        fields = parse_qs(body.decode(), keep_blank_values=True, max_num_fields=50)
    except ValueError:
        raise entra_error(400, "invalid_request", 900144, "The request body is not a form.") from None
    return {name: values[0] for name, values in fields.items()}


def _required(form: Mapping[str, str], name: str) -> str:
    if not form.get(name):
        raise missing(name)
    return form[name]
