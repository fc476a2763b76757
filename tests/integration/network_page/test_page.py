"""The page in a browser: what it shows, and what happens when the network changes."""

import re
from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect

from corda_operator.network.page.view import MemberView, TransactionsView
from tests.integration.network_page.conftest import Served
from tests.integration.network_page.example import DAY, NODES, NOW, away, network, node, pending, proposal
from tests.integration.network_page.visiting import Visit, next_fetch

pytestmark = pytest.mark.asyncio(loop_scope="session")
LOST = network((*NODES[:2], away(NODES[2]), NODES[3]))


def row(page: Page, table: str, text: str) -> Locator:
    return page.locator(f"#{table} tbody tr").filter(has_text=text)


async def test_headline_figures(visit: Visit) -> None:
    page = await visit()

    await expect(page.locator("#verdict")).to_have_text(re.compile("All 4 nodes are reachable"))
    await expect(page.locator("#members-figure")).to_have_text("3 of 3")
    await expect(page.locator("#nodes-figure")).to_have_text("4 of 4")
    await expect(page.locator("#transactions-figure")).to_have_text("12.4")
    await expect(page.locator("#pending-figure")).to_have_text("1")
    await expect(page).to_have_title("Corda network")


async def test_a_node_has_its_state_place_version_and_times(visit: Visit, served: Served) -> None:
    ending: dict[str, Any] = {"certificate_expiry": NOW + 29 * DAY, "legal_name": "O=Bank C, L=Lyon, C=FR"}
    ended: dict[str, Any] = {"certificate_expiry": NOW - DAY, "legal_name": "O=Bank D, L=Lyon, C=FR"}
    served.view = network((NODES[0], node(1, "Bank C", **ending), node(1, "Bank D", **ended)))
    page = await visit()

    cells = page.locator("#nodes tbody tr").first.locator("th, td")
    await expect(cells.nth(0)).to_contain_text("OU=Node 1, O=Bank A, L=London, C=GB")
    await expect(cells.nth(1)).to_have_text(re.compile(r"Reachable.*since 26 Nov 2026, 03:00 1 hour ago"))
    await expect(cells.nth(2)).to_have_text("London, United Kingdomnode-1-p2p.bank-a.svc.cluster.local:10002")
    await expect(cells.nth(3)).to_have_text("12")
    await expect(cells.nth(4).locator("time")).to_have_attribute("datetime", "2026-11-25T23:00:30Z")
    await expect(cells.nth(5)).not_to_contain_text("Expire")
    await expect(row(page, "nodes", "Bank C")).to_contain_text("Expires soon")
    await expect(row(page, "nodes", "Bank D")).to_contain_text("Expired")
    await expect(page.get_by_text("New parameters", exact=True).first).to_be_hidden()


async def test_times_are_in_the_viewers_zone_and_order(visit: Visit) -> None:
    page = await visit(locale="en-US", timezone_id="America/New_York")

    await expect(page.locator("#pending time")).to_have_text(re.compile(r"Nov 25, 2026, 10:30\sPM 30 minutes ago"))
    await expect(page.locator("footer")).to_contain_text("America/New_York")


async def test_what_else_there_is_to_know(visit: Visit, served: Served) -> None:
    served.view = network(
        members=(*network().members, MemberView(organisation="Bank Z", admission="Denied", nodes=0)), pending_count=240
    )
    page = await visit()

    await expect(row(page, "members", "Bank A")).to_have_text(re.compile("Admitted.*2.*Reachable"))
    await expect(row(page, "members", "Bank Z")).to_contain_text("Denied")
    await expect(row(page, "notaries", "Notary Service")).to_have_text(
        re.compile("Non-validating.*Registered.*Reachable")
    )
    await expect(row(page, "parameters", "Largest message")).to_contain_text("10 MiB")
    await expect(row(page, "parameters", "Event horizon")).to_contain_text("30 days")
    await expect(row(page, "pending", "O=Bank X, L=Paris, C=FR")).to_contain_text("5EED" * 16)
    await expect(page.locator("#pending-more")).to_have_text("These are the oldest 1 of 240.")
    await expect(row(page, "authorities", "Identity manager")).to_contain_text("in 9 years")
    await expect(page.locator("#trust-root")).to_have_text("AB12" * 16)
    await expect(page.locator("#log-block")).to_have_text("42")


async def test_proposed_parameters_and_who_is_awaited(visit: Visit, served: Served) -> None:
    served.view = network(**proposal())
    page = await visit()

    await expect(page.locator("#update")).to_contain_text("Larger messages")
    await expect(page.locator("#update")).to_contain_text("Flag day: 2 Dec 2026, 05:00 in 6 days")
    await expect(row(page, "parameters", "Largest message")).to_have_text(re.compile("10 MiB.*20 MiB.*Changes"))
    await expect(row(page, "parameters", "Largest transaction")).not_to_contain_text("Changes")
    await expect(page.get_by_role("list", name="Accepted by 2 nodes")).to_be_hidden()
    await page.get_by_text("Accepted by 2 nodes").click()
    await expect(page.get_by_role("list", name="Accepted by 2 nodes")).to_contain_text("OU=Node 2, O=Bank A")
    await expect(page.get_by_role("list", name="Awaited from 2 nodes")).to_contain_text("O=Bank B")
    await expect(row(page, "nodes", "Bank B")).to_contain_text("Awaited")
    await expect(row(page, "nodes", "OU=Node 2, O=Bank A")).to_contain_text("Accepted")


async def test_transactions_are_drawn_and_can_be_read(visit: Visit) -> None:
    page = await visit()

    chart = page.get_by_role("img", name="Transactions of the last hour")
    await expect(chart.locator("rect")).to_have_count(60)
    await expect(page.locator("#chart-caption")).to_contain_text("The most were 18, at 03:13")
    heights = await chart.locator("rect").evaluate_all("bars => bars.map(bar => Number(bar.getAttribute('height')))")
    assert heights[0] == pytest.approx(50)
    assert max(heights) == pytest.approx(100)
    assert heights[-3:-1] == [0, 0]

    await page.get_by_text("The same as a table").click()
    await expect(page.locator("#minutes tbody tr")).to_have_count(60)
    await expect(page.locator("#minutes tbody tr").last).to_contain_text("3 (not over)")


async def test_why_transactions_may_be_unknown(visit: Visit, served: Served) -> None:
    served.view = network(transactions=TransactionsView(known=False))
    page = await visit()

    await expect(page.locator("#transactions-figure")).to_have_text("Unknown")
    await expect(page.locator("#transactions-unknown")).to_be_visible()
    await expect(page.locator("#transactions-unknown")).to_contain_text("no notary")
    await expect(page.locator("#chart")).to_be_hidden()


async def test_a_network_that_has_just_begun(visit: Visit, served: Served) -> None:
    served.view = network(
        (),
        members=(),
        notaries=(),
        parameters=None,
        pending=(),
        pending_count=0,
        authorities=(),
        trust_root_sha256=None,
    )
    page = await visit()

    await expect(page.locator("#verdict")).to_have_text(re.compile("The network has no nodes yet"))
    await expect(page.get_by_text("The network map lists no node yet.")).to_be_visible()
    await expect(page.get_by_text("Nobody waits for a certificate.")).to_be_visible()
    await expect(page.locator("#filter")).to_be_hidden()


async def test_changes_appear_in_place(visit: Visit, served: Served) -> None:
    page = await visit()
    paris = row(page, "nodes", "Paris")
    await paris.evaluate("row => { row.mark = 'the same'; row.cells[2].firstChild.mark = 'the same'; }")
    await page.locator("#filter").fill("a")
    await page.evaluate("window.mark = 'not reloaded'")

    await served.show(network((NODES[0], away(NODES[2]), NODES[3], node(7, "Bank A"))))
    await next_fetch(page)

    await expect(paris).to_contain_text("Unreachable")
    assert await paris.evaluate("row => [row.mark, row.cells[2].firstChild.mark]") == ["the same", "the same"]
    assert await page.evaluate("window.mark") == "not reloaded"
    await expect(page.locator("#filter")).to_be_focused()
    await expect(page.locator("#nodes tbody tr")).to_have_text(
        [re.compile(text) for text in ("Node 1, O=Bank A", "Bank B", "Credit Consortium", "Node 7, O=Bank A")]
    )


async def test_a_node_that_goes_away_is_told_once(visit: Visit, served: Served) -> None:
    page = await visit()
    await expect(page.locator("#news")).to_be_empty()

    await served.show(LOST)
    await next_fetch(page)

    await expect(page).to_have_title("3/4 nodes · Corda network")
    await expect(page.locator("#verdict")).to_contain_text("1 of 4 nodes is unreachable")
    await expect(page.get_by_role("list", name="unreachable")).to_have_text(
        re.compile("OU=Node 1, O=Bank B, L=Paris, C=FR, since 26 Nov 2026, 03:53 7 minutes ago")
    )
    news = page.locator("[aria-live=polite]")
    await expect(news).to_have_text("\u2068OU=Node 1, O=Bank B, L=Paris, C=FR\u2069 is unreachable now.")
    await news.evaluate(
        "news => { window.told = 0; new MutationObserver(() => window.told++).observe(news, {childList: true}); }"
    )
    await next_fetch(page)
    await next_fetch(page)
    assert await page.evaluate("window.told") == 0

    await served.show(network())
    await next_fetch(page)
    await expect(news).to_contain_text("is reachable again.")
    await expect(page).to_have_title("Corda network")


async def test_many_events_are_one_sentence(visit: Visit, served: Served) -> None:
    page = await visit()

    await served.show(network(tuple(map(away, NODES)), pending_count=2, pending=map(pending, ["O=X, L=Y, C=FR"])))
    await next_fetch(page)

    await expect(page.locator("#news")).to_have_text(
        "4 nodes are unreachable now. 2 requests for a certificate pending."
    )


async def test_a_member_that_is_missing_is_in_the_title(visit: Visit, served: Served) -> None:
    served.view = network(NODES[:2])
    page = await visit()

    await expect(page).to_have_title("1/3 members · Corda network")


async def test_without_news_nothing_is_sent(visit: Visit, served: Served) -> None:
    page = await visit()
    await expect(page.locator("#content")).to_be_visible()
    await next_fetch(page)
    await next_fetch(page)
    await expect(page.locator("#age")).to_contain_text("seconds ago")

    assert served.statuses[0] == 200
    assert set(served.statuses[1:]) == {304}


async def test_data_stays_when_the_services_are_gone_and_its_age_shows(visit: Visit, served: Served) -> None:
    page = await visit()
    await expect(page.locator("#banner")).to_be_empty()

    await served.stop()
    await next_fetch(page)
    await expect(page.locator("#banner")).to_contain_text("The network services give no data: they can't be reached.")
    await page.clock.run_for(40_000)

    await expect(page.locator("#fetched")).to_have_class("fetched stale")
    await expect(page.locator("#age")).to_have_text(re.compile(r"4\d seconds ago|1 minute ago"))
    await expect(page.locator("#nodes tbody tr")).to_have_count(4)
    await expect(page).to_have_title("Not up to date · Corda network")

    await served.start()
    await next_fetch(page)
    await expect(page.locator("#banner")).to_be_empty()
    await expect(page.locator("#fetched")).to_have_class("fetched")
    await expect(page).to_have_title("Corda network")


async def test_the_token_is_asked_for_and_kept_for_the_tab_alone(visit: Visit, served: Served) -> None:
    served.token = "the secret"
    page = await visit()
    field = page.get_by_label("Token", exact=True)
    await expect(field).to_be_focused()
    await expect(field).to_have_attribute("type", "password")
    await expect(page.locator("#content")).to_be_hidden()

    await field.fill("with spaces")
    await field.press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text("without spaces")

    served.token = "secret"
    await field.fill("wrong")
    await field.press("Enter")
    await expect(page.get_by_role("alert")).to_have_text("The network services refused this token.")
    await expect(field).to_be_focused()

    await field.fill("secret")
    await field.press("Enter")
    await expect(page.locator("#nodes tbody tr")).to_have_count(4)
    await expect(field).to_be_hidden()
    await expect(page.locator("#main")).to_be_focused()
    assert "secret" not in page.url
    assert await page.evaluate("[localStorage.length, document.cookie, sessionStorage.length]") == [0, "", 1]

    await page.reload()
    await expect(page.locator("#nodes tbody tr")).to_have_count(4)

    served.token = "another"
    await next_fetch(page)
    await expect(field).to_be_visible()
    await expect(page.locator("#nodes tbody tr")).to_have_count(4)
    await expect(page.locator("#banner")).to_contain_text("they ask for a token")
    assert await page.evaluate("sessionStorage.length") == 0


async def test_names_are_text_whatever_they_look_like(visit: Visit, served: Served) -> None:
    script = "O=<img src=x onerror=document.title='gone'>, L=<b>London</b>, C=GB"
    hostile = node(
        1, "<script>document.title='gone'</script>", legal_name=script, locality="<b>London</b>", addresses=("<i>:1",)
    )
    turned = node(1, "\u202etxt.exe", legal_name="O=\u202etxt.exe, L=A\u2069B, C=GB")
    served.view = network(
        (away(hostile), turned),
        pending=(pending(script),),
        update=proposal((hostile,))["update"],
    )
    page = await visit()
    await served.show(
        network((hostile, away(turned)), pending=(pending(script), pending("O=<br>, L=X, C=GB")), pending_count=2)
    )
    await next_fetch(page)

    await expect(page.locator("#news")).to_contain_text("\u2068O=<img src=x")
    await expect(row(page, "nodes", "<script>")).to_contain_text(script)
    await expect(row(page, "pending", "<img")).to_contain_text(script)
    await expect(page.locator("img, b, i, br, main script")).to_have_count(0)
    await expect(row(page, "nodes", "txt.exe")).to_contain_text("O=\ufffdtxt.exe, L=A\ufffdB, C=GB")
    assert "gone" not in await page.title()


async def test_a_thousand_nodes_can_be_searched(visit: Visit, served: Served) -> None:
    nodes = tuple(node(number, f"Bank {number:04}", locality="Zürich", country="CH") for number in range(1000))
    served.view = network((*nodes[:500], away(nodes[500]), *nodes[501:]), node_count=1200, nodes_unknown=200)
    page = await visit()
    rows = page.locator("#nodes tbody tr")
    await expect(rows).to_have_count(1000)
    await expect(page.locator("#matches")).to_have_text("the first 1,000 of 1,200 nodes")

    await page.get_by_label("Filter nodes").fill("switzerland zurich 05")
    await expect(rows.filter(visible=True)).to_have_count(119)
    await expect(page.locator("#matches")).to_have_text("119 of the first 1,000 of 1,200 nodes")

    await page.get_by_label("State").select_option("Unreachable")
    await expect(rows.filter(visible=True)).to_have_count(1)
    await expect(rows.filter(visible=True)).to_contain_text("Bank 0500")

    await served.show(network(nodes))
    await next_fetch(page)
    await expect(rows.filter(visible=True)).to_have_count(0)
    await expect(page.locator("#matches")).to_have_text("0 of 1,000 nodes")
