"""`gradcli grad`: the value of an expression and its derivatives."""

from __future__ import annotations

import numpy as np

from ..errors import UsageError
from ..views import Gradient, in_dtype
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
    vector = _vector(given, np.shape(at.value))
    found = {
        "value": at.value,
        "grad": None if given.jacobian else at.grad(names, vector),
        "jacobian": at.jacobian(names) if given.jacobian else None,
        "hessian": at.hessian(names) if given.order == 2 else None,
        "derivatives": {names[0]: at.derivatives(names[0], given.order)} if given.order > 2 else None,
    }
    notes = [*where.notes, *_of_the_sum(given, np.shape(at.value))]
    output.show(Gradient(where.text, where.shown, **in_dtype(found, given.dtype), notes=notes), given)


def _vector(given: Given, shape: tuple[int, ...]) -> np.ndarray | None:
    """Read the vector of the vector-Jacobian product; raise UsageError where it has not the result's shape."""
    if given.gradient is None:
        return None
    value, path = values.value_of("--gradient", given.gradient, given.seed)
    output.check(given, [path] if path else [])
    vector = np.asarray(value, float)
    if vector.shape != shape:
        raise UsageError(
            f"--gradient has shape {vector.shape}, and the result has shape {shape}",
            hint="the gradient is that of sum(GRADIENT * RESULT), so they must be alike",
        )
    return vector


def _of_the_sum(given: Given, shape: tuple[int, ...]) -> list[str]:
    """Say of a result that is no scalar what its gradient means."""
    if not shape or given.jacobian or given.gradient is not None:
        return []
    return [f"the result has shape {shape}: its gradient is taken with ones, as that of its sum; "
            "see --gradient and --jacobian"]  # fmt: skip
