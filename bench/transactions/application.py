"""An application's requests to a bank's gateway: what the RPC client does at nodes, but over HTTP."""

import asyncio
import secrets
import time
from dataclasses import dataclass
from typing import Any, Final

import aiohttp

from bench.credit_records.client import COUNTERPARTY
from local.demo.application import Application

_CHANGES: Final = {"score": 700, "historyReference": "history/2"}


@dataclass(frozen=True)
class Load:
    """What clients have written."""

    seconds: float
    milliseconds: list[float]
    """Of each committed transaction."""
    retries: int = 0
    """Requests that had to be repeated."""


def load(url: str, clients: int, seconds: float) -> Load:
    """Have so many clients write records, one after the other, for so long: each creates one, then updates it."""
    return asyncio.run(_load(url, clients, seconds))


async def _load(url: str, clients: int, seconds: float) -> Load:
    start = time.monotonic()
    done = await asyncio.gather(*(_write(url, start + seconds) for _ in range(clients)))
    elapsed = time.monotonic() - start
    return Load(elapsed, [each for one in done for each in one.milliseconds], sum(one.retries for one in done))


async def _write(url: str, end: float) -> Load:
    """Write until the end, over one connection that stays open, as applications have it."""
    milliseconds = []
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=1)) as session:
        application = Application(url, session)
        while (start := time.monotonic()) < end:
            created = await application.create(_new(), secrets.token_hex(16))
            between = time.monotonic()
            await application.update(created, _CHANGES, secrets.token_hex(16))
            milliseconds += [(between - start) * 1000, (time.monotonic() - between) * 1000]
    return Load(0, milliseconds, application.retries)


def _new() -> dict[str, Any]:
    subject = f"customer-{secrets.token_hex(16)}"
    return {"subject": subject, "score": 640, "historyReference": "history/1", "counterparty": COUNTERPARTY}
