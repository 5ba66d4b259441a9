"""Whether two expressions are the same function, tried at random points.

What SymPy does with formulas is not trusted: what was simplified, or is said of a claim, holds at points drawn
at random, to many digits, or is not said.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from mpmath import mp

from . import digits

# Where points are drawn, in turn: functions are at home in different places.
_RANGES = ((0.2, 3.0), (-3.0, 3.0), (0.05, 0.95), (1.05, 4.0), (1.0, 9.0))

# Points that must be found, and how many are tried for that.
_POINTS = 6
_TRIES = 60

_CLOSE = mp.mpf(10) ** -30


def values(expressions: Sequence[Any], symbols: Iterable[Any], seed: int = 0) -> Iterator[list[Any]]:
    """Yield the values of expressions at random points, where all are defined and none has an edge."""
    drawn, ordered = random.Random(seed), sorted(symbols, key=str)
    for i in range(_TRIES):
        point = {symbol: drawn.uniform(*_RANGES[i % len(_RANGES)]) for symbol in ordered}
        try:
            found = [digits.evaluate(e, point) for e in expressions]
        except digits.Undefined:
            continue
        if not any(number.edges for number in found):
            yield [number.value for number in found]


def same(left: Any, right: Any) -> bool:
    """Tell whether two expressions agree at as many random points as it takes to believe it."""
    points = itertools.islice(values((left, right), left.free_symbols | right.free_symbols), _POINTS)
    verdicts = [close(one, other) for one, other in points]
    return len(verdicts) == _POINTS and all(verdicts)


def close(one: Any, other: Any) -> bool:
    """Tell whether two numbers are the same to thirty digits."""
    return bool(abs(one - other) <= _CLOSE * (abs(one) + abs(other)))
