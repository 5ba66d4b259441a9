"""Paths: the files that a path stands for, and what form of table is in each."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Sequence
from typing import Any, NamedTuple
from urllib.parse import unquote

from ...errors import DataError, UsageError

SUFFIXES = {
    ".csv": "csv", ".tsv": "tsv", ".csv.gz": "csv", ".tsv.gz": "tsv", ".parquet": "parquet", ".pq": "parquet",
    ".ndjson": "ndjson", ".jsonl": "ndjson", ".arrow": "ipc", ".ipc": "ipc", ".feather": "ipc",
    ".npy": "npy", ".npz": "npz",
}  # fmt: skip
FORMS = tuple(dict.fromkeys(SUFFIXES.values()))

_LOCAL = "file://"


class File(NamedTuple):
    """A file, and the form of the table in it."""

    path: str
    form: str


def files(path: str, form: str | None = None) -> list[File]:
    """Return the files that a path, a folder or a glob stands for, in the order of their names.

    Of a folder those count whose suffix says what they are, or all if the form is given; none whose name begins with
    a dot or an underscore. Raises DataError where there is no file, UsageError where a suffix says nothing.
    """
    found = [path] if os.path.exists(path) else sorted(glob.glob(path))
    if not found:
        raise DataError(f"there is no file {path}")
    return [file for each in found for file in (_inside(each, form) if os.path.isdir(each) else [_file(each, form)])]


def _file(path: str, form: str | None) -> File:
    told = form or form_of(path)
    if told is None:
        raise no_form(path)
    return File(path, told)


def _inside(folder: str, form: str | None) -> list[File]:
    names = sorted(glob.glob("**", root_dir=folder, recursive=True))
    paths = [os.path.join(folder, name) for name in names if not hidden(name)]
    told = [(path, form or form_of(path)) for path in paths if os.path.isfile(path)]
    found = [File(path, each) for path, each in told if each]
    if not found:
        raise no_table(folder)
    return found


def hidden(path: str) -> bool:
    """Tell whether part of a path begins with a dot or an underscore, as that of no table does."""
    return any(part.startswith((".", "_")) for part in re.split(r"[/\\]", path))


def form_of(path: str) -> str | None:
    """Return the form that a file's suffix tells, if it does."""
    name = os.path.basename(path).lower()
    return next((SUFFIXES[suffix] for suffix in sorted(SUFFIXES, key=len, reverse=True) if name.endswith(suffix)), None)


def partitions(path: str) -> dict[str, Any]:
    """Return the columns that a path's folders are: `year=2024` a number, `site=a%20b` a text."""
    folders = [part.partition("=") for part in path.split("/")[:-1]]
    return {name: _value(unquote(text)) for name, equals, text in folders if equals}


def _value(text: str) -> Any:
    if text == "__HIVE_DEFAULT_PARTITION__":
        return None
    return int(text) if re.fullmatch(r"[+-]?[0-9]+", text) else text


def is_remote(path: str) -> bool:
    """Tell whether a path is a URL of something that is not on this machine."""
    return "://" in path and not path.startswith(_LOCAL)


def local(path: str) -> str:
    """Return a path of this machine without `file://`."""
    return path.removeprefix(_LOCAL)


def no_form(path: str) -> UsageError:
    """Return the error that a suffix is which says nothing."""
    return UsageError(f"what kind of table is {path}? its suffix should say: {', '.join(SUFFIXES)}")


def no_table(folder: str) -> DataError:
    """Return the error that a folder without tables is."""
    return DataError(f"there is no table in folder {folder}", hint=f"files should end in {', '.join(SUFFIXES)}")


def identity(paths: Sequence[str]) -> Any:
    """Return which files these are, how long, and when they were last written, as JSON has it."""
    stats = [(os.path.abspath(path), os.stat(path)) for path in paths]
    return [[path, stat.st_size, stat.st_mtime_ns] for path, stat in stats]
