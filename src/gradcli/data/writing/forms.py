"""The forms in which `map` writes a table: part by part, each encoded for itself, in any order and on any thread.

A file is its `start`, the parts one after the other, and an end that knows of them all.

>>> import polars as pl
>>> form = FORMS[".csv"]
>>> parts = [form.encode(pl.DataFrame({"x": rows}), first=rows[0] == 1) for rows in ([1, 2], [3])]
>>> b"".join(part.data for part in parts)
b'x\\n1\\n2\\n3\\n'
"""

from __future__ import annotations

import gzip
import io
import os
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from ...errors import DataError
from ..reading.scans import polars
from . import footers

# How hard gzip tries: the level at which it is no slower than the numbers are written.
_GZIP_LEVEL = 1


class Encoded(NamedTuple):
    """A part of a table as it stands in the file, and what the file's end has to know of it."""

    data: bytes
    end: bytes = b""


class Written(NamedTuple):
    """What the end of a file may need: the ends and sizes of all parts."""

    ends: Sequence[bytes]
    sizes: Sequence[int]


def _nothing(path: str, written: Written) -> None:
    """End a file that ends as its last part does."""


class Form(NamedTuple):
    """How a table is written: `encode(frame, first)` a part, `finish(path, written)` the end of a file that has them.

    Forms of `text` keep the cells that go along as they were typed; `lacks` names what polars can write to no cell.
    """

    encode: Callable[..., Encoded]
    start: bytes = b""
    finish: Callable[[str, Written], None] = _nothing
    text: bool = False
    lacks: tuple[str, ...] = ()


def _csv(frame: Any, first: bool, separator: str = ",") -> Encoded:
    return Encoded(_saved(frame.write_csv, include_header=first, separator=separator))


def _zipped(frame: Any, first: bool, separator: str = ",") -> Encoded:
    # A gzip file may have several members, which are read as one.
    return Encoded(gzip.compress(_csv(frame, first, separator).data, _GZIP_LEVEL, mtime=0))


def _ndjson(frame: Any, first: bool) -> Encoded:
    return Encoded(_saved(frame.write_ndjson))


def _parquet(frame: Any, first: bool) -> Encoded:
    table = _saved(frame.write_parquet, compression="snappy", row_group_size=max(frame.height, 1))
    return Encoded(*footers.parted(table))


def _finish_parquet(path: str, written: Written) -> None:
    with open(path, "ab") as file:
        file.write(footers.joined(written.ends, written.sizes))


def _arrow(frame: Any, first: bool) -> Encoded:
    """Encode a part as messages of an Arrow stream, the schema before the first."""
    import pyarrow as pa

    pl = polars()
    plain = frame.cast({pl.Categorical: pl.String})  # a dictionary would have to be the same in all parts
    table = plain.to_arrow(compat_level=pl.CompatLevel.oldest()).combine_chunks()
    batches = table.to_batches() or [pa.RecordBatch.from_pylist([], schema=table.schema)]
    messages = [batch.serialize() for batch in batches]
    return Encoded(b"".join([table.schema.serialize() if first else b"", *messages]))


def _finish_arrow(path: str, written: Written) -> None:
    """Make the stream a file, which has a table of its batches at its end."""
    import pyarrow as pa

    beside = f"{path}.file"
    with open(path, "rb") as file, pa.ipc.open_stream(file) as stream, pa.ipc.new_file(beside, stream.schema) as out:
        for batch in stream:
            out.write_batch(batch)
    os.replace(beside, path)


def _saved(save: Callable[..., None], **how: Any) -> bytes:
    file = io.BytesIO()
    save(file, **how)
    return file.getvalue()


_PARQUET = Form(_parquet, footers.MAGIC, _finish_parquet)
_ARROW = Form(_arrow, finish=_finish_arrow, lacks=("Int128",))
_NDJSON = Form(_ndjson, lacks=("Binary",))
_TEXT = Form(_csv, text=True, lacks=("List", "Array", "Struct", "Binary", "Duration"))

FORMS: dict[str, Form] = {
    ".parquet": _PARQUET,
    ".pq": _PARQUET,
    ".csv": _TEXT,
    ".tsv": _TEXT._replace(encode=partial(_csv, separator="\t")),
    ".csv.gz": _TEXT._replace(encode=_zipped),
    ".tsv.gz": _TEXT._replace(encode=partial(_zipped, separator="\t")),
    ".ndjson": _NDJSON,
    ".jsonl": _NDJSON,
    ".arrow": _ARROW,
    ".ipc": _ARROW,
    ".feather": _ARROW,
}


def check(form: str, kept: Mapping[str, Any]) -> None:
    """Raise DataError where a form has no cells for one of the columns that go along, by their types."""
    for name, kind in kept.items():
        if any(each in str(kind) for each in FORMS[form].lacks):
            raise DataError(f"--keep {name}: it holds {kind}, and no {form} file does", hint="write a .parquet file")
