"""Reads a consortium's log over HTTP, for an audit."""

import json
import tempfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import BinaryIO

import aiohttp

from corda_operator.corda.certificates.certificate import Certificate
from corda_operator.network import paths
from corda_operator.network.audit import Audit, AuditError
from corda_operator.network.log.blocks import BEGINNING, Block, UnreadableBlockError
from corda_operator.network.log.head import Head, UnreadableHeadError

_SECONDS = 30
_PROGRESS = 500


class UnreachableError(Exception):
    """The network services don't answer as they should."""


async def audit(url: str, trust_root: Certificate, seen: Path | None, report: Callable[[str], None]) -> Audit:
    """Audit the log that is served at a URL and return the concluded audit.

    ``seen`` is where the head of the last audit is kept: the log must still contain it. ``report`` is told of
    progress. Raises AuditError or UnreachableError.
    """
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_SECONDS)) as session:
        source = _Source(session, url.rstrip("/"))
        head = await source.head()
        served_map = await source.get(paths.NETWORK_MAP, missing=503)
        # What was written in between is in the newer head.
        if (await source.head()).block != head.block:
            head, served_map = await source.head(), None
        result = Audit(trust_root)
        known = _read(seen)
        found_known = known is None or known.sequence == 0
        with tempfile.TemporaryFile() as spool:
            async for block in source.forward(head, spool, report):
                result.add(block)
                found_known = found_known or (known is not None and block.hash == known.block)
        result.conclude(head, served_map)
    if known is not None and not found_known:
        result.verify_head(known)
        raise AuditError(
            f"the log was rewritten: block {known.sequence} ({known.block}), whose head the network map's key signed, "
            f"is no longer part of it. Keep {seen}: together with the present head it proves this to anybody"
        )
    if seen is not None:
        partial = seen.with_name(f"{seen.name}.partial")
        partial.write_bytes(head.encode())
        partial.replace(seen)
    return result


def _read(seen: Path | None) -> Head | None:
    if seen is None or not seen.exists():
        return None
    try:
        return Head.decode(seen.read_bytes())
    except UnreadableHeadError as error:
        raise AuditError(f"{seen} is not what an audit has written: {error}") from error


class _Source:
    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session = session
        self._url = url

    async def get(self, path: str, missing: int | None = None) -> bytes | None:
        try:
            async with self._session.get(f"{self._url}{path}") as response:
                data = await response.read()
        except (aiohttp.ClientError, TimeoutError) as error:
            raise UnreachableError(f"{self._url}{path} can't be read: {error!r}") from error
        if response.status == missing:
            return None
        if response.status != 200:
            raise UnreachableError(f"{self._url}{path} was answered {response.status}: {data[:200].decode()}")
        return data

    async def head(self) -> Head:
        try:
            return Head.decode(await self.get(f"{paths.LOG}/head") or b"")
        except UnreadableHeadError as error:
            raise UnreachableError(str(error)) from error

    async def forward(self, head: Head, spool: BinaryIO, report: Callable[[str], None]) -> AsyncIterator[Block]:
        """Give all blocks from the first on. They name each other backwards, so they wait on disk for their turn."""
        places: list[tuple[str, int, int]] = []
        name = head.block
        while name != BEGINNING:
            data = await self.get(f"{paths.LOG}/blocks/{name}") or b""
            places.append((name, spool.tell(), len(data)))
            spool.write(data)
            name = _decoded(data, name).header.previous
            if len(places) > head.sequence:
                raise AuditError(f"the log is longer than its head's number, {head.sequence}")
            if len(places) % _PROGRESS == 0:
                report(f"read {len(places)} of {head.sequence} blocks")
        for name, offset, length in reversed(places):
            spool.seek(offset)
            yield _decoded(spool.read(length), name)


def _decoded(data: bytes, name: str) -> Block:
    try:
        return Block.decode(data, name)
    except UnreadableBlockError as error:
        raise AuditError(str(error)) from error


def as_json(result: Audit, legal_name: str | None) -> str:
    """Return what an audit found."""
    return json.dumps(
        {
            "blocks": result.state.sequence,
            "head": result.state.block,
            "signedMaps": result.maps,
            "nodes": len(result.state.nodes),
            "parametersEpoch": result.state.epoch,
            "certificates": [
                {
                    "legalName": each.legal_name,
                    "role": each.role,
                    "serialNumber": each.serial_number,
                    "keySHA256": each.key,
                    "issued": each.issued.isoformat(),
                    "revoked": each.revoked and each.revoked.isoformat(),
                }
                for each in result.certificates.values()
                if legal_name in (None, each.legal_name)
            ],
        },
        indent=2,
    )
