"""Losses that resist outliers: how much a residual counts, as a function of its square.

They are SciPy's. Each is concave and begins as the square itself, so that the sum of squares, weighted by the
slopes, is never more than what the residuals count (Triggs et al. 2000, "Bundle adjustment: a modern synthesis", 4.3).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

Function = Callable[[np.ndarray], np.ndarray]


class Loss(NamedTuple):
    """What the square of a residual counts, and the first and second derivative of that."""

    value: Function
    slope: Function
    bend: Function


LOSSES = {
    "huber": Loss(
        lambda s: np.where(s <= 1, s, 2 * np.sqrt(s) - 1),
        lambda s: 1 / np.sqrt(np.maximum(s, 1)),
        lambda s: np.where(s <= 1, 0.0, -0.5 / np.maximum(s, 1) ** 1.5),
    ),
    "soft_l1": Loss(
        lambda s: 2 * s / (np.sqrt(1 + s) + 1),
        lambda s: 1 / np.sqrt(1 + s),
        lambda s: -0.5 / (1 + s) ** 1.5,
    ),
    "cauchy": Loss(np.log1p, lambda s: 1 / (1 + s), lambda s: -1 / (1 + s) ** 2),
}
