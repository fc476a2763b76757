"""Entra's errors: JSON with an AADSTS code, as the token endpoint answers them.

The codes and messages of federated credentials (700211, 700212, 700213, 7000272, 700024) are those in
bug reports of azure-workload-identity. Not seen from the real service, and therefore guesses by the
published list of codes: 700027 for a signature that does not fit, 50166 for an issuer that does not
answer, and most HTTP statuses other than 400 and 401.
"""

import time
import uuid

from local.azure.stub.entra.tokens import timestamp
from local.azure.stub.errors import ServiceError


def entra_error(status: int, error: str, code: int, message: str) -> ServiceError:
    """Return a refusal, for example of status 401, ``invalid_client`` and code 7000215."""
    trace, correlation, now = str(uuid.uuid4()), str(uuid.uuid4()), timestamp(time.time())
    return ServiceError(
        status,
        {
            "error": error,
            "error_description": (
                f"AADSTS{code}: {message} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {now}"
            ),
            "error_codes": [code],
            "timestamp": now,
            "trace_id": trace,
            "correlation_id": correlation,
            "error_uri": f"https://login.microsoftonline.com/error?code={code}",
        },
    )


def missing(parameter: str) -> ServiceError:
    """Return the refusal of a request without a parameter."""
    return entra_error(
        400,
        "invalid_request",
        900144,
        f"The request body must contain the following parameter: '{parameter}'.",
    )


def invalid_client(code: int, message: str) -> ServiceError:
    """Return the refusal of a client that does not prove who it is."""
    return entra_error(401, "invalid_client", code, message)
