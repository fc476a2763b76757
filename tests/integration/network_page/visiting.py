"""What tests do with the page."""

from typing import Protocol

from playwright.async_api import Page, expect

from corda_operator.network.page import server

expect.set_options(timeout=30_000)


class Visit(Protocol):
    """Opens the page in a new window; options are those of `Browser.new_context`."""

    async def __call__(self, **options: object) -> Page: ...


async def next_fetch(page: Page) -> None:
    """Have the page's clock go on until it asks for data again."""
    async with page.expect_request(f"**{server.DATA}"):
        await page.clock.run_for(5_000)
