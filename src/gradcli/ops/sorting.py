"""Elements in order: sorting, and the places where elements of some rank are.

NaN counts as the largest. Equal elements keep their order, and a gradient goes to the elements
that were moved or selected, each alone.

>>> from gradcli.ops.sorting import sort, topk
>>> sort(np.array([3.0, 1.0, 2.0]))
Selected(values=array([1., 2., 3.]), indices=array([1, 2, 0]))
>>> topk(np.array([3.0, 1.0, 2.0]), 2).values.tolist()
[3.0, 2.0]
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from ._registry import family
from ._sampling import case
from .indexing import narrow
from .selection import Selected, put_back
from .shape import wrap

op = family("sorting", dtype=None)

# Neighbours that are equal after sorting, as conditions of kinks; n counts them, for the first has none before it.
_TIED = "s = sort(input, dim); n = cumsum(s == s, dim); any(s == roll(s, 1, dim) and n > 1)"
_TIED_ABOVE = "s = sort(input, dim, largest); n = cumsum(s == s, dim); any(s == roll(s, 1, dim) and 1 < n <= k + 1)"
_CASES = (
    case((3, 4)), case((3, 4), dim=0, descending=True), case((3,), dim=-1), case(()), case((0, 3), dim=0),
    case((2, 3, 2), dim=1),
)  # fmt: skip


def _order(input: Any, dim: int, descending: bool = False) -> Any:
    """Return the places of the elements along a dimension in ascending or descending order."""
    dim = wrap(dim, np.ndim(input))
    if not np.ndim(input):
        return np.zeros((), np.int64)
    if not descending:
        return np.argsort(input, axis=dim, kind="stable")
    # Sorted from the other end and read backwards, so that equal elements keep their order.
    order = np.flip(np.argsort(np.flip(input, dim), axis=dim, kind="stable"), dim)
    return np.maximum.reduce(order, axis=dim, keepdims=True, initial=0) - order


def _picked(input: Any, indices: Any, dim: int) -> Selected:
    """Return the elements at places along a dimension, together with the places."""
    return Selected(np.take_along_axis(input, indices, dim) if np.ndim(input) else np.copy(input), indices)


@op(outputs=("values", "indices"), node=("SortBackward0", "SortBackward1", "stable"), cases=_CASES,
    kinks={_TIED: "each element's own"})  # fmt: skip
def sort(input, dim=-1, descending=False, *, stable=None):
    """Sort along a dimension: the elements in order as `values`, and their `indices`; always stable."""
    return _picked(input, _order(input, dim, descending), dim)


sort.grad(input=lambda g_values, indices, input_shape, dim: put_back(g_values, indices, input_shape, dim, True))


@op(cases=_CASES)
def argsort(input, dim=-1, descending=False, *, stable=None):
    """Places of the elements in the order that `sort` gives them."""
    return _order(input, dim, descending)


def _length(input: Any, dim: int) -> int:
    return np.shape(input)[wrap(dim, np.ndim(input))] if np.ndim(input) else 1


@op(outputs=("values", "indices"), kinks={_TIED_ABOVE: "each selected element's own"}, cases=(
    case((3, 4), k=2), case((3, 4), k=3, dim=0, largest=False), case((3,), k=0), case((), k=1), case((0, 3), k=2),
))  # fmt: skip
def topk(input, k: int, dim=-1, largest=True, sorted=True):
    """The `k` largest (or smallest) elements along a dimension, in order, as `values`, and their `indices`."""
    if not 0 <= operator.index(k) <= _length(input, dim):
        raise RuntimeError("selected index k out of range")
    order = _order(input, dim, largest)
    return _picked(input, narrow.forward(order, dim, 0, k) if np.ndim(input) else order, dim)


topk.grad(input=lambda g_values, indices, input_shape, dim: put_back(g_values, indices, input_shape, dim, True))


@op(outputs=("values", "indices"), kinks={
    "any(sum(input == kthvalue(input, k, dim, True), dim=dim) > 1)": "the selected element alone",
}, cases=(
    case((3, 4), k=2), case((3, 4), k=1, dim=0, keepdim=True), case((3,), k=3), case((), k=1), case((0, 3), k=2),
))  # fmt: skip
def kthvalue(input, k: int, dim=-1, keepdim=False):
    """The `k`-th smallest elements along a dimension, counted from 1, as `values`, and their `indices`."""
    if not 0 < operator.index(k) <= _length(input, dim):
        raise RuntimeError(f"kthvalue(): selected number k out of range for dimension {wrap(dim, np.ndim(input))}")
    order = _order(input, dim)
    found = _picked(input, narrow.forward(order, dim, k - 1, 1) if np.ndim(input) else order, dim)
    return found if keepdim or not np.ndim(input) else Selected(*(np.squeeze(each, dim) for each in found))


kthvalue.grad(input=put_back)


# The largest and the smallest so far


def _so_far(ufunc: np.ufunc, input: Any, dim: int) -> Selected:
    """Return the extreme of the elements up to each place, and where the last of those equal to it is."""
    along = wrap(dim, np.ndim(input))
    row = np.atleast_1d(input)
    values = ufunc.accumulate(row, axis=along)
    places = np.expand_dims(np.arange(row.shape[along]), [d for d in range(row.ndim) if d != along])
    met = (row == values) | (row != row)
    indices = np.maximum.accumulate(np.where(met, places, 0), axis=along)
    return Selected(*(np.reshape(each, np.shape(input)) for each in (values, indices)))


_RUNNING = (case((3, 4), dim=0), case((3, 4), dim=-1), case((4,), dim=0), case((), dim=0), case((0, 3), dim=0))


@op(outputs=("values", "indices"), cases=_RUNNING, kinks={_TIED: "the last of the equal elements alone"})
def cummax(input, dim: int):
    """Largest elements so far along a dimension as `values`, and their `indices`; of equals the last."""
    return _so_far(np.maximum, input, dim)


cummax.grad(input=lambda g_values, indices, input_shape, dim: put_back(g_values, indices, input_shape, dim, True))


@op(outputs=("values", "indices"), cases=_RUNNING, kinks={_TIED: "the last of the equal elements alone"})
def cummin(input, dim: int):
    """Smallest elements so far along a dimension as `values`, and their `indices`; of equals the last."""
    return _so_far(np.minimum, input, dim)


cummin.grad(input=lambda g_values, indices, input_shape, dim: put_back(g_values, indices, input_shape, dim, True))
