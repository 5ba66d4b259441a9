"""Sums, means and norms along dimensions.

`dim` is None (all dimensions), one, or several; `keepdim` leaves them in place with length 1. The
forwards call the methods of ufuncs: NumPy's functions of the same meaning take twice the time, and
would put their overflow warnings under NumPy's name, where our filter does not reach.

>>> from gradcli.ops.reduction import mean, sum
>>> sum(np.array([[1.0, 2.0], [3.0, 4.0]]), axis=0).tolist()
[4.0, 6.0]
>>> float(mean(np.array([[1.0, 2.0], [3.0, 4.0]])))
2.5
"""

from __future__ import annotations

import builtins
import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ._registry import family
from ._sampling import case, positive
from .creation import zeros_like
from .elementary import abs, exp
from .expansion import expand
from .piecewise import sign, where
from .shape import Shape, reshape, wrap_all

CASES = (
    case((3, 4)), case((3, 4), dim=0), case((2, 3, 4), dim=(0, -1)), case((3, 4), dim=-1, keepdim=True),
    case((3, 4), keepdim=True), case((3, 4), dim=()), case(()), case((), dim=0), case((3,)),
)  # fmt: skip
EMPTY = (case((0,)), case((0, 3), dim=0), case((0, 3), dim=1))

op = family("reduction", dtype=None, cases=CASES + EMPTY)


def axes(dim: Any, input: Any) -> tuple[int, ...] | None:
    """Return the dimensions to reduce as NumPy wants them."""
    return None if dim is None else wrap_all(dim, np.ndim(input))


def restore(g: Any, input_shape: Shape, dim: Any, keepdim: bool) -> Any:
    """Put the reduced dimensions back with length 1, so that a result meets the argument elementwise."""
    if keepdim or dim is None:
        return g
    gone = wrap_all(dim, len(input_shape))
    return reshape(g, [1 if d in gone else n for d, n in enumerate(input_shape)])


def count(input_shape: Shape, dim: Any) -> int:
    """Return how many elements go into each element of a reduction."""
    return math.prod(input_shape[d] for d in wrap_all(dim, len(input_shape)))


def folded(fold: Callable[..., Any]) -> Callable[..., Any]:
    """Make a SymPy twin, for object arrays of expressions, of a function of `(sympy, list of expressions)`."""

    def twin(sympy: Any, input: np.ndarray, dim: Any = None, keepdim: bool = False, **attributes: Any) -> np.ndarray:
        gone = wrap_all(dim, input.ndim)
        kept = [d for d in range(input.ndim) if d not in gone]
        rows = np.transpose(input, (*kept, *gone)).reshape(math.prod(input.shape[d] for d in kept), -1)
        out = np.empty(len(rows), object)
        out[:] = [fold(sympy, list(row), **attributes) for row in rows]
        return out.reshape([1 if d in gone else n for d, n in enumerate(input.shape) if keepdim or d not in gone])

    return twin


@op(node=("SumBackward0", "SumBackward1", "dim"), sympy=folded(lambda s, row: s.Add(*row)))
def sum(input, dim=None, keepdim=False):
    """Sum along dimensions."""
    return np.add.reduce(input, axis=axes(dim, input), keepdims=keepdim)


sum.grad(input=lambda g, input_shape, dim, keepdim: expand(restore(g, input_shape, dim, keepdim), input_shape))


@op(sympy=folded(lambda s, row: s.Add(*row)))
def nansum(input, dim=None, keepdim=False):
    """Sum along dimensions, with zeros in the place of NaN."""
    return sum.forward(np.where(np.not_equal(input, input), 0.0, input), dim, keepdim)


nansum.grad(
    input=lambda g, input, input_shape, dim, keepdim: where(
        input == input, expand(restore(g, input_shape, dim, keepdim), input_shape), 0.0
    )
)


@op(dtype="float", node=("MeanBackward0", "MeanBackward1", "dim"), sympy=folded(lambda s, row: s.Add(*row) / len(row)))
def mean(input, dim=None, keepdim=False):
    """Mean along dimensions; NaN of no elements."""
    return np.divide(sum.forward(input, dim, keepdim), count(np.shape(input), dim))


def _mean_slope(g: Any, input_shape: Shape, dim: Any, keepdim: bool) -> Any:
    return restore(g, input_shape, dim, keepdim) / count(input_shape, dim)


mean.grad(input=lambda g, input_shape, dim, keepdim: expand(_mean_slope(g, input_shape, dim, keepdim), input_shape))


def _freedom(input_shape: Shape, dim: Any, correction: float) -> float:
    return builtins.max(0, count(input_shape, dim) - correction)


def _variance(sympy: Any, row: list[Any], correction: float = 1) -> Any:
    middle = sympy.Add(*row) / len(row)
    return sympy.Add(*[(x - middle) ** 2 for x in row]) / (len(row) - correction)


_SPREAD = (
    case((3, 4)), case((3, 4), dim=0), case((3, 4), dim=(0, 1), correction=0), case((3, 4), dim=-1, keepdim=True),
    case((2, 3), correction=2), case((2, 1, 4), dim=(1, 2)),
)  # fmt: skip


@op(dtype="float", sympy=folded(_variance), cases=_SPREAD)
def var(input, dim=None, correction=1, keepdim=False):
    """Variance along dimensions: squared deviations summed, over the number of elements less `correction`."""
    squares = np.square(np.subtract(input, mean.forward(input, dim, True)))
    return np.divide(sum.forward(squares, dim, keepdim), _freedom(np.shape(input), dim, correction))


def _var_slope(g: Any, input: Any, input_shape: Shape, dim: Any, correction: float, keepdim: bool) -> Any:
    deviation = input - mean(input, dim, True)
    return 2.0 * restore(g, input_shape, dim, keepdim) * deviation / _freedom(input_shape, dim, correction)


var.grad(
    input=lambda g, input, input_shape, dim, correction, keepdim: _var_slope(
        g, input, input_shape, dim, correction, keepdim
    )
)


@op(dtype="float", sympy=folded(lambda s, row, correction=1: s.sqrt(_variance(s, row, correction))), cases=_SPREAD,
    kinks={"amax(input) == amin(input)": "0"})  # fmt: skip
def std(input, dim=None, correction=1, keepdim=False):
    """Standard deviation along dimensions: the square root of `var`."""
    return np.sqrt(var.forward(input, dim, correction, keepdim))


def _std_slope(g: Any, input: Any, out: Any, input_shape: Shape, dim: Any, correction: float, keepdim: bool) -> Any:
    flat = out == 0
    scale = where(flat, 0.0, g) / where(flat, 1.0, out)
    deviation = input - mean(input, dim, True)
    return restore(scale, input_shape, dim, keepdim) * deviation / _freedom(input_shape, dim, correction)


std.grad(
    input=lambda g, input, out, input_shape, dim, correction, keepdim: _std_slope(
        g, input, out, input_shape, dim, correction, keepdim
    )
)


class VarMean(NamedTuple):
    """The variance and the mean along the same dimensions."""

    var: Any
    mean: Any


class StdMean(NamedTuple):
    """The standard deviation and the mean along the same dimensions."""

    std: Any
    mean: Any


@op(dtype="float", outputs=("var", "mean"), cases=_SPREAD)
def var_mean(input, dim=None, correction=1, keepdim=False):
    """Variance along dimensions, as of `var`, and the mean."""
    return VarMean(var.forward(input, dim, correction, keepdim), mean.forward(input, dim, keepdim))


@op(dtype="float", outputs=("std", "mean"), cases=_SPREAD, kinks={"amax(input) == amin(input)": "0"})
def std_mean(input, dim=None, correction=1, keepdim=False):
    """Standard deviation along dimensions, as of `std`, and the mean."""
    return StdMean(std.forward(input, dim, correction, keepdim), mean.forward(input, dim, keepdim))


var_mean.grad(
    input=lambda g_var, g_mean, input, input_shape, dim, correction, keepdim: (
        _var_slope(g_var, input, input_shape, dim, correction, keepdim) + _mean_slope(g_mean, input_shape, dim, keepdim)
    )
)
std_mean.grad(
    input=lambda g_std, g_mean, input, std, input_shape, dim, correction, keepdim: (
        _std_slope(g_std, input, std, input_shape, dim, correction, keepdim)
        + _mean_slope(g_mean, input_shape, dim, keepdim)
    )
)


@op(dtype="float", special=(1000.0, -1000.0), sympy=folded(lambda s, row: s.log(s.Add(*map(s.exp, row)))))
def logsumexp(input, dim=None, keepdim=False):
    """`log(sum(exp(input)))` along dimensions, without overflow; -inf of no elements."""
    dims = axes(dim, input)
    top = np.maximum.reduce(input, axis=dims, keepdims=True, initial=-np.inf)
    top = np.where(np.isfinite(top), top, 0.0)
    total = np.add.reduce(np.exp(np.subtract(input, top)), axis=dims, keepdims=keepdim)
    return np.add(np.log(total), np.reshape(top, np.shape(total)))


def _shares(input: Any, out: Any, dim: Any) -> Any:
    # The rounding of a large result is a common factor, which dividing by the sum takes out.
    raised = exp(input - out)
    return raised / sum(raised, dim, True)


logsumexp.grad(
    input=lambda g, input, out, input_shape, dim, keepdim: (
        restore(g, input_shape, dim, keepdim) * _shares(input, restore(out, input_shape, dim, keepdim), dim)
    )
)


def _norm_twin(sympy: Any, row: list[Any], p: Any = 2) -> Any:
    if p == 0:
        return sympy.Add(*[sympy.sign(sympy.Abs(x)) for x in row])
    if math.isinf(p):
        return (sympy.Max if p > 0 else sympy.Min)(*map(sympy.Abs, row))
    powers = sympy.Add(*[sympy.Abs(x) ** sympy.nsimplify(p) for x in row])
    return powers ** (1 / sympy.nsimplify(p))


@op(dtype="float", special=(0.0, 2.0), sympy=folded(_norm_twin), node="LinalgVectorNormBackward0",
    domain=positive(), kinks={"amax(abs(input)) == 0": "0", "p <= 1 and amin(abs(input)) == 0": "0 for it"},
    cases=(
        case((3, 4)), case((3, 4), dim=0), case((2, 3, 4), dim=(0, -1), keepdim=True), case((3, 4), p=1, dim=-1),
        case((3, 4), p=3, dim=0), case((3,), p=1.5), case((3,), p=0.5), case((3,), p=math.inf),
        case((3, 4), p=-math.inf, dim=0), case((3,), p=0), case((3,), p=-1), case((0,)), case(()), case((), p=3),
    ))  # fmt: skip
def norm(input, p=2, dim=None, keepdim=False):
    """Norm along dimensions: `sum(abs(input)**p)**(1/p)`.

    For p = inf it is the largest magnitude, for -inf the smallest, for 0 the number of elements not zero.
    """
    if p == 2:
        return np.sqrt(sum.forward(np.square(input), dim, keepdim))
    size = np.abs(input)
    if p == 0:
        return sum.forward(np.where(size == 0, size, np.ones_like(size)), dim, keepdim)
    if math.isinf(p):
        extreme = np.maximum if p > 0 else np.minimum
        return extreme.reduce(size, axis=axes(dim, input), keepdims=keepdim)
    return np.power(sum.forward(np.power(size, p), dim, keepdim), 1.0 / p)


def norm_slope(g: Any, input: Any, out: Any, p: float, dim: Any = None) -> Any:
    """Return the gradient of a norm along `dim`, which `g` and `out` keep with length 1."""
    if p == 0:
        return zeros_like(input)
    if p == 1:
        return g * sign(input)
    if math.isinf(p):
        chosen = abs(input) == out
        return where(chosen, g / sum(chosen, dim, True), 0.0) * sign(input)
    # With the argument over its norm no power overflows; at the origin it is put out of the way.
    origin = out == 0
    ratio = input / where(origin, 1.0, out)
    g = where(origin, 0.0, g)
    if p == 2:
        return g * ratio
    still = (input == 0) & (p < 2)
    return g * where(still, 0.0, sign(ratio) * abs(where(still, 1.0, ratio)) ** (p - 1))


norm.grad(
    input=lambda g, input, out, input_shape, p, dim, keepdim: norm_slope(
        restore(g, input_shape, dim, keepdim), input, restore(out, input_shape, dim, keepdim), p, dim
    )
)


# As in torch, an empty `dim` reduces nothing here, but everything elsewhere.


@op
def any(input, dim=None, keepdim=False):
    """Whether any element is true (not zero)."""
    return np.any(input, axis=() if dim == () else axes(dim, input), keepdims=keepdim)


@op
def all(input, dim=None, keepdim=False):
    """Whether all elements are true (not zero)."""
    return np.all(input, axis=() if dim == () else axes(dim, input), keepdims=keepdim)
