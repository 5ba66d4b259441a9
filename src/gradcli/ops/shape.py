"""The same elements in another shape or order.

The forwards here and in `indexing` and `expansion` only move elements, so that they run on object
arrays of SymPy expressions as they stand, and have no twin.

>>> from gradcli.ops.shape import flatten, permute
>>> flatten([[1.0, 2.0], [3.0, 4.0]]).tolist()
[1.0, 2.0, 3.0, 4.0]
>>> permute([[[1.0, 2.0]]], 2, 0, 1).shape
(2, 1, 1)
"""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

from ._registry import family
from ._sampling import case

op = family("shape", dtype=None)

Shape = tuple[int, ...]


def wrap(dim: int, rank: int) -> int:
    """Count a dimension from the front; raise IndexError, in torch's words, if there is no such one."""
    dim, bound = operator.index(dim), rank or 1
    if not -bound <= dim < bound:
        raise IndexError(f"Dimension out of range (expected to be in range of [{-bound}, {bound - 1}], but got {dim})")
    return dim % bound


def wrap_all(dim: Any, rank: int) -> tuple[int, ...]:
    """Count one or several dimensions from the front; None and `()` mean all of them."""
    if dim is None or (isinstance(dim, (tuple, list)) and not dim):
        return tuple(range(rank))
    given = dim if isinstance(dim, (tuple, list)) else (dim,)
    found = tuple(wrap(d, rank) for d in given)
    for d in found:
        if found.count(d) > 1:
            raise RuntimeError(f"dim {d} appears multiple times in the list of dims")
    return found if rank else ()


# Another shape


@op(view=True, node="ViewBackward0", cases=(
    case((3, 4), shape=(2, 6)), case((3, 4), shape=(-1,)), case((), shape=(1, 1)), case((1,), shape=()),
    case((0, 3), shape=(3, 0)),
))  # fmt: skip
def reshape(input, *shape):
    """Give the elements another shape; one length may be -1 and is then worked out."""
    return np.reshape(input, shape)


reshape.grad(input=lambda g, input_shape: reshape(g, input_shape))


@op(view=True, cases=(case((3, 4), shape=(2, 6)), case((3, 4), shape=(-1,)), case((), shape=(1,))))
def view(input, *shape):
    """Give the elements another shape over the same memory; RuntimeError where that takes a copy."""
    try:
        return np.reshape(input, shape, copy=False)
    except ValueError:
        np.reshape(input, shape)  # a wrong size is reported as such
        raise RuntimeError(
            "view size is not compatible with input tensor's size and stride (at least one dimension "
            "spans across two contiguous subspaces). Use .reshape(...) instead."
        ) from None


view.grad(input=lambda g, input_shape: reshape(g, input_shape))


@op(view=True, node="ViewBackward0", aliases=("ravel",), cases=(
    case((2, 3, 4)), case((2, 3, 4), start_dim=1), case((2, 3, 4), end_dim=-2), case(()), case((0, 3)),
))  # fmt: skip
def flatten(input, start_dim=0, end_dim=-1):
    """Make one dimension of those from `start_dim` to `end_dim`; all of them by default."""
    shape = np.shape(input)
    start, end = wrap(start_dim, len(shape)), wrap(end_dim, len(shape))
    if start > end:
        raise RuntimeError("flatten() has invalid args: start_dim cannot come after end_dim")
    return np.reshape(input, (*shape[:start], math.prod(shape[start : end + 1]), *shape[end + 1 :]))


flatten.grad(input=lambda g, input_shape: reshape(g, input_shape))


@op(view=True, node="ViewBackward0", cases=(
    case((2, 6), dim=1, sizes=(2, 3)), case((6, 2), dim=0, sizes=(-1, 2)), case((1,), dim=0, sizes=(1, 1)),
))  # fmt: skip
def unflatten(input, dim: int, sizes: Any):
    """Make several dimensions of one, of lengths whose product is its own; one may be -1."""
    shape = np.shape(input)
    dim = wrap(dim, len(shape))
    return np.reshape(input, (*shape[:dim], *np.empty(shape[dim]).reshape(sizes).shape, *shape[dim + 1 :]))


unflatten.grad(input=lambda g, input_shape: reshape(g, input_shape))


def _squeeze_node(input: Any, dim: Any) -> str:
    overload = 0 if dim is None else 2 if isinstance(dim, (tuple, list)) else 1
    return f"SqueezeBackward{overload}"


@op(view=True, node=_squeeze_node, cases=(
    case((1, 3, 1)), case((1, 3, 1), dim=0), case((1, 3, 1), dim=-2), case((1, 3, 1), dim=(0, -1)), case(()),
    case((1, 0)),
))  # fmt: skip
def squeeze(input, dim=None):
    """Drop the dimensions of length 1, or those of them that `dim` names."""
    shape = np.shape(input)
    return np.squeeze(input, axis=tuple(d for d in wrap_all(dim, len(shape)) if shape[d] == 1))


squeeze.grad(input=lambda g, input_shape: reshape(g, input_shape))


@op(view=True, aliases=("expand_dims",), cases=(case((3, 4), dim=1), case((3, 4), dim=-1), case((), dim=0)))
def unsqueeze(input, dim: int):
    """Put in a dimension of length 1 before dimension `dim`."""
    return np.expand_dims(input, wrap(dim, np.ndim(input) + 1))


unsqueeze.grad(input=lambda g, dim: squeeze(g, dim))


# Another order


@op(view=True, aliases=("swapaxes", "swapdims"), cases=(
    case((2, 3, 4), dim0=0, dim1=2), case((2, 3, 4), dim0=-1, dim1=1), case((3, 4)), case((3,), dim0=0, dim1=0),
))  # fmt: skip
def transpose(input, dim0=-2, dim1=-1):
    """Swap two dimensions, the last two by default."""
    rank = np.ndim(input)
    return np.swapaxes(input, wrap(dim0, rank), wrap(dim1, rank)) if rank else np.reshape(input, ())


transpose.grad(input=lambda g, dim0, dim1: transpose(g, dim0, dim1))


@op(view=True, cases=(case((3, 4)), case((3,)), case(())))
def t(input):
    """Transpose a matrix; a vector or scalar stays as it is."""
    if np.ndim(input) > 2:
        raise RuntimeError(f"t() expects a tensor with <= 2 dimensions, but self is {np.ndim(input)}D")
    return np.transpose(input)


t.grad(input=lambda g: t(g))


@op(view=True, public=False, node="PermuteBackward0", cases=(case((2, 3, 4)), case((3,)), case(())))
def T(input):
    """Reverse the dimensions: the `.T` of the language and of Tensors."""
    return np.transpose(input)


T.grad(input=lambda g: T(g))


@op(view=True, cases=(case((2, 3, 4), dims=(2, 0, 1)), case((2, 3, 4), dims=(-1, 0, -2)), case((), dims=())))
def permute(input, *dims):
    """Put the dimensions in another order."""
    if len(dims) != np.ndim(input):
        raise RuntimeError(f"permute(): the tensor has {np.ndim(input)} dimensions, but the order names {len(dims)}")
    return np.transpose(input, wrap_all(dims, len(dims)))


def _inverse(dims: Shape) -> list[int]:
    order = wrap_all(dims, len(dims))
    return [order.index(i) for i in range(len(order))]


permute.grad(input=lambda g, dims: permute(g, _inverse(dims)))


@op(view=True, node="PermuteBackward0", aliases=("moveaxis",), cases=(
    case((2, 3, 4), source=0, destination=-1), case((2, 3, 4), source=(0, 1), destination=(2, 0)),
))  # fmt: skip
def movedim(input, source: Any, destination: Any):
    """Move dimensions to other places; the rest keep their order."""
    return np.moveaxis(input, source, destination)


movedim.grad(input=lambda g, source, destination: movedim(g, destination, source))


@op(cases=(case((3, 4), dims=(0,)), case((3, 4), dims=(0, -1)), case((3, 4), dims=()), case((), dims=())))
def flip(input, *dims):
    """Reverse the order of the elements along the dimensions given, along all if none is."""
    return np.copy(np.flip(input, wrap_all(dims, np.ndim(input))))


flip.grad(input=lambda g, dims: flip(g, dims))


@op(cases=(case((3, 4)), case((2, 3, 4), k=-1, dims=(2, 0)), case((2, 3), k=2)))
def rot90(input, k=1, dims=(0, 1)):
    """Turn the plane of two dimensions by `k` right angles, from the first towards the second."""
    return np.copy(np.rot90(input, k, dims))


rot90.grad(input=lambda g, k, dims: rot90(g, -k, dims))


@op(cases=(
    case((5,), shifts=2), case((3, 4), shifts=5), case((3, 4), shifts=1, dims=-1),
    case((3, 4), shifts=(1, -2), dims=(0, 1)), case((0,), shifts=1),
))  # fmt: skip
def roll(input, shifts: Any, dims=None):
    """Shift the elements along dimensions, or in flat order; those that fall out come back in front."""
    return np.roll(input, shifts, dims)


roll.grad(input=lambda g, shifts, dims: roll(g, np.negative(shifts).tolist(), dims))


# The same elements


@op(public=False, view=True, cases=(case((3, 4)), case(())))
def alias(input):
    """The same elements in the same memory, as another tensor."""
    return np.reshape(input, np.shape(input))


alias.grad(input=lambda g: g)


@op(public=False, cases=(case((3, 4)), case(())))
def clone(input):
    """The same elements in memory of their own."""
    return np.copy(input)


clone.grad(input=lambda g: g)


@op(public=False, node="ToCopyBackward0", cases=(case((3, 4), dtype=np.float64),))
def cast(input, dtype: Any):
    """Convert to a dtype; the engine converts the gradient back."""
    return input.astype(dtype)


cast.grad(input=lambda g: g)
