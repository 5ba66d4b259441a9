"""Distances: norms of differences, with the norm's derivative and its conventions.

>>> from gradcli.ops.distances import cdist, dist
>>> float(dist(np.array([3.0, 0.0]), np.array([0.0, 4.0])))
5.0
>>> cdist(np.array([[0.0, 0.0]]), np.array([[3.0, 4.0], [0.0, 1.0]])).tolist()
[[5.0, 1.0]]
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ._registry import family
from ._sampling import case
from .reduction import norm, norm_slope, sum
from .shape import unsqueeze

op = family("reduction", dtype="float")


def _dist_twin(sympy: Any, input: Any, other: Any, p: float = 2) -> Any:
    return norm.sympy(sympy, np.asarray(input - other), p=p)


@op(sympy=_dist_twin, kinks={"norm(input - other) == 0": "0"}, cases=(
    case((3, 4), (3, 4)), case((3, 4), (4,)), case((3,), (), p=3), case((3,), (3,), p=1), case((), ()),
    case((0,), (0,)), case((3,), (3,), p=math.inf),
))  # fmt: skip
def dist(input, other, p=2):
    """Distance of two tensors: the `p`-norm of their difference."""
    return norm.forward(np.subtract(input, other), p)


dist.grad(
    input=lambda g, input, other, p, out: norm_slope(g, input - other, out, p),
    other=lambda g, input, other, p, out: -norm_slope(g, input - other, out, p),
)


def _pairs_size(x1: Any, x2: Any, p: float = 2.0) -> int:
    a, b = np.shape(x1), np.shape(x2)
    return math.prod((*np.broadcast_shapes(a[:-2], b[:-2]), a[-2], b[-2]))


def _pairs_twin(sympy: Any, x1: Any, x2: Any, p: float = 2.0) -> Any:
    return norm.sympy(sympy, np.expand_dims(x1, -2) - np.expand_dims(x2, -3), -1, p=p)


@op(size=_pairs_size, sympy=_pairs_twin, kinks={"any(cdist(x1, x2, p) == 0)": "0 for the pair"}, cases=(
    case((2, 3), (4, 3)), case((2, 2, 3), (4, 3)), case((2, 3), (2, 3), p=1.0), case((2, 3), (1, 3), p=3.0),
    case((2, 3), (2, 3), p=math.inf), case((0, 3), (2, 3)),
))  # fmt: skip
def cdist(x1, x2, p=2.0):
    """Distances of all rows of one matrix from all rows of another: the `p`-norms of their differences."""
    for name, shape in (("X1", np.shape(x1)), ("X2", np.shape(x2))):
        if len(shape) < 2:
            raise RuntimeError(f"cdist only supports at least 2D tensors, {name} got: {len(shape)}D")
    if np.shape(x1)[-1] != np.shape(x2)[-1]:
        raise RuntimeError(
            f"X1 and X2 must have the same number of columns. X1: {np.shape(x1)[-1]} X2: {np.shape(x2)[-1]}"
        )
    return norm.forward(np.subtract(np.expand_dims(x1, -2), np.expand_dims(x2, -3)), p, -1)


def _pair_slopes(g: Any, x1: Any, x2: Any, p: float, out: Any) -> Any:
    difference = unsqueeze(x1, -2) - unsqueeze(x2, -3)
    return norm_slope(unsqueeze(g, -1), difference, unsqueeze(out, -1), p, -1)


cdist.grad(
    x1=lambda g, x1, x2, p, out: sum(_pair_slopes(g, x1, x2, p, out), -2),
    x2=lambda g, x1, x2, p, out: -sum(_pair_slopes(g, x1, x2, p, out), -3),
)
