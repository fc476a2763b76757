"""What the page's server answers, to whomever."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio

from corda_operator.network.page import server
from corda_operator.network.page.view import NetworkView
from tests.integration.network_page.conftest import Served
from tests.integration.network_page.example import NOW, away, network, node

pytestmark = pytest.mark.asyncio(loop_scope="session")
FILES = {"/": "text/html", "/index.html": "text/html", "/page.css": "text/css", "/page.js": "text/javascript"}


@pytest_asyncio.fixture(loop_scope="session")
async def session(served: Served) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(served.url) as session:
        yield session


@pytest.mark.parametrize("path", FILES)
async def test_files_are_what_the_browser_takes_them_for(session: aiohttp.ClientSession, path: str) -> None:
    async with session.get(path) as response:
        assert (response.status, response.content_type, response.charset) == (200, FILES[path], "utf-8")


@pytest.mark.parametrize("path", [*FILES, server.DATA, "/nothing-here"])
async def test_every_answer_forbids_the_browser_what_the_page_does_not_need(
    session: aiohttp.ClientSession, path: str
) -> None:
    async with session.get(path) as response:
        policy = response.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Referrer-Policy"] == "no-referrer"


async def test_the_data_is_the_view(session: aiohttp.ClientSession, served: Served) -> None:
    async with session.get(server.DATA) as response:
        assert response.content_type == "application/json"
        assert NetworkView.model_validate_json(await response.text()) == served.view


@pytest.mark.parametrize("path", ["/page.js", server.DATA])
async def test_who_has_it_already_is_not_sent_it_again(session: aiohttp.ClientSession, path: str) -> None:
    async with session.get(path) as response:
        tag = response.headers["ETag"]
    async with session.get(path, headers={"If-None-Match": tag}) as response:
        assert (response.status, response.headers["ETag"], await response.read()) == (304, tag, b"")
        assert response.headers["Cache-Control"] == "no-cache"
    async with session.get(path, headers={"If-None-Match": '"another"'}) as response:
        assert response.status == 200


async def test_data_that_is_only_younger_counts_as_the_same(session: aiohttp.ClientSession, served: Served) -> None:
    async with session.get(server.DATA) as response:
        tag = response.headers["ETag"]
    await served.show(network(time=NOW.replace(second=55)))
    async with session.get(server.DATA, headers={"If-None-Match": tag}) as response:
        assert response.status == 304

    await served.show(network(nodes=(away(node(1, "Bank A")),)))
    async with session.get(server.DATA, headers={"If-None-Match": tag}) as response:
        assert response.status == 200


async def test_data_is_put_together_once_for_all_who_ask_at_the_same_time(
    session: aiohttp.ClientSession, served: Served
) -> None:
    async def ask() -> str:
        async with session.get(server.DATA) as response:
            return await response.text()

    answers = await asyncio.gather(*(ask() for _ in range(100)))

    assert len(set(answers)) == 1
    assert served.made < 20


@pytest.mark.parametrize("authorization", [None, "Bearer another", "Basic secret", "secret", "Bearer "])
async def test_without_the_token_there_is_no_data(
    session: aiohttp.ClientSession, served: Served, authorization: str | None
) -> None:
    served.token = "secret"
    headers = {} if authorization is None else {"Authorization": authorization}
    async with session.get(server.DATA, headers=headers) as response:
        assert (response.status, response.headers["WWW-Authenticate"]) == (401, "Bearer")
        assert "Bank" not in await response.text()
    async with session.get("/", headers=headers) as response:
        assert response.status == 200


async def test_nothing_can_be_written(session: aiohttp.ClientSession) -> None:
    for path in ["/", server.DATA]:
        for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"]:
            async with session.request(method, path) as response:
                assert response.status == 405
        async with session.head(path) as response:
            assert response.status == 200
