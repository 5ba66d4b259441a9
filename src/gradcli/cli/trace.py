"""`gradcli trace`: an evaluation told step by step, and the way back."""

from __future__ import annotations

import click

from ..errors import UsageError
from . import output, point
from .command import Given, command, option, shared


@command(
    "trace",
    *shared("xaw"),
    option("--pass", "passes", type=click.Choice(["forward", "backward"]), metavar="PASS",
           help="Tell the forward or the backward pass alone."),
    option("--limit", type=click.IntRange(min=1), metavar="N", help="Tell so many steps of each pass; else all."),
    *shared("dsj"),
    examples=(
        'gradcli trace "x**2*exp(x)" --at x=1',
        'gradcli trace "y = w*x; y*sin(y)" --at w=2,x=0.5 --digits 6',
        'gradcli trace "sum(x**2)" --at "x=[1,2,3]" --pass backward',
    ),
)  # fmt: skip
def run(given: Given) -> None:
    """An evaluation told step by step: each operation with its value, then the way back, node by node.

    EXPR is an expression; `-` reads it from standard input. Node 4 receives the gradient g4 and multiplies
    it with its local derivatives; what arrives at a variable is added to its gradient, and the chain rule
    at the end says what that comes to.
    """
    from ..views import trace
    from ..views.recording import Passage, RecordedPoint, Run, remarks

    wrt = point.names(given.wrt)
    where = point.evaluate(given, wrt=wrt or None, make=RecordedPoint)
    if computed := [name for name in wrt if name in where.point.program.bindings]:
        message = f"--wrt {computed[0]}: trace follows gradients to variables, and {computed[0]} is computed"
        raise UsageError(message, hint=f"the variables are {', '.join(where.variables)}")
    told = Run(where.point)
    steps = trace.forward(told) if given.passes != "backward" else None
    turns, chains = trace.backward(told, Passage(told)) if given.passes != "forward" else (None, None)
    notes = [*where.unused, *remarks(told)]
    if turns == []:
        notes.append("there is no way back: the result depends on no variable")
    for rows in (steps, turns):
        if rows and given.limit and len(rows) > given.limit:
            notes.append(f"--limit {given.limit} leaves out {len(rows) - given.limit:,} of {len(rows):,} steps")
            del rows[given.limit :]
    output.show(trace.Trace(where.text, where.shown, where.point.value, steps, turns, chains, notes), given)
