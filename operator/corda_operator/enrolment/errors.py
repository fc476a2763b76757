"""What can keep a node from being enrolled, by who has to do something about it.

Azure's own errors (`corda_operator.azure.errors`) come beside these.
"""


class EnrolmentError(Exception):
    """The root; messages name the object, what was expected, what was found and what to do."""


class WaitingError(EnrolmentError):
    """It will go on by itself, once others have done their part: try again later.

    ``retry_after`` is how long the other side asked to be left alone, in seconds, if it did.
    """

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class RefusedError(EnrolmentError):
    """The identity manager has refused the registration: the consortium has to change its mind."""


class CertificateEndedError(EnrolmentError):
    """A certificate in the vault has ended that enrolment can't renew: the node has to register with new keys."""


class UnusableError(EnrolmentError):
    """The configuration, the vault's content and what the identity manager says contradict one another."""
