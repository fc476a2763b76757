"""A network that CordaNodes can join: the product's services as a process, with a notary that has registered."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import aiohttp
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from corda_operator.corda.certificates.requests import request_certificate
from corda_operator.corda.certificates.roles import Role
from corda_operator.corda.names import LegalName
from local.console import LocalError
from local.network.network import Network
from local.ports import free_ports

NOTARY: Final = LegalName.parse("O=Notary Service, L=London, C=GB")
"""The notary that `local.network` admits, and without which its map has no parameters to name one."""
_PATIENCE_SECONDS: Final = 60
_HEADERS: Final = {"Platform-Version": "12", "Client-Version": "4.10"}


@dataclass(frozen=True)
class Joined:
    """What a Consortium says of the network."""

    url: str
    trust_root: str
    """PEM."""


@contextlib.asynccontextmanager
async def joined_network(folder: Path) -> AsyncIterator[Joined]:
    """Run the services; given when their parameters name the notary."""
    port = free_ports(1)[0]
    url = f"http://127.0.0.1:{port}"
    network = Network(folder)
    await asyncio.to_thread(network.up, "127.0.0.1", port, url)
    try:
        await _register_notary(url)
        yield Joined(url, network.trust_root.read_text())
    finally:
        await asyncio.to_thread(network.down)


async def _register_notary(url: str) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    unsigned = request_certificate(NOTARY, key.public_key(), "operations@notary.test", Role.SERVICE_IDENTITY)
    request = unsigned.signed(key.sign(unsigned.to_be_signed, ec.ECDSA(SHA256()))).der
    async with aiohttp.ClientSession(headers=_HEADERS) as session:
        async with session.post(f"{url}/certificate", data=request) as answer:
            if answer.status != 200:
                raise LocalError(f"the notary's request was answered {answer.status}: {await answer.text()}")
        for _ in range(_PATIENCE_SECONDS * 10):
            async with session.get(f"{url}/network-map") as answer:
                if answer.status == 200:
                    return
            await asyncio.sleep(0.1)
    raise LocalError(f"{url} serves no network map although the notary has registered")
