"""Elements picked by tensors: of indices along a dimension, of indices in flat order, of truth values.

Each has an adjoint that puts elements back into zeros, adding where one was picked twice.

>>> from gradcli.ops.picking import masked_select, take
>>> take(np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([3, 0])).tolist()
[4.0, 1.0]
>>> masked_select(np.array([1.0, 2.0, 3.0]), np.array([True, False, True])).tolist()
[1.0, 3.0]
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ._registry import family
from ._sampling import Indices, case
from .indexing import Key, indexable
from .shape import Shape, reshape, wrap

op = family("shape", dtype=None)


def whole(name: str, index: Any) -> np.ndarray:
    """Return an argument that holds indices as an array; RuntimeError, in torch's words, unless of integers."""
    found = np.asarray(index)
    if found.dtype.kind not in "iu":
        raise RuntimeError(f"{name}(): Expected dtype int32/int64 for index")
    return found


# Along a dimension, an index for each place


def gather_key(index: np.ndarray, dim: int) -> Key:
    """Return the key that picks, at each place, what `index` names along a dimension; a number counts as a vector."""
    index = np.atleast_1d(index)
    grid: list[Any] = list(np.indices(index.shape, sparse=True))
    grid[wrap(dim, index.ndim)] = index
    return tuple(grid)


@op(domain={"index": Indices(0, 3)}, size=lambda input, dim, index: np.size(index), cases=(
    case((3, 4), (2, 4), dim=0), case((2, 4), (2, 5), dim=-1), case((3,), (0,), dim=0),
    case((4, 3, 2), (2, 3, 2), dim=0),
))  # fmt: skip
def gather(input, dim: int, index):
    """Pick along one dimension the element that `index` names at each place; `index` has as many dimensions."""
    places = whole("gather", index)
    if (places.ndim or 1) != (np.ndim(input) or 1):
        raise RuntimeError("Index tensor must have the same number of dimensions as input tensor")
    return np.reshape(np.atleast_1d(input)[gather_key(places, dim)], places.shape)


@op(public=False, domain={"index": Indices(0, 3)},
    size=lambda input, index, dim, shape: math.prod(shape),
    cases=(case((2, 4), (2, 4), dim=0, shape=(3, 4)), case((2, 5), (2, 5), dim=-1, shape=(2, 4))))  # fmt: skip
def gather_backward(input, index, dim: int, shape: Shape):
    """Put elements into zeros of a shape where `gather` picked them, adding where it picked twice."""
    out = np.zeros(shape, np.asarray(input).dtype)
    np.add.at(np.atleast_1d(out), gather_key(np.asarray(index), dim), np.atleast_1d(input))
    return out


gather.grad(input=lambda g, dim, index, input_shape: gather_backward(g, index, dim, input_shape))
gather_backward.grad(input=lambda g, index, dim: gather(g, dim, index))


# Along a dimension, an index for each slice


def slice_key(name: str, index: Any, dim: int, rank: int) -> Key:
    """Return the key that picks slices along a dimension, of a tensor that has one."""
    found = np.atleast_1d(whole(name, index))
    if found.ndim > 1:
        raise IndexError(f"{name}(): Index is supposed to be a vector")
    return (*[slice(None)] * wrap(dim, rank), found)


def _slices_size(input: Any, dim: int, index: Any) -> int:
    shape = np.shape(input)
    return np.size(input) // shape[dim] * np.size(index) if shape else 1


@op(domain={"index": Indices(0, 3)}, size=_slices_size, cases=(
    case((3, 4), (2,), dim=0), case((2, 3), (5,), dim=-1), case((3,), (0,), dim=0), case((3, 2), (), dim=0),
))  # fmt: skip
def index_select(input, dim: int, index):
    """Pick slices along a dimension: those that the vector `index` names, in its order."""
    return indexable(input)[slice_key("index_select", index, dim, np.ndim(input))]


@op(public=False, domain={"index": Indices(0, 3)}, size=lambda input, dim, index, shape: math.prod(shape), cases=(
    case((2, 4), (2,), dim=0, shape=(3, 4)), case((2, 5), (5,), dim=-1, shape=(2, 3)),
))  # fmt: skip
def index_select_backward(input, dim: int, index, shape: Shape):
    """Put slices into zeros of a shape where `index_select` picked them, adding where it picked twice."""
    out = np.zeros(shape, np.asarray(input).dtype)
    np.add.at(out, slice_key("index_select", index, dim, len(shape)), input)
    return out


index_select.grad(input=lambda g, dim, index, input_shape: index_select_backward(g, dim, index, input_shape))
index_select_backward.grad(input=lambda g, dim, index: index_select(g, dim, index))


# In flat order


@op(domain={"index": Indices(-3, 3)}, size=lambda input, index: np.size(index),
    cases=(case((3, 4), (2, 2)), case((3,), (5,)), case((2, 3), ()), case((3,), (0,))))  # fmt: skip
def take(input, index):
    """Pick elements by their places in flat order; the result has the shape of `index`."""
    return np.reshape(input, -1)[whole("take", index)]


def _give_back(g: Any, index: Any, input_shape: Shape) -> Any:
    return reshape(gather_backward(reshape(g, -1), reshape(index, -1), 0, (math.prod(input_shape),)), input_shape)


take.grad(input=_give_back)


# Where a mask is true


def _true_in(input: Any, mask: Any) -> int:
    return int(np.count_nonzero(np.broadcast_to(mask, np.broadcast_shapes(np.shape(input), np.shape(mask)))))


@op(size=_true_in, cases=(
    case((3,), mask=[True, False, True]), case((2, 3), mask=[[True, False, False], [True, True, False]]),
    case((3, 4), mask=[True, False, False, True]), case((4,), mask=[[True], [False]]), case((), mask=[False, True]),
    case((0,), mask=np.zeros(0, bool)),
))  # fmt: skip
def masked_select(input, mask: Any):
    """Pick the elements where a mask is true (not zero), in a row; the two are broadcast."""
    chosen = np.not_equal(mask, 0)
    shape = np.broadcast_shapes(np.shape(input), chosen.shape)
    return np.broadcast_to(input, shape)[np.broadcast_to(chosen, shape)]


@op(public=False, size=lambda input, mask, shape: math.prod(shape), cases=(
    case((2,), mask=[True, False, True], shape=(3,)), case((4,), mask=[True, True], shape=(2, 2)),
))  # fmt: skip
def masked_select_backward(input, mask: Any, shape: Shape):
    """Put elements into zeros of a shape where a mask, broadcast to it, is true."""
    out = np.zeros(shape, np.asarray(input).dtype)
    out[np.broadcast_to(np.not_equal(mask, 0), shape)] = input
    return out


masked_select.grad(
    input=lambda g, mask, input_shape: masked_select_backward(g, mask, np.broadcast_shapes(input_shape, np.shape(mask)))
)
masked_select_backward.grad(input=lambda g, mask: masked_select(g, mask))
