"""Arguments of operations, other than Tensors, made into what NumPy computes with."""

from __future__ import annotations

from typing import Any

import numpy as np

from .tensor import Tensor


class Foreign(TypeError):
    """An argument that is neither a Tensor nor anything that can become one."""


def plain(value: Any) -> Any:
    """Return the array or number behind an argument; raise Foreign for what is neither."""
    if isinstance(value, Tensor):
        return value._data
    if isinstance(value, np.generic):
        return value.item()  # a number like Python's: it does not raise the dtype
    if value is None or isinstance(value, (int, float, np.ndarray)):
        return value
    if isinstance(value, (list, tuple)):
        from .conversion import array_of

        return array_of(value)
    raise Foreign(f"unsupported operand type for a Tensor: {type(value).__name__!r}")


def operand(value: Any) -> Any:
    """Return the array or number behind an operand; raise Foreign, for the other operand to try, elsewhere."""
    if value is None or isinstance(value, (list, tuple)):
        raise Foreign
    return plain(value)


def array_operand(value: Any) -> Any:
    """Return the array behind an operand that may not be a number, as those of `@`; raise Foreign elsewhere."""
    if not isinstance(value, (Tensor, np.ndarray)):
        raise Foreign
    return plain(value)
