"""`gradcli propagate`: a result with its uncertainty, and what each input contributes."""

from __future__ import annotations

import click

from ..data.uncertainty import Measured, propagate
from ..errors import UsageError
from ..views.propagation import view
from . import measured, output, point, source
from .command import Given, command, option, shared


@command(
    "propagate",
    *shared("x"),
    option("--at", multiple=True, metavar="NAME=VALUE",
           help="Give variables their values, those that are uncertain as `x=1.20+/-0.05`, `x=1.20±0.05` or "
                "`x=1.20(5)`. Repeatable."),
    option("--corr", multiple=True, metavar="NAME:NAME=R",
           help="The correlation of two inputs: `x:y=0.3`. Repeatable."),
    option("--order", type=click.IntRange(1, 2), default=1, metavar="N",
           help="2 adds the terms of the second order."),
    option("--monte-carlo", "samples", type=click.IntRange(2), metavar="N",
           help="Evaluate at N random inputs, too, and give the interval that holds 95 % of the results."),
    *shared("sj"),
    examples=(
        'gradcli propagate "m*a" --at "m=1.20+/-0.05,a=9.81(2)"',
        'gradcli propagate "V/I" --at "V=4.999(3),I=0.01966(1)" --corr V:I=-0.36',
        'gradcli propagate "x**2" --at "x=0.1+/-0.1" --order 2 --monte-carlo 100000',
    ),
)  # fmt: skip
def run(given: Given) -> None:
    """Result of an expression with its uncertainty, by the law of propagation.

    EXPR is an expression; `-` reads it from standard input.
    """
    expression = source.expression(given)
    read = measured.read("--at", given.at, given.seed)
    used = expression.program.free_names(read.values)
    absent = [name for name in used if name not in read.values]
    if absent:
        raise point.missing(given, expression, absent, read)
    uncertain = [name for name in used if isinstance(read.values[name], Measured)]
    pairs = measured.correlations("--corr", given.corr, uncertain)
    if pairs and given.order > 1:
        raise UsageError("--order 2 is for inputs that are not correlated", hint="--monte-carlo takes --corr as well")
    kept = {name: read.values[name] for name in used}
    found = propagate(expression.program, kept, pairs, given.order, given.samples or 0, given.seed)
    output.show(view(expression.text, read.shown, found, point.unused(expression, read, used)), given)
