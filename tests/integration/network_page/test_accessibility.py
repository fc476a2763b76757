"""The page for those who hear it, who use a keyboard, who see little, or who have but a phone."""

import pytest
from playwright.async_api import Page, expect

from corda_operator.network.page.view import TransactionsView
from tests.integration.network_page.conftest import Served
from tests.integration.network_page.example import DAY, NODES, NOW, away, network, node, pending, proposal
from tests.integration.network_page.visiting import Visit, next_fetch

pytestmark = pytest.mark.asyncio(loop_scope="session")
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
EVERYTHING = network(
    **proposal(
        (
            *NODES[:2],
            away(NODES[2]),
            NODES[3].model_copy(update={"state": "Unknown", "since": None, "certificate_expiry": None}),
            node(1, "Bank C", certificate_expiry=NOW + DAY),
            node(1, "Bank D", certificate_expiry=NOW - DAY),
        )
    ),
    node_count=6,
    nodes_available=4,
    nodes_unknown=1,
)
NEW = network(
    (), members=(), notaries=(), parameters=None, pending=(), pending_count=0, authorities=(), trust_root_sha256=None
)


async def faults(page: Page, axe: str) -> list[str]:
    """Return what axe has against the page as it is now."""
    # What was changed with a transition has not got its colours yet.
    await page.evaluate("Promise.all(document.getAnimations().map(each => each.finished))")
    await page.evaluate(axe)
    result = await page.evaluate(
        """axe.run(document, {
            runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
            preload: false,
        })"""
    )
    assert result["passes"]
    # Of a single sign axe can't tell whether it is text; here it has the colours of the word beside it.
    return [
        f"{each['id']}: {found['html']}: {found['failureSummary']}"
        for each in [*result["violations"], *result["incomplete"]]
        for found in each["nodes"]
        if "only non-text characters" not in found["failureSummary"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("view", [EVERYTHING, network(), NEW, network(transactions=TransactionsView(known=False))])
async def test_axe_finds_nothing_in_either_scheme(
    visit: Visit, served: Served, axe: str, scheme: str, view: object
) -> None:
    served.view = view  # type: ignore[assignment]
    page = await visit(color_scheme=scheme)
    await expect(page.locator("#content")).to_be_visible()
    for details in await page.locator("summary").filter(visible=True).all():
        await details.click()

    assert await faults(page, axe) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_when_something_is_wrong(visit: Visit, served: Served, axe: str, scheme: str) -> None:
    page = await visit(color_scheme=scheme)
    served.token = "secret"
    await next_fetch(page)
    await page.get_by_label("Token", exact=True).fill("wrong")
    await page.get_by_role("button").click()
    await expect(page.get_by_role("alert")).to_contain_text("refused")
    await page.clock.run_for(20_000)
    await expect(page.locator("#fetched")).to_have_class("fetched stale")
    await expect(page.locator("#banner")).not_to_be_empty()

    assert await faults(page, axe) == []


async def test_axe_finds_nothing_on_a_phone(visit: Visit, served: Served, axe: str) -> None:
    served.view = EVERYTHING
    page = await visit(**PHONE)
    await expect(page.locator("#content")).to_be_visible()

    assert await faults(page, axe) == []


async def test_the_keyboard_reaches_the_content_and_the_filter(visit: Visit) -> None:
    page = await visit()
    await expect(page.locator("#content")).to_be_visible()

    await page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to content")
    await expect(skip).to_be_focused()
    await expect(skip).to_be_in_viewport()
    await page.keyboard.press("Enter")
    await expect(page.locator("#main")).to_be_focused()

    reached = []
    for _ in range(10):
        await page.keyboard.press("Tab")
        reached.append(await page.evaluate("document.activeElement.id || document.activeElement.textContent"))
        outline = await page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none", reached
    links = ["Transactions", "Nodes", "Members", "Notaries", "Parameters", "Requests", "Certificates"]
    assert reached == [*links, "The same as a table", "filter", "state"]


async def test_headings_and_tables_have_names(visit: Visit, served: Served) -> None:
    served.view = EVERYTHING
    page = await visit()
    await expect(page.locator("#content")).to_be_visible()

    tree = await page.locator("body").aria_snapshot()
    for line in [
        'heading "Corda network" [level=1]',
        'heading "Nodes" [level=2]',
        'heading "New parameters are proposed" [level=3]',
        'table "Nodes that the network map lists; whether they answer is seen from the network services"',
        'table "Organisations that the consortium names"',
        'columnheader "State"',
        'region "Nodes"',
        'navigation "On this page"',
        'searchbox "Filter nodes"',
        'list "Nodes that are unreachable"',
    ]:
        assert line in tree, tree
    # The sign beside it is for the eyes.
    await expect(page.get_by_role("cell", name="Unreachable").first).to_be_visible()
    assert 'cell "Unreachable since 26 Nov 2026, 03:53 7 minutes ago"' in tree, tree


async def test_a_phone_shows_cards_that_are_tables_still(visit: Visit, served: Served) -> None:
    long = "A" * 127
    names = (
        node(1, long, legal_name=f"OU={'B' * 63}, O={long}, L={'C' * 63}, C=GB", addresses=(f"{'d' * 250}:10002",)),
        node(1, "שלום", legal_name="O=שלום בנק, L=תל אביב, C=IL", locality="תל אביב", country="IL"),
        node(1, "البنك", legal_name="O=البنك, L=القاهرة, C=EG", locality="القاهرة", country="EG"),
    )
    served.view = network(
        **{**proposal(tuple(map(away, names))), "pending": (pending(f"O={long}, L=X, C=GB"),)},
        node_count=3,
        nodes_available=0,
    )
    page = await visit(**PHONE)
    await expect(page.locator("#nodes tbody tr")).to_have_count(3)
    for details in await page.locator("summary").filter(visible=True).all():
        await details.click()

    assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert await page.evaluate("window.innerWidth") == 360
    beyond = await page.evaluate(
        """[...document.querySelectorAll("main *:not(.unseen)")].filter(
            each => each.getBoundingClientRect().right > innerWidth && !each.closest("thead")
        ).map(each => each.outerHTML)"""
    )
    assert beyond == []
    await expect(page.get_by_role("table", name="Nodes that the network map lists")).to_be_visible()
    await expect(page.get_by_role("row").filter(has_text="שלום").get_by_role("cell")).to_have_count(6)
    label = await page.locator("#nodes td").first.evaluate("cell => getComputedStyle(cell, '::before').content")
    assert label.startswith('"State"')


async def test_nothing_moves_for_those_who_want_it_still(visit: Visit) -> None:
    moves = """[
        getComputedStyle(document.documentElement).scrollBehavior,
        getComputedStyle(document.querySelector(".bar")).transitionDuration,
    ]"""
    page = await visit(reduced_motion="no-preference")
    await expect(page.locator(".bar").first).to_be_attached()
    assert await page.evaluate(moves) == ["smooth", "0.3s, 0.3s"]

    page = await visit(reduced_motion="reduce")
    await expect(page.locator(".bar").first).to_be_attached()
    assert await page.evaluate(moves) == ["auto", "0s"]
