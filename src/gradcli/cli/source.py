"""The expression of a command: an argument, standard input, or a file."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import gradcli

from ..errors import DataError, UsageError
from . import repair

if TYPE_CHECKING:
    from ..expression import Expression
    from .command import Given

# A little more than the language takes, so that it is the language that refuses.
_MOST = 4_000_001


def expression(given: Given) -> Expression:
    """Read and parse the expression that a command was given.

    Raises UsageError where there is none or more than one, DataError where it cannot be read.
    """
    return gradcli.Expression.parse(_text(given).rstrip())


def _text(given: Given) -> str:
    text, file = given.text, given.file
    if text is None and file is None:
        raise UsageError(
            "there is no expression", hint="try " + repair.command_line(given.command, ["x**2", *given.typed])
        )
    if text is not None and file is not None:
        raise UsageError(f"there are two expressions, {repair.quoted(text)} and -f {file}", hint="give one of them")
    if text == "-":
        if sys.stdin is None:
            raise DataError("standard input is closed")
        return _read("standard input", sys.stdin.buffer)
    if text is not None:
        return text
    try:
        with open(file, "rb") as opened:
            return _read(file, opened)
    except OSError as error:
        raise DataError(f"{file} cannot be read: {error.strerror}") from None


def _read(name: str, stream: Any) -> str:
    try:
        return stream.read(4 * _MOST).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"{name} is not text in UTF-8: byte {error.start} is {error.object[error.start]:#x}") from None
