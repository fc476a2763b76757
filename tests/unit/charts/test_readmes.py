"""What the charts' READMEs lead to is there."""

import re
from pathlib import Path

import pytest

from local.charts import CHARTS


@pytest.mark.parametrize("document", sorted(CHARTS.glob("*/README.md")), ids=lambda path: path.parent.name)
def test_every_link_within_the_project_leads_somewhere(document: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", document.read_text())

    assert links
    assert [link for link in links if not (document.parent / link).exists()] == []
