"""Fits: the parameters with which a formula comes closest to a table, how sure they are, and how far to trust that.

>>> from gradcli import lang
>>> from gradcli.data import Arrays
>>> table = Arrays({"x": np.arange(5.0), "y": np.array([1.1, 1.9, 3.2, 3.9, 5.1])})
>>> found = fit(lang.parse("a + b*x"), lang.parse("y"), table, {"a": 0.0, "b": 0.0})
>>> {name: (round(p.value, 3), round(p.stderr, 3)) for name, p in found.parameters.items()}
{'a': (1.04, 0.12), 'b': (1.0, 0.049)}
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from ... import lang
from ...errors import DataError
from ..reading.tables import Table
from . import least_squares, reduction
from .faults import fault
from .least_squares import Attempt
from .model import Model
from .names import columns_of

Bounds = Mapping[str, tuple[float, float]]

# The share of samples in whose intervals the parameter lies.
CONFIDENCE = 0.95

# What is tried one after the other, until two searches have found the same.
_SEARCHES = ("lm", "trf", "dogbox")


class Parameter(NamedTuple):
    """A parameter that was found: its value, standard error, and the interval of 95 % confidence."""

    value: float
    stderr: float
    interval: tuple[float, float]


class Fit(NamedTuple):
    """What a fit has found.

    `correlation` is by two names; `rank` and `condition` tell how well the data determine the parameters, and
    `minimum` whether the exact Hessian agrees that this is one.
    """

    parameters: dict[str, Parameter]
    correlation: dict[str, dict[str, float]]
    residual_sd: float
    r_squared: float
    aic: float
    bic: float
    rows: int
    degrees_of_freedom: int
    rank: int
    condition: float
    minimum: bool
    converged: bool
    evaluations: int


class Wish(NamedTuple):
    """How to fit: by which method (None: as seems best), within which bounds, from how many starts."""

    method: str | None = None
    bounds: Bounds = {}
    loss: str = "linear"
    multistart: int = 1
    seed: int = 0


def fit(
    formula: lang.Program, response: lang.Program, table: Table, start: Mapping[str, float],
    fixed: Mapping[str, float] | None = None, sigma: lang.Program | None = None, wish: Wish | None = None,
    watch: Callable[[int, float], None] = lambda *_: None,
) -> Fit:  # fmt: skip
    """Find the parameters named by `start` for which the formula comes closest to the response.

    Other names are columns of the table, or `fixed`. Raises UnknownNameError for a name that is none of these,
    UsageError for one that is two of them, DataError where there are fewer rows than parameters, EvaluationError
    where the start cannot be judged.
    """
    model = modelled(formula, response, table, start, fixed or {}, sigma)
    wish = wish or Wish()
    return judged(model, found(model, start, wish, watch), wish)


def modelled(
    formula: lang.Program, response: lang.Program, table: Table, start: Mapping[str, float],
    fixed: Mapping[str, float], sigma: lang.Program | None = None,
) -> Model:  # fmt: skip
    """Sort out the names of a fit, and return the model; raise what `names.columns_of` raises."""
    columns = columns_of(formula, [response, *([sigma] if sigma else [])], start, fixed, table.names)
    return Model(formula, response, tuple(start), fixed, table, columns, sigma)


def found(
    model: Model, start: Mapping[str, float], wish: Wish, watch: Callable[[int, float], None] = lambda *_: None
) -> Attempt:
    """Search from the start, and from further ones if that is wished, and polish the best that is found."""
    origin = np.array(list(start.values()), float)
    bounds = _ends(model.parameters, wish)
    attempts: list[Attempt] = []
    for point in _starts(origin, bounds, wish):
        attempts += _searched(model, point, bounds, wish, watch)
    if not attempts:
        raise fault(model, origin)
    best = least_squares.best_of(attempts)
    if best.at.rows < len(origin):
        raise _too_few(best.at.rows, len(origin), model.table.dropped)
    total = sum(attempt.evaluations for attempt in attempts)
    curvature = partial(model.curvature, loss=wish.loss)
    best = best._replace(evaluations=total)
    return least_squares.polished(model.rows, best, bounds, curvature, watch, wish.loss)


def _too_few(rows: int, parameters: int, dropped: int) -> DataError:
    counted = f"{rows} row{'s' * (rows != 1)} cannot determine {parameters} parameter{'s' * (parameters != 1)}"
    return DataError(counted, hint=f"rows with an empty cell are left out: {dropped}" if dropped else None)


def _ends(names: Sequence[str], wish: Wish) -> least_squares.Bounds:
    ends = [wish.bounds.get(name, (-math.inf, math.inf)) for name in names]
    return np.array([low for low, _ in ends]), np.array([high for _, high in ends])


def _searched(
    model: Model, start: np.ndarray, bounds: Any, wish: Wish, watch: Callable[[int, float], None]
) -> list[Attempt]:
    """Search by one method after the other, until two agree on the least sum of squares."""
    bounded = np.isfinite(bounds[0]).any() or np.isfinite(bounds[1]).any()
    methods = [wish.method] if wish.method else [name for name in _SEARCHES if not bounded or name != "lm"]
    attempts: list[Attempt] = []
    for method in methods:
        attempt = least_squares.search(model.rows, start, method, bounds, watch, wish.loss)
        if attempt is None:
            continue
        attempts.append(attempt)
        least = min(a.at.cost for a in attempts)
        if sum(a.at.cost <= least * (1 + 1e-6) and a.converged for a in attempts) > 1:
            break
    return attempts


def _starts(origin: np.ndarray, bounds: tuple[np.ndarray, np.ndarray], wish: Wish) -> list[np.ndarray]:
    """Return the start, and others: of magnitudes around its own, or anywhere within bounds."""
    rng = np.random.default_rng(wish.seed)
    points = [np.clip(origin, *bounds)]
    for _ in range(wish.multistart - 1):
        scattered = np.where(origin == 0, 1.0, origin) * np.exp(rng.normal(size=len(origin)))
        low, high = (np.where(np.isfinite(end), end, scattered) for end in bounds)
        inside = np.where(np.isfinite(bounds[0]) & np.isfinite(bounds[1]), rng.uniform(low, high), scattered)
        points.append(np.clip(inside, *bounds))
    return points


def judged(model: Model, attempt: Attempt, wish: Wish | None = None) -> Fit:
    """Say how sure the parameters are, and how far to trust that."""
    from scipy.special import stdtrit

    names, at = model.parameters, attempt.at
    freedom = at.rows - len(names)
    variance = at.squares / freedom if freedom else math.nan
    certainty = reduction.certainty(at)
    errors = np.sqrt(np.diag(certainty.inverse) * variance)
    errors[certainty.undetermined] = math.inf
    reach = float(stdtrit(freedom, (1 + CONFIDENCE) / 2)) if freedom else math.nan
    parameters = {
        name: Parameter(value, error, (value - reach * error, value + reach * error))
        for name, value, error in zip(names, attempt.point.tolist(), errors.tolist(), strict=True)
    }
    _, spread = model.spread()
    likelihood = at.rows * (math.log(at.squares / at.rows) + 1 + math.log(2 * math.pi)) if at.squares else -math.inf
    free = len(names) + 1  # the variance of the residuals is estimated, too
    return Fit(
        parameters, _correlations(names, certainty), math.sqrt(variance) if freedom else math.nan,
        1 - at.squares / spread if spread else math.nan, likelihood + 2 * free, likelihood + math.log(at.rows) * free,
        at.rows, freedom, certainty.rank, certainty.condition, _is_minimum(model, attempt, wish or Wish()),
        attempt.converged, attempt.evaluations,
    )  # fmt: skip


def _correlations(names: tuple[str, ...], certainty: reduction.Certainty) -> dict[str, dict[str, float]]:
    scale = np.sqrt(np.diag(certainty.inverse))
    scale[certainty.undetermined] = math.nan
    matrix = certainty.inverse / np.outer(scale, scale)
    np.fill_diagonal(matrix, 1.0)
    return {name: dict(zip(names, row, strict=True)) for name, row in zip(names, matrix.tolist(), strict=True)}


def _is_minimum(model: Model, attempt: Attempt, wish: Wish) -> bool:
    """Tell whether the exact Hessian of what no bound holds is positive there, in units of its own diagonal."""
    hessian = attempt.at.triangle.T @ attempt.at.triangle + model.curvature(attempt.point, wish.loss)
    room = least_squares.room_at(attempt.point, _ends(model.parameters, wish))
    loose = least_squares.free(attempt.at, room)
    hessian = hessian[np.ix_(loose, loose)]
    scale = np.sqrt(np.abs(np.diag(hessian)))
    scale[scale == 0] = 1.0
    return bool(np.linalg.eigvalsh(hessian / np.outer(scale, scale)).min(initial=1.0) > -1e3 * least_squares.EPS)
