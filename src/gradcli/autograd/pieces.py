"""A tensor cut in pieces along a dimension: `unbind`, `split`, `chunk`, views that come several at a time.

One node stands behind all pieces, and puts their gradients together again. A piece of that kind may not
be changed in place where gradients are recorded: the others would not hear of it.
"""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from ..ops import REGISTRY, Op
from ..ops.joining import cat, stack
from ..ops.shape import wrap as counted
from . import grad_mode
from .graph import LEAF, Node, accumulator, sequence
from .tensor import Tensor, box, wrap
from .views import as_view


class Pieces(Node):
    """The node of a tensor that was cut: joins the gradients of the pieces."""

    def __init__(self, source: Tensor, dim: int, join: Callable[..., Any], pieces: list[Tensor]) -> None:
        self._seq = next(sequence)
        self._nexts = (accumulator(source) if source._node is LEAF else source._node,)
        self._nrs = (source.output_nr,)
        self._shapes = tuple(piece._data.shape for piece in pieces)
        self._dtypes = tuple(piece._data.dtype for piece in pieces)
        self._scalar = None
        self._saved_dim = dim
        self._join = join

    def backward(self, node: Node, nexts: Any, free: bool, *grads: Any) -> tuple[Any]:
        return (self._join(list(grads), self._saved_dim),)

    backward_recorded = backward


class Unbind(Pieces):
    """The node of `unbind`."""

    _label = "UnbindBackward0"


class Split(Pieces):
    """The node of `split`."""

    _label = "SplitBackward0"


class SplitWithSizes(Pieces):
    """The node of `split` by several lengths."""

    _label = "SplitWithSizesBackward0"


def _cut(
    source: Tensor, dim: int, op: Op, parts: Iterable[int | slice], steps: Iterable[tuple[int, ...]], kind: type[Pieces]
) -> tuple[Tensor, ...]:
    """Take the views at each part of a dimension, which are those that an operation makes with each of the steps."""
    data, before = box(source), (slice(None),) * dim
    pieces = [wrap(data[(*before, part, ...)]) for part in parts]
    for piece, step in zip(pieces, steps, strict=True):
        as_view(piece, source, op, (dim, *step), "several")
    bar: Any = grad_mode.barred(source) if grad_mode.special else False
    if bar:
        for piece in pieces:
            bar(piece)
    elif source._node is not None:
        node = kind(source, dim, stack if kind is Unbind else cat, pieces)
        for number, piece in enumerate(pieces):
            piece._node, piece.output_nr = node, number
    return tuple(pieces)


def unbind(input: Tensor, dim: int = 0) -> tuple[Tensor, ...]:
    """Return the slices along a dimension, which is dropped.

    >>> import gradcli as t
    >>> t.tensor([[1.0, 2.0], [3.0, 4.0]]).unbind()
    (tensor([1., 2.]), tensor([3., 4.]))
    """
    if not input._data.ndim:
        raise IndexError("Dimension specified as 0 but tensor has no dimensions")
    dim = counted(dim, input._data.ndim)
    places = range(input._data.shape[dim])
    return _cut(input, dim, REGISTRY["select"], places, zip(places), Unbind)


def split(input: Tensor, split_size_or_sections: Any, dim: int = 0) -> tuple[Tensor, ...]:
    """Cut along a dimension in pieces of one length, the last one shorter if need be, or of several lengths.

    >>> import gradcli as t
    >>> t.arange(5).split(2)
    (tensor([0, 1]), tensor([2, 3]), tensor([4]))
    """
    if not input._data.ndim:
        raise RuntimeError("split expects at least a 1-dimensional tensor")
    dim = counted(dim, input._data.ndim)
    length = input._data.shape[dim]
    if isinstance(split_size_or_sections, (tuple, list)):
        sizes = [operator.index(n) for n in split_size_or_sections]
        if sum(sizes) != length:
            raise RuntimeError(
                f"split_with_sizes expects split_sizes to sum exactly to {length} (input tensor's size at dimension "
                f"{dim}), but got split_sizes={sizes}"
            )
        if min(sizes, default=0) < 0:
            raise RuntimeError(
                f"split_with_sizes expects split_sizes have only non-negative entries, but got split_sizes={sizes}"
            )
        return _lengthwise(input, dim, sizes, SplitWithSizes)
    size = operator.index(split_size_or_sections)
    if size < 0:
        raise RuntimeError(f"split expects split_size be non-negative, but got split_size={size}")
    if not size and length:
        raise RuntimeError(f"split_size can only be 0 if dimension size is 0, but got dimension size of {length}")
    sizes = [min(size, length - start) for start in range(0, length, size or 1)] or [0]
    return _lengthwise(input, dim, sizes, Split)


def _lengthwise(input: Tensor, dim: int, sizes: list[int], kind: type[Pieces]) -> tuple[Tensor, ...]:
    """Cut in pieces of these lengths."""
    stops = list(itertools.accumulate(sizes, initial=0))
    parts = map(slice, stops, stops[1:])
    return _cut(input, dim, REGISTRY["narrow"], parts, zip(stops, sizes, strict=False), kind)


def split_with_sizes(input: Tensor, split_sizes: Sequence[int], dim: int = 0) -> tuple[Tensor, ...]:
    """Cut along a dimension in pieces of several lengths."""
    return split(input, list(split_sizes), dim)


def chunk(input: Tensor, chunks: int, dim: int = 0) -> tuple[Tensor, ...]:
    """Cut along a dimension in at most that many pieces of one length, the last one shorter if need be."""
    if not input._data.ndim:
        raise RuntimeError("chunk expects at least a 1-dimensional tensor")
    if chunks <= 0:
        raise RuntimeError(f"chunk expects `chunks` to be greater than 0, got: {chunks}")
    length = input._data.shape[counted(dim, input._data.ndim)]
    if not length:
        return split(input, [0] * chunks, dim)
    return split(input, -(-length // chunks), dim)


def tensor_split(input: Tensor, indices_or_sections: Any, dim: int = 0) -> tuple[Tensor, ...]:
    """Cut along a dimension in that many pieces, the first ones longer by one if need be, or at some places."""
    dim = counted(dim, input._data.ndim)
    length = input._data.shape[dim]
    if isinstance(indices_or_sections, (tuple, list)):
        places = [min(max(n + length if n < 0 else n, 0), length) for n in indices_or_sections]
    else:
        short, longer = divmod(length, indices_or_sections)
        places = [i * short + min(i, longer) for i in range(1, indices_or_sections)]
    return tuple(
        input.narrow(dim, start, max(0, stop - start))
        for start, stop in zip([0, *places], [*places, length], strict=True)
    )


def _splitter(name: str, least: int, dim_of: Callable[[int], int]) -> Callable[..., tuple[Tensor, ...]]:
    def cut(input: Tensor, indices_or_sections: Any) -> tuple[Tensor, ...]:
        rank = input._data.ndim
        if rank < least:
            raise RuntimeError(
                f"gradcli.{name} requires a tensor with at least {least} dimension, but got a tensor with {rank} "
                "dimensions!"
            )
        dim = dim_of(rank)
        length = input._data.shape[dim]
        if isinstance(indices_or_sections, int) and length % indices_or_sections:
            raise RuntimeError(
                f"gradcli.{name} attempted to split along dimension {dim}, but the size of the dimension {length} is "
                f"not divisible by the split_size {indices_or_sections}!"
            )
        return tensor_split(input, indices_or_sections, dim)

    cut.__name__ = cut.__qualname__ = name
    cut.__doc__ = "Cut in equal pieces, or at some places, along the dimension that the name stands for."
    return cut


hsplit = _splitter("hsplit", 1, lambda rank: 0 if rank == 1 else 1)
vsplit = _splitter("vsplit", 2, lambda rank: 0)
dsplit = _splitter("dsplit", 3, lambda rank: 2)
