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
_TRY_AGAIN_SECONDS: Final = 20.0
"""Until a secret that could not be read, or is empty, is asked for again."""
_SCHEME: Final = "Bearer "


class Gate:
    """Knows the digest of the token, never the token longer than it takes to make it."""

    def __init__(self, page: Callable[[], NetworkPage], read: Callable[[str], Awaitable[str]]) -> None:
        self._page = page
        self._read = read
        self._secret: str | None = None
        """Whose value is known."""
        self._digest = b""
        self._asked: str | None = None
        """Which secret was read last, whatever came of it."""
        self._due = 0.0
        """When it is to be read again, by the monotonic clock."""

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
            if wished is not None and (wished != self._asked or time.monotonic() >= self._due):
                known = await self._know(wished)
                self._asked = wished
                self._due = time.monotonic() + (_READ_AGAIN_SECONDS if known else _TRY_AGAIN_SECONDS)
            await asyncio.sleep(_LOOK_SECONDS)

    async def _know(self, secret: str) -> bool:
        try:
            token = (await self._read(secret)).strip()
        except AzureError as error:
            logger.warning("can't read the network page's token %s, trying again: %s", secret, error)
            return False
        if not token:
            logger.warning("the network page's token %s is empty: nobody is let in", secret)
            self._secret = None
            return False
        self._secret, self._digest = secret, _digest(token)
        return True


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()
