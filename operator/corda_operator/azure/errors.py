"""What can go wrong with Azure, by what the caller can do about it.

Messages name the service and the object, what was expected, what was found and what to do. ``request_id``
is Azure's own id of the call, which its support asks for.
"""

# ruff: noqa: N818 - callers read these names as outcomes, of which errors are only some


class AzureError(Exception):
    """The root; as itself: a refusal that none of the others describes, so nothing that a retry would mend."""

    def __init__(self, message: str, *, request_id: str | None = None) -> None:
        super().__init__(message)
        self.request_id = request_id


class Unavailable(AzureError):
    """Retry later: a timeout, a broken connection, throttling, a failure of the service, an unreadable answer.

    ``retry_after`` is how long the service asked to be left alone, in seconds, if it did.
    """

    def __init__(self, message: str, *, request_id: str | None = None, retry_after: float | None = None) -> None:
        super().__init__(message, request_id=request_id)
        self.retry_after = retry_after


class OutcomeUnknown(Unavailable):
    """A write may or may not have had its effect: read before anything else is decided.

    Any other Unavailable that a write raises means that it had none.
    """


class AccessDenied(AzureError):
    """Azure knows who asks and refuses, or does not accept who asks: a person has to change that."""


class NotConfigured(AzureError):
    """The process was not told what it needs to call Azure: a person has to change its environment."""


class NotFound(AzureError):
    """There is no such vault object, container or blob."""


class AlreadyExists(AzureError):
    """What should have been made anew is there already."""


class Conflict(AzureError):
    """The object is in a state that forbids the operation."""


class PreconditionFailed(Conflict):
    """The blob is not the version that the caller has seen: read again."""


class LeaseTaken(Conflict):
    """Somebody else holds the lease."""


class LeaseLost(Conflict):
    """The caller does not hold the lease any more, and must not act as if it did."""


class SoftDeleted(Conflict):
    """The name belongs to an object that was deleted and can be recovered."""


class KeyUnusable(AzureError):
    """The key is there, but disabled, expired, of the wrong kind or not allowed to sign."""


class WrongAnswer(AzureError):
    """The service answered what cannot be true, such as a signature that does not fit: use nothing of it."""
