"""What traced values make of NumPy's functions: those that a program knows by name, and indexing.

Any other function becomes an opaque instruction. Where a handler cannot tell a length, the function is
opaque, too, or the trace fails and is made again for the very lengths of the call.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..ops._registry import Untraceable
from ..ops.indexing import split_key
from .lengths import SMALLEST, Length, known
from .ssa import Shape, Type
from .traced import Traced, Tracer, broadcast_shapes


def _tracer(*values: Any) -> Tracer:
    return next(value.tracer for value in values if isinstance(value, Traced))


# Values from values


def where(condition: Any, *choices: Any) -> Traced:
    """Choose elementwise."""
    tracer = _tracer(condition, *choices)
    if len(choices) != 2:
        raise Untraceable("where() of a condition alone gives as many places as it holds at", tracer)
    then, otherwise = choices
    known_types = [
        type(given) if type(given) in (int, float) else tracer.lift(given).dtype for given in (then, otherwise)
    ]
    dtype = np.result_type(*(0.0 if k is float else 0 if k is int else k for k in known_types))
    values = [tracer.lift(each) for each in (condition, then, otherwise)]
    args = [values[0].operand, *(_in(value.operand, dtype) for value in values[1:])]
    return tracer.emit("where", args, Type(dtype, broadcast_shapes(*(value.shape for value in values))))


def _in(operand: Any, dtype: np.dtype) -> Any:
    return float(operand) if type(operand) is int and dtype.kind == "f" else operand


def filled(number: float) -> Callable[..., Traced]:
    """Return the function that makes a value which is that number everywhere."""

    def like(value: Traced, dtype: Any = None, **_: Any) -> Traced:
        return value.tracer.full(number, Type(np.dtype(dtype or value.dtype), value.shape))

    return like


def concatenate(values: Any, axis: int = 0) -> Traced:
    """Join values along an axis."""
    tracer = _tracer(*values)
    lifted = [tracer.lift(each) for each in values]
    first, axis = lifted[0], axis % lifted[0].ndim
    rest = [n for d, n in enumerate(first.shape) if d != axis]
    if any([n for d, n in enumerate(each.shape) if d != axis] != rest for each in lifted):
        raise ValueError("all the input array dimensions except for the concatenation axis must match exactly")
    length: Any = 0
    for each in lifted:
        length = each.shape[axis] + length
    dtype = np.result_type(*(each.dtype for each in lifted))
    shape = (*first.shape[:axis], length, *first.shape[axis + 1 :])
    return tracer.emit("concatenate", [each.operand for each in lifted], Type(dtype, shape), axis=axis)


def stack(values: Any, axis: int = 0) -> Traced:
    """Join values along a new axis."""
    tracer = _tracer(*values)
    return concatenate([np.expand_dims(tracer.lift(each), axis) for each in values], axis)


def matmul(tracer: Tracer, input: Any, other: Any) -> Traced:
    """Multiply matrices, as `@` does."""
    a, b = tracer.lift(input), tracer.lift(other)
    left, right = a.shape if a.ndim > 1 else (1, *a.shape), b.shape if b.ndim > 1 else (*b.shape, 1)
    if not a.ndim or not b.ndim or left[-1] != right[-2]:
        raise ValueError(f"matmul: shapes {a.shape} and {b.shape} do not fit")
    shape = (*broadcast_shapes(left[:-2], right[:-2]), left[-2], right[-1])
    shape = shape[: -1 if b.ndim == 1 else None]
    if a.ndim == 1:
        shape = (*shape[: -2 if b.ndim > 1 else -1], *shape[len(shape) - (b.ndim > 1) :])
    return tracer.emit("matmul", (a.operand, b.operand), Type(np.result_type(a.dtype, b.dtype), shape))


# The same elements in another shape


def broadcast_to(value: Traced, shape: Any, **_: Any) -> Traced:
    """Repeat along axes of length 1, and new ones in front."""
    wanted = tuple(shape) if isinstance(shape, (tuple, list)) else (shape,)
    if wanted == value.shape:
        return value
    if broadcast_shapes(value.shape, wanted) != wanted:
        raise ValueError(f"cannot broadcast {value.shape} to {wanted}")
    return value.tracer.emit("broadcast", (value.operand,), Type(value.dtype, wanted), shape=wanted)


def reshape(value: Traced, shape: Any, *_: Any, **__: Any) -> Traced:
    """Give the elements another shape, of which one length may be -1."""
    wanted = list(shape) if isinstance(shape, (tuple, list)) else [shape]
    if -1 in wanted:
        rest: Any = math.prod(n for n in wanted if n != -1)
        if isinstance(rest, Length):
            if value.size != rest:
                raise Untraceable("a length of -1 beside n is not known", value.tracer)
            wanted[wanted.index(-1)] = 1
        else:
            wanted[wanted.index(-1)] = value.size // rest if rest else 0
    if math.prod(wanted) != value.size:
        raise ValueError(f"cannot reshape array of size {value.size} into shape {tuple(wanted)}")
    if tuple(wanted) == value.shape:
        return value
    return value.tracer.emit("reshape", (value.operand,), Type(value.dtype, tuple(wanted)), shape=tuple(wanted))


def transpose(value: Traced, axes: Any = None) -> Traced:
    """Put the axes in another order."""
    order = tuple(range(value.ndim))[::-1] if axes is None else tuple(d % value.ndim for d in axes)
    if order == tuple(range(value.ndim)):
        return value
    shape = tuple(value.shape[d] for d in order)
    return value.tracer.emit("transpose", (value.operand,), Type(value.dtype, shape), order=order)


def swapaxes(value: Traced, axis1: int, axis2: int) -> Traced:
    """Swap two axes."""
    order = list(range(value.ndim))
    order[axis1], order[axis2] = order[axis2], order[axis1]
    return transpose(value, order)


def squeeze(value: Traced, axis: Any = None) -> Traced:
    """Drop axes of length 1."""
    axes = axis if isinstance(axis, tuple) else tuple(range(value.ndim)) if axis is None else (axis,)
    gone = {d % value.ndim for d in axes if value.shape[d] == 1}
    return reshape(value, [n for d, n in enumerate(value.shape) if d not in gone])


def expand_dims(value: Traced, axis: Any) -> Traced:
    """Put in axes of length 1."""
    axes = axis if isinstance(axis, (tuple, list)) else (axis,)
    rank = value.ndim + len(axes)
    new = {d % rank for d in axes}
    lengths = iter(value.shape)
    return reshape(value, [1 if d in new else next(lengths) for d in range(rank)])


# Elements picked out


def index(value: Traced, key: Any) -> Traced:
    """Pick by ints, slices, None and `...`; anything else is opaque."""
    parts = key if isinstance(key, tuple) else (key,)
    if not all(part is None or part is Ellipsis or isinstance(part, (int, np.integer, slice)) for part in parts):
        return value.tracer.call(_pick, (value, key), {}, name="pick")
    full, shape = _places(value.shape, parts, value.tracer)
    if shape == value.shape and all(part == slice(None) for part in full):
        return value
    return value.tracer.emit("index", (value.operand,), Type(value.dtype, shape), key=full)


def _places(shape: Shape, parts: tuple[Any, ...], tracer: Tracer) -> tuple[tuple[Any, ...], Shape]:
    """Return an index with a part for each axis, its bounds counted from the front, and the shape of what it picks."""
    taken = sum(part is not None and part is not Ellipsis for part in parts)
    if taken > len(shape):
        raise IndexError(f"too many indices for array: array is {len(shape)}-dimensional, but {taken} were indexed")
    at = next((i for i, part in enumerate(parts) if part is Ellipsis), len(parts))
    full = [*parts[:at], *[slice(None)] * (len(shape) - taken), *parts[at + 1 :]]
    lengths, picked = iter(shape), []
    for i, part in enumerate(full):
        length: Any = 1 if part is None else next(lengths)
        if isinstance(part, slice):
            full[i], length = _sliced(part, length, tracer)
        elif part is not None:
            if not -length <= part < length:
                raise IndexError(f"index {part} is out of bounds for axis {i} with size {length}")
            continue
        picked.append(length)
    return tuple(full), tuple(picked)


def _pick(array: Any, key: Any) -> Any:
    return array[key]


def _sliced(part: slice, length: Any, tracer: Tracer) -> tuple[slice, Any]:
    """Return a slice with its bounds counted from the front, and how many places it picks."""
    if not isinstance(length, Length):
        return part, len(range(*part.indices(length)))
    step = 1 if part.step is None else part.step
    if step == -1 and part.start is None and part.stop is None:
        return part, length
    if step != 1:
        raise Untraceable("the length of a slice with a step depends on n", tracer)
    start, stop = (
        default if bound is None else _bound(bound, length) for bound, default in ((part.start, 0), (part.stop, length))
    )
    if part == slice(None):
        return part, length
    return slice(start, stop), stop - start if stop > start else 0


def _bound(bound: Any, length: Length) -> Any:
    """Return a bound of a slice counted from the front; Undecided where it may lie beyond the end."""
    counted = bound if bound >= 0 else length + bound
    return length if counted > length else max(counted, 0) if not isinstance(counted, Length) else counted


def scatter(input: Any, shape: Shape, key: Any) -> Traced | None:
    """Put elements into zeros where basic indexing picks them, as the adjoint of indexing does."""
    basic, arrays = split_key(key)
    if arrays is not None or not isinstance(input, Traced):
        return None
    full, picked = _places(tuple(shape), basic, input.tracer)
    if picked == tuple(shape) and all(isinstance(part, slice) and (part.step or 1) > 0 for part in full):
        return input
    return input.tracer.emit("scatter", (input.operand,), Type(input.dtype, tuple(shape)), shape=tuple(shape), key=full)


# What is asked of a value is answered without its elements


def _size(value: Any) -> int:
    """Return the number of elements for the least n: only a bound is asked for."""
    return math.prod(known(n, SMALLEST) for n in value.shape)


HANDLERS: dict[Any, Callable[..., Any]] = {
    np.where: where, np.zeros_like: filled(0.0), np.ones_like: filled(1.0), np.concatenate: concatenate,
    np.stack: stack, np.broadcast_to: broadcast_to, np.reshape: reshape, np.transpose: transpose,
    np.swapaxes: swapaxes, np.squeeze: squeeze, np.expand_dims: expand_dims, np.copy: lambda value, **_: value,
    np.shape: lambda value: value.shape, np.ndim: lambda value: value.ndim, np.size: _size,
    np.may_share_memory: lambda *_: False,
    np.result_type: lambda *given: np.result_type(*(v.dtype if isinstance(v, Traced) else v for v in given)),
}  # fmt: skip

# Operations whose forward writes to memory, as instructions.
ADJOINTS: dict[str, Callable[..., Traced | None]] = {"index_backward": scatter}
