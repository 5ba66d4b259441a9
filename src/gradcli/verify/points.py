"""Where to look when no point is given: numbers a person can work with first, then the domain at random.

The nice points come in the order of their simplicity, so that the first disagreement is one that can be checked
by hand.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

Range = tuple[float, float]

NICE = (1.0, 2.0, 0.0, -1.0, 0.5, 3.0, -2.0, math.pi, -0.5, 10.0)

# How many points are tried for each that is wanted: the function need not be defined everywhere.
TRIES = 30


def candidates(names: Sequence[str], ranges: Mapping[str, Range], wanted: int, seed: int) -> Iterator[dict[str, float]]:
    """Yield points, the nice ones first, for about half of those that are wanted, and `TRIES` times as many in all."""
    nice = itertools.islice(_nice(names, ranges), (wanted + 1) // 2)
    yield from itertools.islice(itertools.chain(nice, _random(names, ranges, seed)), TRIES * wanted if names else 1)


def _nice(names: Sequence[str], ranges: Mapping[str, Range]) -> Iterator[dict[str, float]]:
    """Yield points of nice numbers: neighbours in the list, turn by turn, and ones and zeros all through."""
    choices = [[v for v in NICE if _within(v, ranges.get(name))] for name in names]
    if not all(choices):
        return
    alike = [(first, 0) for first in (0, NICE.index(0.0))]
    apart = [(first, 1) for first in range(len(NICE))]
    seen = set()
    for first, step in (*apart[:2], *alike, *apart[2:]):
        point = tuple(own[(first + step * i) % len(own)] for i, own in enumerate(choices))
        if point not in seen:
            seen.add(point)
            yield dict(zip(names, point, strict=True))


def _random(names: Sequence[str], ranges: Mapping[str, Range], seed: int) -> Iterator[dict[str, float]]:
    """Yield random points: of either sign, positive of all sizes, and between 0 and 1, unless ranges say more."""
    rng = np.random.default_rng(seed)
    kinds = (lambda: rng.uniform(-3, 3), lambda: 10 ** rng.uniform(-1, 1), lambda: rng.uniform(0, 1))
    for kind in itertools.cycle(kinds):
        yield {name: float(rng.uniform(*ranges[name]) if name in ranges else kind()) for name in names}


def _within(value: float, bounds: Range | None) -> bool:
    return bounds is None or bounds[0] <= value <= bounds[1]
