"""Streams: text that comes by once, of which no more than a block is in memory."""

from __future__ import annotations

import gzip
import io
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext, suppress
from functools import partial
from itertools import chain
from typing import Any, BinaryIO

from ...errors import DataError
from .cells import at_fault, no_number, overlong
from .scans import SEPARATORS, TOLD_FROM, failures, polars, said

# Bytes of text that are parsed at a time.
_BLOCK = 1 << 22

# Bytes after which a quote that was opened is no longer waited for to be closed.
_MOST = 1 << 26


def _csv(separator: str, block: bytes, first: bool, schema: Mapping[str, Any] | None) -> Any:
    """Read a block of CSV; `schema` tells the types of all columns, and which ones to read."""
    pl = polars()
    if schema is None:
        return pl.read_csv(block, separator=separator, infer_schema_length=TOLD_FROM)
    return pl.read_csv(block, separator=separator, has_header=first, schema=schema)


def _ndjson(block: bytes, first: bool, schema: Mapping[str, Any] | None) -> Any:
    pl = polars()
    return pl.read_ndjson(block, schema=schema, infer_schema_length=TOLD_FROM)


READERS: dict[str, Callable[[bytes, bool, Mapping[str, Any] | None], Any]] = {
    **{form: partial(_csv, separator) for form, separator in SEPARATORS.items()},
    "ndjson": _ndjson,
}


class Stream:
    """Text that comes by once; its first block tells the types of columns, where nothing else is asked for."""

    identity = None
    files: Sequence[str] = ()

    def __init__(self, file: BinaryIO, name: str, form: str) -> None:
        self._name = name
        self._read = READERS[form]
        self._blocks = _lines(file, quotes=form != "ndjson")
        self._separator = SEPARATORS.get(form)
        self._seen = 0
        self._first = True
        self._block = b""
        self.kinds: Mapping[str, Any] = {}
        try:
            self._block = next(self._blocks, b"")
            if not self._block:
                raise DataError(f"{name} is empty", hint="the first line should name the columns")
            self.kinds = self._read(self._block, True, None).schema
        except failures() as error:
            raise self.explained(error, []) from None

    def batches(self, kinds: Mapping[str, Any], skip: int = 0, count: int | None = None) -> Iterator[Any]:
        """Yield frames of these columns, of types that text is read as: so many rows, or all, behind the first."""
        wanted = {name: kinds.get(name, polars().String) or kind for name, kind in self.kinds.items()}
        stop = None if count is None else skip + count
        for block in chain([self._block], self._blocks):
            self._block = block
            frame = self._read(block, self._first, wanted)
            self._first = False
            begun = max(skip - self._seen, 0)
            yield frame.select(list(kinds)).slice(begun, None if stop is None else max(stop - self._seen - begun, 0))
            self._seen += frame.height
            if stop is not None and self._seen >= stop:
                return

    def scans(self, kinds: Mapping[str, Any]) -> Sequence[Any]:
        """Return nothing: rows are read here."""
        return []

    def rows(self) -> int | None:
        """Return None: nobody knows how much is still to come."""
        return None

    def explained(self, error: Exception, numbers: Sequence[str]) -> DataError:
        """Return what an error of polars means: the row and column of the cell at fault, if one is."""
        pl = polars()
        with suppress(pl.exceptions.PolarsError):
            as_text = self._read(self._block, self._first, dict.fromkeys(self.kinds, pl.String))
            if cell := no_number(as_text.lazy(), numbers):
                return at_fault(self._name, cell._replace(row=self._seen + cell.row))
        known = (self._seen, len(self.kinds)) if self._seen else ()
        if self._separator and (wrong := overlong(self._name, io.BytesIO(self._block), self._separator, *known)):
            return wrong
        behind = f", behind row {self._seen:,}" if self._seen else ""
        return DataError(f"{self._name} cannot be read{behind}: {said(error)}")


def unpacked(file: Any) -> io.BufferedIOBase:
    """Return what is in a binary file or stream, or in the gzip file that it is."""
    whole = file if isinstance(file, io.BufferedReader) else io.BufferedReader(file)
    return gzip.GzipFile(fileobj=whole) if whole.peek(2)[:2] == b"\x1f\x8b" else whole


def _lines(file: BinaryIO, quotes: bool) -> Iterator[bytes]:
    """Yield a stream of text in blocks of whole lines; where `quotes` matter, the end of a line within them is none."""
    rest = b""
    with nullcontext() if file is getattr(sys.stdin, "buffer", None) else file:
        plain = unpacked(file)
        while data := plain.read(_BLOCK):
            block = rest + data
            end = block.rfind(b"\n") + 1
            while quotes and end and len(block) < _MOST and block.count(b'"', 0, end) % 2:
                end = block.rfind(b"\n", 0, block.rfind(b'"', 0, end)) + 1
            rest = block[end:]
            if end:
                yield block[:end]
    if rest:
        yield rest
