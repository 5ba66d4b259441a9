"""Functions of torch's that are made of several operations, in the steps that torch takes.

What has a derivative rule of its own is in the rule book; here nothing has, nor needs one.
"""

from __future__ import annotations

import functools
import itertools
import math
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ..ops._registry import spread
from ..ops.arithmetic import div, pow, sub
from ..ops.comparison import isnan, logical_not, lt
from ..ops.determinant import slogdet
from ..ops.expansion import expand, sum_to_shape
from ..ops.factors import svd as decompose
from ..ops.indexing import narrow
from ..ops.joining import stack
from ..ops.linalg import diag, inv
from ..ops.picking import gather, index_select
from ..ops.piecewise import where
from ..ops.products import matmul
from ..ops.reduction import nansum, sum
from ..ops.shape import flatten, flip, reshape, transpose, unsqueeze, view, wrap
from ..ops.sorting import sort
from .reading import cast
from .size import Size
from .tensor import Tensor
from .tensor import wrap as wrap_tensor

# Broadcasting


def broadcast_shapes(*shapes: Any) -> Size:
    """Return the shape that tensors of some shapes have together.

    >>> import gradcli as t
    >>> t.broadcast_shapes((2, 1), (3,))
    torch.Size([2, 3])
    """
    given = [(each,) if isinstance(each, int) else tuple(each) for each in shapes]
    try:
        return Size(np.broadcast_shapes(*given))
    except ValueError:
        raise RuntimeError(
            f"Shape mismatch: objects cannot be broadcast to a single shape: {', '.join(map(str, given))}"
        ) from None


def broadcast_tensors(*tensors: Any) -> tuple[Tensor, ...]:
    """Expand tensors to the shape that they have together."""
    given = spread(tensors)
    shape = broadcast_shapes(*(each._data.shape for each in given))
    return tuple(each if each._data.shape == shape else expand(each, *shape) for each in given)


def meshgrid(*tensors: Any, indexing: str | None = None) -> tuple[Tensor, ...]:
    """Make the coordinates of a grid from those along its sides, a tensor for each side.

    With `indexing="xy"` the first side runs along the columns, as in plots, with "ij" along the rows.

    >>> import gradcli as t
    >>> t.meshgrid(t.tensor([1, 2]), t.tensor([3, 4]), indexing="ij")
    (tensor([[1, 1],
            [2, 2]]), tensor([[3, 4],
            [3, 4]]))
    """
    if indexing is None:
        warnings.warn(
            "gradcli.meshgrid: in an upcoming release, it will be required to pass the indexing argument.", stacklevel=2
        )
    elif indexing not in ("ij", "xy"):
        raise RuntimeError(f'gradcli.meshgrid: indexing must be one of "xy" or "ij", but received: {indexing}')
    sides = spread(tensors)
    if any(side._data.ndim > 1 for side in sides):
        raise RuntimeError("gradcli.meshgrid: Expected 0D or 1D tensor in the tensor list")
    places = list(range(len(sides)))
    if indexing == "xy":
        places[:2] = places[:2][::-1]
    shape = [sides[place]._data.size for place in places]
    return tuple(
        expand(view(side, *(-1 if d == place else 1 for d in range(len(sides)))), *shape)
        for side, place in zip(sides, places, strict=True)
    )


def cartesian_prod(*tensors: Tensor) -> Tensor:
    """Make a matrix whose rows are all combinations of an element from each vector."""
    if len(tensors) == 1:
        return tensors[0]
    return stack([flatten(grid) for grid in meshgrid(*tensors, indexing="ij")], 1)


def combinations(input: Tensor, r: int = 2, with_replacement: bool = False) -> Tensor:
    """Make a matrix whose rows are all combinations of `r` elements of a vector."""
    chosen = itertools.combinations_with_replacement if with_replacement else itertools.combinations
    places = np.array(list(chosen(range(input._data.size), r)), np.int64).reshape(-1, r)
    return stack([index_select(input, 0, wrap_tensor(column)) for column in places.T], 1)


# Dimensions


def _at_least(rank: int, raised: Callable[[Tensor], Tensor]) -> Callable[..., Any]:
    def at_least(*tensors: Any) -> Any:
        found = tuple(raised(each) if each._data.ndim < rank else each for each in spread(tensors))
        return found[0] if len(tensors) == 1 and isinstance(tensors[0], Tensor) else found

    at_least.__name__ = at_least.__qualname__ = f"atleast_{rank}d"
    at_least.__doc__ = f"View a tensor, or several, with at least {rank} dimension{'s' if rank > 1 else ''}."
    return at_least


def _in_depth(tensor: Tensor) -> Tensor:
    return unsqueeze(tensor if tensor._data.ndim == 2 else atleast_2d(tensor), -1)


atleast_1d = _at_least(1, lambda tensor: reshape(tensor, 1))
atleast_2d = _at_least(2, lambda tensor: unsqueeze(tensor, 0) if tensor._data.ndim else reshape(tensor, 1, 1))
atleast_3d = _at_least(3, _in_depth)


def backwards(input: Tensor) -> Tensor:
    """Reverse the order of the slices along the first dimension: `reversed(input)`."""
    return flip(input, 0)


def fliplr(input: Tensor) -> Tensor:
    """Reverse the order of the columns."""
    return flip(input, 1)


def flipud(input: Tensor) -> Tensor:
    """Reverse the order of the rows."""
    return flip(input, 0)


def diagflat(input: Tensor, offset: int = 0) -> Tensor:
    """Make a matrix with the elements, in flat order, on a diagonal."""
    return diag(flatten(input), offset)


def sum_to_size(input: Tensor, *size: Any) -> Tensor:
    """Sum to a size from which the tensor could have been expanded."""
    return sum_to_shape(input, tuple(spread(size)))


def fill_diagonal_(input: Tensor, fill_value: float) -> Tensor:
    """Put a number on the diagonal, in place."""
    input.diagonal().fill_(fill_value)
    return input


# Elements


def take_along_dim(input: Tensor, indices: Tensor, dim: int | None = None) -> Tensor:
    """Pick along a dimension the elements that `indices` name, as `argsort` gives them; in flat order without one.

    >>> import gradcli as t
    >>> x = t.tensor([[3.0, 1.0], [2.0, 4.0]])
    >>> t.take_along_dim(x, x.argsort(1), 1)
    tensor([[1., 3.],
            [2., 4.]])
    """
    if dim is None:
        return gather(flatten(input), 0, flatten(indices))
    place = wrap(dim, input._data.ndim)
    found, named = list(input._data.shape), list(indices._data.shape)
    found[place] = named[place] = 1
    shape = list(broadcast_shapes(found, named))
    return gather(
        expand(input, *shape[:place], input._data.shape[place], *shape[place + 1 :]),
        dim,
        expand(indices, *shape[:place], indices._data.shape[place], *shape[place + 1 :]),
    )


def repeat_interleave(input: Tensor, repeats: Any, dim: int | None = None) -> Tensor:
    """Repeat each element, or each slice along a dimension, so many times one after the other.

    >>> import gradcli as t
    >>> t.repeat_interleave(t.tensor([1, 2]), t.tensor([2, 1]))
    tensor([1, 1, 2])
    """
    if dim is None:
        input, dim = flatten(input), 0
    counts = np.asarray(repeats._data if isinstance(repeats, Tensor) else repeats)
    length = input._data.shape[dim]
    if counts.size not in (1, length):
        raise RuntimeError(
            f"repeats must have the same size as input along dim, but got repeats.size(0) = {counts.size} and "
            f"input.size({dim}) = {length}"
        )
    if isinstance(repeats, int):
        place = wrap(dim, input._data.ndim) + 1
        lengths = (*input._data.shape[:place], repeats, *input._data.shape[place:])
        return flatten(expand(unsqueeze(input, place), *lengths), place - 1, place)
    return index_select(input, dim, wrap_tensor(np.repeat(np.arange(length), np.broadcast_to(counts.ravel(), length))))


def msort(input: Tensor) -> Tensor:
    """Sort along the first dimension."""
    return sort(input, 0).values


def diff(input: Tensor, n: int = 1, dim: int = -1) -> Tensor:
    """Return the differences of neighbours along a dimension, `n` times over.

    >>> import gradcli as t
    >>> t.diff(t.tensor([1.0, 4.0, 9.0]))
    tensor([3., 5.])
    """
    for _ in range(n):
        length = input._data.shape[dim]
        input = sub(narrow(input, dim, 1, length - 1), narrow(input, dim, 0, length - 1))
    return input


# Numbers


def nanmean(input: Tensor, dim: Any = None, keepdim: bool = False) -> Tensor:
    """Return the mean along dimensions of what is not NaN."""
    return div(nansum(input, dim, keepdim), sum(logical_not(isnan(input.detach())), dim, keepdim))


def float_power(input: Any, exponent: Any) -> Tensor:
    """Return the power `input ** exponent`, computed in float64."""
    both = (cast(each, np.dtype(np.float64)) if isinstance(each, Tensor) else float(each) for each in (input, exponent))
    return pow(*both)


def logdet(input: Tensor) -> Tensor:
    """Return the logarithm of the determinant of a square matrix: NaN where that is negative."""
    sign, logabsdet = slogdet(input)
    return where(lt(sign, 0), math.nan, logabsdet)


def matrix_power(input: Tensor, n: int) -> Tensor:
    """Multiply a square matrix, or each of a batch, `n` times by itself; its inverse if `n` is negative."""
    if n < 0:
        input, n = inv(input), -n
    if n == 0:
        return expand(wrap_tensor(np.eye(input._data.shape[-1], dtype=input._data.dtype)), *input._data.shape).clone()
    squares = itertools.accumulate(range(n.bit_length() - 1), lambda square, _: matmul(square, square), initial=input)
    return functools.reduce(matmul, (square for bit, square in enumerate(squares) if n >> bit & 1))


class Svd(NamedTuple):
    """The factors of a matrix `U @ diag(S) @ V.mT`."""

    U: Tensor
    S: Tensor
    V: Tensor


def svd(input: Tensor, some: bool = True) -> Svd:
    """Return the singular value decomposition `U @ diag(S) @ V.mT` (`linalg.svd` has `Vh`, which is `V.mT`).

    >>> import gradcli as t
    >>> t.svd(t.tensor([[3.0, 0.0], [0.0, -4.0]])).S
    tensor([4., 3.])
    """
    U, S, Vh = decompose(input, not some)
    return Svd(U, S, transpose(Vh))
