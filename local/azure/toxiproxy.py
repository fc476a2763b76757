"""toxiproxy, a TCP proxy that can be slow, broken or cut: its command, and a client of its HTTP API.

It sees bytes, not requests: TLS passes through it, so the certificate must fit the name under which
the proxy is called.
"""

import json
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from local.azure.json_http import call


class ToxicKind(StrEnum):
    """The toxics, by toxiproxy's own names."""

    LATENCY = "latency"
    BANDWIDTH = "bandwidth"
    SLOW_CLOSE = "slow_close"
    TIMEOUT = "timeout"
    RESET_PEER = "reset_peer"
    SLICER = "slicer"
    LIMIT_DATA = "limit_data"


@dataclass(frozen=True)
class Toxic:
    """What is wrong with a connection, in one direction, with a probability of ``toxicity``."""

    name: str
    kind: ToxicKind
    attributes: dict[str, int]
    """By kind, for example ``{"latency": 500, "jitter": 0}`` in milliseconds; see toxiproxy's README."""
    upstream: bool = False
    """From client to server, else from server to client."""
    toxicity: float = 1.0


@dataclass(frozen=True)
class Proxy:
    """A listener and where it leads, both as ``host:port``."""

    name: str
    listen: str
    upstream: str
    enabled: bool = True


def command(binary: Path, port: int) -> list[str | Path]:
    """Return the command that serves the API on 127.0.0.1."""
    return [binary, "-host", "127.0.0.1", "-port", str(port)]


@dataclass(frozen=True)
class Toxiproxy:
    """The API at ``host:port``; calls raise HttpError, or OSError if nobody listens."""

    address: str

    def check(self) -> None:
        """Return if the server answers."""
        self.proxies()

    def proxies(self) -> list[Proxy]:
        """Return all proxies."""
        return [
            Proxy(each["name"], each["listen"], each["upstream"], each["enabled"])
            for each in call(self.address, "GET", "/proxies").values()
        ]

    def create(self, name: str, upstream: str, listen: str = "127.0.0.1:0") -> Proxy:
        """Make a proxy, by default on a free port, and return it with its address."""
        body = json.dumps({"name": name, "listen": listen, "upstream": upstream, "enabled": True})
        answer = call(self.address, "POST", "/proxies", body)
        return Proxy(answer["name"], answer["listen"], answer["upstream"], answer["enabled"])

    def delete(self, name: str) -> None:
        """Remove a proxy, cutting its connections."""
        call(self.address, "DELETE", f"/proxies/{name}")

    def enable(self, name: str) -> None:
        """Let a proxy listen again."""
        self._switch(name, enabled=True)

    def disable(self, name: str) -> None:
        """Let a proxy refuse connections, and cut those it has."""
        self._switch(name, enabled=False)

    def add_toxic(self, proxy: str, toxic: Toxic) -> None:
        """Spoil a proxy's connections, present ones too."""
        body = json.dumps(
            {
                "name": toxic.name,
                "type": toxic.kind,
                "stream": "upstream" if toxic.upstream else "downstream",
                "toxicity": toxic.toxicity,
                "attributes": toxic.attributes,
            }
        )
        call(self.address, "POST", f"/proxies/{proxy}/toxics", body)

    def remove_toxic(self, proxy: str, name: str) -> None:
        """Heal a proxy of one toxic."""
        call(self.address, "DELETE", f"/proxies/{proxy}/toxics/{name}")

    def toxics(self, proxy: str) -> list[str]:
        """Return the names of a proxy's toxics."""
        return [each["name"] for each in call(self.address, "GET", f"/proxies/{proxy}/toxics")]

    def reset(self) -> None:
        """Enable all proxies and remove all toxics."""
        call(self.address, "POST", "/reset")

    def _switch(self, name: str, *, enabled: bool) -> None:
        call(self.address, "POST", f"/proxies/{name}", json.dumps({"enabled": enabled}))
