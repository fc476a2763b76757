"""One process' way to Azure: one HTTP session with one TLS context, and one identity.

The SDK's clients are told to share them, since each would otherwise build a session, and a TLS context for
every request, of its own.
"""

import contextlib
import logging
import os
import ssl
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Self

import aiohttp
from azure.core.pipeline.transport import AioHttpTransport

from corda_operator.azure.blobs import AzureContainer
from corda_operator.azure.credential import Credential, chosen_credential
from corda_operator.azure.keys import KeyVaultKeys
from corda_operator.azure.secrets import KeyVaultSecrets

Observe = Callable[[str, str, int, float], None]
"""Is told of each HTTP request: service (``BlobStorage``, ``KeyVault`` or ``Entra``), method, status (0: no answer
came), and the seconds until the answer began."""

_CONNECT_SECONDS, _READ_SECONDS = 5, 15


class ConnectionLost(aiohttp.ClientConnectionError):
    """A connection ended before its answer came, and the request may have had its effect."""


class AzureSession:
    """An async context manager; what it gave out works until it ends. Raises NotConfigured when entered.

    ``environment`` tells the identity: see ``credential``. The process' own environment tells the proxies
    (``HTTPS_PROXY``, ``NO_PROXY``) and what TLS trusts (``SSL_CERT_FILE``, as for all of Python's ``ssl``). ``observe``
    is told of every request.
    """

    def __init__(self, environment: Mapping[str, str] = os.environ, observe: Observe = lambda *_: None) -> None:
        self._environment = environment
        self._observe = observe
        self._services: dict[str, str] = {}
        self._keys: dict[str, KeyVaultKeys] = {}
        self._secrets: dict[str, KeyVaultSecrets] = {}
        self._containers: dict[tuple[str, str], AzureContainer] = {}
        self._open = contextlib.AsyncExitStack()

    async def __aenter__(self) -> Self:
        async with contextlib.AsyncExitStack() as opening:
            session = await opening.enter_async_context(_http_session(self._observed))
            self._transport = AioHttpTransport(
                session=session,
                session_owner=False,
                connection_timeout=_CONNECT_SECONDS,
                read_timeout=_READ_SECONDS,
            )
            self._credential: Credential = await opening.enter_async_context(
                chosen_credential(self._environment, self._transport)
            )
            # The SDK logs URL and headers of every request and answer at INFO.
            logging.getLogger("azure").setLevel(logging.WARNING)
            self._open = opening.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._open.__aexit__(kind, error, trace)

    def vault_keys(self, vault_url: str) -> KeyVaultKeys:
        """Return the keys of a vault, by its URL (``https://<name>.vault.azure.net``); the same for the same URL."""
        url = vault_url.rstrip("/").lower()
        if url not in self._keys:
            self._services[_host(url)] = "KeyVault"
            self._keys[url] = KeyVaultKeys(url, self._credential, self._transport)
        return self._keys[url]

    def vault_secrets(self, vault_url: str) -> KeyVaultSecrets:
        """Return the secrets of a vault, by its URL; the same for the same URL."""
        url = vault_url.rstrip("/").lower()
        if url not in self._secrets:
            self._services[_host(url)] = "KeyVault"
            self._secrets[url] = KeyVaultSecrets(url, self._credential, self._transport)
        return self._secrets[url]

    def container(self, account_url: str, name: str) -> AzureContainer:
        """Return a container of an account (``https://<name>.blob.core.windows.net``), which need not exist yet."""
        where = (account_url.rstrip("/"), name)
        if where not in self._containers:
            self._services[_host(account_url)] = "BlobStorage"
            self._containers[where] = AzureContainer(*where, self._credential, self._transport)
        return self._containers[where]

    async def _observed(
        self, request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        begun, status = time.monotonic(), 0
        try:
            answer = await handler(request)
            status = answer.status
            return answer
        finally:
            service = self._services.get(request.url.authority, "Entra")
            self._observe(service, request.method, status, time.monotonic() - begun)


def _host(url: str) -> str:
    return urllib.parse.urlsplit(url).netloc.lower()


def _http_session(observed: aiohttp.ClientMiddlewareType) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(ssl=ssl.create_default_context()),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        middlewares=(observed, _send_once),
        # Looking for a proxy costs a thread's work for every request.
        trust_env=bool(urllib.request.getproxies_environment()),
    )


async def _send_once(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """Keep aiohttp from sending a PUT again when its connection breaks.

    The second would meet the first's effect, and its 412 hide that the write had succeeded.
    aiohttp: ClientSession._request sends again on ClientOSError and ServerDisconnectedError, but on nothing else.
    """
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise ConnectionLost(f"{type(error).__name__}: {error}") from error
