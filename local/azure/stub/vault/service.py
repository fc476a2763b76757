"""Key Vault's routes, each with the data action that Azure asks for."""

from collections.abc import Mapping

from local.azure.stub.database import Database
from local.azure.stub.errors import bad_parameter
from local.azure.stub.routing import Answer, Call, Handler, Route, Service, route
from local.azure.stub.vault.access import Gate
from local.azure.stub.vault.keys import KeyRecord, Keys
from local.azure.stub.vault.secrets import SecretRecord, Secrets
from local.azure.stub.vault.store import ObjectStore

_FAILURES = {
    429: ("Throttled", "Request was not processed because too many requests were received."),
    503: ("ServiceUnavailable", "The service is unavailable."),
}


class KeyVault(Service):
    """``<vault>.vault.<domain>``."""

    name = "keyvault"

    def __init__(self, database: Database, gate: Gate, page_size: int) -> None:
        self._gate = gate
        self._suffix = f".vault.{gate.domain}"
        secrets = Secrets(ObjectStore(database, "secret", SecretRecord), page_size)
        keys = Keys(ObjectStore(database, "key", KeyRecord), page_size)
        self.routes = (
            self._route("GET", "/secrets", "list-secrets", "secrets/readMetadata/action", secrets.list_all),
            self._route("PUT", "/secrets/{name}", "set-secret", "secrets/setSecret/action", secrets.put),
            self._route("DELETE", "/secrets/{name}", "delete-secret", "secrets/delete", secrets.delete),
            self._route(
                "GET",
                "/secrets/{name}/versions",
                "list-secret-versions",
                "secrets/readMetadata/action",
                secrets.versions,
            ),
            self._route("GET", "/secrets/{name}/{version?}", "get-secret", "secrets/getSecret/action", secrets.get),
            self._route(
                "PATCH",
                "/secrets/{name}/{version?}",
                "update-secret",
                "secrets/update/action",
                secrets.update,
            ),
            self._route(
                "GET",
                "/deletedsecrets",
                "list-deleted-secrets",
                "secrets/readMetadata/action",
                secrets.list_deleted,
            ),
            self._route(
                "GET",
                "/deletedsecrets/{name}",
                "get-deleted-secret",
                "secrets/readMetadata/action",
                secrets.get_deleted,
            ),
            self._route(
                "POST",
                "/deletedsecrets/{name}/recover",
                "recover-secret",
                "secrets/recover/action",
                secrets.recover,
            ),
            self._route("DELETE", "/deletedsecrets/{name}", "purge-secret", "secrets/purge/action", secrets.purge),
            self._route("GET", "/keys", "list-keys", "keys/read", keys.list_all),
            self._route("POST", "/keys/{name}/create", "create-key", "keys/create/action", keys.create),
            self._route("DELETE", "/keys/{name}", "delete-key", "keys/delete", keys.delete),
            self._route("GET", "/keys/{name}/versions", "list-key-versions", "keys/read", keys.versions),
            self._route("GET", "/keys/{name}/{version?}", "get-key", "keys/read", keys.get),
            self._route("PATCH", "/keys/{name}/{version?}", "update-key", "keys/update/action", keys.update),
            self._route("POST", "/keys/{name}/{version?}/sign", "sign", "keys/sign/action", keys.sign),
            self._route("POST", "/keys/{name}/{version?}/verify", "verify", "keys/verify/action", keys.verify),
            self._route("GET", "/deletedkeys", "list-deleted-keys", "keys/read", keys.list_deleted),
            self._route("GET", "/deletedkeys/{name}", "get-deleted-key", "keys/read", keys.get_deleted),
            self._route("POST", "/deletedkeys/{name}/recover", "recover-key", "keys/recover/action", keys.recover),
            self._route("DELETE", "/deletedkeys/{name}", "purge-key", "keys/purge/action", keys.purge),
        )

    def resource(self, host: str) -> str | None:
        """Return the vault that a host name stands for."""
        vault = host.removesuffix(self._suffix)
        return vault if vault != host and vault and "." not in vault else None

    def is_probe(self, call: Call) -> bool:
        """Tell a client's first request, which carries neither token nor body, from the real ones."""
        return "Authorization" not in call.headers

    def failure(self, status: int, headers: Mapping[str, str]) -> Answer:
        """Return Key Vault's wording of a failure."""
        code, message = _FAILURES.get(status, ("InternalServerError", "An internal error occurred."))
        return Answer(status, {"error": {"code": code, "message": message}}, headers)

    def _route(self, method: str, template: str, operation: str, action: str, handler: Handler) -> Route:
        kind = action.partition("/")[0]

        async def guarded(call: Call) -> Answer:
            name = call.parameters.get("name")
            self._gate.admit(call, action, None if name is None else f"{kind}/{name}")
            if "api-version" not in call.query:
                raise bad_parameter("api-version must be specified.")
            return await handler(call)

        return route(method, template, operation, guarded)
