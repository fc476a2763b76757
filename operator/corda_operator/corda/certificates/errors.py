"""What can be wrong with a certificate, by what the caller can do about it."""


class CertificateError(ValueError):
    """Anything that is wrong with a certificate, a request or a revocation list."""


class MalformedError(CertificateError):
    """The bytes are not what they are said to be: whoever sent them has to send others."""


class UnsupportedKeyError(CertificateError):
    """A key of a kind that Corda, or this use of it, does not sign with: another key has to be made."""


class SignatureError(CertificateError):
    """A signature that its key did not make over these bytes."""


class UntrustedError(CertificateError):
    """A certificate that reads well but must not be relied on: wrong issuer, time, role, usage or name."""


class ExpiredError(UntrustedError):
    """A certificate that has ended."""


class IssuingError(CertificateError):
    """A certificate or list that must not be made as asked for."""


class NodeInfoRejected(CertificateError):  # noqa: N818 - it is an answer to a node, not a failure of ours
    """A published node info that must not enter the network map; ``reason`` is for the node's operator."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
