"""Who may read the network page: whoever reaches it, or who brings the token that lies in Key Vault."""

import asyncio
import hashlib
import hmac
import logging
import time
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Final

from corda_operator.azure.errors import AzureError
from corda_operator.network.configuration import NetworkPage

logger = logging.getLogger(__name__)

_LOOK_SECONDS: Final = 2.0
"""How often it is looked whether another secret is wished for."""
_READ_AGAIN_SECONDS: Final = 300.0
"""A token that was changed in the vault counts after so long at the latest."""
_SCHEME: Final = "Bearer "


class Gate:
    """Knows the digest of the token, never the token longer than it takes to make it."""

    def __init__(self, page: Callable[[], NetworkPage], read: Callable[[str], Awaitable[str]]) -> None:
        self._page = page
        self._read = read
        self._secret: str | None = None
        """Whose value is known."""
        self._digest = b""
        self._read_at = 0.0

    def refusal(self, authorization: str | None) -> HTTPStatus | None:
        """Return why a caller with this header may not read the data, or None if it may."""
        page = self._page()
        if not page.enabled:
            return HTTPStatus.NOT_FOUND
        if page.bearer_token_secret is None:
            return None
        if page.bearer_token_secret != self._secret:
            return HTTPStatus.SERVICE_UNAVAILABLE
        given = (authorization or "").removeprefix(_SCHEME) if (authorization or "").startswith(_SCHEME) else ""
        return None if hmac.compare_digest(_digest(given), self._digest) else HTTPStatus.UNAUTHORIZED

    async def run(self) -> None:
        """Keep up with the secret, until cancelled."""
        while True:
            wished = self._page().bearer_token_secret
            old = time.monotonic() - self._read_at > _READ_AGAIN_SECONDS
            if wished is not None and (wished != self._secret or old):
                await self._know(wished)
            await asyncio.sleep(_LOOK_SECONDS)

    async def _know(self, secret: str) -> None:
        try:
            token = (await self._read(secret)).strip()
        except AzureError as error:
            logger.warning("can't read the network page's token %s, trying again: %s", secret, error)
            return
        if not token:
            logger.warning("the network page's token %s is empty: nobody is let in", secret)
            self._secret = None
            return
        self._secret, self._digest, self._read_at = secret, _digest(token), time.monotonic()


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()
