"""Tables elsewhere: paths with `://`, which fsspec reaches by the package that their store needs.

Text comes as a stream, of Parquet and Arrow only the columns and rows that are asked for; what is written is written
here first, and sent when it is whole.

>>> import io
>>> with fsspec().open("memory://bucket/data.csv", "wb") as file:
...     _ = file.write(b"x,y\\n1,2\\n3,4\\n")
>>> source = Remote(["memory://bucket/*.csv"])
>>> [frame.rows() for frame in source.batches({"y": None}, skip=1)]
[[(4,)]]
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from ..errors import DataError, GradcliError, UsageError
from . import paths
from .cells import at_fault, no_number
from .scans import ROWS, polars, said
from .streams import READERS, Stream

# Batches that are read ahead of the one that is asked for.
_AHEAD = 2

# Bytes that are sent at a time.
_PIECE = 1 << 22

# What to install, where that is not called as the module that fsspec misses.
_PACKAGES = {"http": "aiohttp", "https": "aiohttp", "s3": "s3fs", "s3a": "s3fs", "gs": "gcsfs", "gcs": "gcsfs"}


class Object(NamedTuple):
    """A file in a store: its URL, where its filesystem finds it, and the form of the table in it."""

    url: str
    fs: Any
    path: str
    form: str


class Remote:
    """Files in stores, one below the other: columns are found by name, in whatever order."""

    def __init__(self, urls: Sequence[str], form: str | None = None) -> None:
        self._objects = [each for url in urls for each in objects(url, form)]
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
        for frame in self._frames(kinds):
            rows = frame.slice(skip, count).cast(alike)
            skip = max(skip - frame.height, 0)
            count = None if count is None else count - rows.height
            yield rows
            if count == 0:
                return

    def rows(self) -> int | None:
        """Return how many rows there are; of text, nobody knows."""
        if any(each.form in READERS for each in self._objects):
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

    def _frames(self, kinds: Mapping[str, Any]) -> Iterator[Any]:
        for each in self._objects:
            self._at = _opened(each)
            for name in kinds:
                if name not in self._at.kinds:
                    raise DataError(f"{each.url} has no column {name}", hint=f"it has {', '.join(self._at.kinds)}")
            with reaching(each.url):
                yield from self._at.batches(kinds)


class Scan:
    """A Parquet or Arrow file that pyarrow reads through fsspec: no more of it than what is asked for."""

    def __init__(self, file: Object) -> None:
        import pyarrow.dataset

        self._set = pyarrow.dataset.dataset(file.path, filesystem=file.fs, format=file.form, partitioning="hive")
        self.kinds: Mapping[str, Any] = polars().from_arrow(self._set.schema.empty_table()).schema

    def batches(self, kinds: Mapping[str, Any]) -> Iterator[Any]:
        """Yield frames of these columns."""
        for batch in self._set.to_batches(columns=list(kinds), batch_size=ROWS, batch_readahead=_AHEAD):
            yield polars().from_arrow(batch)

    def rows(self) -> int:
        """Return how many rows there are."""
        return int(self._set.count_rows())


def _opened(file: Object) -> Stream | Scan:
    with reaching(file.url):
        return Stream(file.fs.open(file.path, "rb"), file.url, file.form) if file.form in READERS else Scan(file)


def objects(url: str, form: str | None = None) -> list[Object]:
    """Return the files that a URL, a folder or a glob stands for, as `paths.files` does for those of this machine."""
    with reaching(url):
        fs, path = fsspec().core.url_to_fs(url)
        found = sorted(fs.glob(path)) if _is_glob(path) else [path]
        found = [each for each in found if "/." in path or "/." not in each]
        if not found:
            raise DataError(f"there is no file {url}")
        before = url.removesuffix(path.lstrip("/"))
        before = "" if before == url else before
        return [each for one in found for each in _within(fs, one, before, form)]


def _is_glob(path: str) -> bool:
    web = path.startswith("http")  # where `?` begins a query
    return any(sign in (path.partition("?")[0] if web else path) for sign in ("*[" if web else "*[?"))


def _within(fs: Any, path: str, before: str, form: str | None) -> list[Object]:
    """Return the files of a folder, or the file itself."""
    if fs.info(path)["type"] != "directory":
        return [_object(fs, path, before, form or _form_of(path))]
    found = [each for each in sorted(fs.find(path)) if not paths.hidden(each[len(path) :])]
    told = [_object(fs, each, before, form or _form_of(each)) for each in found if form or _form_of(each)]
    if not told:
        raise paths.no_table(before + path.lstrip("/"))
    return told


def _object(fs: Any, path: str, before: str, form: str | None) -> Object:
    url = before + path.lstrip("/") if before else path
    if form is None:
        raise paths.no_form(url)
    if form in ("npy", "npz"):
        raise UsageError(f"{url}: NumPy's files are read on this machine", hint="download it, or write Parquet")
    return Object(url, fs, path, form)


def _form_of(path: str) -> str | None:
    return paths.form_of(path.partition("?")[0])


def check_target(url: str, inputs: Sequence[str], force: bool) -> None:
    """Raise UsageError where a file may not be written, DataError where its store cannot be reached."""
    if url.startswith(("http://", "https://")):
        raise UsageError(f"-o {url}: what stands on the web is read, not written")
    if url in inputs:
        raise UsageError(f"-o {url} would overwrite an input")
    with reaching(url, "written"):
        fs, path = fsspec().core.url_to_fs(url)
        there = fs.exists(path)
    if there and not force:
        raise UsageError(f"-o {url} is there already", hint="--force writes over it")


def send(local: str, url: str) -> None:
    """Put a file in a store, where it appears when it is whole; raise DataError where that fails."""
    with reaching(url, "written"):
        fs, path = fsspec().core.url_to_fs(url)
        with fs.transaction, open(local, "rb") as file, fs.open(path, "wb") as target:
            shutil.copyfileobj(file, target, _PIECE)


@contextmanager
def reaching(url: str, what: str = "read") -> Iterator[None]:
    """Raise DataError for whatever goes wrong with a store, by the many exceptions of many packages."""
    try:
        yield
    except (GradcliError, polars().exceptions.PolarsError):
        raise
    except ImportError as error:
        package = _PACKAGES.get(url.partition("://")[0])
        raise DataError(
            f"{url} cannot be {what}: {said(error)}", hint=f"pip install {package}" if package else None
        ) from None
    except FileNotFoundError as error:
        cause: Any = error.__cause__  # servers of the web have others, which fsspec takes for this one
        if cause is None or getattr(cause, "status", None) == 404:
            raise DataError(f"there is no file {url}" if what == "read" else f"there is no place for {url}") from None
        why = f"{cause.status} {cause.message}" if hasattr(cause, "status") else said(cause)
        raise DataError(f"{url} cannot be {what}: {why}") from None
    except Exception as error:
        raise DataError(f"{url} cannot be {what}: {said(error)}") from None


def fsspec() -> Any:
    """Import fsspec; raise DataError, saying what to install, where it is missing."""
    try:
        import fsspec
    except ImportError:
        raise DataError("paths with :// need fsspec", hint="pip install 'gradcli[data]'") from None
    return fsspec
