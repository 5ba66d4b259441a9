"""Tables of text: columns as wide as they need to be."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from .look import Line, Piece


class Column(NamedTuple):
    """A column: its heading, the style of its cells, and the width at which a cell is cut (0: never)."""

    head: str
    style: str = ""
    most: int = 0


def draw(columns: Sequence[Column], rows: Iterable[Sequence[str]], width: int = 0) -> Iterator[Line]:
    """Draw rows below their headings, two blanks between columns.

    With a `width`, the last column is folded to it, else it is as long as it is.
    """
    cells = [[_cut(cell, column.most) for cell, column in zip(row, columns, strict=True)] for row in rows]
    heads = [column.head for column in columns]
    widths = [max(map(len, column)) for column in zip(heads, *cells, strict=True)]
    yield _line([(head, "head") for head in heads], widths)
    room = width - sum(widths[:-1]) - 2 * len(widths[:-1])
    for row in cells:
        for part in _folded(row, room if width and room > 20 else 0):
            yield _line([(cell, column.style) for cell, column in zip(part, columns, strict=True)], widths)


def _folded(row: list[str], room: int) -> Iterator[list[str]]:
    """Fold the last cell of a row; the lines after the first have no other cells."""
    lines = textwrap.wrap(row[-1], room) if room else []
    yield row if not lines else [*row[:-1], lines[0]]
    for line in lines[1:]:
        yield [*[""] * (len(row) - 1), line]


def _line(pieces: Sequence[Piece], widths: Sequence[int]) -> Line:
    """Pad the pieces of a line to the columns' widths, as far as text follows."""
    filled = max((i for i, (text, _) in enumerate(pieces) if text), default=0)
    line: list[Piece] = []
    for i, ((text, style), width) in enumerate(zip(pieces, widths, strict=True)):
        line.append((text, style))
        if i == filled:
            break
        line.append((" " * (width - len(text) + 2), ""))
    return line


def _cut(text: str, most: int) -> str:
    return text if not most or len(text) <= most else text[: most - 1] + "…"
