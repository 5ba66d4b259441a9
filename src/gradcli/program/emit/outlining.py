"""Operations found again in what they were taken apart to: for formulas, which are to show `ndtr`, not its digits.

An operation's forward, traced alone, is a pattern; wherever the block, as traced, has computed the same, one
instruction of the operation's name takes its place.

>>> from ..ssa import parse
>>> lines = ["%1 = neg %0 : f64[]", "%2 = logaddexp 0.0 %1 : f64[]", "%3 = neg %2 : f64[]"]
>>> block = parse("\\n".join(["inputs %0 x : f64[]", *lines, "outputs value %3"]))
>>> print(outlined(block).instructions[2])
logsigmoid %0 : f64[]
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from ...ops import REGISTRY, Op
from ..ssa import Block, Input, Operand, Output, Ref, Type
from ..traced import Tracer

# The operations, with their attributes; one that is part of another comes after it.
_SOUGHT: tuple[tuple[str, dict[str, Any]], ...] = (
    ("gaussian", {"rate": 0.5}), ("gaussian", {"rate": 1.0}), ("softplus", {}),
    ("logsigmoid", {}), ("sigmoid", {}), ("logit", {}), ("xlogy", {}), ("digamma_step", {}),
    *(("polygamma", {"n": n}) for n in (1, 2, 3)),
)  # fmt: skip


class Pattern(NamedTuple):
    """What an operation is made of: a block of one output, and the attributes that it was traced with."""

    op: Op
    attributes: dict[str, Any]
    block: Block


@cache
def _patterns() -> tuple[Pattern, ...]:
    return tuple(_pattern(name, attributes) for name, attributes in _SOUGHT)


def _pattern(name: str, attributes: dict[str, Any]) -> Pattern:
    op = REGISTRY[name]
    tracer = Tracer([Input(tensor, Type(np.dtype(float), ())) for tensor in op.tensors])
    result = op.forward(**dict(zip(op.tensors, tracer.values, strict=True)), **attributes)
    return Pattern(op, attributes, tracer.block([Output("value", result.operand)]))


def outlined(block: Block) -> Block:
    """Return a block with the operations that are found in it."""
    instructions = list(block.instructions)
    for number, made in block.numbered():
        for pattern in _patterns():
            found: dict[int, Operand] = {}
            if _matches(pattern.block, pattern.block.outputs[0].operand, block, Ref(number), found):
                args = tuple(found[i] for i in range(len(pattern.block.inputs)))
                op, facts, _ = pattern
                whole = replace(made, name=op.name, args=args, facts=facts, function=op.forward)
                instructions[number - len(block.inputs)] = whole
                break
    return replace(block, instructions=tuple(instructions))


def _matches(pattern: Block, sought: Operand, block: Block, operand: Operand, found: dict[int, Operand]) -> bool:
    """Tell whether an operand is what a pattern seeks, and remember what the pattern's inputs are."""
    if not isinstance(sought, Ref):
        return sought == operand and type(sought) is type(operand)
    if sought.number < len(pattern.inputs):
        return found.setdefault(sought.number, operand) == operand
    if not isinstance(operand, Ref) or operand.number < len(block.inputs):
        return False
    wanted = pattern.instructions[sought.number - len(pattern.inputs)]
    made = block.instructions[operand.number - len(block.inputs)]
    alike = wanted.name == made.name and wanted.function is made.function and len(wanted.args) == len(made.args)
    return alike and all(
        _matches(pattern, each, block, arg, found) for each, arg in zip(wanted.args, made.args, strict=True)
    )
