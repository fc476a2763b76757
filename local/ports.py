"""Free ports for programs that keep theirs over a restart."""

import random
import socket
from pathlib import Path

_LOWEST = 10_000


def free_ports(count: int) -> list[int]:
    """Return that many different ports of 127.0.0.1 on which nobody listens.

    They lie below the range from which the kernel takes ports for outgoing connections, so that none is
    lost to a client between two runs of the same program.
    """
    ephemeral = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    found: list[int] = []
    while len(found) < count:
        port = random.randrange(_LOWEST, max(ephemeral, _LOWEST + 10_000))  # noqa: S311 - not secret
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port not in found:
            found.append(port)
    return found
