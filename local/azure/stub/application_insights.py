"""Application Insights' track endpoint: takes metrics by their instrumentation key, and keeps the latest.

Wire format: that of the exporters in Azure's SDKs; answers: learn.microsoft.com, "Application Insights telemetry
channel" (200: all accepted, 206: some, 400: none).
"""

import json
from collections import deque
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from local.azure.stub.errors import ServiceError, problems
from local.azure.stub.live import LiveDirectory
from local.azure.stub.routing import Answer, Call, Route, Service, route

_KEPT = 10_000


class _Value(BaseModel):
    name: str = Field(min_length=1)
    value: float = Field(allow_inf_nan=False)


class _Metrics(BaseModel):
    metrics: tuple[_Value, ...] = Field(min_length=1)


class _Data(BaseModel):
    base_type: Literal["MetricData"] = Field(alias="baseType")
    base_data: _Metrics = Field(alias="baseData")


class _Item(BaseModel):
    """What every item has; the rest is kept as it came."""

    model_config = ConfigDict(extra="allow")

    name: str = Field(min_length=1)
    time: str = Field(min_length=1)
    instrumentation_key: str = Field(alias="iKey", min_length=1)
    data: _Data


class Received:
    """The latest items that were accepted, in the order of their coming."""

    def __init__(self) -> None:
        self._items: deque[dict[str, Any]] = deque(maxlen=_KEPT)

    def add(self, item: dict[str, Any]) -> None:
        """Keep an item, if need be instead of the oldest."""
        self._items.append(item)

    def of(self, key: str) -> list[dict[str, Any]]:
        """Return those with an instrumentation key."""
        return [item for item in self._items if item["iKey"].lower() == key.lower()]


class ApplicationInsights(Service):
    """``<region>.in.applicationinsights.<domain>``."""

    name = "applicationinsights"

    def __init__(self, live: LiveDirectory, received: Received, domain: str) -> None:
        self._live = live
        self._received = received
        self._suffix = f".in.applicationinsights.{domain}"
        self.routes = tuple(route("POST", path, "track", self._track) for path in ("/v2/track", "/v2.1/track"))

    def resource(self, host: str) -> str | None:
        """Return the region that a host name stands for."""
        region = host.removesuffix(self._suffix)
        return region if region != host and region and "." not in region else None

    def failure(self, status: int, headers: Mapping[str, str]) -> Answer:
        """Return Application Insights' wording of a failure."""
        return Answer(status, _body(0, 0, [_error(0, status, "Telemetry could not be taken.")]), headers)

    def find(self, method: str, path: str) -> tuple[Route, Mapping[str, str]] | None:
        """Return the route; connection strings end in a slash, to which exporters add another."""
        return super().find(method, f"/{path.lstrip('/')}")

    async def _track(self, call: Call) -> Answer:
        items = _items(call.body)
        refused = [
            _error(index, 400, problem)
            for index, item in enumerate(items)
            if (problem := self._problem(item)) is not None
        ]
        bad = {error["index"] for error in refused}
        for index, item in enumerate(items):
            if index not in bad:
                self._received.add(item)
        accepted = len(items) - len(refused)
        status = 200 if not refused else 206 if accepted else 400
        return Answer(status, _body(len(items), accepted, refused))

    def _problem(self, item: object) -> str | None:
        try:
            known = _Item.model_validate(item)
        except ValidationError as error:
            return problems(error)
        if not self._live.current.knows_instrumentation_key(known.instrumentation_key):
            return "Invalid instrumentation key"
        return None


def _items(body: bytes) -> list[Any]:
    """Return the items of a JSON array, or of one JSON object a line."""
    try:
        if body.lstrip().startswith(b"["):
            found: list[Any] = json.loads(body)
        else:
            found = [json.loads(line) for line in body.splitlines() if line.strip()]
    except ValueError:
        raise ServiceError(400, _body(0, 0, [_error(0, 400, "Invalid JSON")])) from None
    return found


def _body(received: int, accepted: int, errors: list[dict[str, Any]]) -> dict[str, Any]:
    return {"itemsReceived": received, "itemsAccepted": accepted, "errors": errors}


def _error(index: int, status: int, message: str) -> dict[str, Any]:
    return {"index": index, "statusCode": status, "message": message}
