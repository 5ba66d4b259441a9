"""An expression and its derivatives as a program in another language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from .. import lang
from ..errors import EvaluationError, GradcliError
from ..program.compiled import Wanted, of_text
from ..program.emit import LANGUAGES, Formula, emit
from ..program.emit.outlining import outlined
from ..program.passes import optimise

# What a variable is where nothing is said of it: any number.
_NUMBER = 0.5


class Source(NamedTuple):
    """A program: the text of it, in the language `format`."""

    expression: str
    format: str
    source: str
    notes: list[str]

    @property
    def command(self) -> str:
        """The command that this is the result of."""
        return "compile"


def formula_of(
    program: lang.Program, language: str, wrt: Sequence[str], order: int = 1, values: Mapping[str, Any] | None = None,
    name: str = "f",
) -> Formula:  # fmt: skip
    """Trace a program and its partials by the names `wrt`, for a language.

    A variable is a number, or what its value is: an array of that rank. Raises EvaluationError for what cannot
    be traced.
    """
    given = values or {}
    try:
        block = of_text(program, Wanted(tuple(wrt), order)).block(
            {x: given.get(x, _NUMBER) for x in program.free_names(given)}
        )
    except (RuntimeError, ValueError, TypeError, IndexError) as error:
        raise EvaluationError(f"this cannot be compiled: {error}") from None
    if language == "latex":  # which is read, and not rounded
        block, _ = optimise(outlined(block), fastmath=True)
    else:
        block, _ = optimise(block)
    return Formula(block, wrt, program.text, name)


def written(formula: Formula, language: str) -> str:
    """Write a formula in a language; raise GradcliError, with the place and perhaps with another language."""
    try:
        return emit(formula, language)
    except GradcliError as error:
        error.hint = error.hint or _other(formula)
        raise


def _other(formula: Formula) -> str | None:
    """Say which language does it, if one does."""
    for other in LANGUAGES:
        try:
            emit(formula, other)
        except GradcliError:
            continue
        return f"try --format {other}"
    return None
