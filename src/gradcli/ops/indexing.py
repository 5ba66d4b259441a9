"""Elements picked out: indexing, slices, diagonals, and their adjoints.

>>> from gradcli.ops.indexing import index, index_backward
>>> index(np.array([1.0, 2.0, 4.0]), [0, 2, 2]).tolist()
[1.0, 4.0, 4.0]
>>> index_backward(np.array([1.0, 1.0, 1.0]), (3,), [0, 2, 2]).tolist()
[1.0, 0.0, 2.0]
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ._registry import family
from ._sampling import case
from .shape import Shape, wrap

op = family("shape", dtype=None)

Key = tuple[Any, ...]

_MASK = np.array([True, False, True])


def is_plain(key: Any) -> bool:
    """Tell whether an index is a number or a slice, or a tuple of them: the commonest, which makes a view."""
    if type(key) is not tuple:
        return type(key) is int or type(key) is slice
    for part in key:  # noqa: SIM110  a generator would take longer than the view
        if type(part) is not int and type(part) is not slice:
            return False
    return True


def split_key(key: Any) -> tuple[Key, Key | None]:
    """Split an index in two: first ints, slices, None and `...`, which make a view, then what picks
    from it by arrays, or None.

    NumPy counts an int beside an array among the arrays; torch selects first, and so do we.
    """
    if is_plain(key):
        return ((*key, Ellipsis) if type(key) is tuple else (key, Ellipsis)), None
    basic: list[Any] = []
    arrays: list[Any] = []
    for part in key if isinstance(key, tuple) else (key,):
        if isinstance(part, (list, range)):
            part = np.array(part) if len(part) else np.array(part, np.intp)
        elif isinstance(part, (bool, np.bool_)):
            part = np.array(part)
        if isinstance(part, np.ndarray) and (part.ndim or part.dtype == bool):
            basic += [slice(None)] * (part.ndim if part.dtype == bool else 1)
            arrays.append(part)
        else:
            basic.append(part)
            if part is Ellipsis:
                arrays.append(part)
            elif part is None or isinstance(part, slice):
                arrays.append(slice(None))
    if not any(part is Ellipsis for part in basic):
        basic.append(Ellipsis)  # an index of ints alone still gives a view
    return tuple(basic), tuple(arrays) if any(isinstance(part, np.ndarray) for part in arrays) else None


_STEPS = {int: "SelectBackward0", slice: "SliceBackward0", type(None): "UnsqueezeBackward0"}


def _index_node(input: Any, key: Any) -> str:
    """Name the last of the steps in which torch would index."""
    if type(key) in _STEPS:
        return _STEPS[type(key)]
    basic, arrays = split_key(key)
    if arrays is not None:
        return "IndexBackward0"
    steps = [part for part in basic if part is not Ellipsis]
    if len(steps) > 1:
        steps = [part for part in steps if part != slice(None)]
    return _STEPS.get(type(steps[-1]), "SelectBackward0") if steps else "AliasBackward0"


def _index_size(input: Any, key: Any) -> int:
    basic, arrays = split_key(key)
    view = np.broadcast_to(0, np.shape(input))[basic]
    if arrays is None:
        return view.size
    indices: list[np.ndarray] = []
    first: list[Any] = []
    for part in arrays:
        found = part.nonzero() if isinstance(part, np.ndarray) and part.dtype == bool and part.ndim else (part,)
        indices += [i for i in found if isinstance(i, np.ndarray)]
        first += [slice(1) if isinstance(i, np.ndarray) else i for i in found]
    return view[tuple(first)].size * math.prod(np.broadcast_shapes(*(i.shape for i in indices)))


@op(view=True, node=_index_node, size=_index_size, cases=(
    case((3, 4), key=1), case((3, 4), key=(-1, 2)), case((3, 4), key=slice(0, 3, 2)), case((3, 4), key=(..., None, 0)),
    case((3, 4), key=(slice(None, None, -1), slice(1, 3))), case((), key=...), case((), key=None), case((3, 4), key=()),
    case((3, 4), key=[0, 2, 2]), case((3, 4), key=(slice(None), [[0, -1], [1, 1]])), case((3,), key=[]),
    case((3, 4), key=([0, 0, 2], [1, 1, 3])), case((3, 4), key=_MASK), case((4, 3), key=(slice(1, None), _MASK)),
    case((2, 3, 4), key=(0, slice(None), [1, 1])), case((2, 3, 4), key=([0, 1, 1], slice(None), [3, 0, 0])),
    case((3, 2), key=np.array([[True, False], [True, True], [False, False]])), case((0, 3), key=slice(2)),
))  # fmt: skip
def index(input, key: Any):
    """Pick elements as `input[key]` does: ints, slices, None, `...`, masks and arrays of indices."""
    basic, arrays = split_key(key)
    view = indexable(input)[basic]
    return view if arrays is None else view[arrays]


def indexable(input: Any) -> Any:
    """Return a value that can be indexed: an array of what is a number or a list."""
    return input if hasattr(input, "shape") else np.asarray(input)


@op(public=False, size=lambda input, shape, key: math.prod(shape), cases=(
    case((2, 4), shape=(3, 4), key=slice(0, 3, 2)), case((3, 4), shape=(3, 4), key=[0, 2, 2]),
    case((2,), shape=(3,), key=_MASK), case((), shape=(3,), key=1),
))  # fmt: skip
def index_backward(input, shape: Shape, key: Any):
    """Put elements into zeros of a shape, at the places that `key` picks, adding where it picks twice."""
    out = np.zeros(shape, np.asarray(input).dtype)
    basic, arrays = split_key(key)
    if arrays is None:
        out[basic] = input
    else:
        np.add.at(out[basic], arrays, input)
    return out


index.grad(input=lambda g, input_shape, key: index_backward(g, input_shape, key))
index_backward.grad(input=lambda g, key: index(g, key))


def _at(dim: int, part: Any) -> Key:
    return (*[slice(None)] * dim, part, ...)


@op(view=True, cases=(case((3, 4), dim=0, index=1), case((3, 4), dim=-1, index=-2), case((3,), dim=0, index=0)))
def select(input, dim: int, index: int):
    """Pick one place along a dimension, which is dropped."""
    return indexable(input)[_at(wrap(dim, np.ndim(input)), index)]


select.grad(
    input=lambda g, input_shape, dim, index: index_backward(g, input_shape, _at(wrap(dim, len(input_shape)), index))
)


@op(view=True, node="SliceBackward0", cases=(
    case((3, 4), dim=0, start=1, length=2), case((3, 4), dim=-1, start=-3, length=2),
    case((3,), dim=0, start=3, length=0),
))  # fmt: skip
def narrow(input, dim: int, start: int, length: int):
    """Pick `length` places along a dimension, beginning with `start`."""
    shape = np.shape(input)
    dim = wrap(dim, len(shape))
    first = start + shape[dim] if start < 0 else start
    if length < 0:
        raise RuntimeError("narrow(): length must be non-negative.")
    if not 0 <= first <= shape[dim] - length:
        raise RuntimeError(f"start ({start}) + length ({length}) exceeds dimension size ({shape[dim]}).")
    return indexable(input)[_at(dim, slice(first, first + length))]


def _narrow_backward(g: Any, shape: Shape, dim: int, start: int, length: int) -> Any:
    dim = wrap(dim, len(shape))
    first = start + shape[dim] if start < 0 else start
    return index_backward(g, shape, _at(dim, slice(first, first + length)))


narrow.grad(input=lambda g, input_shape, dim, start, length: _narrow_backward(g, input_shape, dim, start, length))


@op(view=True, cases=(
    case((3, 4)), case((3, 4), offset=1), case((2, 3, 4), offset=-1, dim1=0, dim2=2), case((2, 3, 3), dim1=-2, dim2=-1),
    case((0, 3)),
))  # fmt: skip
def diagonal(input, offset=0, dim1=0, dim2=1):
    """Pick the diagonal of two dimensions; it becomes the last dimension."""
    return np.diagonal(input, offset, dim1, dim2)


@op(public=False, size=lambda input, shape, offset=0, dim1=0, dim2=1: math.prod(shape), cases=(
    case((3,), shape=(3, 4)), case((3,), shape=(3, 4), offset=1), case((2, 3), shape=(2, 3, 3), dim1=-2, dim2=-1),
))  # fmt: skip
def diagonal_backward(input, shape: Shape, offset=0, dim1=0, dim2=1):
    """Put elements on the diagonal of zeros of a shape."""
    out = np.zeros(shape, np.asarray(input).dtype)
    place = np.diagonal(out, offset, dim1, dim2)
    place.flags.writeable = True
    place[...] = input
    return out


diagonal.grad(input=lambda g, input_shape, offset, dim1, dim2: diagonal_backward(g, input_shape, offset, dim1, dim2))
diagonal_backward.grad(input=lambda g, offset, dim1, dim2: diagonal(g, offset, dim1, dim2))
