"""How polars reads files, and what it says where it cannot."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Mapping
from typing import Any

from ...errors import DataError

# Rows that are worked on at a time: enough to fill the cores, few enough to stay in cache.
ROWS = 2**17

# Rows from which the types of columns of text are told, where nobody says what they are.
TOLD_FROM = 10_000

Scan = Callable[[Any, Any, Mapping[str, Any]], Any]


def _text(separator: str) -> Scan:
    return lambda pl, path, types: pl.scan_csv(
        path, separator=separator, schema_overrides=types, infer_schema_length=TOLD_FROM, glob=False
    )


SEPARATORS = {"csv": ",", "tsv": "\t"}

# How polars scans a file of each form; of text, some columns' types are told.
SCANS: dict[str, Scan] = {
    **{form: _text(separator) for form, separator in SEPARATORS.items()},
    "parquet": lambda pl, path, types: pl.scan_parquet(path, glob=False, hive_partitioning=True),
    "ndjson": lambda pl, path, types: pl.scan_ndjson(path, schema_overrides=types, infer_schema_length=TOLD_FROM),
    "ipc": lambda pl, path, types: pl.scan_ipc(path, glob=False),
}

# What polars, pyarrow and NumPy say, in the words of a reader who has the file before him.
_SAID = {
    "empty CSV": "it is empty",
    "CSV malformed": "a quote stands in a cell, and is not closed or not doubled",
    "invalid utf-8": "it is not in UTF-8 (iconv turns other encodings into it)",
    "unexpected end of file": "it is cut short",
    "Compressed file ended": "it is cut short",
    "must end with PAR1": "it is no Parquet file, or cut short",
    "at least 12 bytes": "it is no Parquet file, or cut short",
    "magic bytes not found": "it is no Parquet file, or cut short",
    "Not an Arrow file": "it is no Arrow file, or cut short",
    "Cannot seek streaming HTTP file": "the server gives it as a whole only; download it first",
    "InvalidFooter": "it is no Arrow file, or cut short",
    "magic string is not correct": "it is neither .npy nor .npz, or cut short",
    "TapeError": "it is not JSON, line by line",
}

_CELL = re.compile(r"could not parse `(.*?)` as dtype `(\w+)` at column '(.*?)' ", re.DOTALL)
_NUMBERS = {"f64": "number", "i64": "whole number"}


def said(error: Exception) -> str:
    """Return what an error of reading says, in one line."""
    text = str(error).strip()
    if cell := _CELL.match(text):
        found, kind, column = cell.groups()
        return f"`{found}` in column {column} is no {_NUMBERS.get(kind, kind)}"
    known = (ours for theirs, ours in _SAID.items() if theirs in text)
    return next(known, getattr(error, "strerror", None) or text.partition("\n")[0])


def failures() -> tuple[type[Exception], ...]:
    """Return the exceptions by which reading fails."""
    return (polars().exceptions.PolarsError, OSError, EOFError, zlib.error)


def polars() -> Any:
    """Import polars; raise DataError, saying what to install, where it is missing."""
    try:
        import polars
    except ImportError:
        raise DataError("reading tables needs polars", hint="pip install 'gradcli[data]'") from None
    return polars
