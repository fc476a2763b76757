from collections.abc import AsyncIterator

import pytest
from azure.core.pipeline.transport import AioHttpTransport

from corda_operator.azure import NotConfigured
from corda_operator.azure.credential import chosen_credential

TENANT, CLIENT = "7d5c2a10-0000-4000-8000-000000000001", "7d5c2a10-0000-4000-8000-000000000002"


@pytest.fixture
async def transport() -> AsyncIterator[AioHttpTransport]:
    async with AioHttpTransport() as transport:
        yield transport


@pytest.mark.parametrize(
    ("environment", "missing"),
    [
        ({"AZURE_FEDERATED_TOKEN_FILE": "/token"}, "AZURE_TENANT_ID and AZURE_CLIENT_ID must be set"),
        ({"AZURE_FEDERATED_TOKEN_FILE": "/token", "AZURE_TENANT_ID": TENANT}, "so AZURE_CLIENT_ID must be set"),
        ({"AZURE_FEDERATED_TOKEN_FILE": "/token", "AZURE_CLIENT_ID": CLIENT}, "so AZURE_TENANT_ID must be set"),
        ({"AZURE_CLIENT_SECRET": "secret", "AZURE_CLIENT_ID": CLIENT}, "so AZURE_TENANT_ID must be set"),
        ({"AZURE_CLIENT_SECRET": "secret", "AZURE_TENANT_ID": ""}, "AZURE_TENANT_ID and AZURE_CLIENT_ID must be set"),
        ({}, 'azure.workload.identity/use: "true"'),
        ({"AZURE_TENANT_ID": TENANT}, "neither AZURE_FEDERATED_TOKEN_FILE nor AZURE_CLIENT_ID is set"),
    ],
)
async def test_what_an_environment_lacks_is_named(
    transport: AioHttpTransport, environment: dict[str, str], missing: str
) -> None:
    with pytest.raises(NotConfigured) as error:
        chosen_credential(environment, transport)

    assert missing in str(error.value)
    assert "secret" not in str(error.value).lower().replace("azure_client_secret", "")
