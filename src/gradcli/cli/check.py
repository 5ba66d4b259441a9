"""`gradcli check`: a verdict on the derivatives of an expression."""

from __future__ import annotations

import re
from collections.abc import Sequence

import click

from .. import lang
from ..errors import UsageError
from ..views import check as views
from . import output, point, repair, source, status, values
from .command import Given, command, option, shared

# The witnesses there are; reverse mode is what they are called for.
METHODS = ("reverse", "numeric", "complex", "symbolic")

_CLAIM = re.compile(rf"\s*({repair.NAME}(?:\s*,\s*{repair.NAME})*)\s*=(?!=)(.*)", re.DOTALL)


@command(
    "check",
    *shared("xaw"),
    option("--order", type=click.IntRange(1, 2), default=1, metavar="N",
           help="2 judges the second derivatives as well."),
    option("--claim", multiple=True, metavar="NAME=FORMULA",
           help="Judge a formula that is said to be a derivative: `x=2*x`, `x,y=1` for a second one, or the bare "
                "formula where there is one variable. Repeatable."),
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
        'gradcli check "x**2*exp(x)" --claim "2*x*exp(x) + x**2*exp(x)"',
        'gradcli check "log(x)*y" --range x=0.1:10',
    ),
)  # fmt: skip
def run(given: Given) -> int:
    """Judge the derivatives of an expression by witnesses that share no code.

    EXPR is an expression; `-` reads it from standard input. What --at leaves open is sampled.
    """
    expression = source.expression(given)
    read = values.read("--at", given.at, given.seed)
    wrt = point.names(given.wrt)
    report = expression.check(
        read.values, wrt=wrt or None, order=given.order, claims=_claims(given.claim, wrt or expression.variables),
        points=given.points, ranges=values.ranges("--range", given.ranges), methods=_methods(given.method),
        rtol=given.rtol, seed=given.seed,
    )  # fmt: skip
    used = expression.program.free_names(read.values)
    output.show(views.view(report, read.shown, point.unused(expression, read, used)), given)
    return EXIT[report.verdict]


EXIT = {"agrees": status.DONE, "disagrees": status.NO, "unjudged": status.FAILED}


def _methods(texts: Sequence[str]) -> tuple[str, ...]:
    """Read the names of `--method`; raise UsageError for what is none, or where none is a witness."""
    found = [name.strip() for text in texts for name in text.split(",")] or [*METHODS]
    for name in found:
        if name not in METHODS:
            near = lang.suggest(name, METHODS)
            hint = f"did you mean {near}?" if near else f"there are {', '.join(METHODS)}"
            raise UsageError(f"--method {repair.quoted(name)} is no witness", hint=hint)
    witnesses = tuple(name for name in METHODS[1:] if name in found)
    if not witnesses:
        raise UsageError("reverse mode is what is judged", hint="add a witness: --method reverse,numeric")
    return witnesses


def _claims(texts: Sequence[str], variables: Sequence[str]) -> dict[str, str]:
    """Read claims: `x=2*x`, `x,y=1`, or a bare formula where there is one variable. No comma parts them."""
    found: dict[str, str] = {}
    for text in texts:
        match = _CLAIM.fullmatch(text)
        names = [name.strip() for name in match[1].split(",")] if match else []
        if match and (set(names) <= set(variables) or len(variables) != 1):
            key, formula = ",".join(names), match[2]
        elif len(variables) == 1:
            key, formula = variables[0], text
        else:
            shown = ", ".join(variables)
            hint = f"write --claim {repair.quoted(f'{variables[0]}={text.strip()}')}" if variables else None
            raise UsageError(f"--claim {repair.quoted(text)}: the derivative by which of {shown or 'none'}?", hint=hint)
        if len(key.split(",")) > 2:
            raise UsageError(f"--claim {repair.quoted(text)} is of an order above 2")
        if key in found:
            raise UsageError(f"--claim has {key} twice", hint="keep one of them")
        found[key] = formula
    return found
