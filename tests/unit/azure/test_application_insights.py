"""What the stub's track endpoint takes and refuses."""

import json
from pathlib import Path
from typing import Any

import pytest

from local.azure.stub.application_insights import ApplicationInsights, Received
from local.azure.stub.database import Database
from local.azure.stub.errors import ServiceError
from local.azure.stub.live import LiveDirectory
from local.azure.stub.routing import Answer, Call

KEY = "7d5c2a10-0000-4000-8000-0000000000a1"
DIRECTORY = f"""
tenantId: 7d5c2a10-0000-4000-8000-000000000001
applicationInsights: [{{name: founder, instrumentationKey: {KEY}}}]
"""


def item(key: str = KEY, **data: Any) -> dict[str, Any]:
    metric = {"name": "corda_network_nodes", "value": 3, **data}
    return {
        "name": "Metric",
        "time": "2026-11-26T04:00:00.000000Z",
        "iKey": key,
        "data": {"baseType": "MetricData", "baseData": {"metrics": [metric]}},
    }


class Endpoint:
    def __init__(self, folder: Path) -> None:
        self.received = Received()
        live = LiveDirectory(Database(folder / "state.sqlite"), DIRECTORY)
        self.service = ApplicationInsights(live, self.received, "azure.test")

    async def send(self, body: str, path: str = "/v2.1/track") -> Answer:
        found = self.service.find("POST", path)
        assert found is not None
        host = "westeurope.in.applicationinsights.azure.test"
        return await found[0].handler(Call("POST", path, host, "westeurope", {}, {}, body.encode()))

    def kept(self) -> list[Any]:
        return [each["data"]["baseData"]["metrics"][0]["value"] for each in self.received.of(KEY)]


@pytest.fixture
def endpoint(tmp_path: Path) -> Endpoint:
    return Endpoint(tmp_path)


@pytest.mark.parametrize("path", ["/v2/track", "/v2.1/track", "//v2.1/track"])
@pytest.mark.parametrize("write", [json.dumps, lambda items: "\n".join(map(json.dumps, items))], ids=["array", "lines"])
async def test_items_are_taken_in_both_forms(endpoint: Endpoint, path: str, write: Any) -> None:
    answer = await endpoint.send(write([item(value=1), item(value=2)]), path)

    assert (answer.status, answer.body) == (200, {"itemsReceived": 2, "itemsAccepted": 2, "errors": []})
    assert endpoint.kept() == [1, 2]


async def test_of_a_mixed_batch_the_good_items_are_taken(endpoint: Endpoint) -> None:
    answer = await endpoint.send(json.dumps([item(value=1), item(value=float("inf")), item(key="x"), item(value=2)]))

    assert answer.status == 206
    assert answer.body is not None
    assert (answer.body["itemsReceived"], answer.body["itemsAccepted"]) == (4, 2)
    assert [(each["index"], each["statusCode"]) for each in answer.body["errors"]] == [(1, 400), (2, 400)]
    assert endpoint.kept() == [1, 2]


async def test_an_unknown_key_is_refused(endpoint: Endpoint) -> None:
    answer = await endpoint.send(json.dumps([item(key="7d5c2a10-0000-4000-8000-0000000000a2")]))

    assert answer.status == 400
    assert answer.body is not None
    assert answer.body["errors"][0]["message"] == "Invalid instrumentation key"


async def test_what_is_no_json_is_refused(endpoint: Endpoint) -> None:
    with pytest.raises(ServiceError) as error:
        await endpoint.send("[{")
    assert error.value.status == 400


def test_the_oldest_items_go(endpoint: Endpoint) -> None:
    for number in range(10_001):
        endpoint.received.add(item(value=number))

    assert endpoint.kept()[0] == 1
    assert len(endpoint.kept()) == 10_000


@pytest.mark.parametrize(
    ("host", "region"),
    [
        ("westeurope-5.in.applicationinsights.azure.test", "westeurope-5"),
        ("in.applicationinsights.azure.test", None),
        ("a.b.in.applicationinsights.azure.test", None),
        ("kv.vault.azure.test", None),
    ],
)
def test_it_answers_for_regions(endpoint: Endpoint, host: str, region: str | None) -> None:
    assert endpoint.service.resource(host) == region
