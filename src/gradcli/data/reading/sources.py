"""Sources: what `map` and `fit` read, as polars' frames of some rows at a time, in order.

Files are polars' to scan, several of them as one table; NumPy's are mapped into memory; pipes are streams of text.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

from ...errors import DataError, UsageError
from . import paths
from .cells import at_fault, no_number, overlong
from .scans import SCANS, SEPARATORS, failures, polars, said
from .streams import READERS, Stream, unpacked

STDIN = ("-", "/dev/stdin")

# Bytes from which the length of a line is told.
_SAMPLE = 1 << 20


class Source(Protocol):
    """A table that is read once, from its first row to its last.

    `kinds` tells each column's type where nothing else is asked for, `files` what must not be written to, `identity`
    these inputs from all others, as JSON has it (None: they cannot be read again).
    """

    kinds: Mapping[str, Any]
    files: Sequence[str]

    @property
    def identity(self) -> Any: ...

    def batches(self, kinds: Mapping[str, Any], skip: int = 0, count: int | None = None) -> Iterator[Any]:
        """Yield frames of these columns, of types that text is read as: so many rows, or all, behind the first."""

    def scans(self, kinds: Mapping[str, Any]) -> Sequence[Any]:
        """Return lazy frames of these columns, one below the other, if they may be read from any row on, anywhere."""

    def rows(self) -> int | None:
        """Return about how many rows there are, if that is soon told."""

    def explained(self, error: Exception, numbers: Sequence[str]) -> DataError:
        """Return what an error of reading means: the cell that is at fault, in a column of numbers, if there is one."""


def opened(given: Sequence[str], form: str | None = None) -> Source:
    """Open files, folders, globs, URLs, or a pipe as one table.

    Raises DataError where there is no such file or it cannot be read, UsageError where a suffix says nothing.
    """
    given = [paths.local(path) for path in given]
    if any(map(paths.is_remote, given)):
        from .remote import Remote

        return Remote(given, form)
    if any(map(_is_pipe, given)):
        return _stream(given, form)
    files = [file for path in given for file in paths.files(path, form)]
    forms = {file.form for file in files}
    if not forms & {"npy", "npz"}:
        return Files(files)
    if forms - {"npy", "npz"}:
        raise UsageError("NumPy's files are not read together with others", hint="write them all in one form")
    from .arrays import NumpyFiles

    return NumpyFiles([file.path for file in files])


def _is_pipe(path: str) -> bool:
    return path in STDIN or (os.path.exists(path) and not os.path.isfile(path) and not os.path.isdir(path))


def _stream(given: Sequence[str], form: str | None) -> Source:
    pipe = next(filter(_is_pipe, given))
    name = "standard input" if pipe in STDIN else pipe
    form = form or paths.form_of(pipe) or "csv"
    if len(given) > 1 or form not in READERS:
        raise UsageError(f"{name} is read alone, as CSV, TSV or NDJSON", hint="cat the files, or name them all")
    if pipe in STDIN and sys.stdin is None:
        raise DataError("standard input is closed")
    return Stream(sys.stdin.buffer if pipe in STDIN else open(pipe, "rb"), name, form)


class Files:
    """Files that polars scans, one below the other: columns are found by name, in whatever order."""

    def __init__(self, files: Sequence[paths.File]) -> None:
        self.files: Sequence[str] = [file.path for file in files]
        self._given = files
        self._counted = {file.form for file in files} <= {"parquet", "ipc"}
        try:
            self.kinds = self._scans({})[0].collect_schema()
        except polars().exceptions.NoDataError:
            raise DataError(f"{files[0].path} is empty", hint="the first line should name the columns") from None
        except failures() as error:
            raise self.explained(error, []) from None

    @property
    def identity(self) -> Any:
        """Which files these are, how long, and when they were last written."""
        return paths.identity(self.files)

    def batches(self, kinds: Mapping[str, Any], skip: int = 0, count: int | None = None) -> Iterator[Any]:
        """Yield frames of these columns, of types that text is read as: so many rows, or all, behind the first."""
        told = {name: kind for name, kind in kinds.items() if kind is not None}
        frames = [frame.select(list(kinds)) for frame in self._scans(told)]
        frame = frames[0] if len(frames) == 1 else polars().concat(frames, how="vertical_relaxed")
        rows = frame.slice(skip) if skip else frame  # a slice of text hides from polars that quotes are not closed
        for batch in rows.collect_batches(maintain_order=True):
            yield batch.slice(0, count)
            count = None if count is None else count - min(count, batch.height)
            if count == 0:
                return

    def scans(self, kinds: Mapping[str, Any]) -> Sequence[Any]:
        """Return lazy frames of these columns, one below the other, of files that tell where their rows are."""
        if not self._counted:
            return []
        placed = [SCANS[form](polars(), os.path.abspath(path), {}) for path, form in self._given]
        return [frame.select(list(kinds)) for frame in placed]

    def rows(self) -> int | None:
        """Return how many rows there are: of text, about how many, by the length of the first lines."""
        pl = polars()
        if self._counted:
            return sum(int(frame.select(pl.len()).collect().item()) for frame in self._scans({}))
        with open(self.files[0], "rb") as file:
            sample = file.read(_SAMPLE)
        if sample[:2] == b"\x1f\x8b":  # gzip: nobody knows
            return None
        return sum(map(os.path.getsize, self.files)) * sample.count(b"\n") // max(len(sample), 1)

    def explained(self, error: Exception, numbers: Sequence[str]) -> DataError:
        """Return what an error of polars means: the file, row and column of the cell at fault, if one is."""
        pl = polars()
        for path, form in self._given:
            frame = SCANS[form](pl, path, dict.fromkeys(numbers, pl.String))
            with _reading(path):
                names = frame.collect_schema().names()
            for name in numbers:
                if name not in names:
                    return DataError(f"{path} has no column {name}", hint=f"it has {', '.join(names)}")
            if cell := no_number(frame, numbers):
                return at_fault(path, cell)
            if form in SEPARATORS:
                with open(path, "rb") as file:
                    if wrong := overlong(path, unpacked(file), SEPARATORS[form]):
                        return wrong
        return DataError(f"{', '.join(self.files)} cannot be read: {said(error)}")

    def _scans(self, told: Mapping[str, Any]) -> list[Any]:
        return [SCANS[form](polars(), path, told) for path, form in self._given]


@contextmanager
def _reading(path: str) -> Iterator[None]:
    try:
        yield
    except failures() as error:
        raise DataError(f"{path} cannot be read: {said(error)}") from None
