"""Columns that line up across the branches of a tree, and fields below one another.

rich's own tables do neither, and fill lines up with spaces, which have no place in a file.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

from corda_operator.plugin.drawing import QUIET

Row = list[Text]
_GAP: Final = 2
_WIDEST: Final = 32
"""Cells. One long name must not push all the others away: its row steps out of line."""


def aligned(rows: Sequence[Row]) -> list[Text]:
    """Return each row as one line, without spaces at its end; rows may have different numbers of columns."""
    count = max(map(len, rows), default=0)
    widths = [
        max((row[column].cell_len for row in rows if column < len(row) and row[column].cell_len <= _WIDEST), default=0)
        for column in range(count)
    ]
    return [_line(row, widths) for row in rows]


def _line(row: Row, widths: Sequence[int]) -> Text:
    line = Text()
    for cell, width in zip(row, widths, strict=False):
        line.append_text(cell)
        line.append(" " * (max(width - cell.cell_len, 0) + _GAP if width else 0))
    line.rstrip()
    return line


@dataclass(frozen=True)
class Fields:
    """Names and values, one below the other; long values are broken within their column."""

    values: Mapping[str, Text]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw them."""
        width = max(map(len, self.values)) + _GAP
        for name, value in self.values.items():
            for number, line in enumerate(value.wrap(console, options.max_width - width)):
                yield Text.assemble((f"{'' if number else name:{width}}", QUIET), line)
