"""Whether two expressions are the same function, tried at random points.

What SymPy does with formulas is not trusted: what was simplified, or is said of a claim, holds at points drawn
at random, to many digits, or is not said.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

from mpmath import mp

from . import digits

Point = dict[Any, float]

# Where points are drawn, in turn: functions are at home in different places.
_RANGES = ((0.2, 3.0), (-3.0, 3.0), (0.05, 0.95), (1.05, 4.0), (1.0, 9.0))

# Points that must be found, and how many are tried for that.
_POINTS = 6
_TRIES = 60

_CLOSE = mp.mpf(10) ** -30


def points(expressions: Sequence[Any], around: Mapping[Any, float] | None = None) -> list[Point]:
    """Return random points where all the expressions are defined and none has an edge: enough of them, or none.

    They lie `around` a point, if there is one: between half of it and one and a half times as far.
    """
    drawn = random.Random(0)
    symbols = sorted(set().union(*(e.free_symbols for e in expressions)), key=str)
    found: list[Point] = []
    for i in range(_TRIES):
        if around is None or i % 2:
            point = {s: drawn.uniform(*_RANGES[i // 2 % len(_RANGES)]) for s in symbols}
        else:
            point = {s: around.get(s, 1.0) * drawn.uniform(0.5, 1.5) for s in symbols}
        if all(_is_plain(e, point) for e in expressions):
            found.append(point)
        if len(found) == _POINTS:
            return found
    return []


def _is_plain(expression: Any, point: Point) -> bool:
    try:
        return not digits.evaluate(expression, point).edges
    except digits.Undefined:
        return False


def values(expression: Any, where: Sequence[Point]) -> list[Any] | None:
    """Return the values of an expression at some points, or None if it is not defined at all of them."""
    try:
        return [digits.evaluate(expression, point).value for point in where]
    except digits.Undefined:
        return None


def close(some: Sequence[Any] | None, others: Sequence[Any] | None) -> bool:
    """Tell whether numbers are the same, pair by pair, to thirty digits."""
    if not some or not others:
        return False
    return all(abs(a - b) <= _CLOSE * (abs(a) + abs(b)) for a, b in zip(some, others, strict=True))


def same(one: Any, other: Any) -> bool:
    """Tell whether two expressions agree at as many random points as it takes to believe it."""
    where = points((one, other))
    return close(values(one, where), values(other, where))
