"""The largest, the smallest and the middle element, and where they are.

Over all elements, and for `amax` and `amin`, ties share the gradient evenly; along a dimension the
element that was selected takes it all.

>>> from gradcli.ops.selection import max, median
>>> max(np.array([[1.0, 5.0], [7.0, 2.0]]), dim=1)
Selected(values=array([5., 7.]), indices=array([1, 0]))
>>> float(median(np.array([4.0, 1.0, 3.0, 2.0])))
2.0
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ._registry import family
from ._sampling import case
from .picking import gather_backward
from .piecewise import where
from .reduction import CASES, axes, folded, restore, sum
from .shape import Shape, wrap

_ALL = (case((3, 4)), case((3,)), case(()), case((2, 3, 4), keepdim=True))
_ALONG = (
    case((3, 4), dim=0), case((3, 4), dim=-1, keepdim=True), case((3,), dim=0), case((), dim=0), case((0, 3), dim=1),
    case((2, 3, 4), dim=1),
)  # fmt: skip
_WHERE = (case((3, 4)), case((3, 4), dim=0), case((3, 4), dim=-1, keepdim=True), case((), dim=0))

# Ties, over all elements and along a dimension, as conditions of kinks.
_TIED = "sum(input == {0}(input)) > 1"
_TIED_ALONG = "any(sum(input == {0}(input, dim=dim, keepdim=True), dim=dim) > 1)"

op = family("reduction", dtype=None)


class Selected(NamedTuple):
    """The elements that were selected along a dimension, and their places in it."""

    values: Any
    indices: Any


def _share(g: Any, input: Any, out: Any, input_shape: Shape, dim: Any, keepdim: bool) -> Any:
    """Share a gradient evenly among the elements that equal the result; NaN equals NaN here."""
    chosen = (input == restore(out, input_shape, dim, keepdim)) | (input != input)
    return where(chosen, restore(g, input_shape, dim, keepdim) / sum(chosen, dim, True), 0.0)


def put_back(g_values: Any, indices: Any, input_shape: Shape, dim: int, keepdim: bool) -> Any:
    """Give a gradient to the elements that were selected."""
    if not input_shape:
        return g_values
    g_values, indices = (restore(value, input_shape, dim, keepdim) for value in (g_values, indices))
    return gather_backward(g_values, indices, dim, input_shape)


# Ties


@op(sympy=folded(lambda s, row: s.Max(*row)), cases=(*CASES, case((0, 3), dim=1)),
    kinks=dict.fromkeys((_TIED.format("amax"), _TIED_ALONG.format("amax")), "shared evenly"))  # fmt: skip
def amax(input, dim=None, keepdim=False):
    """Largest elements along dimensions."""
    return np.maximum.reduce(input, axis=axes(dim, input), keepdims=keepdim)


amax.grad(input=lambda g, input, out, input_shape, dim, keepdim: _share(g, input, out, input_shape, dim, keepdim))


@op(sympy=folded(lambda s, row: s.Min(*row)), cases=(*CASES, case((0, 3), dim=1)),
    kinks=dict.fromkeys((_TIED.format("amin"), _TIED_ALONG.format("amin")), "shared evenly"))  # fmt: skip
def amin(input, dim=None, keepdim=False):
    """Smallest elements along dimensions."""
    return np.minimum.reduce(input, axis=axes(dim, input), keepdims=keepdim)


amin.grad(input=lambda g, input, out, input_shape, dim, keepdim: _share(g, input, out, input_shape, dim, keepdim))


class Extremes(NamedTuple):
    """The smallest and the largest elements."""

    min: Any
    max: Any


@op(outputs=("min", "max"), cases=(case((3, 4)), case((3, 4), dim=0), case((2, 3), dim=-1, keepdim=True), case(())),
    kinks={form.format(name): "shared evenly" for name in ("amin", "amax") for form in (_TIED, _TIED_ALONG)},
)  # fmt: skip
def aminmax(input, *, dim=None, keepdim=False):
    """Smallest and largest elements, of all or along a dimension."""
    if not np.size(input):
        raise RuntimeError(
            "aminmax(): cannot compute aminmax over an empty dimension as the operation has no identity."
        )
    return Extremes(amin.forward(input, dim, keepdim), amax.forward(input, dim, keepdim))


aminmax.grad(
    input=lambda g_min, g_max, input, min, max, input_shape, dim, keepdim: (
        _share(g_min, input, min, input_shape, dim, keepdim) + _share(g_max, input, max, input_shape, dim, keepdim)
    )
)


# Over all, or along one dimension with the places


@op(along="max_along", node="MaxBackward1", sympy=folded(lambda s, row: s.Max(*row)), cases=_ALL,
    kinks={_TIED.format("amax"): "shared evenly"})  # fmt: skip
def max(input, dim=None, keepdim=False):
    """Largest element; with `dim`, the largest along it as `values`, and their `indices`."""
    return np.maximum.reduce(input, axis=None, keepdims=keepdim) if dim is None else max_along(input, dim, keepdim)


max.grad(input=lambda g, input, out, input_shape: _share(g, input, out, input_shape, None, False))


@op(public=False, node="MaxBackward0", outputs=("values", "indices"), cases=_ALONG,
    kinks={_TIED_ALONG.format("amax"): "the selected element alone"})  # fmt: skip
def max_along(input, dim: int, keepdim=False):
    """Largest elements along a dimension, and their places."""
    dim = wrap(dim, np.ndim(input))
    return Selected(np.maximum.reduce(input, axis=dim, keepdims=keepdim), np.argmax(input, axis=dim, keepdims=keepdim))


max_along.grad(input=put_back)


@op(along="min_along", node="MinBackward1", sympy=folded(lambda s, row: s.Min(*row)), cases=_ALL,
    kinks={_TIED.format("amin"): "shared evenly"})  # fmt: skip
def min(input, dim=None, keepdim=False):
    """Smallest element; with `dim`, the smallest along it as `values`, and their `indices`."""
    return np.minimum.reduce(input, axis=None, keepdims=keepdim) if dim is None else min_along(input, dim, keepdim)


min.grad(input=lambda g, input, out, input_shape: _share(g, input, out, input_shape, None, False))


@op(public=False, node="MinBackward0", outputs=("values", "indices"), cases=_ALONG,
    kinks={_TIED_ALONG.format("amin"): "the selected element alone"})  # fmt: skip
def min_along(input, dim: int, keepdim=False):
    """Smallest elements along a dimension, and their places."""
    dim = wrap(dim, np.ndim(input))
    return Selected(np.minimum.reduce(input, axis=dim, keepdims=keepdim), np.argmin(input, axis=dim, keepdims=keepdim))


min_along.grad(input=put_back)


@op(along="median_along", cases=(*_ALL, case((4,)), case((0,))),
    kinks={_TIED.format("median"): "shared evenly"})  # fmt: skip
def median(input, dim=None, keepdim=False):
    """Middle element, the lower of the two middle ones; with `dim`, those along it as `values`, and their `indices`."""
    if dim is not None:
        return median_along(input, dim, keepdim)
    row = np.reshape(input, -1)
    middle = row[median_along.forward(row, 0).indices] if row.size else np.asarray(np.nan, row.dtype)
    return np.reshape(middle, (1,) * np.ndim(input)) if keepdim else middle


median.grad(input=lambda g, input, out, input_shape: _share(g, input, out, input_shape, None, False))


@op(public=False, node="MedianBackward1", outputs=("values", "indices"), cases=_ALONG,
    kinks={_TIED_ALONG.format("median"): "the selected element alone"})  # fmt: skip
def median_along(input, dim: int, keepdim=False):
    """Middle elements along a dimension (the lower of two, the first NaN if there is one), and their places."""
    dim = wrap(dim, np.ndim(input))
    if not np.ndim(input):
        return Selected(np.copy(input), np.int64(0))
    order = np.argsort(input, axis=dim, kind="stable")
    middle = np.take(order, [(np.shape(input)[dim] - 1) // 2], axis=dim)
    first_nan = np.argmax(np.isnan(input), axis=dim, keepdims=True)
    indices = np.where(np.any(np.isnan(input), axis=dim, keepdims=True), first_nan, middle)
    values = np.take_along_axis(np.asarray(input), indices, dim)
    return Selected(values, indices) if keepdim else Selected(np.squeeze(values, dim), np.squeeze(indices, dim))


median_along.grad(input=put_back)


@op(cases=_WHERE)
def argmax(input, dim=None, keepdim=False):
    """Place of the largest element (the first of equals), in flat order or along a dimension."""
    return np.argmax(input, axis=dim if dim is None else wrap(dim, np.ndim(input)), keepdims=keepdim)


@op(cases=_WHERE)
def argmin(input, dim=None, keepdim=False):
    """Place of the smallest element (the first of equals), in flat order or along a dimension."""
    return np.argmin(input, axis=dim if dim is None else wrap(dim, np.ndim(input)), keepdims=keepdim)
