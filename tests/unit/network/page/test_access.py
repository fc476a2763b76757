"""Who may read the network page."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from http import HTTPStatus

import pytest

from corda_operator.azure.errors import AccessDenied, NotFound
from corda_operator.network.configuration import NetworkPage
from corda_operator.network.page import access
from corda_operator.network.page.access import Gate


@dataclass
class Vault:
    """Secrets by name."""

    secrets: dict[str, str | Exception] = field(default_factory=dict)
    page: NetworkPage = field(default_factory=NetworkPage)
    asked: int = 0

    async def read(self, name: str) -> str:
        self.asked += 1
        found = self.secrets.get(name, NotFound(name))
        if isinstance(found, Exception):
            raise found
        return found


@contextlib.asynccontextmanager
async def running(vault: Vault) -> AsyncIterator[Gate]:
    gate = Gate(lambda: vault.page, vault.read)
    task = asyncio.create_task(gate.run())
    yield gate
    assert not task.done()
    task.cancel()


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "_LOOK_SECONDS", 0.001)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.001)


async def test_without_a_token_whoever_reaches_it_may_read() -> None:
    async with running(Vault()) as gate:
        assert gate.refusal(None) is None
        assert gate.refusal("Bearer anything") is None


async def test_a_page_that_is_not_wished_for_is_not_there() -> None:
    async with running(Vault(page=NetworkPage(enabled=False))) as gate:
        assert gate.refusal(None) is HTTPStatus.NOT_FOUND


async def test_nobody_is_let_in_before_the_token_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "_TRY_AGAIN_SECONDS", 0.01)
    vault = Vault(page=NetworkPage(bearer_token_secret="page"))
    async with running(vault) as gate:
        assert gate.refusal("Bearer ") is HTTPStatus.SERVICE_UNAVAILABLE
        await asyncio.sleep(0.01)
        assert gate.refusal("Bearer secret") is HTTPStatus.SERVICE_UNAVAILABLE

        vault.secrets["page"] = "secret\n"
        await until(lambda: gate.refusal("Bearer secret") is None)


@pytest.mark.parametrize(
    "header", [None, "", "secret", "Basic secret", "Bearer", "Bearer ", "Bearer Secret", "Bearer s"]
)
async def test_only_the_token_itself_opens(header: str | None) -> None:
    async with running(Vault({"page": "secret"}, NetworkPage(bearer_token_secret="page"))) as gate:
        await until(lambda: gate.refusal("Bearer secret") is None)

        assert gate.refusal(header) is HTTPStatus.UNAUTHORIZED


async def test_an_empty_token_lets_nobody_in() -> None:
    async with running(Vault({"page": " \n"}, NetworkPage(bearer_token_secret="page"))) as gate:
        await asyncio.sleep(0.01)

        assert gate.refusal("Bearer ") is HTTPStatus.SERVICE_UNAVAILABLE


@pytest.mark.parametrize("found", [AccessDenied("no role"), ""])
async def test_a_vault_is_not_asked_in_a_hurry_for_what_is_no_token(found: str | Exception) -> None:
    vault = Vault({"page": found, "page-2": "secret"}, NetworkPage(bearer_token_secret="page"))
    async with running(vault) as gate:
        await until(lambda: vault.asked == 1)
        await asyncio.sleep(0.05)
        assert vault.asked == 1

        vault.page = NetworkPage(bearer_token_secret="page-2")
        await until(lambda: gate.refusal("Bearer secret") is None)


async def test_another_secret_counts_as_soon_as_it_is_named() -> None:
    vault = Vault({"page": "old", "page-2": "new"}, NetworkPage(bearer_token_secret="page"))
    async with running(vault) as gate:
        await until(lambda: gate.refusal("Bearer old") is None)
        vault.page = NetworkPage(bearer_token_secret="page-2")
        assert gate.refusal("Bearer old") is HTTPStatus.SERVICE_UNAVAILABLE

        await until(lambda: gate.refusal("Bearer new") is None)
        assert gate.refusal("Bearer old") is HTTPStatus.UNAUTHORIZED


async def test_a_token_that_was_changed_counts_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "_READ_AGAIN_SECONDS", 0.01)
    vault = Vault({"page": "old"}, NetworkPage(bearer_token_secret="page"))
    async with running(vault) as gate:
        await until(lambda: gate.refusal("Bearer old") is None)
        vault.secrets["page"] = "new"

        await until(lambda: gate.refusal("Bearer new") is None)
        assert gate.refusal("Bearer old") is HTTPStatus.UNAUTHORIZED


async def test_what_is_known_stays_while_the_vault_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "_READ_AGAIN_SECONDS", 0.01)
    vault = Vault({"page": "secret"}, NetworkPage(bearer_token_secret="page"))
    async with running(vault) as gate:
        await until(lambda: gate.refusal("Bearer secret") is None)
        vault.secrets["page"] = AccessDenied("no role")
        await asyncio.sleep(0.05)

        assert gate.refusal("Bearer secret") is None
