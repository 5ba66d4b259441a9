"""Tables: columns of numbers by name, read block by block, from memory or from files.

Files are polars' to read, as lazily as it can: CSV, TSV (gzip too), Parquet, NDJSON and Arrow IPC, single ones,
folders and globs. NumPy's files are mapped into memory. The suffix says what a file is.
"""

from __future__ import annotations

import glob
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from ..errors import DataError, UsageError
from ..lang.names import suggest

# Rows that are worked on at a time: enough to fill the cores, few enough to stay in cache.
ROWS = 2**17

# Rows from which the types of columns of text are told, where nobody says what they are.
TOLD_FROM = 10_000

# How polars scans a file of each form; of text, some columns' types are told.
READERS: dict[str, Callable[[Any, str, Mapping[str, Any]], Any]] = {
    "csv": lambda pl, path, types: pl.scan_csv(path, schema_overrides=types, infer_schema_length=TOLD_FROM),
    "tsv": lambda pl, path, types: pl.scan_csv(
        path, separator="\t", schema_overrides=types, infer_schema_length=TOLD_FROM
    ),
    "parquet": lambda pl, path, types: pl.scan_parquet(path),
    "ndjson": lambda pl, path, types: pl.scan_ndjson(path, schema_overrides=types, infer_schema_length=TOLD_FROM),
    "ipc": lambda pl, path, types: pl.scan_ipc(path),
}
SUFFIXES = {
    ".csv": "csv", ".tsv": "tsv", ".csv.gz": "csv", ".tsv.gz": "tsv", ".parquet": "parquet", ".pq": "parquet",
    ".ndjson": "ndjson", ".jsonl": "ndjson", ".arrow": "ipc", ".ipc": "ipc", ".feather": "ipc", ".npz": "npz",
}  # fmt: skip


class Table(Protocol):
    """Columns by name; `dropped` counts the rows that were left out, for a cell without a number."""

    @property
    def names(self) -> list[str]: ...

    @property
    def dropped(self) -> int: ...

    def blocks(self, names: Sequence[str]) -> Iterator[dict[str, np.ndarray]]:
        """Yield the columns of those names, as float64, some rows at a time."""


class Arrays:
    """A table in memory, or in a file that is mapped into it."""

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


class Frame:
    """A table that polars reads."""

    def __init__(self, frame: Any) -> None:
        self._frame = frame
        self.names = frame.collect_schema().names()
        self.dropped = 0

    def blocks(self, names: Sequence[str]) -> Iterator[dict[str, np.ndarray]]:
        """Yield the columns of those names, without the rows in which a cell is empty."""
        import polars as pl

        self.dropped = 0
        chosen = self._frame.select([pl.col(name).cast(pl.Float64) for name in names])
        for batch in chosen.collect_batches(chunk_size=ROWS, maintain_order=True):
            whole = batch.drop_nulls()
            self.dropped += batch.height - whole.height
            if whole.height:
                yield {name: whole[name].to_numpy() for name in names}


def opened(path: str, form: str | None = None) -> Table:
    """Open a file, a folder or a glob as a table.

    Raises DataError where there is no such file or it cannot be read, UsageError where its suffix says nothing.
    """
    form = form or form_of(path)
    if not glob.glob(path):
        raise DataError(f"there is no file {path}")
    if form == "npz":
        with np.load(path) as archive:
            return Arrays({name: archive[name] for name in archive.files})
    return Frame(READERS[form](polars(), path, {}))


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


def said(error: Exception) -> str:
    """Return the first line of what an error of polars says."""
    return str(error).strip().partition("\n")[0]


def form_of(path: str) -> str:
    """Return the form that a path's suffix tells; of a folder, that of its first file."""
    inside = sorted(glob.glob(os.path.join(path, "**", "*.*"), recursive=True)) if os.path.isdir(path) else []
    name = os.path.basename(inside[0] if inside else path).lower()
    for suffix in sorted(SUFFIXES, key=len, reverse=True):
        if name.endswith(suffix):
            return SUFFIXES[suffix]
    raise UsageError(f"what kind of table is {path}? its suffix should say: {', '.join(SUFFIXES)}")


def polars() -> Any:
    """Import polars; raise DataError, saying what to install, where it is missing."""
    try:
        import polars
    except ImportError:
        raise DataError("reading tables needs polars", hint="pip install 'gradcli[data]'") from None
    return polars
