"""The public keys of token issuers, fetched over https, cached, and fetched again for an unknown key id."""

import asyncio
import ssl
from typing import Any

import aiohttp
import jwt

from local.azure.stub.directory import Issuer

_TIMEOUT = aiohttp.ClientTimeout(total=10)


class IssuerUnavailableError(Exception):
    """An issuer's keys cannot be had; the message says why."""


class IssuerKeys:
    """The keys of all issuers."""

    def __init__(self) -> None:
        self._cached: dict[Issuer, dict[str, jwt.PyJWK]] = {}
        self._lock = asyncio.Lock()

    async def key(self, issuer: Issuer, key_id: str) -> jwt.PyJWK | None:
        """Return an issuer's key, or None if it has none of that id; raise IssuerUnavailableError."""
        async with self._lock:
            if key_id not in self._cached.get(issuer, {}):
                self._cached[issuer] = await self._fetch(issuer)
            return self._cached[issuer].get(key_id)

    async def _fetch(self, issuer: Issuer) -> dict[str, jwt.PyJWK]:
        try:
            context = await asyncio.to_thread(ssl.create_default_context, cafile=issuer.ca_file)
            headers = {}
            if issuer.token_file is not None:
                token = await asyncio.to_thread(issuer.token_file.read_text)
                headers["Authorization"] = f"Bearer {token.strip()}"
            async with aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(ssl=context), timeout=_TIMEOUT, headers=headers
            ) as session:
                url = issuer.keys_url or await _discover(session, issuer)
                document = await _get(session, url)
            keys = jwt.PyJWKSet.from_dict(document).keys
        except (OSError, aiohttp.ClientError, TimeoutError, ValueError, jwt.PyJWTError) as error:
            raise IssuerUnavailableError(f"{issuer.issuer}: {type(error).__name__}: {error}") from None
        return {key.key_id: key for key in keys if key.key_id is not None}


async def _discover(session: aiohttp.ClientSession, issuer: Issuer) -> str:
    url = issuer.discovery_url or f"{issuer.issuer.rstrip('/')}/.well-known/openid-configuration"
    document = await _get(session, url)
    if document.get("issuer") != issuer.issuer:
        raise ValueError(f"{url} is of issuer {document.get('issuer')}")
    keys_url = document.get("jwks_uri")
    if not isinstance(keys_url, str):
        raise ValueError(f"{url} names no jwks_uri")
    return keys_url


async def _get(session: aiohttp.ClientSession, url: str) -> dict[str, Any]:
    async with session.get(url) as response:
        response.raise_for_status()
        # Kubernetes answers application/jwk-set+json.
        document = await response.json(content_type=None)
    if not isinstance(document, dict):
        raise ValueError(f"{url} is no JSON object")
    return document
