"""Lets this process find the stand-ins by name: everything under their domain is this machine.

Clients keep Key Vault's own check on that the challenge's resource fits the host, which no address
without a name would pass.
"""

import contextlib
import socket
from collections.abc import Iterator
from typing import Any
from unittest import mock

DOMAIN = "azure.test"


@contextlib.contextmanager
def resolved(domain: str = DOMAIN) -> Iterator[None]:
    """Resolve ``*.<domain>`` to 127.0.0.1, for asyncio too, as long as the context lasts."""
    genuine = socket.getaddrinfo

    def resolve(host: Any, *arguments: Any, **options: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if isinstance(name, str) and name.lower().rstrip(".").endswith(f".{domain}"):
            return genuine("127.0.0.1", *arguments, **options)
        return genuine(host, *arguments, **options)

    with mock.patch.object(socket, "getaddrinfo", resolve):
        yield
