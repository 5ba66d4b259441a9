"""More elements or fewer: expanding, padding, repeating.

>>> from gradcli.ops.expansion import expand, sum_to_shape
>>> expand([[1.0], [2.0]], -1, 3).tolist()
[[1.0, 1.0, 1.0], [2.0, 2.0, 2.0]]
>>> sum_to_shape([[1.0, 2.0], [3.0, 4.0]], (1, 2)).tolist()
[[4.0, 6.0]]
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ._registry import family
from ._sampling import case
from .shape import Shape, reshape, wrap

op = family("shape", dtype=None)


def _expanded(found: Shape, shape: Shape) -> Shape:
    """Fill in the -1 of a shape to expand to; raise RuntimeError, in torch's words, if it does not fit."""
    extra = len(shape) - len(found)
    if extra < 0:
        raise RuntimeError(
            f"expand: the number of sizes provided ({len(shape)}) must be greater or equal to the number of "
            f"dimensions in the tensor ({len(found)})"
        )
    if -1 in shape[:extra]:
        raise RuntimeError(
            f"The expanded size of the tensor (-1) isn't allowed in a leading, non-existing dimension {shape.index(-1)}"
        )
    wanted = (*shape[:extra], *(n if w == -1 else w for n, w in zip(found, shape[extra:], strict=True)))
    for dim, (n, w) in enumerate(zip(found, wanted[extra:], strict=True), extra):
        if n not in (1, w):
            raise RuntimeError(
                f"The expanded size of the tensor ({w}) must match the existing size ({n}) at non-singleton "
                f"dimension {dim}.  Target sizes: {list(shape)}.  Tensor sizes: {list(found)}"
            )
    return wanted


@op(view=True, aliases=("broadcast_to",), size=lambda input, *shape: math.prod(_expanded(np.shape(input), shape)),
    cases=(
        case((3, 1), shape=(3, 4)), case((3, 1), shape=(2, -1, 4)), case((), shape=(2, 3)), case((3,), shape=(3,)),
        case((1,), shape=(0,)), case((), shape=()),
    ))  # fmt: skip
def expand(input, *shape):
    """Repeat along dimensions of length 1, and along new ones in front, without a copy; -1 keeps a length."""
    if type(input) in _SCALARS and -1 not in shape:  # most gradients come from one number: three times as fast
        return _repeated(np.asarray(input), shape)
    return np.broadcast_to(input, _expanded(np.shape(input), shape))


_SCALARS = (np.float64, np.float32)


def _repeated(number: np.ndarray, shape: Shape) -> np.ndarray:
    repeated: np.ndarray = np.ndarray(shape, number.dtype, number, 0, (0,) * len(shape))
    repeated.flags.writeable = False
    return repeated


# The engine sums a gradient to the shape of its source.
expand.grad(input=lambda g: g)


@op(view=True, node="ExpandBackward0", size=lambda input, other: np.size(other),
    cases=(case((3, 1), (3, 4)), case((), (2, 3)), case((3,), (0, 3))))  # fmt: skip
def expand_as(input, other):
    """Expand to the shape of another tensor, to which no gradient flows."""
    return np.broadcast_to(input, _expanded(np.shape(input), np.shape(other)))


expand_as.grad(input=lambda g: g)


@op(public=False, node="SumBackward1", cases=(
    case((2, 3, 4), shape=(3, 1)), case((2, 3), shape=()), case((3, 4), shape=(3, 4)), case((0, 3), shape=(1, 3)),
))  # fmt: skip
def sum_to_shape(input, shape: Shape):
    """Undo broadcasting: sum to a shape from which the tensor could have been expanded."""
    found = np.shape(input)
    extra = len(found) - len(shape)
    grown = (i for i, n in enumerate(shape, extra) if n == 1 and found[i] != 1)
    return np.reshape(np.add.reduce(input, axis=(*range(extra), *grown)), shape)


sum_to_shape.grad(input=lambda g, input_shape: expand(g, input_shape))


def _widths(pad: Any, rank: int) -> list[tuple[int, int]]:
    """Turn torch's padding, last dimension first, into a pair for each dimension, first one first."""
    if len(pad) % 2:
        raise RuntimeError("Padding length must be divisible by 2")
    if len(pad) > 2 * rank:
        raise RuntimeError(
            "Padding length should be less than or equal to two times the input dimension but got padding "
            f"length {len(pad)} and input of dimension {rank}"
        )
    pairs = list(zip(pad[::2], pad[1::2], strict=True))[::-1]
    return [(0, 0)] * (rank - len(pairs)) + pairs


def _padded_size(input: Any, pad: Any, mode: str = "constant", value: float = 0.0) -> int:
    shape = np.shape(input)
    return math.prod(n + before + after for n, (before, after) in zip(shape, _widths(pad, len(shape)), strict=True))


@op(node="ConstantPadNdBackward0", size=_padded_size, cases=(
    case((3,), pad=(1, 2)), case((3, 4), pad=(0, 1, 2, 0), value=5.0), case((3, 4), pad=(-1, 2)), case((), pad=()),
    case((0,), pad=(1, -1)), case((2, 3), pad=[1, 1]),
))  # fmt: skip
def pad(input, pad: Any, mode="constant", value=0.0):
    """Put `value` around a tensor: `pad` is (before, after) of the last dimension, then of the one before it ...

    A negative width crops. The only mode is "constant".
    """
    if mode != "constant":
        raise NotImplementedError(f"pad: mode {mode!r} is not supported, only 'constant'")
    widths = _widths(pad, np.ndim(input))
    if not widths:
        return np.copy(input)
    grown = np.pad(input, [(max(before, 0), max(after, 0)) for before, after in widths], constant_values=value)
    return grown[tuple(slice(max(-before, 0), min(after, 0) or None) for before, after in widths)]


_pad = pad  # the name that the argument does not hide
pad.grad(input=lambda g, pad: _pad(g, [-width for width in pad]))


@op(aliases=("tile",), size=lambda input, *repeats: np.size(input) * math.prod(repeats), cases=(
    case((3,), repeats=(2,)), case((3, 4), repeats=(2, 1, 3)), case((2, 3, 4), repeats=(2,)), case((), repeats=(2, 2)),
    case((3,), repeats=(0,)),
))  # fmt: skip
def repeat(input, *repeats):
    """Lay copies of a tensor side by side, so many along each of the last dimensions."""
    return np.tile(input, repeats)


def _fold(g: Any, input_shape: Shape, repeats: Shape) -> Any:
    """Sum over the copies: split each dimension in two, the copies and the places within one."""
    rank = max(len(input_shape), len(repeats))
    lengths = (1,) * (rank - len(input_shape)) + input_shape
    copies = (1,) * (rank - len(repeats)) + repeats
    split = [n for pair in zip(copies, lengths, strict=True) for n in pair]
    within = [n for length in lengths for n in (1, length)]
    return reshape(sum_to_shape(reshape(g, split), tuple(within)), input_shape)


repeat.grad(input=lambda g, input_shape, repeats: _fold(g, input_shape, repeats))


def _windows(input: Any, dimension: int, size: int, step: int) -> Any:
    """Return the windows along a dimension, which takes their number, with their elements in a last one."""
    dim, length = wrap(dimension, np.ndim(input)), np.shape(input)[dimension] if np.ndim(input) else 1
    if size < 0:
        raise RuntimeError(f"size is {size} but must be >= 0")
    if size > length:
        raise RuntimeError(f"maximum size for tensor at dimension {dim} is {length} but size is {size}")
    if step <= 0:
        raise RuntimeError(f"step is {step} but must be > 0")
    if not np.ndim(input):
        return np.reshape(input, 1)[:size]
    windows = np.lib.stride_tricks.sliding_window_view(input, size, axis=dim)
    return windows[(slice(None),) * dim + (slice(None, None, step),)]


@op(size=lambda *args: _windows(*args).size, cases=(
    case((5,), dimension=0, size=3, step=1), case((2, 7, 3), dimension=1, size=3, step=2),
    case((4, 5), dimension=-1, size=2, step=3), case((3,), dimension=0, size=0, step=1),
    case((), dimension=0, size=1, step=1), case((0, 2), dimension=1, size=2, step=1),
))  # fmt: skip
def unfold(input, dimension: int, size: int, step: int):
    """Copies of the windows of some size along a dimension, each `step` on; the last dimension is within them."""
    return np.copy(_windows(input, dimension, size, step))


@op(public=False, cases=(
    case((3, 3), shape=(5,), dimension=0, step=1), case((2, 3, 3, 3), shape=(2, 7, 3), dimension=1, step=2),
))  # fmt: skip
def unfold_backward(input, shape: Shape, dimension: int, step: int):
    """Add the elements of windows to zeros of a shape, where they were taken from."""
    out = np.zeros(shape, np.asarray(input).dtype)
    if not shape:
        return np.add(out, np.add.reduce(input))
    along, windows = np.moveaxis(out, dimension, 0), np.moveaxis(input, wrap(dimension, len(shape)), 0)
    for place in range(windows.shape[-1]):
        along[place : place + step * len(windows) : step] += windows[..., place]
    return out


unfold.grad(input=lambda g, input_shape, dimension, step: unfold_backward(g, input_shape, dimension, step))
unfold_backward.grad(
    input=lambda g, input_shape, dimension, step: unfold(g, dimension, input_shape[-1], step),
)
