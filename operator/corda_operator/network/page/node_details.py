"""What a node info says that the log's state does not keep: where a node is, and until when. No I/O."""

import datetime
from dataclasses import dataclass
from typing import Self

from corda_operator.corda.certificates.certificate import Certificate
from corda_operator.corda.node_info import SignedNodeInfo


@dataclass(frozen=True, slots=True)
class NodeDetails:
    """Of one node info, whose hash names it for ever."""

    addresses: tuple[str, ...]
    """``host:port``, as Corda would use them: the first."""
    certificate_expiry: datetime.datetime
    """When the first certificate of its identities ends."""

    @classmethod
    def read(cls, data: bytes) -> Self:
        """Read a signed node info that was verified when it was published; raise DecodeError or CertificateError."""
        info = SignedNodeInfo.decode(data).node_info()
        ends = (Certificate.from_der(der).not_after for path in info.identities for der in path)
        return cls(tuple(map(str, info.addresses)), min(ends))
