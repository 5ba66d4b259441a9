"""What `map` has to say: its summary on one line, or the first rows of its table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..views.mapping import Preview, Summary, lacking
from . import numbers, table
from .look import Line, Look


def draw(view: Summary, look: Look) -> Iterator[Line]:
    """Draw the summary; bare, the number of rows."""
    if look.bare:
        yield ((str(view.rows), ""),)
    else:
        told = f"{view.rows:,} rows to {view.output}: {', '.join(view.columns)}"
        yield (("; ".join([told, *lacking(view)]), ""),)


def rows(view: Preview, look: Look) -> Iterator[Line]:
    """Draw the rows below the names of the columns; bare, the rows alone."""
    cells = [[_cell(value, look) for value in row] for row in zip(*view.columns.values(), strict=True)]
    if look.bare:
        yield from ([(" ".join(row), "")] for row in cells)
    else:
        yield from table.draw([table.Column(name) for name in view.columns], cells)


def _cell(value: Any, look: Look) -> str:
    return "-" if value is None else numbers.number(value, look.digits)
