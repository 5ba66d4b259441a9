"""Every operation against its SymPy twin, evaluated to hundreds of digits: values, slopes, curvatures, special values.

The twin is differentiated along a direction by a difference whose step is so small, and whose digits
are so many, that it is as good as exact. SymPy's own `diff` is not evaluated here: it leaves
derivatives of steps, and of the gamma function's sign, as they stand.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import pytest
import sympy

from gradcli import tensor
from gradcli.autograd import grad
from gradcli.ops import REGISTRY, Op

# The special values need so many: exp(-700) is added to 1.
DIGITS = 450
STEP = sympy.Float("1e-40", DIGITS)
RELATIVE = sympy.Float("1e-12")
LARGEST, SMALLEST = sympy.Float(np.finfo(float).max, DIGITS), sympy.Float(np.finfo(float).tiny, DIGITS)

# No twin, and a forward that needs floats. What they give is compared elsewhere: with numeric derivatives, and torch.
TWINLESS = {
    "cast", "cholesky", "slogdet", "cofactors", "cofactors_along", "median", "median_along", "eigh", "svd", "qr",
    "std_mean",
}  # fmt: skip

Exact = Sequence[Any]


class Truth(NamedTuple):
    """What the twin says: a number for each element of the result, and how far it may be off."""

    exact: Exact
    error: Exact


def exactly(array: Any) -> np.ndarray:
    """Make SymPy numbers of floats, without rounding; leave booleans and integers as they are."""
    array = np.asarray(array)
    if array.dtype.kind != "f":
        return array
    out = np.empty(array.shape, object)
    out.flat = [sympy.Float(float(x), DIGITS) for x in array.flat]
    return out


def twin_function(op: Op) -> Callable[..., Any]:
    return getattr(sympy, op.sympy) if isinstance(op.sympy, str) else partial(op.sympy, sympy)


def twin(call: Any, variables: Sequence[np.ndarray]) -> Exact:
    """Evaluate the twin of a call, or the operation itself where it has none, on SymPy's numbers."""
    op: Op = call.op
    moved = replace(call, given=call.at([v.item() for v in variables] if op.pointwise else variables))
    if op.sympy is None:
        result = np.asarray(moved()[0])
        if result.dtype != object:
            raise TypeError(f"{op.name} turns SymPy's numbers into {result.dtype}")
    else:
        last = max(op.parameters.index(name) for name in op.tensors) + 1
        leading = [moved.given[name] for name in op.parameters[:last]]
        others = {name: moved.given[name] for name in op.parameters[last:] if name in moved.given}
        result = np.asarray(twin_function(op)(*leading, **others), object)
    return [sympy.N(y, DIGITS) for y in result.flat]


def truths(call: Any, directions: Sequence[np.ndarray]) -> list[Truth]:
    """Return the value, and the first and second derivative along a direction.

    The derivatives come from points around the point itself, where a twin may have a hole (sinc at 0),
    and once more from points twice as far, for an estimate of the error: more than all at a kink.
    """
    here, along = [exactly(v) for v in call.variables], [exactly(d) for d in directions]
    step = STEP * min((abs(x) for array in here for x in array.flat if x), default=1)
    at = {
        k: twin(call, [np.asarray(x + k * step * d, object) for x, d in zip(here, along, strict=True)])
        for k in (-4, -2, -1, 0, 1, 2, 4)
    }

    def estimates(k: int) -> list[list[Any]]:
        rows = list(zip(at[-2 * k], at[-k], at[0], at[k], at[2 * k], strict=True))
        return [
            [y if y.is_finite else (behind + near) / 2 for _, behind, y, near, _ in rows],
            [(near - behind) / (2 * k * step) for _, behind, _, near, _ in rows],
            [(far - near - behind + before) / (3 * (k * step) ** 2) for before, behind, _, near, far in rows],
        ]

    pairs = zip(estimates(1), estimates(2), strict=True)
    return [Truth(fine, [4 * abs(f - c) for f, c in zip(fine, coarse, strict=True)]) for fine, coarse in pairs]


def directions(call: Any, rng: np.random.Generator) -> list[list[np.ndarray]]:
    """List directions to go in: that of each variable alone, and one in which all change."""
    every = [np.ones(()) if call.op.pointwise else rng.uniform(0.5, 1.5, v.shape) for v in call.variables]
    alone = [[d if i == j else 0 * d for j, d in enumerate(every)] for i in range(len(every))]
    return alone if len(every) == 1 else [*alone, every]


def ours(call: Any, along: list[np.ndarray], weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the terms that add up to the first and second derivative of the weighted result along a direction."""
    inputs = [tensor(v, requires_grad=True) for v in call.variables]
    slopes = grad(call(inputs)[0], inputs, tensor(weights), create_graph=True)
    first = _terms([s.detach().numpy() for s in slopes], along)
    live = [i for i, s in enumerate(slopes) if s.requires_grad]
    if not live:
        return first, np.zeros(1)
    twice = grad([slopes[i] for i in live], inputs, [tensor(along[i]) for i in live], materialize_grads=True)
    return first, _terms([g.numpy() for g in twice], along)


def _terms(gradients: list[np.ndarray], along: list[np.ndarray]) -> np.ndarray:
    return np.concatenate([np.ravel(g[d != 0] * d[d != 0]) for g, d in zip(gradients, along, strict=True)])


class Comparison(NamedTuple):
    """Numbers that should add up to an exact one; `scale` are numbers as large as what went into them."""

    name: str
    terms: Any
    scale: Any
    exact: Any
    error: Any

    def holds(self, kinks: bool) -> bool:
        """Tell whether they do, or add up to what becomes of it in double precision."""
        found = float(np.sum(self.terms))
        if not kinks and self.error > RELATIVE * (1 + abs(self.exact)):
            return False  # the twin is no witness, but nothing says why
        if abs(self.exact) > LARGEST:
            return not math.isfinite(found)
        lost = 2 * SMALLEST if abs(self.exact) < SMALLEST else 0  # digits of numbers that small
        bound = RELATIVE * sympy.Float(float(np.sum(np.abs(self.scale)))) + self.error + lost
        return math.isfinite(found) and bool(abs(self.exact - sympy.Float(found, DIGITS)) <= bound)


def comparisons(call: Any, along: list[np.ndarray], rng: np.random.Generator) -> Iterator[Comparison]:
    """Compare the value of a call element by element, its derivatives along a direction as weighted sums."""
    value = np.asarray(call()[0])
    weights = np.ones(()) if call.op.pointwise else rng.uniform(0.5, 1.5, value.shape)
    true_value, *true_sums = truths(call, along)
    for y, exact, error in zip(value.flat, *true_value, strict=True):
        yield Comparison("value", y, y, exact, error)
    sums = ours(call, along, weights)
    for name, terms, true in zip(("slope", "curvature"), sums, true_sums, strict=True):
        # What adds up to a curvature may be as large as the slope, except where it is a single term.
        scale = terms if call.op.pointwise else np.concatenate(sums)
        exact, error = (sum(w * t for w, t in zip(exactly(weights).flat, part, strict=True)) for part in true)
        yield Comparison(name, terms, scale, exact, error)


@pytest.mark.parametrize(
    "op", [pytest.param(op, id=name) for name, op in REGISTRY.items() if op.rules and name not in TWINLESS]
)
def test_derivatives_agree_with_the_twin(op, cases, cases_of_shape, sample, special):
    rng = np.random.default_rng(51)
    drawn = [sample(op, case, rng) for case in (cases_of_shape(op, ()) if op.pointwise else cases(op))]
    # What comes of no elements is no matter of derivatives.
    calls = [call for call in (*drawn, *special(op, rng)) if all(v.size for v in call.variables)]
    assert [
        f"{op.name}{call.variables} along {along}: {c.name} {np.sum(c.terms)} is not {sympy.N(c.exact, 20)}"
        for call in calls
        for along in directions(call, rng)
        for c in comparisons(call, along, rng)
        if not c.holds(kinks=bool(op.kinks))
    ] == []


@pytest.mark.parametrize("name", sorted(TWINLESS))
def test_an_operation_without_a_twin_cannot_be_evaluated_by_sympy(name, cases, sample):
    call = sample(REGISTRY[name], next(cases(REGISTRY[name])), np.random.default_rng(52))
    with pytest.raises(TypeError):
        twin(call, [exactly(v) for v in call.variables])


@pytest.mark.parametrize(
    "op", [pytest.param(op, id=name) for name, op in REGISTRY.items() if op.sympy and not op.rules]
)
def test_truth_values_agree_with_the_twin(op, cases, sample):
    rng = np.random.default_rng(53)
    scalars = sample(op, next(cases(op)), rng)
    drawn = [v.item() for v in scalars.given.values()]
    for values in (drawn, drawn[:1] * len(drawn)):
        assert bool(op(*values)) == bool(twin_function(op)(*values))
