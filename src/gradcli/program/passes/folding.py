"""Constant folding: what has numbers for all its arguments is a number.

The number is the one that the program would have come to: the same ufunc, in the dtype of the value.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..ssa import Block, Instruction, Operand, Ref
from .walk import Walk, function_of, is_elementwise, rewrite


def fold(block: Block) -> Block:
    """Compute what is known before the program runs."""
    if all(any(isinstance(arg, Ref) for arg in ins.args) for ins in block.instructions):
        return block
    with np.errstate(all="ignore"):
        return rewrite(block, _rule)


def _rule(walk: Walk, instruction: Instruction) -> Operand | None:
    if instruction.type.shape or not is_elementwise(instruction) or any(isinstance(a, Ref) for a in instruction.args):
        return None
    if instruction.type.dtype.kind not in "fib" or not instruction.args:
        return None
    numbers = [_typed(arg, instruction.type.dtype) for arg in instruction.args]
    if instruction.name == "cast":
        return instruction.type.dtype.type(numbers[0]).item()
    return instruction.type.dtype.type(function_of(instruction)(*numbers)).item()


def _typed(number: Any, result: np.dtype) -> Any:
    """Return a number as a scalar of NumPy's: a float in the dtype of a result that is one too."""
    if isinstance(number, float) and result.kind == "f":
        return result.type(number)
    return np.asarray(number)[()]
