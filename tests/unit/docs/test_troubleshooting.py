import re

from corda_operator.api.conditions import Reason
from local.paths import ROOT

PAGE = (ROOT / "docs" / "troubleshooting.md").read_text()
SECTIONS = dict(re.findall(r"^### (.+)\n\n((?:(?!^#).*\n)+)", PAGE, re.MULTILINE))


def test_every_reason_has_a_section() -> None:
    assert {reason.value for reason in Reason} - SECTIONS.keys() == set()


def test_no_section_is_about_a_reason_that_there_is_not() -> None:
    assert SECTIONS.keys() - {reason.value for reason in Reason} == set()


def test_every_section_says_something() -> None:
    assert [reason for reason, text in SECTIONS.items() if not text.strip()] == []
