"""Tensors joined: along a dimension, along a new one, side by side, one above the other.

A gradient is cut into pieces again, one for each tensor.

>>> from gradcli.ops.joining import cat, column_stack
>>> cat([[1.0], [2.0, 3.0]]).tolist()
[1.0, 2.0, 3.0]
>>> column_stack([[1.0, 2.0], [3.0, 4.0]]).tolist()
[[1.0, 3.0], [2.0, 4.0]]
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ._registry import family
from ._sampling import case
from .indexing import narrow, select
from .shape import Shape, reshape, wrap


def _total(tensors: Any, dim: int = 0) -> int:
    return sum(np.size(tensor) for tensor in tensors)


op = family("shape", sequence="tensors", dtype="common", size=_total)


def _join(tensors: Sequence[Any], dim: int) -> Any:
    """Join along a dimension; say in torch's words why shapes do not fit."""
    try:
        return np.concatenate(tensors, axis=dim)
    except ValueError as error:
        shapes = [np.shape(tensor) for tensor in tensors]
        for number, shape in enumerate(shapes):
            if len(shape) != len(shapes[0]):
                found = f"got {len(shapes[0])} and {len(shape)}"
                raise RuntimeError(f"Tensors must have same number of dimensions: {found}") from error
            for axis, (n, m) in enumerate(zip(shapes[0], shape, strict=True)):
                if n != m and axis != dim:
                    raise RuntimeError(
                        f"Sizes of tensors must match except in dimension {dim}. Expected size {n} but got size {m} "
                        f"for tensor number {number} in the list."
                    ) from error
        raise


def _pieces(g: Any, shapes: Sequence[Shape], dim: int) -> list[Any]:
    lengths = [shape[dim] for shape in shapes]
    ends = itertools.accumulate(lengths)
    return [narrow(g, dim, end - length, length) for end, length in zip(ends, lengths, strict=True)]


@op(aliases=("concat", "concatenate"), cases=(
    case([(3, 4), (1, 4)]), case([(3, 4), (3, 1), (3, 2)], dim=-1), case([(2,), (0,), (3,)]), case([(3,)]),
))  # fmt: skip
def cat(tensors, dim=0):
    """Join tensors along a dimension; their other lengths must be equal."""
    if not len(tensors):
        raise ValueError("gradcli.cat(): expected a non-empty list of Tensors")
    return _join(tensors, wrap(dim, np.ndim(tensors[0])))


cat.grad(tensors=lambda g, tensors_shape, dim: _pieces(g, tensors_shape, dim))


def _refuse_nothing(name: str, tensors: Sequence[Any]) -> None:
    if not len(tensors):
        raise RuntimeError(f"{name} expects a non-empty TensorList")


@op(cases=(
    case([(3, 4), (3, 4)]), case([(3,), (3,), (3,)], dim=-1), case([(), ()]), case([(0,), (0,)], dim=1),
))  # fmt: skip
def stack(tensors, dim=0):
    """Join tensors of equal shape along a new dimension."""
    _refuse_nothing("stack", tensors)
    first, *others = map(np.shape, tensors)
    for entry, shape in enumerate(others, 1):
        if shape != first:
            raise RuntimeError(
                f"stack expects each tensor to be equal size, but got {list(first)} at entry 0 and {list(shape)} at "
                f"entry {entry}"
            )
    return np.stack(tensors, axis=wrap(dim, len(first) + 1))


stack.grad(tensors=lambda g, tensors_shape, dim: [select(g, dim, i) for i in range(len(tensors_shape))])


# In rows and columns: tensors of few dimensions are first given more


def _at_least_1d(shape: Shape) -> Shape:
    return shape or (1,)


def _as_row(shape: Shape) -> Shape:
    return shape if len(shape) > 1 else (1, *_at_least_1d(shape))


def _as_column(shape: Shape) -> Shape:
    return shape if len(shape) > 1 else (*_at_least_1d(shape), 1)


def _in_depth(shape: Shape) -> Shape:
    return shape if len(shape) > 2 else (*_as_row(shape), 1)


def _join_as(name: str, raised: Callable[[Shape], Shape], tensors: Sequence[Any], dim: int) -> Any:
    _refuse_nothing(name, tensors)
    return _join([np.reshape(tensor, raised(np.shape(tensor))) for tensor in tensors], dim)


def _pieces_as(raised: Callable[[Shape], Shape], g: Any, shapes: Sequence[Shape], dim: int) -> list[Any]:
    pieces = _pieces(g, [raised(shape) for shape in shapes], dim)
    return [reshape(piece, shape) for piece, shape in zip(pieces, shapes, strict=True)]


def _across(shapes: Sequence[Shape]) -> int:
    """Return the dimension along which `hstack` joins."""
    return 1 if len(shapes) and len(shapes[0]) > 1 else 0


@op(node="CatBackward0", cases=(case([(3,), (2,)]), case([(2, 3), (2, 1)]), case([(), (2,)]), case([(2, 1, 2)])))
def hstack(tensors):
    """Join tensors side by side: along the second dimension, vectors along their only one."""
    return _join_as("hstack", _at_least_1d, tensors, _across([np.shape(tensor) for tensor in tensors]))


hstack.grad(tensors=lambda g, tensors_shape: _pieces_as(_at_least_1d, g, tensors_shape, _across(tensors_shape)))


@op(node="CatBackward0", aliases=("row_stack",), cases=(
    case([(3,), (3,)]), case([(2, 3), (3,)]), case([(), (1,)]), case([(2, 1, 2), (1, 1, 2)]),
))  # fmt: skip
def vstack(tensors):
    """Join tensors one above the other: along the first dimension, vectors as rows."""
    return _join_as("vstack", _as_row, tensors, 0)


vstack.grad(tensors=lambda g, tensors_shape: _pieces_as(_as_row, g, tensors_shape, 0))


@op(node="CatBackward0", cases=(case([(3,), (3,)]), case([(2, 3), (2, 3, 2)]), case([(), ()])))
def dstack(tensors):
    """Join tensors one behind the other: along the third dimension, vectors and matrices as slices of it."""
    return _join_as("dstack", _in_depth, tensors, 2)


dstack.grad(tensors=lambda g, tensors_shape: _pieces_as(_in_depth, g, tensors_shape, 2))


@op(node="CatBackward0", cases=(case([(3,), (3,)]), case([(3, 2), (3,)]), case([(), ()])))
def column_stack(tensors):
    """Join tensors along the second dimension, vectors as columns."""
    return _join_as("column_stack", _as_column, tensors, 1)


column_stack.grad(tensors=lambda g, tensors_shape: _pieces_as(_as_column, g, tensors_shape, 1))
