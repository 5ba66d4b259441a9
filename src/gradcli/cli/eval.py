"""`gradcli eval`: the value of an expression."""

from __future__ import annotations

from ..views import Evaluation, in_dtype
from . import output, point
from .command import Given, command, shared


@command(
    "eval",
    *shared("xadosj"),
    examples=(
        'gradcli eval "x**2*exp(x)" --at x=1',
        'gradcli eval "sum(x**2)" --at "x=[1,2,3]"',
        'gradcli eval "y = w*x; y + b" --at w=2,x=3,b=1 --json',
        'gradcli eval "log(x)" --at x=@table.csv:price -o logs.csv',
    ),
)
def run(given: Given) -> None:
    """Value of an expression.

    EXPR is an expression; `-` reads it from standard input.
    """
    where = point.evaluate(given, wrt=())
    value = in_dtype(where.point.value, given.dtype)
    output.show(Evaluation(where.text, where.shown, value, where.notes), given)
