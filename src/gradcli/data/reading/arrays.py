"""NumPy's arrays as tables: `.npy` and `.npz`, of which no more than some rows are in memory at a time.

An array of one dimension is a column; such arrays in files of their own stand side by side, under the files' names.
An archive is a table of its arrays, and an array of records a table of its fields; several of them are one table,
one below the other. What is stored is mapped into memory, what is compressed is read as it is unpacked.

>>> import os, tempfile
>>> path = os.path.join(tempfile.mkdtemp(), "data.npz")
>>> np.savez(path, x=np.arange(3.0), y=np.array([True, False, True]))
>>> source = NumpyFiles([path])
>>> [frame.rows() for frame in source.batches({"y": None, "x": None}, skip=1)]
[[(False, 1.0), (True, 2.0)]]
"""

from __future__ import annotations

import os
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from typing import IO, Any, NamedTuple

import numpy as np

from ...errors import DataError, UsageError
from . import paths
from .scans import ROWS, polars, said

_HEADERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}


class Array(NamedTuple):
    """An array in a file: `at` is where its numbers begin; None if they are compressed, as a member of an archive."""

    path: str
    member: str | None
    dtype: np.dtype
    shape: tuple[int, ...]
    at: int | None

    def blocks(self, start: int, stop: int) -> Iterator[np.ndarray]:
        """Yield the elements from one to another, some at a time."""
        counts = [min(ROWS, stop - first) for first in range(start, stop, ROWS)]
        step = self.dtype.itemsize
        if self.at is None:
            try:
                with zipfile.ZipFile(self.path) as archive, archive.open(str(self.member)) as file:
                    _header(file)
                    file.seek(start * step, os.SEEK_CUR)
                    for count in counts:
                        yield np.frombuffer(file.read(count * step), self.dtype, count)
            except (ValueError, EOFError, zlib.error, zipfile.BadZipFile) as error:
                raise DataError(f"{self.path} cannot be read: {said(error)}") from None
        else:
            for i, count in enumerate(counts):
                place = self.at + (start + i * ROWS) * step
                yield np.memmap(self.path, self.dtype, "r", place, (count,))  # of a whole file, pages would stay


class Column(NamedTuple):
    """A column: an array, or a field of its records."""

    array: Array
    field: str | None

    @property
    def dtype(self) -> np.dtype:
        return self.array.dtype if self.field is None else self.array.dtype[self.field]

    def of(self, block: np.ndarray) -> np.ndarray:
        """Return the numbers of some rows, in memory of their own, as this machine has them."""
        numbers = block if self.field is None else block[self.field]
        return numbers.astype(np.float32 if self.dtype == np.float16 else self.dtype.newbyteorder("="))


Columns = dict[str, Column]


class NumpyFiles:
    """A source of the arrays in some files."""

    def __init__(self, files: Sequence[str]) -> None:
        self.files: Sequence[str] = list(files)
        self._tables = _tables(files)
        self.kinds: Mapping[str, Any] = {name: _kind(column.dtype) for name, column in self._tables[0].items()}

    @property
    def identity(self) -> Any:
        """Which files these are, how long, and when they were last written."""
        return paths.identity(self.files)

    def batches(self, kinds: Mapping[str, Any], skip: int = 0, count: int | None = None) -> Iterator[Any]:
        """Yield frames of these columns: so many rows, or all, behind the first.

        Raises DataError where an array is no column, or is of another length than the others.
        """
        for table in self._tables:
            columns = {name: _column(table, name) for name in kinds}
            rows = _length(columns)
            stop = rows if count is None else min(rows, skip + count)
            yield from _frames(columns, min(skip, rows), stop)
            count = None if count is None else count - max(stop - skip, 0)
            skip = max(skip - rows, 0)

    def scans(self, kinds: Mapping[str, Any]) -> Sequence[Any]:
        """Return nothing: rows are read here."""
        return []

    def rows(self) -> int | None:
        """Return how many rows there are, by the longest array of each table."""
        return sum(max((column.array.shape or (0,))[0] for column in table.values()) for table in self._tables)

    def explained(self, error: Exception, numbers: Sequence[str]) -> DataError:
        """Return what an error of polars means."""
        return DataError(f"{', '.join(self.files)} cannot be read: {said(error)}")


def _frames(columns: Columns, start: int, stop: int) -> Iterator[Any]:
    arrays = list({column.array: None for column in columns.values()})
    for blocks in zip(*(array.blocks(start, stop) for array in arrays), strict=True):
        at_hand = dict(zip(arrays, blocks, strict=True))
        yield polars().DataFrame({name: column.of(at_hand[column.array]) for name, column in columns.items()})


def _column(table: Columns, name: str) -> Column:
    """Return a column; raise DataError where it is missing, or is none."""
    if name not in table:
        path = next(iter(table.values())).array.path
        raise DataError(f"{path} has no array {name}", hint=f"it has {', '.join(table)}")
    array, dtype = table[name].array, table[name].dtype
    if len(array.shape) != 1:
        raise DataError(
            f"{array.path}: {name} has shape {array.shape}, and a column has one dimension",
            hint="save the columns one by one, as np.savez('data.npz', x=a[:, 0], y=a[:, 1])",
        )
    if _kind(dtype) == polars().Object:
        raise DataError(f"{array.path}: {name} holds {dtype}, not numbers")
    return table[name]


def _length(columns: Columns) -> int:
    lengths = {name: column.array.shape[0] for name, column in columns.items()}
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{name} has {length:,}" for name, length in lengths.items())
        raise DataError(f"the arrays of one table are of one length, and {told}")
    return next(iter(lengths.values()), 0)


def _kind(dtype: np.dtype) -> Any:
    """Return the type of a column of these, Object for what is no number."""
    pl = polars()
    if dtype.kind not in "biuf" or dtype.itemsize > 8 or dtype.shape:
        return pl.Object
    return pl.Float32 if dtype == np.float16 else pl.Series(np.empty(0, dtype.newbyteorder("="))).dtype


def _tables(files: Sequence[str]) -> list[Columns]:
    """Return the tables that stand one below the other."""
    tables: list[Columns] = []
    loose: Columns = {}
    for path in files:
        try:
            arrays = _archive(path) if zipfile.is_zipfile(path) else _single(path)
        except (ValueError, EOFError, OSError, zipfile.BadZipFile) as error:
            raise DataError(f"{path} cannot be read: {said(error)}") from None
        columns = {name: column for key, array in arrays.items() for name, column in _columns(key, array).items()}
        if any(column.array.member or column.field for column in columns.values()):
            tables.append(columns)
            continue
        for name in columns:
            if name in loose:
                raise DataError(f"{loose[name].array.path} and {path} are both called {name}")
        loose |= columns
    if tables and loose:
        raise UsageError(
            "single arrays stand side by side, archives and records one below the other",
            hint="name files of one of these kinds",
        )
    return tables or [loose]


def _columns(name: str, array: Array) -> Columns:
    return {field: Column(array, field) for field in array.dtype.names or ()} or {name: Column(array, None)}


def _single(path: str) -> dict[str, Array]:
    """Return the array of a file, by the file's name."""
    with open(path, "rb") as file:
        dtype, shape = _header(file)
        array = _whole(Array(path, None, dtype, shape, file.tell()), os.path.getsize(path))
    return {os.path.splitext(os.path.basename(path))[0]: array}


def _archive(path: str) -> dict[str, Array]:
    """Return the arrays of an archive by name."""
    found = {}
    with zipfile.ZipFile(path) as archive, open(path, "rb") as raw:
        for info in archive.infolist():
            name = info.filename.removesuffix(".npy")
            if info.compress_type == zipfile.ZIP_STORED:
                # Before a member's bytes stand its name and extra fields, whose lengths end its 30 bytes of header.
                raw.seek(info.header_offset + 26)
                lengths = np.frombuffer(raw.read(4), "<u2")
                raw.seek(int(lengths.sum()), os.SEEK_CUR)
                dtype, shape = _header(raw)
                found[name] = _whole(Array(path, info.filename, dtype, shape, raw.tell()), os.path.getsize(path))
            else:
                with archive.open(info) as file:
                    found[name] = Array(path, info.filename, *_header(file), None)
    return found


def _header(file: IO[bytes]) -> tuple[np.dtype, tuple[int, ...]]:
    """Read the header of an array; return the type and shape of what follows."""
    version = np.lib.format.read_magic(file)
    if version not in _HEADERS:
        raise ValueError(f"it is of version {version[0]} of NumPy's format")
    shape, _, dtype = _HEADERS[version](file)
    return dtype, shape


def _whole(array: Array, size: int) -> Array:
    wanted = int(np.prod(array.shape)) * array.dtype.itemsize
    if array.at is not None and array.at + wanted > size and not array.dtype.hasobject:
        raise ValueError(f"{wanted:,} bytes of numbers should follow the header, and {size - array.at:,} do")
    return array
