"""What is wrong with a table of text: which cell is no number, which row has too many cells."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from ...errors import DataError
from .scans import polars


class Cell(NamedTuple):
    """A cell of a table, counted from the first row below the names."""

    row: int
    column: str
    text: str


def numbers(column: Any, strict: bool = True) -> Any:
    """Return a column as floats; a cell that is no number raises polars' error, or is null where it is not `strict`."""
    pl = polars()
    typed = column.str.strip_chars() if column.dtype == pl.String else column
    return typed.cast(pl.Float64, strict=strict)


def no_number(frame: Any, columns: Sequence[str]) -> Cell | None:
    """Return a cell that is no number, in the first of these columns, read as text, that has one."""
    pl = polars()
    for column in columns:
        text = pl.col(column).cast(pl.String)
        wrong = text.str.strip_chars_start().cast(pl.Float64, strict=False).is_null() & text.is_not_null()
        try:
            found = frame.with_row_index("row", offset=1).filter(wrong).select("row", text).head(1).collect()
        except pl.exceptions.PolarsError:
            continue
        if found.height:
            row, cell = found.row(0)
            return Cell(row, column, cell)
    return None


def at_fault(where: str, cell: Cell) -> DataError:
    """Return the error that a cell is."""
    hint = "--on-error null makes such cells empty"
    if cell.text != cell.text.rstrip():
        hint = "there is a space behind it, over which --on-error null reads"
    elif "," in cell.text and any(map(str.isdigit, cell.text)):
        hint = "a number is written 1234.5, with no other commas; " + hint
    return DataError(
        f"{where}, row {cell.row}: `{cell.text}` in column {cell.column.strip()} is not a number", hint=hint
    )


def overlong(where: str, file: Any, separator: str, behind: int = -1, columns: int | None = None) -> DataError | None:
    """Return the error that a row of CSV is, behind others, that has more cells than there are columns.

    If their number is not given, the first line tells it.
    """
    with suppress(csv.Error, OSError, EOFError), io.TextIOWrapper(file, "utf-8-sig", "replace", newline="") as text:
        for number, cells in enumerate(csv.reader(text, delimiter=separator), behind + 1):
            columns = len(cells) if columns is None else columns
            if len(cells) > columns:
                hint = "a cell with a comma in it should stand in quotes"
                if columns == 1:
                    hint = "cells are separated by commas, in a TSV by tabs"
                told = f"{columns} column{'s' * (columns > 1)}"
                return DataError(f"{where}, row {number} has {len(cells)} cells, and the table has {told}", hint=hint)
    return None
