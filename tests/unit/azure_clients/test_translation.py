"""What of the SDK's failures no stand-in can be brought to make."""

import asyncio

import aiohttp
import pytest
from azure.core.exceptions import (
    ClientAuthenticationError,
    DecodeError,
    IncompleteReadError,
    ServiceRequestError,
    ServiceResponseError,
)

from corda_operator.azure import AccessDenied, AzureError, OutcomeUnknown, Unavailable
from corda_operator.azure.translation import Call, Effect, translated

ONCE = Call("replace", "blob map", "a role", Effect.ONCE)


async def raised(error: Exception, effect: Effect) -> AzureError:
    """Return what a call's failure becomes."""
    with pytest.raises(AzureError) as found:
        async with translated(Call("replace", "blob map", "a role", effect), 1.0):
            raise error
    assert found.value.__cause__ is error
    return found.value


@pytest.mark.parametrize(
    "error",
    [
        AttributeError("'NoneType' object has no attribute 'cors'"),
        KeyError("etag"),
        ValueError("no JSON"),
        DecodeError("no XML"),
        IncompleteReadError("short"),
        ServiceResponseError("broken"),
        ServiceRequestError("lost", error=aiohttp.ServerDisconnectedError()),
        ConnectionResetError("reset"),
        aiohttp.ClientPayloadError("short"),
    ],
    ids=lambda error: type(error).__name__,
)
@pytest.mark.parametrize(
    ("effect", "kind"),
    [(Effect.NONE, Unavailable), (Effect.ONCE, OutcomeUnknown), (Effect.REPEATED, OutcomeUnknown)],
)
async def test_an_answer_that_was_lost_or_cannot_be_read(
    error: Exception, effect: Effect, kind: type[AzureError]
) -> None:
    found = await raised(error, effect)

    assert type(found) is kind
    assert "replace blob map" in str(found)


@pytest.mark.parametrize(
    "error", [aiohttp.ConnectionTimeoutError(), aiohttp.InvalidURL("https://")], ids=lambda error: type(error).__name__
)
@pytest.mark.parametrize(
    ("effect", "kind"),
    [(Effect.NONE, Unavailable), (Effect.ONCE, Unavailable), (Effect.REPEATED, OutcomeUnknown)],
)
async def test_a_request_that_was_never_sent(error: Exception, effect: Effect, kind: type[AzureError]) -> None:
    found = await raised(ServiceRequestError("connect", error=error), effect)

    assert type(found) is kind


async def test_a_write_that_lacked_its_token_was_not_sent_unless_it_was_sent_before() -> None:
    refused = Unavailable("no token")

    with pytest.raises(Unavailable) as error:
        async with translated(ONCE, 1.0):
            raise refused
    assert error.value is refused
    assert type(await raised(refused, Effect.REPEATED)) is OutcomeUnknown


async def test_a_credential_that_is_refused_without_an_answer_says_what_is_needed() -> None:
    with pytest.raises(AccessDenied, match=r"no managed identity. Needed: a role\."):
        async with translated(ONCE, 1.0):
            raise ClientAuthenticationError("no managed identity")


async def test_a_mistake_of_the_program_stays_what_it_is() -> None:
    with pytest.raises(TypeError):
        async with translated(ONCE, 1.0):
            raise TypeError("unexpected keyword argument")


async def test_a_caller_that_gives_up_is_not_told_about_azure() -> None:
    async def call() -> None:
        async with translated(ONCE, 60.0):
            await asyncio.sleep(60)

    task = asyncio.create_task(call())
    await asyncio.sleep(0)
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_call_has_so_many_seconds_in_all() -> None:
    with pytest.raises(OutcomeUnknown, match=r"no answer within 0\.01 s. Read the present state"):
        async with translated(ONCE, 0.01):
            await asyncio.sleep(60)
