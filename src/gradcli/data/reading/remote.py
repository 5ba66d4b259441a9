"""Tables elsewhere: paths with `://`, read from their stores as they come.

Text comes as a stream, of Parquet and Arrow no more than the columns that are asked for, some rows at a time.

>>> with stores.fsspec().open("memory://bucket/data.csv", "wb") as file:
...     _ = file.write(b"x,y\\n1,2\\n3,4\\n")
>>> source = Remote(["memory://bucket/*.csv"])
>>> [frame.rows() for frame in source.batches({"y": None}, skip=1)]
[[(4,)]]
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ...errors import DataError
from . import paths, stores
from .cells import at_fault, no_number
from .scans import ROWS, polars, said
from .stores import Object, reaching
from .streams import READERS, Stream


class Remote:
    """Files in stores, one below the other: columns are found by name, in whatever order."""

    def __init__(self, urls: Sequence[str], form: str | None = None) -> None:
        self._objects = [each for url in urls for each in stores.objects(url, form)]
        self.files: Sequence[str] = [each.url for each in self._objects]
        self._at = _opened(self._objects[0])
        self.kinds: Mapping[str, Any] = self._at.kinds

    @property
    def identity(self) -> Any:
        """Which files these are, and what their stores say of them: sizes, dates, checksums."""
        found = []
        for each in self._objects:
            with reaching(each.url):
                found.append([each.url, {key: str(value) for key, value in each.fs.info(each.path).items()}])
        return found

    def batches(self, kinds: Mapping[str, Any], skip: int = 0, count: int | None = None) -> Iterator[Any]:
        """Yield frames of these columns, of types that text is read as: so many rows, or all, behind the first.

        Raises DataError where a store cannot be reached, or a file has not got a column.
        """
        alike = {name: self.kinds[name] for name, kind in kinds.items() if kind is None}
        for each in self._objects:
            self._at = _opened(each)
            rows = self._at.rows()
            if rows is not None and rows <= skip:
                skip -= rows
                continue
            for frame in self._frames(each, kinds):
                part = frame.slice(skip, count).cast(alike)
                skip = max(skip - frame.height, 0)
                count = None if count is None else count - part.height
                yield part
                if count == 0:
                    return

    def scans(self, kinds: Mapping[str, Any]) -> Sequence[Any]:
        """Return none: polars does not read these."""
        return ()

    def rows(self) -> int | None:
        """Return how many rows there are, if the files say it in one place."""
        if any(each.form != "parquet" for each in self._objects):
            return None
        return sum(_opened(each).rows() or 0 for each in self._objects)

    def explained(self, error: Exception, numbers: Sequence[str]) -> DataError:
        """Return what an error of polars means: the file, row and column of the cell at fault, if one is."""
        if isinstance(self._at, Stream):
            return self._at.explained(error, numbers)
        for each in self._objects:
            seen = 0
            for frame in _opened(each).batches(dict.fromkeys(numbers)):
                if cell := no_number(frame.lazy(), numbers):
                    return at_fault(each.url, cell._replace(row=seen + cell.row))
                seen += frame.height
        return DataError(f"{', '.join(self.files)} cannot be read: {said(error)}")

    def _frames(self, file: Object, kinds: Mapping[str, Any]) -> Iterator[Any]:
        for name in kinds:
            if name not in self._at.kinds:
                raise DataError(f"{file.url} has no column {name}", hint=f"it has {', '.join(self._at.kinds)}")
        with reaching(file.url):
            yield from self._at.batches(kinds)


class Scan:
    """A Parquet or Arrow file of which no more is fetched than the columns that are asked for, some rows at a time."""

    def __init__(self, file: Object) -> None:
        self._pieces = _PIECES[file.form](file.fs.open(file.path, "rb"))
        self._partitions = paths.partitions(file.path)
        told = polars().from_arrow(self._pieces.schema.empty_table())
        self.kinds: Mapping[str, Any] = told.with_columns(**self._literals(self._partitions)).schema

    def batches(self, kinds: Mapping[str, Any]) -> Iterator[Any]:
        """Yield frames of these columns."""
        added = self._literals(name for name in kinds if name in self._partitions)
        names = [name for name in kinds if name not in added] or self._pieces.schema.names[:1]
        for piece in self._pieces.read(names):
            yield polars().from_arrow(piece).with_columns(**added).select(list(kinds))

    def rows(self) -> int | None:
        """Return how many rows there are, if the file says it in one place."""
        return self._pieces.rows

    def _literals(self, names: Iterable[str]) -> dict[str, Any]:
        pl = polars()
        values = {name: self._partitions[name] for name in names}
        kinds = {name: pl.Int64 if isinstance(value, int) else pl.String for name, value in values.items()}
        return {name: pl.lit(value, dtype=kinds[name]) for name, value in values.items()}


class Pieces(NamedTuple):
    """What pyarrow finds in a file: its schema, a reader of some columns, and how many rows there are, if it knows."""

    schema: Any
    read: Callable[[list[str]], Iterator[Any]]
    rows: int | None


def _parquet(file: Any) -> Pieces:
    from pyarrow.parquet import ParquetFile

    # What is fetched ahead is kept for as long as an iteration lasts: so each group of rows has one of its own.
    found = ParquetFile(file, pre_buffer=True)
    groups = range(found.num_row_groups)
    return Pieces(
        found.schema_arrow,
        lambda names: (piece for group in groups for piece in found.iter_batches(ROWS, [group], names)),
        found.metadata.num_rows,
    )


def _arrow(file: Any) -> Pieces:
    from pyarrow import ipc

    def read(names: list[str]) -> Iterator[Any]:
        fields = [schema.get_field_index(name) for name in names]
        found = ipc.open_file(file, options=ipc.IpcReadOptions(included_fields=fields))
        return map(found.get_batch, range(found.num_record_batches))

    schema = ipc.open_file(file).schema
    return Pieces(schema, read, None)


_PIECES: dict[str, Callable[[Any], Pieces]] = {"parquet": _parquet, "ipc": _arrow}


def _opened(file: Object) -> Stream | Scan:
    with reaching(file.url):
        return Stream(file.fs.open(file.path, "rb"), file.url, file.form) if file.form in READERS else Scan(file)
