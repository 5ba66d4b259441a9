"""What went wrong in an operation on Tensors, in torch's words.

Operations run as NumPy has them, and NumPy says in its own words what does not fit. Here the commonest
of its sentences become torch's, with torch's type of exception; all others stay as they are.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..ops import Op
from . import dtypes
from .operands import Foreign
from .tensor import Tensor

# NumPy's sentence; the exception and the sentence that torch has for it.
_SENTENCES: tuple[tuple[str, type[Exception], str], ...] = (
    (r"Integers to negative integer powers", RuntimeError, "Integers to negative integer powers are not allowed."),
    (r"numpy boolean subtract", RuntimeError, "Subtraction, the `-` operator, with two bool tensors is not supported. "
     "Use the `^` or `logical_xor()` operator instead."),
    (r"numpy boolean negative", RuntimeError, "Negation, the `-` operator, on a bool tensor is not supported. If you "
     "are trying to invert a mask, use the `~` or `logical_not()` operator instead."),
    (r"can only specify one unknown dimension", RuntimeError, "only one dimension can be inferred"),
)  # fmt: skip

# What an argument, or an element of a sequence, may be.
_TAKEN = (Tensor, bool, int, float, np.ndarray, np.generic, list, tuple)


def reword(op: Op, error: Exception, names: Mapping[str, Any]) -> Exception:
    """Return the exception to raise for one that an operation met; `names` are the variables of its function.

    What is not ours to say better is returned as it is.
    """
    if isinstance(error, Foreign) or (isinstance(error, TypeError) and _missing(op, names)):
        return _foreign(op, error, names)
    if op.sequence:
        return error
    data: list[Any] = [names.get(f"d_{name}") for name in op.tensors]
    if isinstance(error, ValueError) and op.pointwise:
        said = _mismatch([np.shape(each) for each in data if each is not None])
        if said:
            return RuntimeError(said)
    if "cannot reshape array" in str(error) and "shape" in names:
        return RuntimeError(f"shape '{list(names['shape'])}' is invalid for input of size {data[0].size}")
    if op.name == "select" and "out of bounds" in str(error):
        dim, shape = names["dim"], list(data[0].shape)
        return IndexError(
            f"select(): index {names['index']} out of range for tensor of size {shape} at dimension {dim}"
        )
    if op.name == "permute" and "multiple times" in str(error):
        return RuntimeError("permute(): duplicate dims are not allowed.")
    for pattern, kind, sentence in _SENTENCES:
        if re.search(pattern, str(error)):
            return kind(sentence)
    if op.family == "bitwise" and isinstance(error, TypeError):
        found = next(each.dtype for each in data if hasattr(each, "dtype"))
        return NotImplementedError(f"\"{op.name}_cpu\" not implemented for '{dtypes.word(found)}'")
    return error


def _missing(op: Op, names: Mapping[str, Any]) -> bool:
    return any(names.get(name) is None for name in op.tensors if name not in op.defaults)


def _foreign(op: Op, error: Exception, names: Mapping[str, Any]) -> Exception:
    for position, name in enumerate(op.tensors, 1):
        value: Any = names[name]
        if not isinstance(value, _TAKEN):
            kind = type(value).__name__
            return TypeError(f"{op.name}(): argument '{name}' (position {position}) must be Tensor, not {kind}")
        for place, each in enumerate(names[name] if name == op.sequence else ()):
            if not isinstance(each, _TAKEN):
                kind = type(each).__name__
                return TypeError(f"expected Tensor as element {place} in argument {position - 1}, but got {kind}")
    return error


def _mismatch(shapes: list[tuple[int, ...]]) -> str | None:
    """Say at which dimension two shapes do not meet; None if they all do."""
    for a, b in itertools.pairwise(shapes):
        rank = max(len(a), len(b))
        lengths = zip((1,) * (rank - len(a)) + a, (1,) * (rank - len(b)) + b, strict=True)
        for dim, (n, m) in reversed(list(enumerate(lengths))):
            if n != m and 1 not in (n, m):
                return (
                    f"The size of tensor a ({n}) must match the size of tensor b ({m}) at non-singleton dimension {dim}"
                )
    return None
