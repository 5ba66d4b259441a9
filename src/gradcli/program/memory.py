"""Memory for large results: what a caller has let go of is used for the next ones.

The system hands out pages of zeros, and to zero 160 MB takes as long as to compute them. An array that is
lent has a loan for its base, which gives the memory back when the array and all views of it are gone. What
is kept is bounded, and let go as soon as something of another size is asked for.
"""

from __future__ import annotations

import math
from collections import defaultdict
from typing import Any

import numpy as np

_LEAST = 1 << 23
_MOST = 1 << 28

_kept: defaultdict[int, list[_Memory]] = defaultdict(list)


class _Memory(np.ndarray):
    """Bytes that an array can be lent; of a type of its own, or views would refer to it past the loan."""


class _Loan(np.ndarray):
    """What memory is lent by: it gives it back when it ends."""

    # Bound here, since modules may be gone when the last loans end.
    def __del__(self, kept: Any = _kept, most: int = _MOST, kind: Any = _Memory) -> None:
        memory: Any = self.base
        if isinstance(memory, kind) and memory.nbytes + sum(size * len(each) for size, each in kept.items()) <= most:
            kept[memory.nbytes].append(memory)


def empty(shape: tuple[int, ...], dtype: Any) -> np.ndarray:
    """Return an array that holds anything, as `np.empty` does.

    >>> empty((2, 3), np.float32).shape
    (2, 3)
    """
    size = math.prod(shape) * dtype().itemsize
    if size < _LEAST:
        return np.empty(shape, dtype)
    try:
        memory = _kept[size].pop()
    except IndexError:
        _kept.clear()
        memory = _Memory((size,), np.uint8)
    return np.ndarray(shape, dtype, memory.view(_Loan))
