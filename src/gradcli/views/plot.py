"""Plots: the samples of a curve with its derivatives, or of a field over two variables with its gradient."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..expression import Expression
from .along import Along
from .names import function_name, partial_name
from .sampling import sample

Ranges = Mapping[str, tuple[float, float]]
Line = tuple[np.ndarray, np.ndarray]

# Samples that are taken at most, where all points are evaluated at once and where each is by itself.
_MOST, _MOST_ALONE = 20_000, 2_000
# Points in each direction of a field, likewise.
_MESH, _MESH_ALONE = 101, 31
# Levels of a field, each with as much of the picture below it as there is between it and the next.
_LEVELS = 8


class Curve(NamedTuple):
    """The samples of a function: a value for each of the plot's, and after which of them the line breaks."""

    name: str
    values: np.ndarray
    breaks: list[int]


class Tangent(NamedTuple):
    """The line that touches the first curve: where, at what height, and how steep."""

    at: float
    value: float
    slope: float


class Plot(NamedTuple):
    """A function of one variable and its derivatives, sampled.

    `samples` holds the values of the variable under its name, `window` how far down and up the curves are
    worth seeing, of which one may have no bound.
    """

    expression: str
    at: dict[str, Any]
    range: dict[str, tuple[float, float]]
    samples: dict[str, np.ndarray]
    curves: list[Curve]
    window: tuple[float, float]
    tangent: Tangent | None
    notes: list[str]

    @property
    def command(self) -> str:
        """The command that this is the result of."""
        return "plot"

    @property
    def variable(self) -> str:
        """The name that runs along the plot."""
        return next(iter(self.samples))


class Field(NamedTuple):
    """A function of two variables and its gradient, sampled: rows are the values of the second variable.

    `levels` are the values at which contour lines are drawn. `point` is where `--at` put a mark.
    """

    expression: str
    at: dict[str, Any]
    range: dict[str, tuple[float, float]]
    samples: dict[str, np.ndarray]
    value: np.ndarray
    grad: dict[str, np.ndarray]
    levels: list[float]
    point: dict[str, float] | None
    notes: list[str]

    @property
    def command(self) -> str:
        """The command that this is the result of."""
        return "plot"


def plot(
    expression: Expression, shown: dict[str, Any], values: Mapping[str, Any], over: Ranges, wrt: Sequence[str],
    order: int,
) -> Plot:  # fmt: skip
    """Sample an expression and its derivatives by `wrt` over the range of a variable, the others having `values`.

    Where the variable has one of the `values`, too, there is a tangent. Raises EvaluationError where the
    expression cannot be evaluated, or is not a scalar.
    """
    [(name, limits)] = over.items()
    along = Along(expression.program, [name], {n: v for n, v in values.items() if n != name}, wrt, order)
    along(np.array(limits))  # tells whether all points can be evaluated at once
    most = _MOST if along.elementwise else _MOST_ALONE
    found = sample(along, *limits, most)
    _check(along, found.values)
    curves = [
        Curve(label, row, np.flatnonzero(breaks).tolist())
        for label, row, breaks in zip(_labels(expression, wrt, order), found.values, found.breaks, strict=True)
    ]
    touching, notes = _tangent(expression, values, name) if name in values else (None, [])
    if not found.whole:
        notes.append(f"there are more bends than {most} samples can follow: a narrower range shows them")
    view = Plot(expression.text, shown, dict(over), {name: found.x}, curves, found.window, touching, notes)
    notes += (f"no line is drawn for {c.name}, which is hardly anywhere finite" for c in curves if not _drawn(view, c))
    return view


def field(expression: Expression, shown: dict[str, Any], values: Mapping[str, Any], over: Ranges) -> Field:
    """Sample an expression and its gradient over the ranges of two variables, the others having `values`.

    Where both variables have one of the `values`, too, they are the point to mark. Raises EvaluationError as
    `plot` does.
    """
    names = tuple(over)
    along = Along(expression.program, names, {n: v for n, v in values.items() if n not in over}, names)
    along(*(np.array(limits) for limits in over.values()))
    count = _MESH if along.elementwise else _MESH_ALONE
    axes = [np.linspace(*limits, count) for limits in over.values()]
    mesh = np.meshgrid(*axes)
    rows = along(*(m.ravel() for m in mesh))
    _check(along, rows)
    value, *grad = (row.reshape(count, count) for row in rows)
    notes = [] if np.isfinite(value).any() else ["f is nowhere finite in the ranges"]
    point = {n: float(values[n]) for n in names} if all(n in values for n in names) else None
    gradient = dict(zip(names, grad, strict=True))
    samples = dict(zip(names, axes, strict=True))
    return Field(expression.text, shown, dict(over), samples, value, gradient, _levels(value), point, notes)


def _drawn(view: Plot, curve: Curve) -> bool:
    return bool(np.isfinite(line(view, curve)[1]).any())


def _check(along: Along, values: np.ndarray) -> None:
    """Raise what kept the expression from being evaluated, where that was so at every point."""
    if along.failure is not None and np.isnan(values).all():
        raise along.failure


def line(view: Plot, curve: Curve) -> Line:
    """Return the corners of a curve as it is drawn: without what is nowhere in the window, NaN at each gap."""
    x, y = view.samples[view.variable], curve.values
    low, high = view.window
    drawn = np.isfinite(y[:-1]) & np.isfinite(y[1:])
    drawn &= ~((y[:-1] > high) & (y[1:] > high)) & ~((y[:-1] < low) & (y[1:] < low))
    drawn[curve.breaks] = False
    ends = np.flatnonzero(np.diff(np.concatenate([[False], drawn, [False]]).astype(int))).reshape(-1, 2)
    return joined((x[first : last + 1], y[first : last + 1]) for first, last in ends)


def tangent(view: Plot) -> Line:
    """Return the ends of the tangent where it leaves the window, or the range; nothing where there is none."""
    if view.tangent is None:
        return joined([])
    at, value, slope = view.tangent
    [limits] = view.range.values()
    if slope:
        limits = tuple(np.clip(sorted(at + (edge - value) / slope for edge in view.window), *limits))
    x = np.array(limits)
    return x, value + slope * (x - at)


def joined(pieces: Iterable[Line]) -> Line:
    """Return the corners of some lines, one after the other, NaN between them."""
    gap = np.array([np.nan])
    parts = [part for x, y in pieces for part in ((x, y), (gap, gap))]
    return (np.concatenate([x for x, _ in parts]), np.concatenate([y for _, y in parts])) if parts else (gap, gap)


def _labels(expression: Expression, wrt: Sequence[str], order: int) -> list[str]:
    f = function_name({*expression.variables, *wrt})
    return [f, *(partial_name(f, [name] * times) for name in wrt for times in range(1, order + 1))]


def _tangent(expression: Expression, values: Mapping[str, Any], name: str) -> tuple[Tangent | None, list[str]]:
    """Return the tangent at a point, if there is one, and what a reader should know of it."""
    at = expression.at(values, wrt=[name])
    touching = Tangent(float(values[name]), float(at.value), float(at.grad([name])[name]))
    if np.isfinite(touching).all():
        return touching, at.notes
    return None, [*at.notes, f"there is no tangent at {name}={touching.at}, where the derivative is {touching.slope}"]


def _levels(value: np.ndarray) -> list[float]:
    """Return levels that part the values evenly, as numbers of two digits."""
    known = value[np.isfinite(value)]
    if not known.size:
        return []
    quantiles = np.quantile(known, np.arange(1, _LEVELS) / _LEVELS)
    low, high = float(known.min()), float(known.max())
    return sorted({level for level in (float(f"{q:.1e}") for q in quantiles) if low < level < high})
