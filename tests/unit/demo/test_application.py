"""The application's calls are repeated as often as it takes, and counted; what its gateway refuses is told."""

import json
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from local.console import LocalError
from local.demo import application
from local.demo.application import Application, Applications


class Gateway:
    """Answers what it is told to, one after the other, and keeps what it was asked."""

    def __init__(self) -> None:
        self.answers: list[web.Response] = []
        self.asked: list[tuple[str, str, dict[str, str], str]] = []

    async def serve(self, request: web.Request) -> web.Response:
        self.asked.append((request.method, request.path_qs, dict(request.headers), await request.text()))
        return self.answers.pop(0)


@pytest.fixture
def gateway() -> Gateway:
    return Gateway()


@pytest.fixture
async def bank(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Application]:
    monkeypatch.setattr(application, "_PAUSE", 0)
    server = web.Application()
    server.router.add_route("*", "/{path:.*}", gateway.serve)
    async with TestServer(server) as running, Applications({"bank-a": f"http://{running.host}:{running.port}"}) as both:
        yield both.of("bank-a")


async def test_a_creation_is_repeated_with_the_same_key(bank: Application, gateway: Gateway) -> None:
    gateway.answers = [web.Response(status=503), web.json_response({"id": "1"}, status=201)]

    assert await bank.create({"subject": "customer"}, "key") == {"id": "1"}

    assert [each[2]["Idempotency-Key"] for each in gateway.asked] == ["key", "key"]
    assert json.loads(gateway.asked[1][3]) == {"subject": "customer"}
    assert bank.retries == 1


async def test_an_update_names_the_version_that_it_follows(bank: Application, gateway: Gateway) -> None:
    gateway.answers = [web.json_response({"id": "1", "version": 3})]

    updated = await bank.update({"id": "1", "version": 2, "subject": "customer"}, {"score": 700}, "key")

    assert updated == {"id": "1", "version": 3, "subject": "customer"}

    method, path, headers, _ = gateway.asked[0]
    assert (method, path, headers["If-Match"]) == ("PUT", "/credit-records/1", '"2"')
    assert bank.retries == 0


async def test_a_refusal_is_not_repeated(bank: Application, gateway: Gateway) -> None:
    gateway.answers = [web.Response(status=422, text="score: at most 1000")]

    with pytest.raises(LocalError, match="422: score: at most 1000"):
        await bank.create({"subject": "customer"}, "key")

    assert len(gateway.asked) == 1


async def test_a_gateway_that_never_answers_is_given_up(
    bank: Application, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(application, "_PATIENCE", 0.2)
    gateway.answers = [web.Response(status=503, text="no node") for _ in range(10_000)]

    with pytest.raises(LocalError, match="at last: 503: no node"):
        await bank.find("customer")
