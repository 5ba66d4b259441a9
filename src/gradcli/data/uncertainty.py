"""Propagation of uncertainty: what a result owes to the uncertainties of its inputs.

The law of propagation is that of the Guide to the Expression of Uncertainty in Measurement (JCGM 100:2008,
"GUM"): the first order is its equations 10 and 13, the second order the terms of the note to 5.1.2.
Monte Carlo is that of its Supplement 1 (JCGM 101:2008), for normal distributions.

>>> from gradcli import lang
>>> found = propagate(lang.parse("x*y"), {"x": Measured(3.0, 0.1), "y": Measured(2.0, 0.1)})
>>> found.value, round(found.uncertainty, 6)
(6.0, 0.360555)
>>> [(row.name, round(row.share, 3)) for row in found.budget]
[('y', 0.692), ('x', 0.308)]
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from .. import lang
from ..autograd.api import grad
from ..autograd.tensor import Tensor
from ..errors import EvaluationError, GradcliError
from ..point import Point

# Rows that Monte Carlo evaluates at a time.
_CHUNK = 2**18

# The share of the results that lies within the interval of Monte Carlo.
COVERAGE = 0.95


class Measured(NamedTuple):
    """A value and its standard uncertainty, in the same units."""

    value: float
    uncertainty: float


class Contribution(NamedTuple):
    """What one input adds to the uncertainty of a result.

    `sensitivity` is the partial derivative, `contribution` its product with the uncertainty of the input,
    and `share` the square of that over the sum of all squares.
    """

    name: str
    value: float
    uncertainty: float
    sensitivity: float
    contribution: float
    share: float


class SecondOrder(NamedTuple):
    """The second order: by how much the mean of the result differs from its value, and the uncertainty then."""

    shift: float
    uncertainty: float


class Sampled(NamedTuple):
    """What Monte Carlo found: mean and standard deviation, and the interval that holds 95 % of the results."""

    samples: int
    mean: float
    uncertainty: float
    interval: tuple[float, float]


class Propagation(NamedTuple):
    """A result with its uncertainty; `budget` is sorted, the largest contribution first."""

    value: float
    uncertainty: float
    budget: tuple[Contribution, ...]
    second_order: SecondOrder | None
    monte_carlo: Sampled | None


def propagate(
    program: lang.Program, inputs: Mapping[str, Any], correlations: Mapping[tuple[str, str], float] | None = None,
    order: int = 1, samples: int = 0, seed: int = 0,
) -> Propagation:  # fmt: skip
    """Carry the uncertainties of inputs through a program; inputs that are not Measured are exact.

    `correlations` are coefficients by pairs of names. Raises EvaluationError where the result is not one
    number, and where the coefficients contradict each other.
    """
    names = [name for name in program.free_names(inputs) if isinstance(inputs.get(name), Measured)]
    values = {name: each.value if isinstance(each, Measured) else each for name, each in inputs.items()}
    point = Point(program, {name: values[name] for name in program.free_names(values) if name in values}, names)
    if np.ndim(point.value):
        raise EvaluationError(
            f"the result has shape {np.shape(point.value)}, and one number is wanted", hint="choose one: u[0], sum(u)"
        )
    spreads = np.array([inputs[name].uncertainty for name in names])
    coefficients = correlation_matrix(names, correlations or {})
    slopes = point.grad(names) if names else {}
    parts = np.array([slopes[name] for name in names]) * spreads
    total = math.fsum(parts * parts)
    budget = [
        Contribution(name, values[name], float(spread), slopes[name], float(part), _share(part, total))
        for name, spread, part in zip(names, spreads, parts, strict=True)
    ]
    return Propagation(
        float(point.value),
        math.sqrt(max(0.0, float(parts @ coefficients @ parts))),
        tuple(sorted(budget, key=lambda row: -abs(row.contribution))),
        second_order(point, names, spreads) if order > 1 else None,
        sample(program, values, names, spreads, coefficients, samples, seed) if samples else None,
    )


def correlation_matrix(names: Sequence[str], pairs: Mapping[tuple[str, str], float]) -> np.ndarray:
    """Return the matrix of coefficients; raise EvaluationError where no quantities can be correlated so."""
    matrix = np.eye(len(names))
    for (one, other), coefficient in pairs.items():
        i, j = names.index(one), names.index(other)
        matrix[i, j] = matrix[j, i] = coefficient
    if len(names) and np.linalg.eigvalsh(matrix)[0] < -1e-10:
        raise EvaluationError("the correlations contradict each other: their matrix has a negative eigenvalue")
    return matrix


def second_order(point: Point, names: Sequence[str], spreads: np.ndarray) -> SecondOrder:
    """Add the terms of the second order, for independent and symmetrically distributed inputs (GUM, 5.1.2)."""
    leaves = [point.names[name] for name in names]
    firsts = _derivatives(point.root, leaves)
    shift = variance = 0.0
    for i, first in enumerate(firsts):
        seconds = _derivatives(first, leaves)
        thirds = _derivatives(seconds[i], leaves)
        shift += 0.5 * _number(seconds[i]) * spreads[i] ** 2
        for j, (second, third) in enumerate(zip(seconds, thirds, strict=True)):
            both = 0.5 * _number(second) ** 2 + _number(firsts[j]) * _number(third)
            variance += both * (spreads[i] * spreads[j]) ** 2
        variance += (_number(first) * spreads[i]) ** 2
    return SecondOrder(float(shift), math.sqrt(variance) if variance >= 0 else math.nan)


def sample(
    program: lang.Program, values: Mapping[str, Any], names: Sequence[str], spreads: np.ndarray,
    coefficients: np.ndarray, samples: int, seed: int,
) -> Sampled:  # fmt: skip
    """Evaluate the program at random inputs, normally distributed, and summarise what comes out."""
    rng = np.random.default_rng(seed)
    # Eigenvectors, unlike a Cholesky factor, exist for coefficients of 1.
    scales, axes = np.linalg.eigh(coefficients)
    mixing = axes * np.sqrt(np.maximum(scales, 0.0))
    results = np.concatenate(
        [
            _results(program, values, dict(zip(names, _drawn(rng, values, names, spreads, mixing, size), strict=True)))
            for size in _chunks(samples)
        ]
    )
    low, high = np.quantile(results, [(1 - COVERAGE) / 2, (1 + COVERAGE) / 2]).tolist()
    return Sampled(samples, float(results.mean()), float(results.std(ddof=1)) if samples > 1 else math.nan, (low, high))


def _chunks(samples: int) -> Iterator[int]:
    for start in range(0, samples, _CHUNK):
        yield min(_CHUNK, samples - start)


def _drawn(
    rng: np.random.Generator, values: Mapping[str, Any], names: Sequence[str], spreads: np.ndarray,
    mixing: np.ndarray, size: int,
) -> list[np.ndarray]:  # fmt: skip
    columns = mixing @ rng.standard_normal((len(names), size))
    return [values[name] + spread * column for name, spread, column in zip(names, spreads, columns, strict=True)]


def _results(program: lang.Program, values: Mapping[str, Any], drawn: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return the results for columns of inputs: in one pass where each row can be told from the others."""
    from ..program.compiled import Wanted, of_text

    given = {name: values[name] for name in program.free_names(values)} | dict(drawn)
    size = len(next(iter(drawn.values()), (0,)))
    try:
        return np.broadcast_to(of_text(program, Wanted((), 0, rowwise=True))(given), (size,))
    except (GradcliError, RuntimeError, ValueError, TypeError, IndexError):
        rows = ({name: column[i] for name, column in drawn.items()} for i in range(size))
        return np.array([Point(program, given | row, ()).value for row in rows])


def _derivatives(of: Any, by: Sequence[Any]) -> Sequence[Any]:
    if not isinstance(of, Tensor) or not of.requires_grad:
        return [0.0] * len(by)
    return grad(of, by, create_graph=True, materialize_grads=True)


def _number(value: Any) -> float:
    return float(value)


def _share(part: float, total: float) -> float:
    return float(part * part / total) if total else 0.0
