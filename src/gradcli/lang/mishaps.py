"""What went wrong in an operation, as a sentence about the expression."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from ..errors import EvaluationError, Span
from ..ops import Op
from .signature import usage

FAULTS = (ValueError, TypeError, IndexError, RuntimeError, ArithmeticError, MemoryError)

_VERBS = {
    "add": "add", "sub": "subtract", "mul": "multiply", "div": "divide", "floor_divide": "divide",
    "remainder": "divide", "pow": "raise to a power", "eq": "compare", "ne": "compare", "lt": "compare",
    "le": "compare", "gt": "compare", "ge": "compare", "where": "choose between",
}  # fmt: skip

_PRODUCTS = {"matmul", "mm", "mv", "dot"}

# NumPy's words for what an expression got wrong, and ours.
_SENTENCES = (
    (r"index (-?\d+) is out of bounds for axis (\d+) with size (\d+)", r"the index \1 is out of range for a length of \3"),
    (r"too many indices for array: array is (\d+)-dimensional, but (\d+) were indexed", r"there are \2 indices for \1 dimensions"),
    (r"boolean index did not match .* size of axis is (\d+) .* is (\d+)", r"a mask of length \2 cannot index a length of \1"),
    (r"cannot reshape array of size (\d+) into shape (.*)", r"\1 elements cannot be put into the shape \2"),
    (r"Singular matrix", "the matrix is singular"),
)  # fmt: skip


def explain(op: Op, shapes: list[tuple[int, ...]], error: Exception, span: Span) -> EvaluationError:
    """Say what was wrong with the arguments of an operation, given the shapes of its tensors."""
    hint: str | None = None
    message = f"`{op.name}`: {_sentence(error)}"
    if isinstance(error, MemoryError):
        message = "there is not enough memory for the result"
    elif op.pointwise and not _meet(shapes):
        message = f"cannot {_VERBS.get(op.name, f'apply `{op.name}` to')} shapes {_listed(shapes)}"
        hint = "counted from the last, lengths must be equal, or 1"
    elif op.name in _PRODUCTS and len(shapes) == 2:
        message = f"cannot multiply matrices of shapes {_listed(shapes)}"
        hint = "the last length of the first must be the first of the matrix after it"
    elif op.sequence and len(set(shapes)) > 1:
        message = f"the items of a list must have one shape; here they have {_listed(list(dict.fromkeys(shapes)))}"
    elif isinstance(error, TypeError):
        hint = f"the call is {usage(op)}"
    return EvaluationError(message, span=span, hint=hint)


def _sentence(error: Exception) -> str:
    said = str(error).strip().partition("\n")[0].rstrip(".")
    for pattern, ours in _SENTENCES:
        if re.search(pattern, said):
            return re.sub(f".*?{pattern}.*", ours, said)
    return said or type(error).__name__


def _meet(shapes: list[tuple[int, ...]]) -> bool:
    try:
        np.broadcast_shapes(*shapes)
    except ValueError:
        return False
    return True


def _listed(shapes: list[tuple[Any, ...]]) -> str:
    return " and ".join(str(shape) for shape in shapes[:4])
