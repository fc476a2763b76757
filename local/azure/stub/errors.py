"""Errors in the shape in which Azure's services answer them."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError


class ServiceError(Exception):
    """A refusal that a client sees: status, JSON body and headers."""

    def __init__(self, status: int, body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> None:
        super().__init__(f"status {status}")
        self.status = status
        self.body = body
        self.headers = headers or {}


class AzureError(ServiceError):
    """The body of most services: an ``error`` with ``code``, ``message`` and perhaps ``innererror``."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        inner: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        error: dict[str, Any] = {"code": code, "message": message}
        if inner is not None:
            error["innererror"] = {"code": inner}
        super().__init__(status, {"error": error}, headers)


def bad_parameter(message: str) -> AzureError:
    """Return Key Vault's 400."""
    return AzureError(400, "BadParameter", message)


def problems(error: ValidationError) -> str:
    """Tell what is wrong with some input without repeating the input: it may be a secret."""
    return "; ".join(
        f"{'.'.join(str(part) for part in each['loc']) or 'body'}: {each['msg']}"
        for each in error.errors(include_input=False, include_url=False, include_context=False)
    )
