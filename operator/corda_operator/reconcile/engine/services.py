"""Asking network services: those of a hosted Consortium for their status, those of a joined one for what they sign."""

import asyncio
import datetime
import logging
from collections.abc import Callable, Iterable
from typing import Final

import aiohttp
from pydantic import ValidationError

from corda_operator.api.consortium import Joined
from corda_operator.network.paths import NETWORK_MAP
from corda_operator.network.report import StatusReport
from corda_operator.reconcile.consortium.observed import JoinedProbe
from corda_operator.reconcile.consortium.verification import (
    ForeignError,
    NotCordaError,
    verified_network_map,
    verified_parameters,
)

logger = logging.getLogger(__name__)

_TIMEOUT: Final = aiohttp.ClientTimeout(total=5.0)
_LARGEST: Final = 16 * 1024 * 1024
"""Bytes of an answer: what strangers send must not fill the operator's memory."""
_PATIENCE: Final = 5.0
"""Seconds for which services that did not answer are not asked again: hundreds of nodes would each wait for them."""
_FRESH: Final = 5.0
"""Seconds for which what joined services said is not asked again."""
_FAILURES: Final = (aiohttp.ClientError, OSError, TimeoutError, UnicodeError)
"""What a call may raise; the last for names of hosts that can't be encoded, as with a label that is too long."""


class ServicesClient:
    """Asks over HTTP; whatever goes wrong is part of the answer and never raised."""

    def __init__(self, session: aiohttp.ClientSession, clock: Callable[[], float] | None = None) -> None:
        self._session = session
        self._clock = clock or asyncio.get_running_loop().time
        self._away: dict[tuple[str, ...], tuple[float, str]] = {}
        self._probes: dict[tuple[Joined, str], tuple[float, JoinedProbe]] = {}

    async def status(
        self, urls: tuple[str, ...], legal_names: Iterable[str] = ()
    ) -> tuple[StatusReport | None, str | None]:
        """Return what the first replica that answers says, or why none does."""
        since, why = self._away.get(urls, (float("-inf"), ""))
        if self._clock() < since + _PATIENCE:
            return None, why
        error = "no replica runs"
        query = [("legalName", name) for name in legal_names]
        for url in urls:
            try:
                async with self._session.get(url, params=query, timeout=_TIMEOUT) as answer:
                    body = await _body(answer)
                    if answer.status == 200:
                        self._away.pop(urls, None)
                        return StatusReport.model_validate_json(body), None
                    error = body.decode(errors="replace").strip()[:500] or f"{url}: {answer.status} {answer.reason}"
            except (*_FAILURES, ValidationError) as failure:
                error = f"{url}: {str(failure)[:300] or type(failure).__name__}"
        for other in [each for each, (when, _) in self._away.items() if self._clock() >= when + _PATIENCE]:
            # Pods come with new addresses, and these do not come back.
            del self._away[other]
        if urls:
            self._away[urls] = (self._clock(), error)
        return None, error

    async def probe(self, joined: Joined, trust_root: str) -> JoinedProbe:
        """Return what is found at the URLs of services that run elsewhere, under a trust root (PEM)."""
        since, known = self._probes.get((joined, trust_root), (float("-inf"), None))
        if known is not None and self._clock() < since + _FRESH:
            return known
        found = await self._probed(joined, trust_root)
        for other in [each for each, (when, _) in self._probes.items() if self._clock() >= when + _FRESH]:
            del self._probes[other]
        self._probes[(joined, trust_root)] = (self._clock(), found)
        return found

    async def _probed(self, joined: Joined, trust_root: str) -> JoinedProbe:
        base = joined.network_map_url.rstrip("/")
        try:
            served = await self._get(f"{base}{NETWORK_MAP}")
        except _FAILURES as error:
            return JoinedProbe(identity_manager_ok=False, network_map_ok=False, error=_text(error))
        now = datetime.datetime.now(datetime.UTC)
        try:
            network_map = verified_network_map(served, trust_root, now)
            wanted = network_map.network_parameter_hash
            parameters = verified_parameters(
                await self._get(f"{base}{NETWORK_MAP}/network-parameters/{wanted}"), wanted, trust_root, now
            )
        except ForeignError as error:
            return JoinedProbe(
                identity_manager_ok=True, network_map_ok=True, trust_root_matches=False, error=str(error)
            )
        except (NotCordaError, *_FAILURES) as error:
            return JoinedProbe(identity_manager_ok=True, network_map_ok=False, error=_text(error))
        except ValueError as error:
            # The trust root is none, which the plan says where it belongs.
            return JoinedProbe(identity_manager_ok=True, network_map_ok=True, error=_text(error))
        manager, error_of_manager = await self._answers(joined.identity_manager_url)
        return JoinedProbe(
            identity_manager_ok=manager,
            network_map_ok=True,
            trust_root_matches=True,
            error=error_of_manager,
            network_map=network_map,
            parameters=parameters,
        )

    async def _get(self, url: str) -> bytes:
        async with self._session.get(url, timeout=_TIMEOUT) as answer:
            answer.raise_for_status()
            return await _body(answer)

    async def _answers(self, url: str) -> tuple[bool, str | None]:
        """Tell whether anything answers: an identity manager has no page of its own."""
        try:
            async with self._session.get(url, timeout=_TIMEOUT, allow_redirects=False):
                return True, None
        except _FAILURES as error:
            return False, _text(error)


async def _body(answer: aiohttp.ClientResponse) -> bytes:
    body = b""
    async for chunk in answer.content.iter_chunked(64 * 1024):
        body += chunk
        if len(body) > _LARGEST:
            raise aiohttp.ClientPayloadError(f"{answer.url} sends more than {_LARGEST} bytes")
    return body


def _text(error: Exception) -> str:
    return str(error)[:500] or type(error).__name__
