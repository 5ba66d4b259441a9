"""What went wrong in an operation, as a sentence about the expression."""

from __future__ import annotations

import re

import numpy as np

from ..errors import EvaluationError, Span
from ..ops import Op
from .signature import usage

# What operations and interpreters raise about values.
FAULTS = (ValueError, TypeError, IndexError, RuntimeError, ArithmeticError, MemoryError)

_VERBS = {
    "add": "add", "sub": "subtract", "mul": "multiply", "div": "divide", "floor_divide": "divide",
    "remainder": "divide", "pow": "raise to a power", "eq": "compare", "ne": "compare", "lt": "compare",
    "le": "compare", "gt": "compare", "ge": "compare", "where": "choose between",
}  # fmt: skip

_PRODUCTS = {"matmul", "mm", "mv", "dot"}

# NumPy's words for what an expression got wrong, and ours.
_SENTENCES = (
    (r"index (-?\d+) is out of bounds for axis \d+ with size (\d+)", r"index \1 is out of range for a length of \2"),
    (r"too many indices.*is (\d+)-dimensional, but (\d+) were", r"\2 indices are too many for a rank of \1"),
    (r"boolean index did not match.*axis is (\d+).*axis is (\d+)", r"a mask of length \2 cannot index a length of \1"),
    (r"cannot reshape array of size (\d+) into shape (.*)", r"\1 elements cannot take the shape \2"),
    (r"shape '\[(.*)\]' is invalid for input of size (\d+)", r"\2 elements cannot take the shape (\1)"),
    (r"select\(\): index (-?\d+) out of range for tensor of size (\[.*\])", r"index \1 is out of range for \2"),
    (r"Dimension out of range.*\[(-?\d+), (-?\d+)\], .* (-?\d+)", r"axis \3 is out of range: it goes from \1 to \2"),
    (r"Singular matrix", "the matrix is singular"),
    (r"'float' object cannot be interpreted as an integer", "a whole number is needed here"),
)


def explain(op: Op, shapes: list[tuple[int, ...]], error: Exception, span: Span, name: str = "") -> EvaluationError:
    """Say what was wrong with the arguments of an operation, given the shapes of its tensors."""
    hint: str | None = None
    message = _sentence(error, name or op.name)
    if isinstance(error, MemoryError):
        message = "there is not enough memory for the result"
    elif op.pointwise and not _meet(shapes):
        message = f"cannot {_VERBS.get(op.name, f'apply `{op.name}` to')} shapes {_listed(shapes)}"
        hint = "counted from the last, lengths must be equal, or 1"
    elif op.name in _PRODUCTS and len(shapes) == 2:
        message = f"cannot multiply shapes {_listed(shapes)} as matrices"
        hint = "the last length of the first must be the last but one, or the only one, of the second"
    elif op.name == "stack" and len(set(shapes)) > 1:
        message = f"the items of a list must have one shape; here they have {_listed(list(dict.fromkeys(shapes)))}"
    elif isinstance(error, TypeError):
        hint = f"the call is {usage(op)}"
    return EvaluationError(message, span=span, hint=hint)


def _sentence(error: Exception, name: str) -> str:
    said = str(error).strip().partition("\n")[0].rstrip(".")
    said = re.sub(r"^(linalg\.\w+|\w+\(\)): ", "", said)  # the name in front is the language's
    for pattern, ours in _SENTENCES:
        found = re.search(pattern, said)
        if found:
            return found.expand(ours)
    return f"`{name}`: {said or type(error).__name__}"


def _meet(shapes: list[tuple[int, ...]]) -> bool:
    try:
        np.broadcast_shapes(*shapes)
    except ValueError:
        return False
    return True


def _listed(shapes: list[tuple[int, ...]]) -> str:
    shown = [str(shape) for shape in shapes[:4]]
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)
