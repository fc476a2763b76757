"""The page as the network services serve it, in Debian's Chromium."""

import shutil
import subprocess
from collections.abc import AsyncIterator
from http import HTTPStatus
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, async_playwright, expect

from corda_operator.network.page import server
from corda_operator.network.page.view import NetworkView
from local.console import step
from local.once import made
from local.paths import cache_root, fingerprint
from local.ports import free_ports
from local.system import ensure_packages
from tests.integration.network_page.example import NOW, network
from tests.integration.network_page.visiting import Visit

AXE = Path(__file__).parent / "axe"
_PATIENCE = 30_000


class Served:
    """The real server, whose data a test sets."""

    def __init__(self) -> None:
        self.token: str | None = None
        self.view = network()
        self.made = 0
        """How often the data was put together."""
        self.statuses: list[int] = []
        """Of the answers that went out for the data."""
        (self._port,) = free_ports(1)
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        """Where the page is."""
        return f"http://127.0.0.1:{self._port}/"

    def refusal(self, authorization: str | None) -> HTTPStatus | None:
        """Tell whether the token is missing."""
        accepted = self.token is None or authorization == f"Bearer {self.token}"
        return None if accepted else HTTPStatus.UNAUTHORIZED

    async def start(self) -> None:
        """Answer."""
        application = server.application(self._make, self)
        application.on_response_prepare.append(self._note)
        self._runner = web.AppRunner(application, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()

    async def stop(self) -> None:
        """Answer no more."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def show(self, view: NetworkView) -> None:
        """Set the data, and wait until it is what callers get: it is made once a second at most."""
        self.view = view
        headers = {"Authorization": f"Bearer {self.token}"}
        async with aiohttp.ClientSession(self.url, headers=headers) as session:
            while True:
                async with session.get(server.DATA) as response:
                    if await response.text() == view.model_dump_json(by_alias=True):
                        return

    def _make(self) -> NetworkView:
        self.made += 1
        return self.view

    async def _note(self, request: web.Request, response: web.StreamResponse) -> None:
        if request.path == server.DATA:
            self.statuses.append(response.status)


@pytest_asyncio.fixture(loop_scope="session")
async def served() -> AsyncIterator[Served]:
    """Serve the example."""
    served = Served()
    await served.start()
    yield served
    await served.stop()


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Start Chromium."""
    # Latin, Hebrew and Arabic letters; without a font there would be boxes.
    ensure_packages("chromium", "fonts-liberation", "fonts-dejavu-core")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"))
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def visit(browser: Browser, served: Served) -> AsyncIterator[Visit]:
    """Open the page; afterwards, the browser must have had nothing to complain about."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def note(message: ConsoleMessage) -> None:
        # Chromium writes each answer that is an error into the console, expected or not.
        if message.type in ("error", "warning") and not message.text.startswith("Failed to load resource"):
            complaints.append(message.text)

    async def visit(**options: object) -> Page:
        usual = {"locale": "en-GB", "timezone_id": "Europe/London", "viewport": {"width": 1280, "height": 900}}
        context = await browser.new_context(**{**usual, **options})  # type: ignore[arg-type]
        contexts.append(context)
        context.set_default_timeout(_PATIENCE)
        page = await context.new_page()
        page.on("console", note)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await page.clock.install(time=NOW)
        await page.goto(served.url)
        # A page that is loaded has not been answered yet: what a test changes next would be its first answer.
        await expect(page.locator("#loading")).to_be_hidden()
        return page

    yield visit
    for context in contexts:
        await context.close()
    assert complaints == []


@pytest.fixture(scope="session")
def axe() -> str:
    """Return the script of Deque's axe, which finds what people with disabilities stumble over."""
    files = [AXE / name for name in ("package.json", "package-lock.json", ".npmrc")]
    folder = made(cache_root() / "axe" / fingerprint(*files), lambda folder: _install(folder, files))
    return (folder / "node_modules" / "axe-core" / "axe.min.js").read_text()


def _install(folder: Path, files: list[Path]) -> None:
    if shutil.which("npm") is None:
        ensure_packages("nodejs", "npm")
    folder.mkdir(parents=True)
    for file in files:
        shutil.copy(file, folder)
    with step("installing axe-core (npm, some seconds)"):
        subprocess.run(["npm", "ci", "--no-progress"], cwd=folder, check=True, capture_output=True)
