"""Tensors from nothing but numbers and shapes; no gradient flows through them.

The dtype is float64 unless one is given; the callers know their own default.

>>> from gradcli.ops.creation import linspace, randn
>>> linspace(0, 1, 5).tolist()
[0.0, 0.25, 0.5, 0.75, 1.0]
>>> randn(2, generator=np.random.default_rng(7)).shape
(2,)
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ._registry import family
from ._sampling import case

op = family("creation", dtype=None)


def _numbers(*size: int, generator: Any = None, dtype: Any = None) -> int:
    return math.prod(size)


@op(aliases=("array",), size=lambda data, dtype=None: np.size(data), cases=(
    case(data=[[1, 2], [3, 4]]), case(data=1.5), case(data=[]),
))  # fmt: skip
def tensor(data: Any, *, dtype=None):
    """Copy numbers, nested lists of them, or an array."""
    return np.array(data, dtype or np.float64)


@op(size=_numbers, cases=(case(size=(2, 3)), case(size=()), case(size=(0,))))
def zeros(*size, dtype=None):
    """Zeros."""
    return np.zeros(size, dtype or np.float64)


@op(size=_numbers, cases=(case(size=(2, 3)), case(size=()), case(size=(0,))))
def ones(*size, dtype=None):
    """Ones."""
    return np.ones(size, dtype or np.float64)


@op(size=lambda size, fill_value, dtype=None: math.prod(np.atleast_1d(size).tolist()), cases=(
    case(size=(2, 3), fill_value=7.0), case(size=(), fill_value=-1.0),
))  # fmt: skip
def full(size: Any, fill_value: float, *, dtype=None):
    """A tensor that holds one number everywhere."""
    return np.full(size, fill_value, dtype or np.float64)


@op(public=False, cases=(case((2, 3)), case(())))
def zeros_like(input):
    """Zeros of the shape and dtype of another tensor."""
    return np.zeros_like(input)


def _range_size(start: float, end: Any = None, step: float = 1, dtype: Any = None) -> float:
    start, end = (0, start) if end is None else (start, end)
    return max(0.0, float(np.ceil((end - start) / step))) if step else 0.0


@op(size=_range_size, cases=(
    case(start=5), case(start=1, end=4), case(start=5, end=0, step=-2), case(start=0.0, end=0.0),
))  # fmt: skip
def arange(start: float, end=None, step=1, *, dtype=None):
    """Numbers from `start` (0 if one bound is given) up to, not including, `end`, `step` apart."""
    if not step:
        raise RuntimeError("step must be nonzero")
    first: Any = 0 if end is None else start
    last: Any = start if end is None else end
    return np.arange(first, last, step, dtype=dtype or np.float64)


@op(size=lambda start, end, steps, dtype=None: steps, cases=(
    case(start=0, end=1, steps=5), case(start=3, end=-3, steps=2), case(start=1, end=2, steps=1),
    case(start=0, end=1, steps=0),
))  # fmt: skip
def linspace(start: float, end: float, steps: int, *, dtype=None):
    """`steps` numbers at equal distances from `start` to `end`, both included."""
    return np.linspace(start, end, steps, dtype=dtype or np.float64)


@op(size=lambda n, m=None, dtype=None: n * (n if m is None else m), cases=(case(n=3), case(n=2, m=4), case(n=0)))
def eye(n: int, m=None, *, dtype=None):
    """Identity matrix, of `n` rows and `m` columns (as many as rows)."""
    return np.eye(n, m, dtype=dtype or np.float64)


def _source(generator: Any) -> np.random.Generator:
    return np.random.default_rng(0) if generator is None else generator


@op(size=_numbers, cases=(case(size=(2, 3)), case(size=())))
def rand(*size, generator=None, dtype=None):
    """Random numbers, uniform over [0, 1), from a NumPy Generator (one with seed 0)."""
    return _source(generator).random(size, dtype or np.float64)


@op(size=_numbers, cases=(case(size=(2, 3)), case(size=())))
def randn(*size, generator=None, dtype=None):
    """Random numbers, normal with mean 0 and variance 1, from a NumPy Generator (one with seed 0)."""
    return _source(generator).standard_normal(size, dtype or np.float64)
