"""Values put into zeros, as the adjoint of a slice does: those that go to the same place are added first."""

from __future__ import annotations

from ..ssa import Block, Instruction, Operand
from .walk import Walk, rewrite

_SUMS = ("add", "sub")


def place(block: Block) -> Block:
    """Let a sum of two values put into the same place be the sum of the two, put there."""
    return rewrite(block, _rule) if any(ins.name == "scatter" for ins in block.instructions) else block


def _rule(walk: Walk, ins: Instruction) -> Operand | None:
    if ins.name not in _SUMS or ins.function is not None:
        return None
    left, right = ins.args
    a, b = walk.definition(left, "scatter"), walk.definition(right, "scatter")
    if a is None or b is None or a.facts != b.facts or not (walk.used_once(left) and walk.used_once(right)):
        return None
    (x,), (y,) = a.args, b.args
    kind = walk.type_of(x)
    if kind != walk.type_of(y) or kind.dtype != ins.type.dtype:
        return None
    return walk.make("scatter", walk.make(ins.name, x, y, like=ins, type=kind), like=a, **a.facts)
