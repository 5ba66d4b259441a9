"""What went wrong in an operation on Tensors, in torch's words.

Operations run as NumPy has them, and NumPy says in its own words what does not fit. Here the commonest
of its sentences become torch's, with torch's type of exception; all others stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..ops import Op
from . import dtypes

# NumPy's sentence; the exception and the sentence that torch has for it.
_SENTENCES: tuple[tuple[str, type[Exception], str], ...] = (
    (r"Integers to negative integer powers", RuntimeError, "Integers to negative integer powers are not allowed."),
    (r"numpy boolean subtract", RuntimeError, "Subtraction, the `-` operator, with two bool tensors is not supported. "
     "Use the `^` or `logical_xor()` operator instead."),
    (r"numpy boolean negative", RuntimeError, "Negation, the `-` operator, on a bool tensor is not supported. If you "
     "are trying to invert a mask, use the `~` or `logical_not()` operator instead."),
    (r"can only specify one unknown dimension", RuntimeError, "only one dimension can be inferred"),
)  # fmt: skip


def reword(op: Op, error: Exception, names: Mapping[str, Any]) -> Exception:
    """Return the exception to raise for one that an operation met; `names` are the variables of its function.

    What is not ours to say better is returned as it is.
    """
    from .tensor import Foreign

    if isinstance(error, Foreign):
        return _foreign(op, error, names)
    data = [names.get(f"d_{name}") for name in op.tensors]
    if isinstance(error, ValueError) and op.pointwise:
        said = _mismatch([np.shape(each) for each in data if each is not None])
        if said:
            return RuntimeError(said)
    for pattern, kind, sentence in _SENTENCES:
        if re.search(pattern, str(error)):
            return kind(sentence)
    if op.family == "bitwise" and isinstance(error, TypeError):
        found = next(each.dtype for each in data if hasattr(each, "dtype"))
        return NotImplementedError(f"\"{op.name}_cpu\" not implemented for '{dtypes.word(found)}'")
    return error


def _foreign(op: Op, error: Exception, names: Mapping[str, Any]) -> Exception:
    from .tensor import Tensor

    for position, name in enumerate(op.tensors, 1):
        value = names[name]
        if not isinstance(value, (Tensor, bool, int, float, np.ndarray, np.generic, list, tuple)):
            kind = type(value).__name__
            return TypeError(f"{op.name}(): argument '{name}' (position {position}) must be Tensor, not {kind}")
    return error


def _mismatch(shapes: list[tuple[int, ...]]) -> str | None:
    """Say at which dimension two shapes do not meet; None if they all do."""
    for a, b in zip(shapes, shapes[1:], strict=False):
        rank = max(len(a), len(b))
        lengths = zip((1,) * (rank - len(a)) + a, (1,) * (rank - len(b)) + b, strict=True)
        for dim, (n, m) in reversed(list(enumerate(lengths))):
            if n != m and 1 not in (n, m):
                return (
                    f"The size of tensor a ({n}) must match the size of tensor b ({m}) at non-singleton dimension {dim}"
                )
    return None
