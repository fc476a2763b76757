"""From the SDK's exceptions to this package's, in one place for all services.

Codes: learn.microsoft.com, "Blob Storage error codes" and "Azure Key Vault REST API error codes".
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

import aiohttp
from azure.core import exceptions as sdk

from corda_operator.azure import errors

_LEASE_TAKEN = {"LeaseAlreadyPresent", "LeaseIsBreakingAndCannotBeAcquired"}
_LEASE_LOST = {
    "LeaseIdMismatchWithBlobOperation",
    "LeaseIdMismatchWithLeaseOperation",
    "LeaseIdMissing",
    "LeaseIsBreakingAndCannotBeChanged",
    "LeaseIsBrokenAndCannotBeRenewed",
    "LeaseLost",
    "LeaseNotPresentWithBlobOperation",
    "LeaseNotPresentWithLeaseOperation",
}
_EXISTS = {"BlobAlreadyExists", "ContainerAlreadyExists"}
_PASSING = {"ContainerBeingDeleted", "ObjectIsBeingDeleted", "ObjectIsBeingRecovered"}
_KEY_UNUSABLE = {"KeyDisabled", "KeyExpired", "KeyNotYetValid", "KeyOperationForbidden", "SecretDisabled"}
_NETWORK = {"AuthorizationFailure", "ForbiddenByConnection", "ForbiddenByFirewall"}
_TIMED_OUT, _THROTTLED = 408, 429
_NEVER_SUPPORTED = (501, 505)
_LONGEST_REASON = 1000


class Effect(Enum):
    """What a call may have done when its answer is lost."""

    NONE = auto()
    """It only reads, or may be made again without thought."""
    ONCE = auto()
    """It writes, and is sent once."""
    REPEATED = auto()
    """It writes, and the SDK sends it again: the last failure says nothing about the tries before."""


@dataclass(frozen=True)
class Call:
    """What is asked of a service, for messages: ``verb`` ("read") and ``what`` ("blob map of https://...")."""

    verb: str
    what: str
    role: str
    """What lets a caller do this: the name of an Azure role."""
    effect: Effect = Effect.NONE

    def __str__(self) -> str:
        return f"{self.verb} {self.what}"


@contextlib.asynccontextmanager
async def translated(call: Call, within: float) -> AsyncIterator[None]:
    """Give a call so many seconds in all, the SDK's retries included; raise AzureError only.

    The SDK reads some answers without care: one that was cut off may surface as AttributeError, KeyError or
    ValueError. The body of this context has to be calls of the SDK only, so that these can mean nothing else.
    """
    try:
        async with asyncio.timeout(within):
            yield
    except errors.Unavailable as error:
        if call.effect is Effect.REPEATED:
            raise _unanswered(call, str(error), sent=True) from error
        raise
    except TimeoutError as error:
        raise _unanswered(call, f"no answer within {within:g} s", sent=True) from error
    except sdk.HttpResponseError as error:
        raise _refused(call, error) from error
    except sdk.AzureError as error:
        reason = f"{type(error.inner_exception or error).__name__}: {error.message}"
        raise _unanswered(call, reason, sent=_may_have_been_sent(error)) from error
    except (OSError, aiohttp.ClientError) as error:
        raise _unanswered(call, f"{type(error).__name__}: {error}", sent=True) from error
    except (AttributeError, KeyError, ValueError) as error:
        raise _unanswered(call, f"the answer could not be read ({type(error).__name__})", sent=True) from error


def _may_have_been_sent(error: sdk.AzureError) -> bool:
    # The SDK calls every aiohttp error a failed *request*, among them connections lost while waiting for the answer.
    return not isinstance(
        error.inner_exception, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError | aiohttp.InvalidURL
    )


def _unanswered(
    call: Call, reason: str, *, sent: bool, request_id: str | None = None, retry_after: float | None = None
) -> errors.Unavailable:
    if call.effect is Effect.REPEATED or (call.effect is Effect.ONCE and sent):
        kind: type[errors.Unavailable] = errors.OutcomeUnknown
        message = f"Could not learn whether it came to {call}: {reason}. Read the present state before going on."
    else:
        kind, message = errors.Unavailable, f"Could not {call}: {reason}. Try again later."
    return kind(message, request_id=request_id, retry_after=retry_after)


def _refused(call: Call, error: sdk.HttpResponseError) -> errors.AzureError:
    response: Any = error.response
    if response is None or error.status_code is None:
        if isinstance(error, sdk.ClientAuthenticationError):
            return errors.AccessDenied(f"Could not {call}: {_reason(error)}. Needed: {call.role}.")
        return _unanswered(call, _reason(error), sent=True)
    status, request_id = error.status_code, _request_id(response.headers)
    codes = _codes(error, response.headers)
    found = f"answer {status} {'/'.join(codes) or response.reason}: {_reason(error)}"
    if request_id:
        found += f" (request {request_id})"
    given = set(codes)
    if status < 300:
        return _unanswered(call, f"the answer could not be read ({type(error).__name__})", sent=True)
    failed = status == _TIMED_OUT or (status >= 500 and status not in _NEVER_SUPPORTED)
    if failed or status == _THROTTLED or given & _PASSING:
        return _unanswered(
            call,
            found,
            sent=failed,
            request_id=request_id,
            retry_after=_seconds(response.headers.get("Retry-After")),
        )
    kind, advice = _kind(status, given, call)
    return kind(f"Could not {call}: {found}. {advice}", request_id=request_id)


def _kind(status: int, codes: set[str], call: Call) -> tuple[type[errors.AzureError], str]:
    if codes & _KEY_UNUSABLE:
        return errors.KeyUnusable, "Enable the version and allow the operation on it, or choose another version."
    if status in (401, 403):
        if codes & _NETWORK:
            return errors.AccessDenied, "Let this cluster's network through the service's firewall or private endpoint."
        return errors.AccessDenied, f"Needed: {call.role}."
    if codes & _LEASE_TAKEN:
        return errors.LeaseTaken, "Wait until its holder releases it or it expires."
    if codes & _LEASE_LOST:
        return errors.LeaseLost, "Stop writing; acquire the lease again first."
    if status == 412:
        return errors.PreconditionFailed, "Somebody else wrote in between: read again."
    if "ObjectIsDeletedButRecoverable" in codes:
        return errors.SoftDeleted, "Recover it; the name stays reserved until it is recovered or purged."
    if codes & _EXISTS:
        return errors.AlreadyExists, "It is left as it is."
    if status == 404:
        return errors.NotFound, "Check the name, or make it."
    if status == 409:
        return errors.Conflict, "Look at the object's state."
    return errors.AzureError, "Trying again will not help."


def _codes(error: sdk.HttpResponseError, headers: Mapping[str, str]) -> list[str]:
    """Return the codes from the outermost to the innermost: storage's, or Key Vault's with its inner errors."""
    codes = [headers.get("x-ms-error-code")]
    if error.error is not None:
        codes.append(error.error.code)
        inner: Any = error.error.innererror
        while isinstance(inner, dict):
            codes.append(inner.get("code"))
            inner = inner.get("innererror")
    return list(dict.fromkeys(code for code in codes if code))


def _reason(error: sdk.HttpResponseError) -> str:
    text = error.error.message if error.error is not None and error.error.message else error.message
    return " ".join(text.partition("\nRequestId:")[0].split())[:_LONGEST_REASON].rstrip(".")


def _request_id(headers: Mapping[str, str]) -> str | None:
    return headers.get("x-ms-request-id")


def _seconds(text: str | None) -> float | None:
    # The other form that RFC 9110 10.2.3 allows, a date, is not used by these services.
    with contextlib.suppress(ValueError):
        return None if text is None else float(text)
    return None
