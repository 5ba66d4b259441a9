"""Nonlinear least squares: searches by SciPy, polished with the exact Hessian, and whether they ended at a minimum.

They see of the data what `reduction` says of a point, which is as long as there are parameters.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import numpy as np

from .reduction import Columns, Reduced, reduce

EPS = float(np.finfo(float).eps)
# How much of a sum of squares may be the rounding of a model whose values are much larger than its residuals.
ROUNDING = 1e-9
# The share of the residuals that a step may still take away at a minimum (Bates and Watts 1981).
_SHARE = 1e-3
# How close a search comes before polishing takes over: it would go on trying where sums of squares differ by rounding.
_CLOSE = 1e-12

# Blocks of rows, at a vector of parameters.
Problem = Callable[[np.ndarray], Iterable[Columns]]
# The least and the largest values of the parameters; less a point, the room that a step from there has.
Bounds = tuple[np.ndarray, np.ndarray]


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
        return np.append(found.rotated, math.hypot(found.rest, math.sqrt(found.excess)))

    def jacobian(self, point: np.ndarray) -> np.ndarray:
        found = self.at(point)
        return np.concatenate([found.triangle, np.zeros((1, self._parameters))])


def search(
    problem: Problem, start: np.ndarray, method: str, bounds: Bounds,
    watch: Callable[[int, float], None] = lambda *_: None, loss: str = "linear",
) -> Attempt | None:  # fmt: skip
    """Search for a minimum from a start; return None where the start cannot be judged.

    `method` is SciPy's: "lm" (Moré 1978, without bounds), "trf" (Branch, Coleman and Li 1999) or "dogbox".
    """
    from scipy.optimize import least_squares

    cached = _Cached(problem, len(start), loss, watch)
    if not cached.at(start).finite:
        return None
    with np.errstate(all="ignore"):
        try:
            found = least_squares(
                cached.residuals, start, cached.jacobian, bounds, method, ftol=_CLOSE, xtol=_CLOSE, gtol=_CLOSE,
                x_scale="jac", max_nfev=200 * (len(start) + 1),
            )  # fmt: skip
        except (ValueError, np.linalg.LinAlgError):
            return None
    at = cached.at(found.x)
    return Attempt(found.x, at, cached.evaluations, settled(at, found.x, bounds)) if at.finite else None


def polished(
    problem: Problem, attempt: Attempt, bounds: Bounds, curvature: Callable[[np.ndarray], np.ndarray],
    watch: Callable[[int, float], None] = lambda *_: None, loss: str = "linear", steps: int = 12,
) -> Attempt:  # fmt: skip
    """Go on from where a search has ended, by steps of Gauss-Newton and of Newton, while they come closer.

    `curvature` gives what the exact Hessian of half the sum of squares has beside J'J.
    """
    point, at, evaluations = attempt.point, attempt.at, attempt.evaluations
    for newton in (False, True):
        for _ in range(steps):
            room = room_at(point, bounds)
            step = newton_step(at, curvature(point), room) if newton else gauss_newton_step(at, room)
            moved = np.clip(point + step, *bounds)
            if not np.isfinite(moved).all() or np.array_equal(moved, point):
                break
            there = reduce(problem(moved), len(moved), loss)
            evaluations += 1
            watch(evaluations, there.cost)
            if not there.finite or there.cost > at.cost * (1 + ROUNDING):
                break
            if _gain(there, room_at(moved, bounds)) >= _gain(at, room):
                break
            point, at = moved, there
    return Attempt(point, at, evaluations, settled(at, point, bounds))


def room_at(point: np.ndarray, bounds: Bounds) -> Bounds:
    """Return how far a step may go from a point, down and up."""
    return bounds[0] - point, bounds[1] - point


def free(at: Reduced, room: Bounds) -> np.ndarray:
    """Tell of each parameter whether it is not held at a bound by the slope of the sum of squares."""
    slope = at.triangle.T @ at.rotated
    return ~((room[0] == 0) & (slope > 0) | (room[1] == 0) & (slope < 0))


def gauss_newton_step(at: Reduced, room: Bounds) -> np.ndarray:
    """Return the step to where the linear model has its minimum."""
    scaled, scale = at.scaled
    if not np.isfinite(room).any():
        return -np.linalg.lstsq(scaled, at.rotated, rcond=None)[0] / scale
    from scipy.optimize import lsq_linear

    return lsq_linear(scaled, -at.rotated, (room[0] * scale, room[1] * scale), method="bvls").x / scale


def newton_step(at: Reduced, curvature: np.ndarray, room: Bounds) -> np.ndarray:
    """Return the step to where the quadratic model has its minimum; NaN where it has none."""
    scaled, scale = at.scaled
    loose = free(at, room)
    hessian = scaled.T @ scaled + curvature / np.outer(scale, scale)
    step = np.zeros(len(scale))
    try:
        factor = np.linalg.cholesky(hessian[np.ix_(loose, loose)])
    except np.linalg.LinAlgError:
        return np.full(len(scale), np.nan)
    step[loose] = -np.linalg.solve(factor.T, np.linalg.solve(factor, (scaled.T @ at.rotated)[loose]))
    return step / scale


def _gain(at: Reduced, room: Bounds) -> float:
    """Return what length of the residuals a step of Gauss-Newton would take away."""
    left = at.rotated + at.triangle @ gauss_newton_step(at, room)
    return math.sqrt(max(float(at.rotated @ at.rotated - left @ left), 0.0))


def settled(at: Reduced, point: np.ndarray, bounds: Bounds) -> bool:
    """Tell whether no step would take away more than a small share of the residuals, or than rounding leaves there."""
    rounding = 1e4 * EPS * float(np.linalg.norm(at.triangle * point))
    return _gain(at, room_at(point, bounds)) <= max(_SHARE * math.sqrt(at.squares), rounding)


def best_of(attempts: Sequence[Attempt]) -> Attempt:
    """Return the attempt with the least sum of squares; of those that differ by rounding, the first."""
    least = min(attempt.at.cost for attempt in attempts)
    return next(a for a in attempts if a.at.cost <= least * (1 + ROUNDING))
