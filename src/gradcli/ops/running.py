"""Running sums and products, and the product, whose rule is made of them.

No rule divides by an element, so that all are right where some are zero, in every order.

>>> from gradcli.ops.running import cumprod, prod
>>> cumprod(np.array([2.0, 3.0, 4.0])).tolist()
[2.0, 6.0, 24.0]
>>> float(prod(np.array([2.0, 3.0, 4.0])))
24.0
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ._registry import family
from ._sampling import case
from .elementary import exp
from .expansion import pad
from .reduction import CASES, EMPTY, axes, count, folded, restore
from .shape import Shape, flatten, flip, permute, reshape, roll, wrap, wrap_all

op = family("reduction", dtype=None)


@op(node=("ProdBackward0", "ProdBackward1", "dim"), special=(0.0,), sympy=folded(lambda s, row: s.Mul(*row)),
    cases=CASES + EMPTY)  # fmt: skip
def prod(input, dim=None, keepdim=False):
    """Product along dimensions; 1 of no elements."""
    return np.multiply.reduce(input, axis=axes(dim, input), keepdims=keepdim)


def _shifted(input: Any, rank: int, dim: int, value: float) -> Any:
    """Move the elements one place on along a dimension, `value` coming in."""
    return pad(input, [0, 0] * (rank - 1 - dim) + [1, -1], value=value)


def _others(input: Any, input_shape: Shape, dim: Any) -> Any:
    """Multiply, for each element, all the others: those before it times those after it, zeros or not."""
    rank = len(input_shape)
    gone = wrap_all(dim, rank)
    order = [d for d in range(rank) if d not in gone] + list(gone)
    moved = [input_shape[d] for d in order]
    kept = moved[: rank - len(gone)]
    rows = reshape(permute(input, order), [*kept, count(input_shape, dim)])
    last = len(kept)
    before = _shifted(cumprod(rows, last), last + 1, last, 1.0)
    after = flip(_shifted(cumprod(flip(rows, last), last), last + 1, last, 1.0), last)
    return permute(reshape(before * after, moved), [order.index(d) for d in range(rank)])


prod.grad(
    input=lambda g, input, input_shape, dim, keepdim: (
        restore(g, input_shape, dim, keepdim) * _others(input, input_shape, dim)
    )
)


_RUNNING = (
    case((4,)), case((3, 4), dim=0), case((3, 4), dim=-1), case((3, 4)), case((2, 3, 2), dim=1), case((), dim=0),
    case(()), case((0, 3), dim=0), case((0,)),
)  # fmt: skip


@op(writes=True, cases=_RUNNING)
def cumsum(input, dim=None):
    """Running sum along a dimension, or in flat order."""
    return _accumulated(np.add, input, dim)


def _accumulated(ufunc: np.ufunc, input: Any, dim: Any) -> Any:
    if dim is None and np.ndim(input):
        return ufunc.accumulate(np.reshape(input, -1))
    along = 0 if dim is None else wrap(dim, np.ndim(input))
    return np.reshape(ufunc.accumulate(np.atleast_1d(input), axis=along), np.shape(input))


def _cumsum_slope(g: Any, input_shape: Shape, dim: Any) -> Any:
    if not input_shape:
        return reshape(g, ())
    along = 0 if dim is None else dim
    return reshape(flip(cumsum(flip(g, along), along), along), input_shape)


cumsum.grad(input=lambda g, input_shape, dim: _cumsum_slope(g, input_shape, dim))


@op(writes=True, cases=_RUNNING, special=(0.0,))
def cumprod(input, dim=None):
    """Running product along a dimension, or in flat order."""
    return _accumulated(np.multiply, input, dim)


def _cumprod_slope(g: Any, input: Any, out: Any, input_shape: Shape, dim: Any) -> Any:
    if not input_shape:
        return reshape(g, ())
    rank = 1 if dim is None else len(input_shape)
    along = 0 if dim is None else wrap(dim, rank)
    factor = flatten(input) if dim is None else input
    return reshape(_backwards(g, factor, along) * _shifted(out, rank, along, 1.0), input_shape)


cumprod.grad(input=lambda g, input, out, input_shape, dim: _cumprod_slope(g, input, out, input_shape, dim))


@op(public=False, cases=(case((4,), (4,), dim=0), case((3, 4), (3, 4), dim=1), case((0, 2), (0, 2), dim=0)))
def recurrence(input, factor, dim: int):
    """Solve `y[k] = input[k] + factor[k]*y[k-1]` along a dimension, beginning with `y[0] = input[0]`."""
    out = np.copy(input)
    along, steps = np.moveaxis(out, dim, 0), np.moveaxis(factor, dim, 0)
    for k in range(1, len(along)):
        along[k] += steps[k] * along[k - 1]
    return out


def _backwards(g: Any, factor: Any, dim: int) -> Any:
    """Solve `y[k] = g[k] + factor[k+1]*y[k+1]`: the adjoint of a recurrence."""
    return flip(recurrence(flip(g, dim), roll(flip(factor, dim), 1, dim), dim), dim)


recurrence.grad(
    input=lambda g, factor, dim: _backwards(g, factor, dim),
    factor=lambda g, factor, out, input_shape, dim: (
        _backwards(g, factor, dim) * _shifted(out, len(input_shape), dim, 0.0)
    ),
)


def _logcumsumexp_twin(s: Any, input: Any, dim: int) -> Any:
    return np.frompyfunc(s.log, 1, 1)(_accumulated(np.add, np.frompyfunc(s.exp, 1, 1)(input), dim))


@op(dtype="float", special=(1000.0, -1000.0), sympy=_logcumsumexp_twin, cases=(
    case((4,), dim=0), case((3, 4), dim=1), case((2, 3, 2), dim=-2), case((), dim=0), case((0, 3), dim=0),
))  # fmt: skip
def logcumsumexp(input, dim: int):
    """Logarithm of the running sum of exponentials along a dimension, without overflow."""
    return _accumulated(np.logaddexp, input, dim)


def _logcumsumexp_slope(g: Any, input: Any, out: Any, input_shape: Shape, dim: int) -> Any:
    """Sum `g[k]*exp(input - out[k])` over what follows; by a recurrence whose factors are at most 1."""
    if not input_shape:
        return g
    rank = len(input_shape)
    along = wrap(dim, rank)
    return _backwards(g, exp(_shifted(out, rank, along, -math.inf) - out), along) * exp(input - out)


logcumsumexp.grad(input=lambda g, input, out, input_shape, dim: _logcumsumexp_slope(g, input, out, input_shape, dim))
