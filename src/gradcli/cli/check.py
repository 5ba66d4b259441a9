"""`gradcli check`: a verdict on the derivatives of an expression."""

from __future__ import annotations

from collections.abc import Sequence

import click

from ..errors import UsageError
from ..views import check as views
from . import output, point, repair, source, status, values
from .command import Given, command, option, shared

# The witnesses there are; reverse mode is what they are called for.
METHODS = ("reverse", "numeric", "complex", "symbolic")


@command(
    "check",
    *shared("xaw"),
    option("--order", type=click.IntRange(1, 2), default=1, metavar="N",
           help="2 judges the second derivatives as well."),
    option("--range", "ranges", multiple=True, metavar="NAME=LOW:HIGH",
           help="Sample variables between bounds: `x=-2:2,y=0:pi`. Repeatable."),
    option("--points", type=click.IntRange(min=1), default=20, metavar="N",
           help="Points to sample where --at leaves variables open; 20 unless given."),
    option("--method", multiple=True, metavar="NAMES",
           help="Hear these witnesses only: numeric, complex, symbolic."),
    option("--rtol", type=click.FloatRange(min=0), default=0.0, metavar="R",
           help="Forgive a relative difference of R on top of the witnesses' own errors."),
    *shared("sj"),
    examples=(
        'gradcli check "x**2*exp(x)"',
        'gradcli check "x**2*exp(x)" --at x=1 --order 2',
        'gradcli check "log(x)*y" --range x=0.1:10',
    ),
)  # fmt: skip
def run(given: Given) -> int:
    """Judge the derivatives of an expression by witnesses that share no code.

    EXPR is an expression; `-` reads it from standard input. What --at leaves open is sampled.
    """
    expression = source.expression(given)
    read = values.read("--at", given.at, given.seed)
    report = expression.check(
        read.values, wrt=point.names(given.wrt) or None, order=given.order, points=given.points,
        ranges=values.ranges("--range", given.ranges), methods=_methods(given.method), rtol=given.rtol, seed=given.seed,
    )  # fmt: skip
    output.show(views.view(report, read.shown), given)
    return EXIT[report.verdict]


EXIT = {"agrees": status.DONE, "disagrees": status.NO, "unjudged": status.FAILED}


def _methods(texts: Sequence[str]) -> tuple[str, ...]:
    """Read the names of `--method`; raise UsageError for what is none, or where none is a witness."""
    found = [name.strip() for text in texts for name in text.split(",")] or [*METHODS]
    for name in found:
        if name not in METHODS:
            raise UsageError(f"--method {repair.quoted(name)} is none of {', '.join(METHODS)}")
    witnesses = tuple(name for name in METHODS[1:] if name in found)
    if not witnesses:
        raise UsageError("reverse mode is what is judged", hint="add a witness: --method reverse,numeric")
    return witnesses
