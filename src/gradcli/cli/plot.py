"""`gradcli plot`: an expression and its derivatives over a range."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import UsageError
from . import output, point, repair, values
from .command import Given, command, option, shared

if TYPE_CHECKING:
    from ..expression import Expression

# The range that hints propose.
_PROPOSED = "-3:3"


@command(
    "plot",
    *shared("xa"),
    option("--range", multiple=True, metavar="NAME=LOW:HIGH", help="Draw over this range: `x=-3:3`, `x=0:2*pi`. Two "
                                                                   "ranges draw contours and gradients."),
    *shared("wnoj"),
    examples=(
        'gradcli plot "x**2*exp(x)" --range x=-3:1',
        'gradcli plot "sin(w*x)" --range x=0:2*pi --at w=2 --order 2',
        'gradcli plot "tan(x)" --range x=-3:3 --at x=1 -o tan.svg',
        'gradcli plot "(1-x)**2 + 100*(y-x**2)**2" --range x=-2:2,y=-1:3',
    ),
)  # fmt: skip
def run(given: Given) -> None:
    """Plot an expression and its derivatives over a range, or the contours of one over two.

    EXPR is an expression; `-` reads it from standard input. A variable that has both a range and a
    value of --at shows the tangent there.
    """
    from ..views import plot

    expression, at = point.begin(given)
    over = values.ranges("--range", given.range)
    _check(given, expression, over, at.values)
    program = expression.program
    used = program.free_names({*at.values, *over})
    absent = [name for name in used if name not in at.values and name not in over]
    if absent:
        raise point.missing(given, expression, absent, at)
    kept = {name: at.values[name] for name in used if name in at.values}
    outside = [name for name, limits in over.items() if name in kept and not _within(kept[name], limits)]
    for name in outside:
        del kept[name]
    view: plot.Plot | plot.Field
    if len(over) == 1:
        wrt = point.names(given.wrt) or list(over)
        view = plot.plot(expression, at.shown, kept, over, wrt, given.order)
    else:
        view = plot.field(expression, at.shown, kept, over)
    view.notes[:0] = point.unused(expression, at, used)
    view.notes.extend(f"{name} is not a number within its range: there is no point to mark" for name in outside)
    output.show(view, given)


def _within(value: Any, limits: tuple[float, float]) -> bool:
    return np.ndim(value) == 0 and limits[0] <= value <= limits[1]


def _check(
    given: Given, expression: Expression, over: Mapping[str, tuple[float, float]], at: Mapping[str, object]
) -> None:
    """Raise UsageError where the ranges do not fit the expression, the point, or each other."""
    used = expression.program.free_names({*at, *over})
    if not used:
        raise UsageError("there is nothing to plot over: the expression has no variable")
    if not over:
        name = next((name for name in used if name not in at), used[0])
        meant = repair.with_option(given.typed, "--range", f"{name}={_PROPOSED}")
        raise UsageError("there is no range to plot over", hint="try " + repair.command_line("plot", meant))
    if len(over) > 2:
        message = f"a plot has one range or two, and there are {len(over)}"
        raise UsageError(message, hint="give the others a value: --at")
    for name in over:
        if name not in used:
            raise _no_variable(given, expression, name, used)
    if len(over) == 2 and (given.wrt or given.order > 1):
        raise UsageError("--wrt and --order are for plots over one range")


def _no_variable(given: Given, expression: Expression, name: str, used: Sequence[str]) -> UsageError:
    from ..lang import suggest

    if name in expression.program.bindings:
        return UsageError(f"--range {name}: the expression computes {name} itself")
    near = suggest(name, used) or (used[0] if len(used) == 1 else None)
    error = UsageError(f"--range {name}: the expression has no variable {name}")
    if near:
        meant = [token.replace(f"{name}=", f"{near}=", 1) if "=" in token else token for token in given.typed]
        error.hint = "try " + repair.command_line("plot", meant)
    return error
