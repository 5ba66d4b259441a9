"""Sources: what `map` reads, as polars' frames of some rows at a time, in order.

Files are polars' to scan, several of them as one table; standard input is a stream of CSV, read as it comes.
"""

from __future__ import annotations

import glob
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, BinaryIO, Protocol

from ..errors import DataError, UsageError
from .tables import READERS, TOLD_FROM, form_of, polars, said

STDIN = "-"

# Bytes of text that are parsed at a time, where it comes as a stream.
_BLOCK = 1 << 22

# Bytes from which the length of a line is told.
_SAMPLE = 1 << 20


class Source(Protocol):
    """A table that is read once, from its first row to its last.

    `kinds` tells each column's type where nothing else is asked for, `identity` these inputs from all others, as
    JSON has it (None: they cannot be read again).
    """

    kinds: Mapping[str, Any]

    @property
    def identity(self) -> Any: ...

    def batches(self, kinds: Mapping[str, Any], skip: int = 0, count: int | None = None) -> Iterator[Any]:
        """Yield frames of these columns, of types that text is read as: so many rows, or all, behind the first."""

    def rows(self) -> int | None:
        """Return about how many rows there are, if that is soon told."""

    def explained(self, error: Exception, numbers: Sequence[str]) -> DataError:
        """Return what an error of polars means: the cell that is at fault, in a column of numbers, if there is one."""


def opened(paths: Sequence[str], form: str | None = None) -> Source:
    """Open files, folders, globs, or standard input as one table.

    Raises DataError where there is no such file or it cannot be read, UsageError where a suffix says nothing.
    """
    if STDIN not in paths:
        return Files(paths, form)
    if len(paths) > 1 or form not in (None, "csv", "tsv"):
        raise UsageError("standard input is read alone, as CSV or TSV", hint="cat the files, or name them all")
    return Stream(sys.stdin.buffer, "\t" if form == "tsv" else ",")


class Files:
    """Files, folders and globs, of which each is scanned as its suffix, or `form`, says."""

    def __init__(self, paths: Sequence[str], form: str | None = None) -> None:
        for path in paths:
            if not glob.glob(path):
                raise DataError(f"there is no file {path}")
        self._forms = [form or form_of(path) for path in paths]
        if "npz" in self._forms:
            raise UsageError("map does not read .npz", hint="write the arrays as .parquet")
        self._paths = paths
        pl = polars()
        try:
            self.kinds = self._frame({}).collect_schema()
        except (OSError, pl.exceptions.PolarsError) as error:
            raise DataError(f"{', '.join(paths)} cannot be read: {said(error)}") from None

    @property
    def identity(self) -> Any:
        """Which files these are, how long, and when they were last written."""
        stats = [(os.path.abspath(path), os.stat(path)) for path, _ in self._files()]
        return [[path, stat.st_size, stat.st_mtime_ns] for path, stat in stats]

    def batches(self, kinds: Mapping[str, Any], skip: int = 0, count: int | None = None) -> Iterator[Any]:
        """Yield frames of these columns, of types that text is read as: so many rows, or all, behind the first."""
        frame = self._frame(kinds).select(list(kinds)).slice(skip, count)
        yield from frame.collect_batches(maintain_order=True)

    def rows(self) -> int | None:
        """Return how many rows there are: of text, about how many, by the length of the first lines."""
        if set(self._forms) <= {"parquet", "ipc"}:
            return int(self._frame({}).select(polars().len()).collect().item())
        files = [path for path, _ in self._files()]
        with open(files[0], "rb") as file:
            sample = file.read(_SAMPLE)
        if sample[:2] == b"\x1f\x8b":  # gzip: nobody knows
            return None
        return sum(map(os.path.getsize, files)) * sample.count(b"\n") // max(len(sample), 1)

    def explained(self, error: Exception, numbers: Sequence[str]) -> DataError:
        """Return what an error of polars means: the file, row and column of the cell at fault, if one is."""
        as_text = dict.fromkeys(numbers, polars().String)
        for path, form in self._files():
            frame = READERS[form](polars(), path, as_text)
            if found := _no_number(frame, numbers):
                row, column, cell = found
                return _at_fault(path, row, column, cell)
        return DataError(f"{', '.join(self._paths)} cannot be read: {said(error)}")

    def _frame(self, kinds: Mapping[str, Any]) -> Any:
        pl = polars()
        told = {name: kind for name, kind in kinds.items() if kind is not None}
        frames = [READERS[form](pl, path, told) for path, form in zip(self._paths, self._forms, strict=True)]
        return frames[0] if len(frames) == 1 else pl.concat(frames, how="vertical_relaxed")

    def _files(self) -> list[tuple[str, str]]:
        """Return each file, and its form."""
        found = []
        for path, form in zip(self._paths, self._forms, strict=True):
            for each in sorted(glob.glob(path)):
                inside = sorted(glob.glob(os.path.join(each, "**"), recursive=True)) if os.path.isdir(each) else [each]
                found += [(name, form) for name in inside if os.path.isfile(name)]
        return found


class Stream:
    """CSV that comes by once; its first block tells the types of columns, where nothing else is asked for."""

    identity = None

    def __init__(self, file: BinaryIO, separator: str = ",") -> None:
        self._blocks = _lines(file)
        self._block = next(self._blocks, b"")
        self._separator = separator
        self._seen = 0
        pl = polars()
        try:
            self.kinds = self._read(self._block, infer_schema_length=TOLD_FROM).schema
        except pl.exceptions.NoDataError:
            raise DataError("standard input is empty", hint="the first line should name the columns") from None

    def batches(self, kinds: Mapping[str, Any], skip: int = 0, count: int | None = None) -> Iterator[Any]:
        """Yield frames of these columns, of types that text is read as: so many rows, or all."""
        wanted = {name: kinds.get(name) or kind for name, kind in self.kinds.items()}
        for block in chain([self._block], self._blocks):
            self._block = block
            frame = self._read(block, has_header=not self._seen, schema=wanted)
            yield frame.select(list(kinds)).head(frame.height if count is None else count - self._seen)
            self._seen += frame.height
            if count is not None and self._seen >= count:
                return

    def rows(self) -> int | None:
        """Return None: nobody knows how much is still to come."""
        return None

    def explained(self, error: Exception, numbers: Sequence[str]) -> DataError:
        """Return what an error of polars means: the row and column of the cell at fault, if one is."""
        as_text = self._read(self._block, has_header=not self._seen, schema=dict.fromkeys(self.kinds, polars().String))
        if found := _no_number(as_text.lazy(), numbers):
            row, column, cell = found
            return _at_fault("standard input", self._seen + row, column, cell)
        return DataError(f"standard input cannot be read, behind row {self._seen:,}: {said(error)}")

    def _read(self, block: bytes, **how: Any) -> Any:
        return polars().read_csv(block, separator=self._separator, **how)


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """Yield a stream of CSV in blocks of whole rows: each ends at the end of a line that is not within quotes."""
    rest = b""
    while data := file.read(_BLOCK):
        block = rest + data
        end = block.rfind(b"\n") + 1
        while end and block.count(b'"', 0, end) % 2:
            end = block.rfind(b"\n", 0, block.rfind(b'"', 0, end)) + 1
        rest = block[end:]
        if end:
            yield block[:end]
    if rest:
        yield rest


def _no_number(frame: Any, columns: Sequence[str]) -> tuple[int, str, str] | None:
    """Return the row, column and text of a cell that is no number, in the first of these columns that has one."""
    pl = polars()
    for column in columns:
        text = pl.col(column).cast(pl.String)
        wrong = frame.with_row_index("row", offset=1).filter(
            text.cast(pl.Float64, strict=False).is_null(), text.is_not_null()
        )
        try:
            found = wrong.select("row", text).head(1).collect()
        except pl.exceptions.PolarsError:
            continue
        if found.height:
            row, cell = found.row(0)
            return row, column, cell
    return None


def _at_fault(where: str, row: int, column: str, cell: str) -> DataError:
    return DataError(
        f"{where}, row {row}: `{cell}` in column {column} is not a number",
        hint="--on-error null makes such cells empty",
    )
