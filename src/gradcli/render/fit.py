"""A fit as text: the parameters with their errors, how much of the data they explain, and how they hang together."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from . import numbers, table
from .look import Line, Look

# Decimals of R2 beyond which it is rounding.
_ROUNDED = 13
# Digits of what is there to judge by.
_DIGITS = 4
# What stands for a standard error that is NaN, and for one that is infinite.
_UNKNOWN = ("unknown", "undetermined")
# Parameters whose correlations are shown.
_SHOWN = 8


def draw(view: Any, look: Look) -> Iterator[Line]:
    """Draw a fit; bare, the parameters, one a line."""
    found = view.found
    if look.bare:
        for parameter in found.parameters.values():
            yield ((numbers.number(parameter.value, look.digits), ""),)
        return
    yield from _parameters(found, look)
    yield (("", ""),)
    for label, text in _summary(found, look):
        yield (label.ljust(12), "label"), (text, "")
    if 1 < len(found.parameters) <= _SHOWN:
        yield (("", ""),)
        yield from _correlations(found)


def _parameters(found: Any, look: Look) -> Iterator[Line]:
    digits = look.digits or _DIGITS
    columns = [table.Column(head) for head in ("parameter", "value", "std. error", "95 % interval")]
    rows = []
    for name, (value, stderr, (low, high)) in found.parameters.items():
        error = f"{stderr:.{digits}g}" if math.isfinite(stderr) else _UNKNOWN[math.isinf(stderr)]
        interval = f"{low:.{digits + 2}g} to {high:.{digits + 2}g}" if math.isfinite(stderr) else ""
        rows.append([name, numbers.number(value, look.digits), error, interval])
    yield from table.draw(columns, rows)


def _summary(found: Any, look: Look) -> Iterator[tuple[str, str]]:
    digits = look.digits or _DIGITS
    freedom, rows = _counted(found.degrees_of_freedom, "degree"), _counted(found.rows, "row")
    yield "residuals", f"sd {_known(found.residual_sd, digits)}, {freedom} of freedom, {rows}"
    share = _known(round(found.r_squared, _ROUNDED), digits + 2)
    yield "explained", f"R2 {share}, AIC {found.aic:.{digits + 2}g}, BIC {found.bic:.{digits + 2}g}"
    minimum = "converged to a minimum" if found.minimum else "converged, to no minimum,"
    state = minimum if found.converged else "not converged"
    yield "trust", f"{state} in {found.evaluations} evaluations, condition {found.condition:.2g}"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"


def _known(value: float, digits: int) -> str:
    return "unknown" if math.isnan(value) else f"{value + 0.0:.{digits}g}"


def _correlations(found: Any) -> Iterator[Line]:
    """Draw the triangle of correlations below the diagonal."""
    names = list(found.correlation)
    columns = [table.Column("correlation"), *(table.Column(name) for name in names[:-1])]
    rows = [
        [name, *(_correlation(found.correlation[name][other]) for other in names[:i]), *[""] * (len(names) - 1 - i)]
        for i, name in enumerate(names)
        if i
    ]
    yield from table.draw(columns, rows)


def _correlation(value: float) -> str:
    return "" if math.isnan(value) else f"{value:+.3f}"
