"""Errors as the Azure clients really word them are told apart."""

import pytest
from azure.core import exceptions as sdk

from corda_operator.azure.errors import AzureError
from corda_operator.azure.translation import Call, translated
from corda_operator.reconcile.consortium.troubles import azure_trouble
from tests.unit.reconcile.consortium.world import consortium

KEY = Call("get", "key corda-root of https://founder.vault.azure.net", "Key Vault Crypto User")
BLOB = Call("read", "blob head of https://FOUNDER.blob.core.windows.net/consortium", "Storage Blob Data Contributor")
TOKEN = Call("get a token", "for https://founder.vault.azure.net/.default from Microsoft Entra", "a credential")
DENIED = sdk.ClientAuthenticationError("no")
AWAY = sdk.ServiceRequestError("no route")


@pytest.mark.parametrize(
    ("call", "error", "reason"),
    [
        (KEY, DENIED, "VaultAccessDenied"),
        (KEY, AWAY, "VaultUnreachable"),
        (BLOB, DENIED, "StorageAccessDenied"),
        (BLOB, AWAY, "StorageUnreachable"),
        (TOKEN, DENIED, "IdentityUnavailable"),
        (TOKEN, AWAY, "IdentityUnavailable"),
    ],
)
async def test_an_error_of_azure_has_its_reason(call: Call, error: Exception, reason: str) -> None:
    hosted = consortium().spec.hosted
    assert hosted is not None
    with pytest.raises(AzureError) as raised:
        async with translated(call, 1):
            raise error

    assert azure_trouble(hosted, str(raised.value)).reason == reason
