"""Sessions of the product against Azure's stand-ins."""

import os
import uuid
from collections.abc import AsyncIterator

import pytest

from corda_operator.azure import AzureContainer, AzureSession
from tests.integration.azure.fixtures.tenancy import Tenancy, Workload
from tests.integration.azure_clients.relay import Relay, serving


def environment(workload: Workload) -> dict[str, str]:
    """What the workload identity webhook puts into a pod."""
    return {
        **os.environ,
        "AZURE_CLIENT_ID": workload.identity.client_id,
        "AZURE_FEDERATED_TOKEN_FILE": str(workload.token_file),
    }


@pytest.fixture
async def session(tenancy: Tenancy) -> AsyncIterator[AzureSession]:
    """A session of a workload without any role; Azurite asks for none."""
    async with AzureSession(environment(tenancy.workload())) as session:
        yield session


@pytest.fixture
async def container(tenancy: Tenancy, session: AzureSession) -> AzureContainer:
    """A new container."""
    container = session.container(tenancy.azure.account_url, f"c-{uuid.uuid4().hex}")
    await container.create_if_absent()
    return container


@pytest.fixture
async def relay(tenancy: Tenancy) -> AsyncIterator[Relay]:
    """A relay in front of Azurite."""
    async with serving(tenancy.azure) as relay:
        yield relay


@pytest.fixture
def relayed(relay: Relay, session: AzureSession, container: AzureContainer) -> AzureContainer:
    """The same container by way of the relay."""
    return session.container(relay.account_url, container.name)
