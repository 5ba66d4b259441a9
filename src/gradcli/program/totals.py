"""Totals: the results of many blocks, or of the rows of one, put together.

Sums halve what they add up, so that rounding errors grow with the logarithm of the number of terms, as
they do in `np.sum` of a vector; along the first axis of a matrix that adds row to row.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

REDUCERS: dict[str, np.ufunc] = {
    "sum": np.add,
    "prod": np.multiply,
    "amax": np.maximum,
    "amin": np.minimum,
    "any": np.logical_or,
    "all": np.logical_and,
    "matmul": np.add,
}

_FEW = 8


def total(array: np.ndarray, dims: tuple[int, ...] | None, dtype: Any) -> Any:
    """Return the sum of an array over all axes, or over some that the first is one of.

    >>> total(np.ones((20, 3)), (0,), np.float64)
    array([20., 20., 20.])
    """
    if dims is None or array.ndim == 1:
        return np.add.reduce(np.ascontiguousarray(array), None, dtype)
    others = tuple(dim for dim in dims if dim)
    rows = np.add.reduce(array, others, dtype) if others else array.astype(dtype, copy=False)
    while len(rows) > _FEW:
        half = len(rows) // 2
        odd = rows[2 * half :]
        rows = rows[:half] + rows[half : 2 * half]
        rows[: len(odd)] += odd
    return np.add.reduce(rows, 0)


def combined(reducer: np.ufunc, partials: Sequence[Any]) -> Any:
    """Return the results of blocks put together, in their order."""
    stacked = np.array(partials)
    if reducer is np.add and stacked.ndim > 1:
        return total(stacked, (0,), stacked.dtype)
    return reducer.reduce(stacked)
