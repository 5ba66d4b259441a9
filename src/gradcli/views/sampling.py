"""Curves as samples: close where a curve bends, and open where it breaks.

A grid is refined until every curve is smooth at the size at which it will be seen. What stays rough however
close the samples are is a jump, a pole or the end of a domain, and no line belongs across it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

Array = np.ndarray
Window = tuple[float, float]

# The samples to begin with, an odd number, so that the middle of a symmetric range is one of them.
_GRID = 257
# How often an interval is halved before its ends are taken for the two sides of a break. Closer by, what is
# seen of a formula such as (1 - cos(x))/x**2 is its rounding.
_HALVINGS = 18
# How far a sample may lie off the line between its neighbours, as a part of the height of the picture.
_BEND = 0.002
# Values beyond are as good as infinite: the height of a picture is a float, too.
_INFINITE = 1e300
# A curve has no bound if it goes so many times as far where it breaks as anywhere else.
_ESCAPE = 2.0


class Samples(NamedTuple):
    """The places where curves were sampled, and each curve's values, a row a curve.

    No line is drawn from sample i of a curve to the next where its `breaks[i]`. What is worth seeing of
    the values lies within `window`. `whole` is False where there were too many bends to follow them all.
    """

    x: Array
    values: Array
    breaks: Array
    window: Window
    whole: bool


def sample(function: Callable[[Array], Array], low: float, high: float, most: int) -> Samples:
    """Sample the curves of a function of a row of places, which returns a row of values for each curve.

    The first curve decides what is seen of others that have no bound. About `most` samples are taken
    before bends are given up.

    >>> found = sample(lambda x: np.sign(x)[None], -1.0, 2.0, most=1000)
    >>> sorted({round(float(found.x[i]), 6) for i in np.flatnonzero(found.breaks[0])})
    [-0.0]
    """
    x = np.linspace(low, high, _GRID)
    grid = function(x)
    closest = 2 * (high - low) / (_GRID - 1) / 2.0**_HALVINGS
    with np.errstate(all="ignore"):  # heights beyond what a float holds
        x, values = _refined(function, x, grid, closest, most, None)
        window = _window(grid, x, values, _rough(x, values, None))
        x, values = _refined(function, x, values, closest, most, window)
        close, rough = np.diff(x) <= closest, _rough(x, values, window)
        breaks = (rough | _rough(x, values, None)) & close
    return Samples(x, values, breaks, window, bool(close[rough.any(0)].all()))


def _refined(
    function: Callable[[Array], Array], x: Array, values: Array, closest: float, most: int, window: Window | None
) -> tuple[Array, Array]:
    """Halve the intervals where some curve is rough, until none is, or they are as close as can be."""
    while x.size < most:
        rough = _rough(x, values, window).any(0) & (np.diff(x) > closest)
        if not rough.any():
            break
        middle = (x[:-1][rough] + x[1:][rough]) / 2
        places = np.flatnonzero(rough) + 1
        x = np.insert(x, places, middle)
        values = np.insert(values, places, function(middle), axis=1)
    return x, values


def _rough(x: Array, values: Array, window: Window | None) -> Array:
    """Say of each curve and interval whether the curve bends there, or begins or ends.

    A curve is looked at in and about the window; without one, all of it is.
    """
    finite = np.isfinite(values)
    seen = np.where(finite, values, np.nan)
    if window is None:
        height = np.array([_height(row) for row in seen])[:, None]
    else:
        height = np.array([[window[1] - window[0]]])
        seen = np.clip(seen, window[0] - height, window[1] + height)
    part = (x[1:-1] - x[:-2]) / (x[2:] - x[:-2])
    chord = seen[:, :-2] + (seen[:, 2:] - seen[:, :-2]) * part
    bent = np.abs(seen[:, 1:-1] - chord) > _BEND * height
    rough = finite[:, :-1] != finite[:, 1:]
    rough[:, :-1] |= bent
    rough[:, 1:] |= bent
    return rough


def _height(row: Array) -> float:
    known = row[~np.isnan(row)]
    return float(np.ptp(known)) if known.size else 0.0


def _window(grid: Array, x: Array, values: Array, rough: Array) -> Window:
    """Choose what is seen: all of the curves that have a bound, and the middle of the first if it has none."""
    reaches = [_reach(coarse, fine, _calm(x, row)) for coarse, fine, row in zip(grid, values, rough, strict=True)]
    seen = [reach for i, (reach, bounded) in enumerate(reaches) if bounded or i == 0]
    low, high = min(low for low, _ in seen), max(high for _, high in seen)
    margin = 0.05 * (high - low) or 0.05 * abs(high) or 1.0
    return low - margin, high + margin


def _calm(x: Array, rough: Array) -> Array:
    """Say which samples of the grid are a step or more away from where a curve stayed rough."""
    grid = np.linspace(x[0], x[-1], _GRID)
    breaks = np.concatenate([[-np.inf], (x[:-1] + x[1:])[rough] / 2, [np.inf]])
    after = np.searchsorted(breaks, grid)
    return np.minimum(grid - breaks[after - 1], breaks[after] - grid) > grid[1] - grid[0]


def _reach(coarse: Array, fine: Array, calm: Array) -> tuple[Window, bool]:
    """Return how far down and up a curve is to be seen, and whether that is all of it.

    A curve has no bound if it goes much further where it is rough than anywhere else.
    """
    known, all_known = coarse[np.abs(coarse) < _INFINITE], fine[np.abs(fine) < _INFINITE]
    if not known.size:
        return (0.0, 0.0), False
    low, high = float(all_known.min()), float(all_known.max())
    elsewhere = coarse[calm & np.isfinite(coarse)]
    infinite = bool(np.isinf(coarse).any())
    if not infinite and (calm.all() or high - low <= _ESCAPE * (np.ptp(elsewhere) if elsewhere.size else 0.0)):
        return (low, high), True
    first, last = (float(v) for v in np.quantile(known, (0.1, 0.9)))
    half = (last - first) / 2
    return (max(low, first - half), min(high, last + half)), False
