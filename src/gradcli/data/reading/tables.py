"""Tables: columns of numbers by name, read block by block, from memory or from files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from ...errors import DataError
from ...lang.names import suggest
from . import sources
from .cells import numbers
from .scans import ROWS, failures, polars


class Table(Protocol):
    """Columns by name; `dropped` counts the rows that were left out, for a cell without a number."""

    @property
    def names(self) -> list[str]: ...

    @property
    def dropped(self) -> int: ...

    def blocks(self, names: Sequence[str]) -> Iterator[dict[str, np.ndarray]]:
        """Yield the columns of those names, as float64, some rows at a time."""


class Arrays:
    """A table in memory."""

    def __init__(self, columns: Mapping[str, Any]) -> None:
        self.dropped = 0
        self._columns = {name: np.asarray(column) for name, column in columns.items()}
        self.names = list(self._columns)
        lengths = {column.shape for column in self._columns.values()}
        if len(lengths) > 1 or any(len(shape) != 1 for shape in lengths):
            shown = ", ".join(f"{name} {column.shape}" for name, column in self._columns.items())
            raise DataError(f"columns are one-dimensional and of one length; these are {shown}")

    def blocks(self, names: Sequence[str]) -> Iterator[dict[str, np.ndarray]]:
        """Yield the columns of those names, some rows at a time."""
        rows = len(next(iter(self._columns.values()), ()))
        for start in range(0, rows, ROWS):
            part = {name: self._columns[name][start : start + ROWS] for name in names}
            yield {name: column.astype(np.float64, copy=False) for name, column in part.items()}


class Rows:
    """A table that a source reads, as often as it is asked for."""

    def __init__(self, source: sources.Source) -> None:
        self._source = source
        names = source.kinds
        self._columns = {name if name.strip() in names else name.strip(): name for name in names}
        self.names = list(self._columns)
        self.dropped = 0

    def blocks(self, names: Sequence[str]) -> Iterator[dict[str, np.ndarray]]:
        """Yield the columns of those names, without the rows in which a cell is empty.

        Raises DataError for a cell that is no number.
        """
        pl = polars()
        self.dropped = 0
        try:
            for frame in self._source.batches({self._columns[name]: pl.Float64 for name in names}):
                whole = frame.select(numbers(frame[self._columns[name]]).alias(name) for name in names).drop_nulls()
                self.dropped += frame.height - whole.height
                for part in whole.iter_slices(ROWS):
                    yield {name: part[name].to_numpy() for name in names}
        except failures() as error:
            told = self._source.explained(error, [self._columns[name] for name in names])
            if told.hint and "--on-error" in told.hint:  # which is map's way out
                told.hint = "correct the cell, or empty it: a row with an empty cell is left out"
            raise told from None


class Once(Rows):
    """A table that cannot be read again: the columns that are asked for first are held in memory."""

    _held: list[dict[str, np.ndarray]] | None = None

    def blocks(self, names: Sequence[str]) -> Iterator[dict[str, np.ndarray]]:
        """Yield the columns of those names, without the rows in which a cell is empty."""
        if self._held is None:
            self._held = list(super().blocks(names))
        for block in self._held:
            yield {name: block[name] for name in names}


def opened(path: str) -> Table:
    """Open a file, a folder, a glob or a pipe as a table.

    Raises DataError where there is no such file or it cannot be read, UsageError where its suffix says nothing.
    """
    source = sources.opened([path])
    return Once(source) if source.identity is None else Rows(source)


class Renamed:
    """A table some of whose columns go by other names."""

    def __init__(self, table: Table, columns: Mapping[str, str]) -> None:
        self._table = table
        self._columns = columns
        self.names = [*columns, *(name for name in table.names if name not in columns)]

    @property
    def dropped(self) -> int:
        return self._table.dropped

    def blocks(self, names: Sequence[str]) -> Iterator[dict[str, np.ndarray]]:
        """Yield the columns of those names, some rows at a time."""
        columns = [self._columns.get(name, name) for name in names]
        for block in self._table.blocks(list(dict.fromkeys(columns))):
            yield {name: block[column] for name, column in zip(names, columns, strict=True)}


def renamed(table: Table, columns: Mapping[str, str]) -> Table:
    """Return a table with other names for columns; raise DataError for a column that it has not."""
    for column in columns.values():
        if column not in table.names:
            near = suggest(column, table.names)
            raise DataError(
                f"the table has no column {column}",
                hint=f"did you mean {near}?" if near else f"it has {', '.join(table.names)}",
            )
    return Renamed(table, columns) if columns else table
