"""Stores: what fsspec reaches by a URL, with the package that it needs: which files are there, and new ones."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from ...errors import DataError, GradcliError, UsageError
from . import paths
from .scans import polars, said

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
