"""An expression at a point: what `eval`, `grad` and `graph` begin with."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from ..errors import UnknownNameError, UsageError
from . import output, repair, source, values

if TYPE_CHECKING:
    from ..expression import Expression, Point
    from .command import Given


class Evaluated(NamedTuple):
    """An expression that was evaluated where `--at` says, and what is to be said of that."""

    text: str
    shown: dict[str, Any]
    point: Point
    variables: tuple[str, ...]
    notes: list[str]


def evaluate(given: Given, wrt: Sequence[str] | None) -> Evaluated:
    """Evaluate the expression of a command at its point, for derivatives by the names `wrt` (None: all)."""
    expression = source.expression(given)
    read = values.read("--at", given.at, given.seed)
    output.check(given, [*read.files, *([given.file] if given.file else [])])
    missing = [name for name in expression.variables if name not in read.values]
    if missing and given.command == "grad" and not read.values:
        raise _no_point(given, expression, missing)
    try:
        point = expression.at(read.values, wrt=wrt, dtype=given.dtype, seed=given.seed)
    except UnknownNameError as error:
        if missing:
            error.hint = _way_out(given, missing, list(read.values))
        raise
    return Evaluated(expression.text, read.shown, point, expression.variables, [*point.notes])


def names(given: Sequence[str]) -> list[str]:
    """Read the names of `--wrt`, each once; raise UsageError for what is no name."""
    found = [name.strip() for text in given for name in text.split(",")]
    for name in found:
        if not re.fullmatch(repair.NAME, name):
            raise UsageError(f"--wrt {repair.quoted(name)} is not a name", hint="write --wrt x,y")
    return list(dict.fromkeys(found))
