"""What the rows of a table say of a fit at one point, reduced to a triangle, block by block.

The algorithms of least squares ask for residuals r and their Jacobian J, but use no more of them than lengths and
angles, which an orthogonal transformation leaves alone; so they are given the triangle R, z of [J r] = Q [R z], of as
many rows as there are parameters and one more. The triangle of many rows is that of the triangles of its blocks
(Golub and Van Loan, Matrix Computations, 5.2 and 12.5; Demmel et al., arXiv:0808.2664), so that memory does not grow
with the data.

A loss that resists outliers weights the rows, and the gradient of what they count is that of their weighted squares.
What they count beyond that is one more number, never negative.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

from .losses import LOSSES

# Numbers that LAPACK reduces at a time: they fit the nearest cache, and are too few for BLAS to start threads.
_CACHED = 4096

_EPS = float(np.finfo(float).eps)

# The columns of [J r] for some rows, one below the other: the Jacobian's, and the residuals as the last.
Columns = np.ndarray


class Reduced(NamedTuple):
    """What all rows say at one point: `triangle` (R), `rotated` (z), and `rest`, the length of what no step changes.

    `excess` is what the residuals count under a loss beyond their weighted squares.
    """

    triangle: np.ndarray
    rotated: np.ndarray
    rest: float
    rows: int
    excess: float = 0.0

    @property
    def squares(self) -> float:
        """The sum of squares of the residuals, weighted by the loss."""
        return float(np.square(self.rotated).sum() + np.square(self.rest))

    @property
    def cost(self) -> float:
        """What is to be least: what the residuals count."""
        return self.squares + self.excess

    @property
    def finite(self) -> bool:
        """Whether the point can be judged at all."""
        return math.isfinite(self.cost) and bool(np.isfinite(self.triangle).all())

    @property
    def scaled(self) -> tuple[np.ndarray, np.ndarray]:
        """The triangle with columns of length 1, and their lengths."""
        scale = np.linalg.norm(self.triangle, axis=0)
        scale[scale == 0] = 1.0
        return self.triangle / scale, scale


def reduce(blocks: Iterable[Columns], parameters: int, loss: str = "linear") -> Reduced:
    """Reduce residuals and Jacobian, block by block, weighted as a loss does."""
    triangle: Any = np.zeros((0, parameters + 1))
    rows, excess = 0, 0.0
    for block in blocks:
        if not np.isfinite(block).all():
            return Reduced(np.full((parameters, parameters), np.nan), np.full(parameters, np.nan), math.inf, rows)
        if loss in LOSSES:
            square = block[-1] ** 2
            weight = LOSSES[loss].slope(square)
            excess += float((LOSSES[loss].value(square) - weight * square).sum())
            block = block * np.sqrt(weight)
        triangle = _triangle(np.concatenate([triangle, _triangle(block.T)]))
        rows += block.shape[1]
    whole = np.zeros((parameters + 1, parameters + 1))
    whole[: len(triangle)] = triangle
    return Reduced(whole[:-1, :-1], whole[:-1, -1], abs(float(whole[-1, -1])), rows, max(excess, 0.0))


def _triangle(rows: np.ndarray) -> np.ndarray:
    """Return R of a matrix, in a tree of factorizations of a few rows each."""
    width = rows.shape[1]
    few = max(_CACHED // width, 2 * width)
    while len(rows) > few:
        whole = len(rows) // few
        parts: Any = np.linalg.qr(rows[: whole * few].reshape(whole, few, width), mode="r")
        rows = np.concatenate([parts.reshape(-1, width), rows[whole * few :]])
    triangle: Any = np.linalg.qr(rows, mode="r")
    return triangle


class Certainty(NamedTuple):
    """How well the data determine the parameters: rank, condition (of unit columns), and a root of the inverse of J'J.

    The inverse is that of what is determined; `undetermined` tells which parameters may move without effect.
    """

    rank: int
    condition: float
    root: np.ndarray
    undetermined: np.ndarray

    @property
    def inverse(self) -> np.ndarray:
        """The inverse of J'J, of which the covariance of the parameters is a multiple."""
        return self.root @ self.root.T


def certainty(at: Reduced) -> Certainty:
    """Judge a minimum by its triangle."""
    scaled, scale = at.scaled
    _, values, rows = np.linalg.svd(scaled)
    rank = int((values > values[0] * _EPS * len(scale)).sum()) if values[0] else 0
    condition = float(values[0] / values[-1]) if rank == len(scale) else math.inf
    root = rows[:rank].T / values[:rank] / scale[:, None]
    loose = (np.abs(rows[rank:]) > math.sqrt(_EPS)).any(axis=0)
    return Certainty(rank, condition, root, loose)
