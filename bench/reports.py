"""What all benchmarks do with their figures: sizes from the command line, a report in a file, a table for people."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from local.console import say

Run = Mapping[str, Any]


def sizes(text: str) -> tuple[int, ...]:
    """Read sizes such as ``10,100``; raise ValueError."""
    return tuple(int(each) for each in text.split(","))


def report(runs: Sequence[Run], columns: Mapping[str, str], file: Path, **more: Any) -> None:
    """Write all runs, if there are any, with ``more`` that is not of one run, and print a table.

    ``columns`` are headings by figures' paths, as in ``a.b``.
    """
    if not runs:
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"runs": runs, **more}, indent=2) + "\n")
    say(f"\n{table(runs, columns)}\n\nReport: {file}")


def table(runs: Sequence[Run], columns: Mapping[str, str]) -> str:
    """Return the figures under their headings, aligned."""
    rows = [list(columns.values()), *([f"{_figure(run, path):,}" for path in columns] for run in runs)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)


def _figure(run: Run, path: str) -> int | float:
    value: Any = run
    for key in path.split("."):
        value = value[key]
    return float(value) if isinstance(value, float) else int(value)
