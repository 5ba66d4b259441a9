"""Elements replaced, or added to, at places that tensors name: the counterparts of picking.

Where a place is named twice, what is added adds up; of what is put there the last remains, and the
gradient goes to all of it, as in torch.

>>> from gradcli.ops.scattering import index_add, scatter
>>> scatter(np.zeros(3), 0, np.array([2, 0]), np.array([5.0, 7.0])).tolist()
[7.0, 0.0, 5.0]
>>> index_add(np.zeros(3), 0, np.array([1, 1]), np.array([5.0, 7.0])).tolist()
[0.0, 12.0, 0.0]
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ._registry import family
from ._sampling import BOOLEANS, Indices, case
from .creation import zeros
from .indexing import Key, index_backward
from .picking import gather, gather_key, index_select, masked_select, slice_key, whole
from .piecewise import where
from .reduction import sum
from .shape import Shape, wrap

op = family("scattering", dtype=None, writes=True)


# Along a dimension, an index for each place


def _part(shape: Shape) -> Key:
    """Return the key of the first elements: of those that an index of this shape takes of a source."""
    return tuple(slice(n) for n in shape)


def _placed(input: Any, dim: int, index: Any, src: Any) -> tuple[Key, Any]:
    """Return the key of the places that `index` names, and what of a source goes there."""
    places, shape, source = np.atleast_1d(whole("scatter", index)), np.shape(input) or (1,), np.shape(src)
    if places.ndim != len(shape) or (source and len(source) != len(shape)):
        raise RuntimeError("Index tensor must have the same number of dimensions as self tensor")
    dim = wrap(dim, len(shape))
    too_long = any(n > m for d, (n, m) in enumerate(zip(places.shape, shape, strict=True)) if d != dim)
    if too_long or any(n > m for n, m in zip(places.shape, source, strict=False)):
        raise RuntimeError(
            f"Expected index {list(places.shape)} to be no larger than self {list(shape)} apart from dimension {dim} "
            f"and to be no larger size than src {list(source)}"
        )
    return gather_key(places, dim), src[_part(places.shape)] if source else src


def _given_back(g: Any, dim: int, index: Any, index_shape: Shape, src_shape: Shape) -> Any:
    return index_backward(gather(g, dim, index), src_shape, _part(index_shape))


@op(node=("ScatterBackward1", "ScatterBackward0", "src"), cases=(
    case((3, 4), (2, 2), (2, 4), dim=0, index=np.array([[0, 2], [1, 0]])), case((3,), (0,), (2,), dim=0),
    case((2, 3), (2, 2), (2, 2), dim=-1, index=np.array([[0, 2], [1, 0]])),
), domain={"index": Indices(0, 3)})  # fmt: skip
def scatter(input, dim: int, index, src):
    """Put the elements of `src` where `index` names places along a dimension; the inverse of `gather`."""
    key, taken = _placed(input, dim, index, src)
    out = np.array(input)
    np.atleast_1d(out)[key] = taken
    return out


scatter.grad(input=lambda g, dim, index: scatter(g, dim, index, 0.0), src=_given_back)


@op(cases=(
    case((3, 4), (2, 2), (2, 4), dim=0), case((3,), (5,), (5,), dim=0), case((3,), (0,), (2,), dim=0),
    case((2, 3), (2, 4), (2, 4), dim=-1),
), domain={"index": Indices(0, 3)})  # fmt: skip
def scatter_add(input, dim: int, index, src):
    """Add the elements of `src` where `index` names places along a dimension; the adjoint of `gather`."""
    key, taken = _placed(input, dim, index, src)
    out = np.array(input)
    np.add.at(np.atleast_1d(out), key, taken)
    return out


scatter_add.grad(input=lambda g: g, src=_given_back)


# Along a dimension, an index for each slice


def _key(name: str, input: Any, dim: int, index: Any, source: Any) -> Key:
    """Return the key of the slices that `index` names; RuntimeError where it names more or fewer than there are."""
    count = np.shape(source)[dim] if np.ndim(source) else 1
    if np.size(index) != count:
        raise RuntimeError(
            f"{name}_(): Number of indices ({np.size(index)}) should be equal to source.size(dim): ({count}), for "
            f"dim: {dim}"
        )
    return slice_key(name, index, dim, np.ndim(input))


@op(cases=(
    case((3, 4), (2,), (2, 4), dim=0), case((2, 3), (4,), (2, 4), dim=-1), case((3,), (4,), (4,), dim=0, alpha=2.0),
    case((3,), (0,), (0,), dim=0),
), domain={"index": Indices(0, 3)})  # fmt: skip
def index_add(input, dim: int, index, source, *, alpha=1):
    """Add `alpha` times the slices of `source` to those that the vector `index` names along a dimension."""
    out = np.array(input)
    np.add.at(out, _key("index_add", input, dim, index, source), np.multiply(source, alpha))
    return out


index_add.grad(input=lambda g: g, source=lambda g, dim, index, alpha: index_select(g, dim, index) * alpha)


@op(node=("IndexFillBackward0", "IndexFillBackward1", "value"), domain={"index": Indices(0, 3)}, cases=(
    case((3, 4), (2,), (), dim=0, index=np.array([2, 0])), case((2, 3), (1,), (), dim=-1), case((3,), (0,), (), dim=0),
))  # fmt: skip
def index_fill(input, dim: int, index, value):
    """Put one value in the slices that the vector `index` names along a dimension."""
    if np.ndim(value):
        raise RuntimeError(
            "index_fill_ only supports a 0-dimensional value tensor, but got tensor with "
            f"{np.ndim(value)} dimension(s)."
        )
    out = np.array(input)
    out[slice_key("index_fill", index, dim, np.ndim(input))] = value
    return out


index_fill.grad(
    input=lambda g, dim, index: index_fill(g, dim, index, 0.0),
    value=lambda g, dim, index: sum(index_select(g, dim, index)),
)


@op(cases=(
    case((3, 4), (2,), (2, 4), dim=0, index=np.array([2, 0])), case((3,), (0,), (0,), dim=0),
    case((2, 3), (2,), (2, 2), dim=-1, index=np.array([1, 0])),
), domain={"index": Indices(0, 3)})  # fmt: skip
def index_copy(input, dim: int, index, source):
    """Put the slices of `source` in the place of those that the vector `index` names along a dimension."""
    out = np.array(input)
    out[_key("index_copy", input, dim, index, source)] = source
    return out


index_copy.grad(
    input=lambda g, dim, index: index_fill(g, dim, index, 0.0),
    source=lambda g, dim, index: index_select(g, dim, index),
)


# Where a mask is true


@op(domain={"mask": BOOLEANS}, cases=(
    case((3, 4), (3, 4), (13,)), case((3, 4), (4,), (3, 5)), case((3,), (3,), (3,), mask=np.zeros(3, bool)),
))  # fmt: skip
def masked_scatter(input, mask, source):
    """Put the elements of `source`, in flat order, where a mask that is broadcast to the tensor is true (not zero)."""
    out = np.array(np.broadcast_to(input, np.broadcast_shapes(np.shape(input), np.shape(mask))))
    chosen = np.broadcast_to(np.not_equal(mask, 0), out.shape)
    count = np.count_nonzero(chosen)
    if np.size(source) < count:
        raise RuntimeError("Number of elements of source < number of ones in mask")
    out[chosen] = np.reshape(source, -1)[:count]
    return out


@op(public=False, writes=False, domain={"mask": BOOLEANS}, cases=(
    case((3, 4), (3, 4), shape=(13,)), case((3, 4), (4,), shape=(3, 5)), case((3,), (3,), shape=(2, 2)),
))  # fmt: skip
def masked_scatter_backward(input, mask, shape: Shape):
    """Put the elements that a mask picks in flat order into zeros of a shape, from its beginning."""
    picked = masked_select.forward(input, mask)
    out = np.zeros(math.prod(shape), picked.dtype)
    out[: picked.size] = picked
    return np.reshape(out, shape)


masked_scatter.grad(
    input=lambda g, mask: where(mask, 0.0, g),
    source=lambda g, mask, source_shape: masked_scatter_backward(g, mask, source_shape),
)
masked_scatter_backward.grad(input=lambda g, mask, input_shape: masked_scatter(zeros(*input_shape), mask, g))
