"""What the project's documents hold, for tests that compare it with the code."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from local.paths import ROOT

PLACES = ("*.md", "docs/**/*.md", "charts/**/*.md", "examples/**/*.md", "cordapps/**/*.md", "images/**/*.md")
DOCUMENTS = sorted({path for place in PLACES for path in ROOT.glob(place)})

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"(`+)(.+?)\1", re.DOTALL)
_HEADING = re.compile(r"^#+ (.+?)$", re.MULTILINE)


def name_of(document: Path) -> str:
    """Return the document's path in the checkout."""
    return str(document.relative_to(ROOT))


@dataclass(frozen=True)
class Fenced:
    """A block between fences."""

    language: str
    text: str


def fenced(document: Path) -> list[Fenced]:
    """Return the blocks between fences."""
    return [Fenced(*each) for each in _FENCE.findall(document.read_text())]


def commands(document: Path) -> Iterator[str]:
    """Yield what is to be typed: lines of code, each with the lines that continue it, and code within sentences."""
    text = document.read_text()
    rest = _FENCE.sub("", text)
    blocks = [each.text for each in fenced(document) if each.language != "yaml"]
    blocks.append("\n".join(line[4:] for line in rest.splitlines() if line.startswith("    ")))
    for block in blocks:
        for line in block.replace("\\\n", " ").splitlines():
            yield " ".join(line.removeprefix("$ ").split())
    yield from code(document)


def code(document: Path) -> Iterator[str]:
    """Yield the code within sentences."""
    prose = "\n".join(line for line in _FENCE.sub("", document.read_text()).splitlines() if line[:4] != "    ")
    for _, span in _SPAN.findall(prose):
        yield " ".join(span.split())


def anchors(document: Path) -> set[str]:
    """Return what links to headings may name (GitHub: lower case, no punctuation, dashes for spaces)."""
    seen: dict[str, int] = {}
    found = set()
    for heading in _HEADING.findall(_FENCE.sub("", document.read_text())):
        plain = re.sub(r"\[([^]]*)]\([^)]*\)", r"\1", heading)
        anchor = re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")
        found.add(anchor if anchor not in seen else f"{anchor}-{seen[anchor]}")
        seen[anchor] = seen.get(anchor, 0) + 1
    return found
