"""Nonlinear least squares on data of any length: what the rows say is reduced, block by block, to a triangle.

The algorithms are SciPy's. They ask for residuals r and their Jacobian J, but use no more of them than
lengths and angles, which an orthogonal transformation leaves alone; so they are given the triangle R, z of
[J r] = Q [R z], of as many rows as there are parameters and one more. The triangle of many rows is that of
the triangles of its blocks (Golub and Van Loan, Matrix Computations, 5.2 and 12.5; Demmel et al.,
arXiv:0808.2664), so that memory does not grow with the data.

A loss that resists outliers weights the rows. What the residuals count beyond their weighted squares moves with the
point as a sum of squares would, so that the triangle of the weighted rows, and one number, are all that is asked for.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from .losses import LOSSES

EPS = float(np.finfo(float).eps)
# How much of a sum of squares may be the rounding of a model whose values are much larger than its residuals.
ROUNDING = 1e-9

# Numbers that LAPACK reduces at a time: they fit the nearest cache, and are too few for BLAS to start threads.
_CACHED = 4096

# The columns of [J r] for some rows, one below the other: the Jacobian's, and the residuals in the last.
Columns = np.ndarray
# Blocks of rows, at a vector of parameters.
Problem = Callable[[np.ndarray], Iterable[Columns]]


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
    def offset(self) -> float:
        """How far from a minimum: the share of the residuals that a step would take away (Bates and Watts 1981)."""
        length = math.sqrt(self.squares)
        return float(np.linalg.norm(self.rotated)) / length if length else 0.0


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
    return Reduced(whole[:-1, :-1], whole[:-1, -1], abs(float(whole[-1, -1])), rows, excess)


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


class Attempt(NamedTuple):
    """Where a search has ended, and how many times it looked at the data."""

    point: np.ndarray
    at: Reduced
    evaluations: int
    converged: bool


class _Cached:
    """The reduction at the points that a search asks for, the last of which is kept."""

    def __init__(self, problem: Problem, parameters: int, loss: str, watch: Callable[[int, float], None]) -> None:
        self._problem = problem
        self._parameters = parameters
        self._loss = loss
        self._watch = watch
        self._key: bytes | None = None
        self.evaluations = 0

    def at(self, point: np.ndarray) -> Reduced:
        key = point.tobytes()
        if key != self._key:
            self._known = reduce(self._problem(point), self._parameters, self._loss)
            self._key = key
            self.evaluations += 1
            self._watch(self.evaluations, self._known.cost)
        return self._known

    def residuals(self, point: np.ndarray) -> np.ndarray:
        found = self.at(point)
        if not found.finite:
            return np.full(self._parameters + 1, np.inf)
        return np.append(found.rotated, math.hypot(found.rest, math.sqrt(max(found.excess, 0.0))))

    def jacobian(self, point: np.ndarray) -> np.ndarray:
        found = self.at(point)
        return np.concatenate([found.triangle, np.zeros((1, self._parameters))])


def search(
    problem: Problem, start: np.ndarray, method: str, bounds: tuple[np.ndarray, np.ndarray],
    watch: Callable[[int, float], None] = lambda *_: None, loss: str = "linear", **options: Any,
) -> Attempt | None:  # fmt: skip
    """Search for a minimum from a start, to the last digit; return None where the start cannot be judged.

    `method` is SciPy's: "lm" (Moré 1978, without bounds) or "trf" (Branch, Coleman and Li 1999).
    """
    from scipy.optimize import least_squares

    cached = _Cached(problem, len(start), loss, watch)
    if not cached.at(start).finite:
        return None
    with np.errstate(all="ignore"):
        try:
            found = least_squares(
                cached.residuals, start, cached.jacobian, bounds, method, ftol=1e-15, xtol=1e-15, gtol=1e-15,
                x_scale="jac", max_nfev=200 * (len(start) + 1), **options,
            )  # fmt: skip
        except (ValueError, np.linalg.LinAlgError):
            return None
    at = cached.at(found.x)
    return Attempt(found.x, at, cached.evaluations, found.status > 0) if at.finite else None


def polished(
    problem: Problem, attempt: Attempt, bounds: tuple[np.ndarray, np.ndarray],
    curvature: Callable[[np.ndarray], np.ndarray], loss: str = "linear", steps: int = 12,
) -> Attempt:  # fmt: skip
    """Go on from where a search has ended, by steps of Gauss-Newton and of Newton, while they come closer.

    `curvature` gives what the exact Hessian of half the sum of squares has beside J'J.
    """
    best, evaluations = attempt, attempt.evaluations
    for step in (gauss_newton_step, lambda at, point: newton_step(at, curvature(point))):
        for _ in range(steps):
            move = step(best.at, best.point)
            point = np.clip(best.point + move, *bounds)
            if not np.isfinite(point).all() or np.array_equal(point, best.point):
                break
            at = reduce(problem(point), len(point), loss)
            evaluations += 1
            if not at.finite or at.cost > best.at.cost * (1 + ROUNDING) or at.offset >= best.at.offset:
                break
            best = Attempt(point, at, evaluations, True)
    return best._replace(evaluations=evaluations)


def gauss_newton_step(at: Reduced, _: Any = None) -> np.ndarray:
    """Return the step to where the linear model has its minimum."""
    scaled, scale = _scaled(at.triangle)
    return -np.linalg.lstsq(scaled, at.rotated, rcond=None)[0] / scale


def newton_step(at: Reduced, curvature: np.ndarray) -> np.ndarray:
    """Return the step to where the quadratic model has its minimum; NaN where it has none."""
    scaled, scale = _scaled(at.triangle)
    hessian = scaled.T @ scaled + curvature / np.outer(scale, scale)
    try:
        factor = np.linalg.cholesky(hessian)
    except np.linalg.LinAlgError:
        return np.full(len(scale), np.nan)
    return -np.linalg.solve(factor.T, np.linalg.solve(factor, scaled.T @ at.rotated)) / scale


def _scaled(triangle: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return a triangle with columns of length 1, and their lengths."""
    scale = np.linalg.norm(triangle, axis=0)
    scale[scale == 0] = 1.0
    return triangle / scale, scale


class Certainty(NamedTuple):
    """How well the data determine the parameters: rank, condition (of unit columns), and the inverse of J'J."""

    rank: int
    condition: float
    inverse: np.ndarray


def certainty(at: Reduced) -> Certainty:
    """Judge a minimum by its triangle; what is not determined has an infinite variance."""
    scaled, scale = _scaled(at.triangle)
    _, values, rows = np.linalg.svd(scaled)
    rank = int((values > values[0] * EPS * len(scale)).sum()) if values.size and values[0] else 0
    condition = float(values[0] / values[-1]) if rank == len(scale) else math.inf
    if rank < len(scale):
        return Certainty(rank, condition, np.full((len(scale), len(scale)), np.inf))
    half = rows.T / values
    return Certainty(rank, condition, half @ half.T / np.outer(scale, scale))


def best_of(attempts: Sequence[Attempt]) -> Attempt:
    """Return the attempt with the least sum of squares; of those that differ by rounding, the first."""
    least = min(attempt.at.cost for attempt in attempts)
    return next(a for a in attempts if a.at.cost <= least * (1 + ROUNDING))
