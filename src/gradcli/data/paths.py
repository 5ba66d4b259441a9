"""Paths: the files that a path stands for, and what form of table is in each."""

from __future__ import annotations

import glob
import os
from collections.abc import Sequence
from typing import Any, NamedTuple

from ..errors import DataError, UsageError

SUFFIXES = {
    ".csv": "csv", ".tsv": "tsv", ".csv.gz": "csv", ".tsv.gz": "tsv", ".parquet": "parquet", ".pq": "parquet",
    ".ndjson": "ndjson", ".jsonl": "ndjson", ".arrow": "ipc", ".ipc": "ipc", ".feather": "ipc",
    ".npy": "npy", ".npz": "npz",
}  # fmt: skip
FORMS = tuple(dict.fromkeys(SUFFIXES.values()))


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
    form = form or form_of(path)
    if form is None:
        raise UsageError(f"what kind of table is {path}? its suffix should say: {', '.join(SUFFIXES)}")
    return File(path, form)


def _inside(folder: str, form: str | None) -> list[File]:
    names = sorted(glob.glob("**", root_dir=folder, recursive=True))  # without those that begin with a dot
    paths = [os.path.join(folder, name) for name in names if not any(p.startswith("_") for p in name.split(os.sep))]
    told = [(path, form or form_of(path)) for path in paths if os.path.isfile(path)]
    found = [File(path, each) for path, each in told if each]
    if not found:
        raise DataError(f"there is no table in folder {folder}", hint=f"files should end in {', '.join(SUFFIXES)}")
    return found


def form_of(path: str) -> str | None:
    """Return the form that a file's suffix tells, if it does."""
    name = os.path.basename(path).lower()
    return next((SUFFIXES[suffix] for suffix in sorted(SUFFIXES, key=len, reverse=True) if name.endswith(suffix)), None)


def identity(paths: Sequence[str]) -> Any:
    """Return which files these are, how long, and when they were last written, as JSON has it."""
    stats = [(os.path.abspath(path), os.stat(path)) for path in paths]
    return [[path, stat.st_size, stat.st_mtime_ns] for path, stat in stats]
