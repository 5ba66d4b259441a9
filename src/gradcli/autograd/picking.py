"""Indexing, `x[key]` and `x[key] = value`: keys made plain for the operation, and torch's words when one is wrong."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from ..ops import REGISTRY
from ..ops.indexing import is_plain
from .generate import compiled
from .inplace import assign
from .tensor import Tensor

_SENTENCES = (
    (r"index (-?\d+) is out of bounds for axis (\d+) with size (\d+)",
     r"index \1 is out of bounds for dimension \2 with size \3"),
    (r"(?:too many indices for array: array is 0-dimensional|invalid index to scalar variable).*",
     "invalid index of a 0-dim tensor. Use `tensor.item()` in Python or `tensor.item<T>()` in C++ to convert a "
     "0-dim tensor to a number"),
    (r"too many indices for array: array is (\d+)-dimensional.*", r"too many indices for tensor of dimension \1"),
    (r"boolean index did not match indexed array along axis (\d+); size of axis is (\d+) but size of corresponding "
     r"boolean axis is (\d+)",
     r"The shape of the mask [\3] at index \1 does not match the shape of the indexed tensor [\2] at index \1"),
)  # fmt: skip


_index = compiled(REGISTRY["index"]).apply


def getitem(self: Tensor, key: Any) -> Tensor:
    """Pick elements: a view where the key holds numbers and slices only, a copy where it holds arrays."""
    try:
        return _index(self, key if is_plain(key) else _plain_key(key, self._data.ndim))
    except IndexError as error:
        raise IndexError(_reworded(str(error))) from None


def setitem(self: Tensor, key: Any, value: Any) -> None:
    """Replace elements in place."""
    try:
        assign(self, key if is_plain(key) else _plain_key(key, self._data.ndim), value)
    except IndexError as error:
        raise IndexError(_reworded(str(error))) from None


def _plain_key(key: Any, rank: int) -> Any:
    if not isinstance(key, tuple):
        return _plain_part(key)
    parts = [_plain_part(part) for part in key]
    if not any(isinstance(part, np.ndarray) for part in parts):
        return tuple(parts)
    # NumPy takes arrays for apart where `...` stands between them, though it stands for nothing.
    rest = rank - sum(_dimensions(part) for part in parts)
    return tuple(each for part in parts for each in ([slice(None)] * rest if part is Ellipsis else [part]))


def _dimensions(part: Any) -> int:
    """Count the dimensions of a tensor that a part of a key stands for."""
    if part is None or part is Ellipsis or isinstance(part, (bool, np.bool_)):
        return 0
    return part.ndim if isinstance(part, np.ndarray) and part.dtype == bool else 1


def _plain_part(part: Any) -> Any:
    """Make arrays of tensors and lists: copies, which a later change cannot reach."""
    if part is None or part is Ellipsis or isinstance(part, (int, slice, np.integer)):
        return part
    if isinstance(part, (list, tuple, range)):
        part = np.array([each.item() if isinstance(each, Tensor) else each for each in part])
        part = part if part.size else part.astype(np.int64)
    elif isinstance(part, Tensor):
        part = np.array(part._data)
    elif not isinstance(part, (np.ndarray, np.bool_)):
        raise IndexError(
            "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid indices "
            f"(got {type(part).__name__})"
        )
    if part.dtype.kind not in "biu":
        raise IndexError("tensors used as indices must be long, int, byte or bool tensors")
    return int(part) if part.ndim == 0 and part.dtype.kind != "b" else part


def _reworded(message: str) -> str:
    for pattern, sentence in _SENTENCES:
        if re.search(pattern, message):
            return re.sub(f".*{pattern}.*", sentence, message, flags=re.DOTALL)
    return message
