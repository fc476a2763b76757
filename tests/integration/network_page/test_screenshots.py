"""Pictures for the documents: `make screenshots` writes them there, where these tests only try it."""

import os
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import expect

from local.paths import ROOT
from tests.integration.network_page.conftest import Served
from tests.integration.network_page.example import NODES, NOW, away, network, proposal
from tests.integration.network_page.visiting import Visit

pytestmark = pytest.mark.asyncio(loop_scope="session")
DOCUMENTS = ROOT / "docs" / "images"
DESKTOP = {"viewport": {"width": 1280, "height": 1180}}
PICTURES: dict[str, dict[str, Any]] = {
    "light": {**DESKTOP, "color_scheme": "light"},
    "dark": {**DESKTOP, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 360, "height": 740}, "device_scale_factor": 2, "is_mobile": True},
}
LARGEST = 200_000


@pytest.mark.parametrize("name", PICTURES)
async def test_picture(visit: Visit, served: Served, tmp_path: Path, name: str) -> None:
    served.view = network(**proposal((*NODES[:2], away(NODES[2]), NODES[3])), nodes_available=3)
    folder = DOCUMENTS if os.environ.get("WRITE_SCREENSHOTS") == "1" else tmp_path
    folder.mkdir(exist_ok=True)
    file = folder / f"network-page-{name}.png"
    page = await visit(**PICTURES[name], reduced_motion="reduce")
    await page.clock.set_fixed_time(NOW)
    await expect(page.locator("#age")).to_have_text("just now")

    await page.screenshot(path=file)

    assert file.stat().st_size < LARGEST
