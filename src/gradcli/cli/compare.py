"""`gradcli compare`: the derivatives of an expression as formulas."""

from __future__ import annotations

import sys

import click

from ..errors import EvaluationError
from ..point import check_names
from ..render import terminal
from ..verify import symbolic
from ..verify.witness import GaveUp
from ..views.comparison import Comparison, FormulaRow
from ..views.names import function_name
from . import output, point, source
from .command import Given, command, option, shared


@command(
    "compare",
    *shared("xw"),
    option("--order", type=click.IntRange(1, 2), default=1, metavar="N", help="2 for the second derivatives, too."),
    option("--format", "form", type=click.Choice(["text", "pretty", "latex"]), default="text", metavar="FORMAT",
           help="Write formulas as text, which can be typed again (the default), pretty, or latex."),
    option("--no-simplify", is_flag=True, help="Leave the formulas as differentiation makes them."),
    *shared("j"),
    examples=(
        'gradcli compare "x**2*exp(x)"',
        'gradcli compare "x*sin(y)" --wrt y --order 2',
        'gradcli compare "1/(1 + exp(-x))" --format latex',
    ),
)  # fmt: skip
def run(given: Given) -> None:
    """The derivatives of an expression as formulas, from SymPy.

    EXPR is an expression; `-` reads it from standard input.
    """
    expression = source.expression(given)
    wrt = point.names(given.wrt)
    check_names(expression.program, wrt)
    names = wrt or list(expression.variables)
    if not names:
        raise EvaluationError("the expression has no variable to differentiate by")
    f = function_name(names)
    wish = symbolic.Wish(not given.no_simplify, _form(given), None if given.quiet or given.json else f)
    derivatives = symbolic.derive(expression.program, {}, names, given.order, wish)
    if isinstance(derivatives, GaveUp):
        raise EvaluationError(f"SymPy finds no formula: {derivatives.reason}")
    rows = [FormulaRow(list(d.partial), *d[1:]) for d in derivatives]
    notes = [] if given.no_simplify or all(row.simplified for row in rows) else ["SymPy had no time to simplify this"]
    output.show(Comparison(expression.text, {}, f, rows, notes), given)


def _form(given: Given) -> str:
    boxes = given.json or (sys.stdout is not None and terminal.draws_boxes(sys.stdout))
    return "ascii" if given.form == "pretty" and not boxes else given.form
