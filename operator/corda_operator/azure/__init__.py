"""Key Vault, Storage with leases and credentials: thin, asynchronous, behind Protocols."""

from corda_operator.azure.blobs import AzureContainer, Blob, Container, ETag, LeaseId
from corda_operator.azure.errors import (
    AccessDenied,
    AlreadyExists,
    AzureError,
    Conflict,
    KeyUnusable,
    LeaseLost,
    LeaseTaken,
    NotConfigured,
    NotFound,
    OutcomeUnknown,
    PreconditionFailed,
    SoftDeleted,
    Unavailable,
    WrongAnswer,
)
from corda_operator.azure.keys import KeyVaultKeys, Signer
from corda_operator.azure.session import AzureSession

__all__ = [
    "AccessDenied",
    "AlreadyExists",
    "AzureContainer",
    "AzureError",
    "AzureSession",
    "Blob",
    "Conflict",
    "Container",
    "ETag",
    "KeyUnusable",
    "KeyVaultKeys",
    "LeaseId",
    "LeaseLost",
    "LeaseTaken",
    "NotConfigured",
    "NotFound",
    "OutcomeUnknown",
    "PreconditionFailed",
    "Signer",
    "SoftDeleted",
    "Unavailable",
    "WrongAnswer",
]
