"""`gradcli compare`: the derivatives of an expression as formulas."""

from __future__ import annotations

import sys

import click

from .. import lang
from ..errors import EvaluationError
from ..point import require_names
from ..render import terminal
from ..verify import symbolic
from ..verify.witness import GaveUp
from ..views.comparison import Comparison, FormulaRow
from . import output, point, source
from .command import Given, command, option, shared

@command(
    "compare",
    *shared("xaw"),
    option("--order", type=click.IntRange(1, 2), default=1, metavar="N", help="2 for second derivatives, too."),
    option("--format", "form", type=click.Choice(["text", "pretty", "latex"]), default="text", metavar="FORMAT",
           help="Write formulas as text that can be typed again (the default), pretty, or as latex."),
    option("--no-simplify", is_flag=True, help="Leave the formulas as differentiation gives them."),
    *shared("j"),
    examples=(
        'gradcli compare "x**2*exp(x)"',
        'gradcli compare "x*sin(y)" --wrt y --order 2',
        'gradcli compare "1/(1 + exp(-x))" --format latex',
    ),
)  # fmt: skip
def run(given: Given) -> None:
    """The derivatives of an expression as formulas, by SymPy.

    EXPR is an expression; `-` reads it from standard input.
    """
    expression = source.expression(given)
    wrt = point.names(given.wrt)
    ...
