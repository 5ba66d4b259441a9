"""What torch's functions take beyond the operation of their name: a factor, a dtype, a second tensor.

The operations of the rule book do one thing each. These functions stand in front of a few of them in
the Python API, and hand on to the operation itself whenever nothing special is asked.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from ..ops import REGISTRY
from . import dtypes
from .generate import compiled
from .inplace import apply_in_place
from .reading import cast
from .tensor import Tensor


@functools.cache
def _operation(name: str) -> Callable[..., Any]:
    return compiled(REGISTRY[name]).apply


def add(input: Any, other: Any, *, alpha: Any = 1) -> Tensor:
    """Return `input + alpha * other`."""
    return _operation("add")(input, other if alpha == 1 else other * alpha)


def sub(input: Any, other: Any, *, alpha: Any = 1) -> Tensor:
    """Return `input - alpha * other`."""
    return _operation("sub")(input, other if alpha == 1 else other * alpha)


def add_(input: Tensor, other: Any, *, alpha: Any = 1) -> Tensor:
    """Add `alpha * other` in place."""
    return apply_in_place(REGISTRY["add"], input, other if alpha == 1 else other * alpha)


def sub_(input: Tensor, other: Any, *, alpha: Any = 1) -> Tensor:
    """Subtract `alpha * other` in place."""
    return apply_in_place(REGISTRY["sub"], input, other if alpha == 1 else other * alpha)


def div(input: Any, other: Any, *, rounding_mode: str | None = None) -> Tensor:
    """Return `input / other`, rounded as `rounding_mode` says: None, "floor" or "trunc"."""
    if rounding_mode is None:
        return _operation("div")(input, other)
    if rounding_mode not in ("floor", "trunc"):
        raise RuntimeError(
            f"div expected rounding_mode to be one of None, 'trunc', or 'floor' but found '{rounding_mode}'"
        )
    return _operation("rounded_div")(input, other, rounding_mode)


def invert(input: Tensor) -> Tensor:
    """Return `~input`, of integers or booleans."""
    if input._data.dtype.kind == "f":
        raise TypeError("~ (operator.invert) is only implemented on integer and Boolean-type tensors")
    return _operation("bitwise_not")(input)


def rpow(input: Tensor, other: Any) -> Any:
    """Return `other ** input`, for a number `other`."""
    if type(other) in (int, float) and input._node is not None:
        return _operation("rpow")(input, other)
    return compiled(REGISTRY["pow"]).operator()(other, input)


def positive(input: Tensor) -> Tensor:
    """Return `+input`, which is the tensor itself."""
    return input


def rtruediv(input: Tensor, other: Any) -> Tensor:
    """Return `other / input`, computed as torch does: the reciprocal, times `other`."""
    found = _operation("reciprocal")(input)
    if found._node is None and type(other) is int and other == 1:
        return found  # nobody can tell that the product was left out
    return _operation("mul")(found, other)


def _with_dtype(name: str) -> Callable[..., Any]:
    apply = compiled(REGISTRY[name]).apply

    def reduced(input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None, **spelt: Any) -> Tensor:
        if dtype is not None:
            input = cast(input, dtypes.numpy_dtype(dtype))
        return apply(input, dim, keepdim, **spelt)

    return reduced


def _with_bias(name: str) -> Callable[..., Any]:
    apply = compiled(REGISTRY[name]).apply

    def spread(
        input: Any, dim: Any = None, unbiased: bool | None = None, keepdim: bool = False, *, correction: float = 1
    ) -> Tensor:
        if isinstance(dim, bool):
            dim, unbiased = None, dim
        return apply(input, dim, correction if unbiased is None else int(unbiased), keepdim)

    return spread


def _of_two(name: str) -> Callable[..., Any]:
    apply = compiled(REGISTRY[name]).apply

    def extreme(input: Any, dim: Any = None, keepdim: bool = False, *, other: Any = None, **spelt: Any) -> Any:
        if isinstance(dim, Tensor):
            other = dim
        return apply(input, dim, keepdim, **spelt) if other is None else _operation(f"{name}imum")(input, other)

    return extreme


# How each is made when it is first asked for, which generates the operation.
_MADE = {
    "sum": _with_dtype, "mean": _with_dtype, "prod": _with_dtype, "var": _with_bias, "std": _with_bias,
    "max": _of_two, "min": _of_two,
}  # fmt: skip


def __getattr__(name: str) -> Callable[..., Any]:
    if name not in _MADE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    function = _MADE[name](name)
    function.__name__ = function.__qualname__ = name
    function.__doc__ = REGISTRY[name].doc
    return globals().setdefault(name, function)


def masked_fill(input: Tensor, mask: Any, value: Any) -> Tensor:
    """Return the elements where the mask is false, and `value` where it is true."""
    return _operation("masked_fill")(input, _mask(mask), value)


def masked_fill_(input: Tensor, mask: Any, value: Any) -> Tensor:
    """Put `value` where the mask is true, in place."""
    return apply_in_place(REGISTRY["masked_fill"], input, _mask(mask), value)


def masked_select(input: Tensor, mask: Any) -> Tensor:
    """Return the elements where the mask is true, in a row."""
    if mask._data.dtype.kind != "b":
        raise RuntimeError("masked_select: expected BoolTensor for mask")
    return _operation("masked_select")(input, np.array(mask._data))


def masked_scatter(input: Tensor, mask: Any, source: Any) -> Tensor:
    """Return the elements where the mask is false, and those of `source` in flat order where it is true."""
    _check_mask(mask)
    return _operation("masked_scatter")(input, mask, source)


def masked_scatter_(input: Tensor, mask: Any, source: Any) -> Tensor:
    """Put the elements of `source` in flat order where the mask is true, in place."""
    _check_mask(mask)
    return apply_in_place(REGISTRY["masked_scatter"], input, mask, source)


def _check_mask(mask: Any) -> None:
    if mask._data.dtype.kind != "b":
        found = dtypes.word(mask._data.dtype)
        raise RuntimeError(f"masked_scatter_ only supports boolean masks, but got mask with dtype {found}")


def _mask(mask: Any) -> np.ndarray:
    data = mask._data if isinstance(mask, Tensor) else np.asarray(mask)
    if data.dtype.kind != "b":
        found = dtypes.public(data.dtype)
        raise RuntimeError(f"masked_fill only supports boolean masks, but got mask with dtype {found}")
    return np.array(data)


def scatter(input: Tensor, dim: int, index: Any, src: Any = None, *, value: Any = None) -> Tensor:
    """Put `src`, or one value, where `index` names places along a dimension."""
    return _operation("scatter")(input, dim, index, value if src is None else src)


def scatter_(input: Tensor, dim: int, index: Any, src: Any = None, *, value: Any = None) -> Tensor:
    """Put `src`, or one value, where `index` names places along a dimension, in place."""
    return apply_in_place(REGISTRY["scatter"], input, dim, index, value if src is None else src)


def index_put(input: Tensor, indices: tuple[Any, ...], values: Any, accumulate: bool = False) -> Tensor:
    """Put values where index tensors, one a dimension, name places; or add them to what is there."""
    return index_put_(input.clone(), indices, values, accumulate)


def index_put_(input: Tensor, indices: tuple[Any, ...], values: Any, accumulate: bool = False) -> Tensor:
    """Put values where index tensors, one a dimension, name places; or add them to what is there, in place."""
    key = tuple(np.array(each._data) for each in indices)
    if not accumulate:
        return apply_in_place(REGISTRY["index_put"], input, key, values)
    shape = np.broadcast_to(0, input._data.shape)[key].shape
    added = _operation("index_backward")(_operation("expand")(values, *shape), input._data.shape, key)
    return apply_in_place(REGISTRY["add"], input, added)
