"""Writing into a tensor, as pure functions: what in-place assignment records.

>>> from gradcli.ops.writing import index_put
>>> index_put(np.zeros(3), 1, 5.0).tolist()
[0.0, 5.0, 0.0]
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ._registry import family
from ._sampling import case
from .creation import zeros_like
from .indexing import index, split_key
from .piecewise import where

op = family("writing", dtype=None, public=False, writes=True)


@op(node=("FillBackward2", "FillBackward3", "value"), cases=(case((3, 4), ()),))
def fill(input, value):
    """The same shape and dtype, filled with one value."""
    return np.full_like(input, value)


fill.grad(input=lambda g: zeros_like(g), value=lambda g: g)


@op(node="CopyBackwards", pointwise=True, cases=(case((3, 4), (4,)), case((3,), (3,)), case((), ())))
def copy(input, src):
    """The values of `src`, in the shape and dtype of `input`."""
    shape, given = np.shape(input), np.shape(src)
    if shape != given and shape != (needed := np.broadcast_shapes(shape, given)):
        raise RuntimeError(f"output with shape {list(shape)} doesn't match the broadcast shape {list(needed)}")
    return np.full_like(input, src)


copy.grad(input=lambda g: zeros_like(g), src=lambda g: g)


@op(name="zero", node="ZeroBackward0", cases=(case((3, 4)),))
def zero(input):
    """Zeros, through which no gradient flows."""
    return np.zeros_like(input)


zero.grad(input=lambda g: zeros_like(g))


@op(public=True, node=("MaskedFillBackward0", "MaskedFillBackward1", "value"),
    cases=(case((3,), (), mask=np.array([True, False, True])),))  # fmt: skip
def masked_fill(input, mask: Any, value):
    """The elements where the mask is false, and `value` where it is true."""
    return np.where(mask, np.asarray(value, np.asarray(input).dtype), input)


masked_fill.grad(
    input=lambda g, mask: where(mask, 0.0, g),
    value=lambda g, mask: where(mask, g, 0.0),
)


@op(node="IndexPutBackward0", cases=(
    case((3, 4), (4,), key=1), case((3, 4), (2, 4), key=[0, 2]), case((3,), (), key=np.array([True, False, True])),
))  # fmt: skip
def index_put(input, key: Any, values):
    """The elements of `input`, with those that `key` picks replaced by `values`."""
    out = np.array(input)
    basic, arrays = split_key(key)
    if arrays is None:
        out[basic] = values
    else:
        out[basic][arrays] = values
    return out


index_put.grad(
    input=lambda g, key: index_put(g, key, 0.0),
    values=lambda g, key: index(g, key),
)
