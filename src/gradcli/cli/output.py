"""Where a result goes: to stdout, or to a file that is renamed when it is whole; its notes go to stderr."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any, BinaryIO

from ..errors import DataError, UsageError
from ..render import terminal
from ..render.look import Line, Look, plain

if TYPE_CHECKING:
    from ..views import View
    from .command import Given

# What a file can hold, by the command that writes it.
SUFFIXES = {
    "eval": (".npz", ".csv", ".json"), "grad": (".npz", ".csv", ".json"),
    "graph": (".txt", ".json", ".dot", ".gv", ".mmd", ".svg", ".png"),
    "compile": (".py", ".c", ".js", ".sql", ".tex", ".txt", ".json"),
    "explore": (".html",),
    "plot": (".svg", ".png", ".pdf", ".txt", ".json"),
}  # fmt: skip

# The module of `render` that writes what is neither text nor JSON: a function for each suffix.
_SAVED_BY = {"eval": "files", "grad": "files", "plot": "figure"}

# What draws a result as text, in `render`.
_DRAWN_BY = {
    "Evaluation": ("text", "draw"), "Gradient": ("text", "draw"), "Graph": ("tree", "draw"),
    "Trace": ("trace", "draw"), "Check": ("check", "draw"),
    "Uncertain": ("propagation", "draw"), "Fitted": ("fit", "draw"),
    "Summary": ("mapping", "draw"), "Preview": ("mapping", "rows"),
    "Source": ("source", "draw"),
    "Comparison": ("comparison", "draw"), "Operations": ("operations", "table"), "Operation": ("operations", "entry"),
    "Plot": ("chart", "draw"), "Field": ("chart", "draw"),
}  # fmt: skip


def show(view: View, given: Given, form: str | None = None) -> None:
    """Write a result where, and as, the options say; write its notes to stderr where it does not hold them.

    `form` is the module of `render` that draws it, where that is another than usual.
    """
    target = getattr(given, "output", None)
    as_json = given.json if target is None else target.endswith(".json")
    if target is not None:
        write(target, _saver(view, given, _suffix(target), form))
    elif sys.stdout is None:
        raise DataError("standard output is closed")
    elif as_json:
        sys.stdout.write(_json(view) + "\n")
    elif form == "png":
        _write_png(view, given, sys.stdout.buffer)
    else:
        terminal.write(_lines(view, look(given, sys.stdout), form), sys.stdout)
    if view.notes and not as_json:
        from ..render import diagnostic

        if sys.stdout is not None:
            sys.stdout.flush()
        diagnostic.warn(view.notes)


def check(given: Given, inputs: Iterable[str]) -> None:
    """Raise UsageError where the file to write is of no kind that the command writes, or is an input."""
    if getattr(given, "output", None) is not None:
        check_target("-o", given.output, SUFFIXES[given.command], inputs)


def check_target(option: str, target: str, known: Iterable[str], inputs: Iterable[str], force: bool = True) -> None:
    """Raise UsageError where a file to write is not of a known kind, is an input, or is there and nobody said force."""
    check_form(option, target, known)
    for path in inputs:
        if os.path.realpath(path) == os.path.realpath(target):
            raise UsageError(f"{option} {target} would overwrite an input")
    folder = os.path.dirname(os.path.realpath(target))
    if not os.path.isdir(folder):
        raise DataError(f"{target} cannot be written: there is no folder {os.path.dirname(target)}")
    if os.path.exists(target) and not os.path.isfile(target):
        raise UsageError(f"{option} {target} is not a regular file")
    if os.path.exists(target) and not force:
        raise UsageError(f"{option} {target} is there already", hint="--force writes over it")


def check_form(option: str, target: str, known: Iterable[str]) -> None:
    """Raise UsageError where a file to write is not of a known kind."""
    if not target.endswith(tuple(known)):
        raise UsageError(f"{option} {target}: what should be written? the suffix says it: {', '.join(known)}")


def write(path: str, save: Callable[[BinaryIO], None]) -> None:
    """Write a file beside its target and rename it when it is whole; raise DataError where that fails."""
    target = os.path.realpath(path)
    draft = f"{target}.{os.getpid()}.part"
    try:
        with open(draft, "xb") as file:
            save(file)
            file.flush()
            os.fsync(file.fileno())
        if os.path.exists(target):
            os.chmod(draft, os.stat(target).st_mode & 0o7777)
        os.replace(draft, target)
    except OSError as error:
        raise DataError(f"{path} cannot be written: {error.strerror}") from None
    finally:
        if os.path.exists(draft):
            os.unlink(draft)


def _suffix(path: str) -> str:
    return os.path.splitext(path)[1]


def _saver(view: View, given: Given, suffix: str, form: str | None) -> Callable[[BinaryIO], None]:
    if suffix == ".json":
        return lambda file: _encode(file, [_json(view)])
    if form == "png":
        return lambda file: _write_png(view, given, file)
    if suffix == ".txt" or given.command not in _SAVED_BY:
        return lambda file: _encode(file, map(plain, _lines(view, look(given, None), form)))
    module = import_module(f"..render.{_SAVED_BY[given.command]}", __package__)
    return partial(getattr(module, suffix[1:]), view)


def _write_png(view: Any, given: Given, file: BinaryIO) -> None:
    from ..render import png

    png.write(view, look(given, None), file)


def _encode(file: BinaryIO, lines: Iterable[str]) -> None:
    for line in lines:
        file.write((line + "\n").encode(errors="backslashreplace"))


def _json(view: View) -> str:
    from ..render import as_json

    return as_json.result(view)


def look(given: Given, stream: Any) -> Look:
    """Return how text is to look on a stream, or, if that is None, in a file."""
    if stream is None:
        return Look(given.digits, given.quiet)
    return Look(
        given.digits, given.quiet, terminal.width(stream), folds=stream.isatty(),
        ascii=not terminal.draws_boxes(stream), painted=terminal.paints(stream),
    )  # fmt: skip


def _lines(view: View, look: Look, form: str | None) -> Iterator[Line]:
    """Draw a result as text; what draws it is loaded with it."""
    module, function = (form, "draw") if form else _DRAWN_BY[type(view).__name__]
    return getattr(import_module(f"..render.{module}", __package__), function)(view, look)
