"""What a caller learns when calls to storage go wrong on their way."""

import asyncio
import uuid

import pytest

from corda_operator.azure import (
    AccessDenied,
    AzureContainer,
    AzureError,
    AzureSession,
    Blob,
    Conflict,
    LeaseLost,
    LeaseTaken,
    NotFound,
    OutcomeUnknown,
    Unavailable,
)
from tests.integration.azure.fixtures.tenancy import Tenancy
from tests.integration.azure_clients.relay import (
    Fault,
    Relay,
    half_an_answer,
    lost_answer,
    lost_request,
    refusal,
    untouched,
)


async def test_a_replace_whose_answer_is_lost_is_sent_once_and_its_outcome_unknown(
    relay: Relay, relayed: AzureContainer, container: AzureContainer
) -> None:
    etag = await container.create("map", b"one")
    lease = await container.acquire_lease("map", 60)
    await relayed.read("map")
    relay.calls.clear()
    relay.faults.append(lost_answer)

    with pytest.raises(OutcomeUnknown, match="Could not learn whether it came to replace blob map"):
        await relayed.replace("map", b"two", etag=etag, lease_id=lease)

    assert relay.calls == ["PUT"]
    blob = await container.read("map")
    assert blob is not None
    assert blob.data == b"two"


@pytest.mark.parametrize("fault", [lost_request, refusal(500, "InternalError"), refusal(503, "ServerBusy")])
async def test_a_replace_that_had_no_effect_may_be_of_unknown_outcome_too(
    relay: Relay, relayed: AzureContainer, container: AzureContainer, fault: Fault
) -> None:
    etag = await container.create("map", b"one")
    lease = await container.acquire_lease("map", 60)
    relay.faults.append(fault)

    with pytest.raises(OutcomeUnknown):
        await relayed.replace("map", b"two", etag=etag, lease_id=lease)

    assert relay.calls == ["PUT"]
    assert await container.read("map", unless=etag) is None


async def test_a_create_whose_answer_is_lost_is_sent_once(
    relay: Relay, relayed: AzureContainer, container: AzureContainer
) -> None:
    relay.faults.append(lost_answer)

    with pytest.raises(OutcomeUnknown):
        await relayed.create("map", b"one")

    assert relay.calls == ["PUT"]
    assert await container.read("map") is not None


async def test_an_immutable_blob_whose_answer_is_lost_is_put_again_and_found_to_be_ones_own(
    relay: Relay, relayed: AzureContainer, container: AzureContainer
) -> None:
    relay.faults.append(lost_answer)

    etag = await relayed.put_immutable("hash", b"content")

    assert relay.calls == ["PUT", "PUT", "GET"]
    assert await container.read("hash") == Blob(b"content", etag)


async def test_an_immutable_blob_that_did_not_arrive_is_put_again_whole(
    relay: Relay, relayed: AzureContainer, container: AzureContainer
) -> None:
    relay.faults.extend([lost_request, refusal(500, "InternalError")])

    etag = await relayed.put_immutable("hash", b"content")

    assert relay.calls == ["PUT"] * 3
    assert await container.read("hash") == Blob(b"content", etag)


async def test_a_read_is_tried_again(relay: Relay, relayed: AzureContainer, container: AzureContainer) -> None:
    etag = await container.create("map", b"one")
    relay.faults.extend([lost_answer, refusal(503, "ServerBusy")])

    assert await relayed.read("map") == Blob(b"one", etag)
    assert relay.calls == ["GET"] * 3


async def test_a_lease_whose_answer_is_lost_is_held_after_all(
    relay: Relay, relayed: AzureContainer, container: AzureContainer
) -> None:
    etag = await container.create("map", b"one")
    relay.faults.append(lost_answer)

    lease = await relayed.acquire_lease("map", 60)

    assert relay.calls == ["PUT", "PUT"]
    assert await container.replace("map", b"two", etag=etag, lease_id=lease)


async def test_throttling_that_does_not_end_tells_how_long_to_wait(relay: Relay, relayed: AzureContainer) -> None:
    relay.faults.append(refusal(429, "TooManyRequests", **{"Retry-After": "7"}))

    with pytest.raises(Unavailable, match=r"request r-1") as error:
        await relayed.create("map", b"one")

    assert not isinstance(error.value, OutcomeUnknown)
    assert (error.value.retry_after, error.value.request_id) == (7.0, "r-1")


async def test_a_failing_service_is_unavailable_after_some_tries(relay: Relay, relayed: AzureContainer) -> None:
    relay.faults.extend([refusal(500, "InternalError")] * 10)

    with pytest.raises(Unavailable, match="500 InternalError"):
        await relayed.read("map")

    assert relay.calls == ["GET"] * 4


@pytest.mark.parametrize("code", ["AuthorizationPermissionMismatch", "InsufficientAccountPermissions"])
async def test_a_missing_role_is_named(relay: Relay, relayed: AzureContainer, code: str) -> None:
    relay.faults.append(refusal(403, code))

    with pytest.raises(AccessDenied, match=f"{code}: No.*Storage Blob Data Contributor"):
        await relayed.create("map", b"one")


async def test_a_closed_network_is_told_from_a_missing_role(relay: Relay, relayed: AzureContainer) -> None:
    relay.faults.append(refusal(403, "AuthorizationFailure"))

    with pytest.raises(AccessDenied, match="firewall or private endpoint"):
        await relayed.create("map", b"one")


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (409, "LeaseAlreadyPresent", LeaseTaken),
        (409, "LeaseIsBreakingAndCannotBeAcquired", LeaseTaken),
        (409, "LeaseIsBrokenAndCannotBeRenewed", LeaseLost),
        (409, "LeaseNotPresentWithLeaseOperation", LeaseLost),
        (412, "LeaseIdMissing", LeaseLost),
        (412, "LeaseNotPresentWithBlobOperation", LeaseLost),
        (412, "LeaseLost", LeaseLost),
        (409, "ContainerBeingDeleted", Unavailable),
        (409, "SnapshotsPresent", Conflict),
        (404, "ContainerNotFound", NotFound),
        (400, "InvalidHeaderValue", AzureError),
        (501, "NotImplemented", AzureError),
        (408, "RequestTimeout", OutcomeUnknown),
    ],
)
async def test_refusals_that_azurite_does_not_make(
    relay: Relay, relayed: AzureContainer, status: int, code: str, kind: type[AzureError]
) -> None:
    relay.faults.append(refusal(status, code))

    with pytest.raises(AzureError, match=f"{status} {code}") as error:
        await relayed.create("map", b"one")

    assert type(error.value) is kind
    assert error.value.request_id == "r-1"


async def test_a_list_that_is_cut_off_is_unavailable(
    relay: Relay, relayed: AzureContainer, container: AzureContainer
) -> None:
    await container.create("map", b"one")
    relay.faults.extend([half_an_answer] * 10)

    with pytest.raises(Unavailable):
        _ = [name async for name in relayed.list()]


async def test_a_try_that_was_refused_says_nothing_about_the_one_before(
    relay: Relay, relayed: AzureContainer, container: AzureContainer
) -> None:
    await container.create("map", b"one")
    relay.faults.extend([lost_answer, refusal(429, "TooManyRequests")])

    with pytest.raises(OutcomeUnknown, match="429 TooManyRequests"):
        await relayed.acquire_lease("map", 60)
    with pytest.raises(LeaseTaken):
        await container.acquire_lease("map", 60)


async def test_a_container_that_is_there_is_not_created_in_vain(relay: Relay, relayed: AzureContainer) -> None:
    await relayed.create_if_absent()

    assert relay.calls == ["GET"]


async def test_a_container_whose_making_is_not_answered_is_made_once(
    relay: Relay, session: AzureSession, tenancy: Tenancy
) -> None:
    name = f"c-{uuid.uuid4().hex}"
    relay.faults.extend([untouched, lost_answer])

    await session.container(relay.account_url, name).create_if_absent()

    assert relay.calls == ["GET", "PUT", "PUT"]
    assert [blob async for blob in session.container(tenancy.azure.account_url, name).list()] == []


async def test_a_container_whose_making_fails_after_a_lost_answer_may_be_there(
    relay: Relay, session: AzureSession
) -> None:
    relay.faults.extend([untouched, lost_answer, refusal(429, "TooManyRequests")])

    with pytest.raises(OutcomeUnknown, match="create container"):
        await session.container(relay.account_url, f"c-{uuid.uuid4().hex}").create_if_absent()


async def test_two_may_make_a_container_at_a_time(session: AzureSession, tenancy: Tenancy) -> None:
    container = session.container(tenancy.azure.account_url, f"c-{uuid.uuid4().hex}")

    await asyncio.gather(*(container.create_if_absent() for _ in range(5)))

    assert await container.create("map", b"one")


async def test_a_range_beyond_the_end_is_empty_as_azure_answers_it_too(
    relay: Relay, relayed: AzureContainer, container: AzureContainer
) -> None:
    await container.create("node-info", b"0123456789")
    relay.faults.append(refusal(416, "InvalidRange"))

    assert await relayed.read_range("node-info", 10, 5) == b""
