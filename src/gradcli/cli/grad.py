"""`gradcli grad`: the value of an expression and its derivatives."""

from __future__ import annotations

import numpy as np

from ..errors import UsageError
from ..views import Gradient
from . import output, point, values
from .command import Given, command, option, shared


@command(
    "grad",
    *shared("xawn"),
    option("--gradient", metavar="EXPR", help="The vector of the vector-Jacobian product, of the result's shape; "
                                              "ones unless given."),
    option("--jacobian", is_flag=True, help="Differentiate each element of the result, not their sum."),
    *shared("dosj"),
    examples=(
        'gradcli grad "x**2*exp(x)" --at x=1',
        'gradcli grad "x*sin(y)" --at x=2,y=pi/3 --wrt y',
        'gradcli grad "(1-x)**2 + 100*(y-x**2)**2" --at x=1,y=1 --order 2',
        'gradcli grad "x**2" --at "x=[1,2,3]" --jacobian',
    ),
)  # fmt: skip
def run(given: Given) -> None:
    """Value of an expression and its derivatives by every variable.

    EXPR is an expression; `-` reads it from standard input.
    """
    wrt = point.names(given.wrt)
    if given.jacobian and (given.gradient is not None or given.order > 1):
        raise UsageError("--jacobian stands without --gradient and --order")
    if given.gradient is not None and given.order > 1:
        raise UsageError("--gradient is of order 1")
    where = point.evaluate(given, wrt=wrt or None)
    at, names = where.point, wrt or where.variables
    if given.order > 2 and len(names) != 1:
        raise UsageError(
            f"--order {given.order} is for one variable, and there are {len(names)}: {', '.join(names)}",
            hint=f"choose one: --wrt {names[0]}" if names else None,
        )
    vector = values.value_of("--gradient", given.gradient, given.seed)[0] if given.gradient is not None else None
    gradient = Gradient(
        where.text, where.shown, at.value,
        grad=None if given.jacobian else at.grad(names, vector),
        jacobian=at.jacobian(names) if given.jacobian else None,
        hessian=at.hessian(names) if given.order == 2 else None,
        derivatives={names[0]: at.derivatives(names[0], given.order)} if given.order > 2 else None,
        notes=where.notes,
    )  # fmt: skip
    output.show(gradient, given)
