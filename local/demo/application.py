"""A bank's application: it speaks to the bank's gateway through a load balancer, over HTTP, and knows no Corda."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self

import aiohttp

from local.console import LocalError

_PATIENCE: Final = 240.0
"""Seconds for which a request is repeated."""
_PAUSE: Final = 1.0
_AGAIN: Final = frozenset({429, 502, 503, 504})
_TIMES: Final = aiohttp.ClientTimeout(total=90, connect=5)

Record = dict[str, Any]


@dataclass
class Application:
    """Calls of one gateway; a call that is not answered is repeated, which its key or its version makes safe."""

    url: str
    session: aiohttp.ClientSession
    retries: int = field(default=0, init=False)
    """Requests that had to be repeated."""

    async def create(self, record: Mapping[str, Any], key: str) -> Record:
        """Create a record and return it; the key makes a repetition the same request."""
        created: Record = await self._call("POST", "/credit-records", 201, {"Idempotency-Key": key}, record)
        return created

    async def update(self, record: Record, changes: Mapping[str, Any], key: str) -> Record:
        """Update the version of a record that is known, and return the next; the answer has only what changes."""
        headers = {"If-Match": f'"{record["version"]}"', "Idempotency-Key": key}
        return {**record, **await self._call("PUT", f"/credit-records/{record['id']}", 200, headers, changes)}

    async def find(self, subject: str) -> list[Record]:
        """Return the records about a subject."""
        found = await self._call("GET", "/credit-records", 200, query={"subject": subject})
        records: list[Record] = found["items"]
        return records

    async def _call(
        self,
        method: str,
        path: str,
        expected: int,
        headers: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> Any:
        end, said = time.monotonic() + _PATIENCE, ""
        while time.monotonic() < end:
            try:
                async with self.session.request(
                    method, f"{self.url}{path}", headers=headers, json=body, params=query, timeout=_TIMES
                ) as answer:
                    if answer.status == expected:
                        return await answer.json()
                    said = f"{answer.status}: {await answer.text()}"
                    if answer.status not in _AGAIN:
                        raise LocalError(f"{method} {self.url}{path}: {said}")
            except (aiohttp.ClientError, TimeoutError, ConnectionError) as error:
                said = str(error) or type(error).__name__
            self.retries += 1
            await asyncio.sleep(_PAUSE)
        raise LocalError(f"{method} {self.url}{path} was not answered within {_PATIENCE:.0f} s; at last: {said}")


class Applications:
    """The applications of both banks, by the bank's namespace, with one HTTP client."""

    def __init__(self, urls: Mapping[str, str]) -> None:
        self._urls = urls
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        # A load balancer spreads connections: one for each request, as from many applications.
        self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True))
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._session is not None:
            await self._session.close()

    def of(self, bank: str) -> Application:
        """Return a bank's."""
        if self._session is None:
            raise LocalError("the applications are not running")
        return Application(self._urls[bank], self._session)
