"""Whose figures they are."""

import socket
import time
from dataclasses import dataclass, field

from corda_operator import __version__


@dataclass(frozen=True)
class Origin:
    """A process: one of the replicas of a service."""

    service: str
    """As in ``corda-network-services``."""
    namespace: str
    """What tells this service from others of its name."""
    instance: str = field(default_factory=socket.gethostname)
    """Which replica; a pod's name."""
    started: int = field(default_factory=time.time_ns)
    """Since when it counts, in nanoseconds since 1970."""

    def attributes(self) -> dict[str, str]:
        """Return a resource's attributes (OpenTelemetry: semantic conventions, service)."""
        return {
            "service.name": self.service,
            "service.namespace": self.namespace,
            "service.instance.id": self.instance,
            "service.version": __version__,
        }
