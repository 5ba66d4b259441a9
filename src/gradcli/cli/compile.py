"""`gradcli compile`: an expression and its derivatives as a program in another language."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from ..errors import EvaluationError, GradcliError, UsageError
from ..point import check_names
from ..program.emit import LANGUAGES
from ..views.names import function_name
from ..views.source import Source, formula_of, written
from . import output, point, repair
from .command import Given, command, option, shared

if TYPE_CHECKING:
    from ..expression import Expression


@command(
    "compile",
    *shared("xa"),
    option("--format", "form", type=click.Choice(list(LANGUAGES)), metavar="FORMAT",
           help=f"The language: {', '.join(LANGUAGES)}; unless given, what the suffix of -o says, or python."),
    *shared("w"),
    option("--order", type=click.IntRange(1, 2), default=1, metavar="N", help="2 for the second derivatives, too."),
    *shared("oj"),
    examples=(
        'gradcli compile "x**2*exp(x)"',
        'gradcli compile "x**2*exp(x)" -o f.c',
        'gradcli compile "x*sin(y)" --format latex --order 2',
        'gradcli compile "sum((y - a*x)**2)" --at "x=[1,2],y=[1,2]" --format sql',
    ),
)  # fmt: skip
def run(given: Given) -> None:
    """An expression and its derivatives as a program in another language.

    EXPR is an expression; `-` reads it from standard input. Every variable is a number, unless --at gives it
    an array; that array's length does not matter.
    """
    language = _language(given)
    expression, read = point.begin(given)
    wrt = point.names(given.wrt)
    check_names(expression.program, wrt)
    used = expression.program.free_names(read.values)
    names = wrt or used
    try:
        formula = formula_of(expression.program, language, names, given.order, read.values, function_name(used))
    except EvaluationError as error:
        if not given.at and (arrays := _arrays(expression, used)):
            typed = repair.with_option(given.typed, "--at", ",".join(f"{name}=[1,2,3]" for name in arrays))
            error.hint = "every variable is a number; if one is an array, try " + repair.command_line("compile", typed)
        raise
    notes = point.unused(expression, read, used)
    output.show(Source(expression.text, language, written(formula, language), notes), given)


def _arrays(expression: Expression, names: Sequence[str]) -> Sequence[str]:
    """Return variables with which the expression can be compiled if they are arrays: one of them, or all."""
    for arrays in (*((name,) for name in names), names):
        try:
            formula_of(expression.program, "ssa", names, values={name: [1.0, 2.0, 3.0] for name in arrays})
        except GradcliError:
            continue
        return arrays
    return ()


def _language(given: Given) -> str:
    """Return the language that is asked for, or that the suffix of the file is of."""
    suffix = os.path.splitext(given.output or "")[1]
    of_file = next((language for language, known in LANGUAGES.items() if known == suffix), None)
    if given.form and of_file and given.form != of_file:
        raise UsageError(f"-o {given.output} is a file of {of_file}, and --format says {given.form}")
    return given.form or of_file or "python"
