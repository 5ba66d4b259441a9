"""Where and how an operation is sampled: the intervals of its arguments, and the calls to try.

The registry keeps them as the `domain` and the `cases` of an operation; whatever sweeps it draws from them.

>>> from gradcli.ops._sampling import nonzero
>>> drawn = nonzero(gap=0.5).sample(np.random.default_rng(0), (100,))
>>> bool((np.abs(drawn) >= 0.5).all())
True
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np


class Interval(NamedTuple):
    """Where an argument may be sampled: between `low` and `high`, at least `gap` from zero."""

    low: float
    high: float
    gap: float = 0.0

    def sample(self, rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        """Draw an array of the given shape, uniform over the interval."""
        drawn = rng.uniform(self.low, self.high, shape)
        return np.where(np.abs(drawn) < self.gap, np.copysign(self.gap, drawn), drawn)


class Booleans(Interval):
    """Where a condition may be sampled: either way."""

    __slots__ = ()

    def sample(self, rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        """Draw an array of booleans."""
        return super().sample(rng, shape) < 0.5


class Indices(Interval):
    """Where an argument that holds indices may be sampled: integers from `low`, below `high`."""

    __slots__ = ()

    def sample(self, rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        """Draw an array of integers."""
        return rng.integers(int(self.low), int(self.high), shape)


BOOLEANS = Booleans(0.0, 1.0)


def reals(low: float = -3.0, high: float = 3.0) -> Interval:
    """Return the interval from `low` to `high`."""
    return Interval(low, high)


def positive(low: float = 0.25, high: float = 4.0) -> Interval:
    """Return an interval of numbers above zero."""
    return Interval(low, high)


def nonzero(low: float = -3.0, high: float = 3.0, gap: float = 0.25) -> Interval:
    """Return an interval without the neighbourhood of zero."""
    return Interval(low, high, gap)


class Case(NamedTuple):
    """One way of calling an operation: the shapes of its tensors and its attributes."""

    shapes: tuple[Any, ...]
    attributes: dict[str, Any]


def case(*shapes: Any, **attributes: Any) -> Case:
    """Describe a call to sample: a shape for each tensor (a list of them for a sequence, None to leave it out)."""
    return Case(shapes, attributes)
