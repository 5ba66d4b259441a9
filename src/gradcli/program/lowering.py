"""Lowering: from primitives to what NumPy does fastest on a block in cache.

Where a ufunc is slow there is another way to the same bits: `1.0/x` is twice as fast as
`np.reciprocal`, and a choice between floats is made by masks on their bits, three times as fast as
`np.where` and indifferent to how the condition falls. The machine primitives that this takes:

    mask c       every bit set where c holds, none elsewhere; unmask is its complement
    bitand a m   the bits that a and m share
    bitxor a b   the bits that differ
    copy a       a, broadcast to the type, in memory of its own
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from .passes import number
from .passes.walk import Walk, is_elementwise, is_float, rewrite
from .ssa import Block, Instruction, Operand, Output, Ref, Type

MACHINE = frozenset(("mask", "unmask", "bitand", "bitxor", "copy"))
BITS: dict[np.dtype, np.dtype] = {np.dtype(np.float64): np.dtype(np.int64), np.dtype(np.float32): np.dtype(np.int32)}
# What makes an array of its own; the result of anything else may be a view, or a constant.
_FRESH = frozenset(("matmul", "concatenate", "scatter", "sum", "prod", "amax", "amin", "any", "all"))


def lower(block: Block) -> Block:
    """Write elementwise instructions as what runs fastest on arrays, and give each output memory of its own."""
    lowered = number(rewrite(block, _rule))
    return _own_outputs(lowered)


def _rule(walk: Walk, instruction: Instruction) -> Operand | None:
    if instruction.function is not None or not instruction.type.shape:
        return None
    if instruction.name == "reciprocal" and is_float(instruction.type):
        return walk.make("div", 1.0, *instruction.args, like=instruction)
    if instruction.name == "where" and instruction.type.dtype in BITS:
        return _select(walk, instruction)
    return None


def _select(walk: Walk, instruction: Instruction) -> Operand | None:
    """Choose by bits: `b ^ ((a ^ b) & mask)`, which is `a & mask` where b is 0.0."""
    condition, *branches = instruction.args
    kinds = [walk.type_of(branch) for branch in branches if isinstance(branch, Ref)]
    if walk.type_of(condition).dtype != bool or any(kind.dtype != instruction.type.dtype for kind in kinds):
        return None
    a, b = (branch if isinstance(branch, Ref) else float(branch) for branch in branches)
    if _is_nought(b):
        return walk.make("bitand", a, walk.make("mask", condition, like=instruction), like=instruction)
    if _is_nought(a):
        return walk.make("bitand", b, walk.make("unmask", condition, like=instruction), like=instruction)
    if not any(kind.shape for kind in kinds):
        return None
    full = Type(instruction.type.dtype, max((kind.shape for kind in kinds), key=len))
    if full != instruction.type:
        return None
    differing = walk.make("bitxor", a, b, like=instruction)
    chosen = walk.make("bitand", differing, walk.make("mask", condition, like=instruction), like=instruction)
    return walk.make("bitxor", chosen, b, like=instruction)


def _is_nought(operand: Operand) -> bool:
    return isinstance(operand, float) and str(operand) == "0.0"


def _own_outputs(block: Block) -> Block:
    """Copy what is an output twice, or shares memory with an input."""
    instructions = list(block.instructions)
    first = len(block.inputs)
    taken: set[int] = set()

    def own(output: Output) -> Output:
        operand = output.operand
        kind = block.type_of(operand)
        if not isinstance(operand, Ref) or not kind.shape:
            return output
        maker = block.instructions[operand.number - first] if operand.number >= first else None
        if maker is not None and (fuses(maker) or maker.name in _FRESH) and operand.number not in taken:
            taken.add(operand.number)
            return output
        source = maker.args[0] if maker is not None and maker.name == "broadcast" else operand
        instructions.append(Instruction("copy", (source,), kind))
        return Output(output.name, Ref(first + len(instructions) - 1))

    outputs = tuple(map(own, block.outputs))
    return Block(block.inputs, tuple(instructions), outputs)


def fuses(instruction: Instruction) -> bool:
    """Tell whether an instruction works on arrays place by place, so that it can be done block by block."""
    return bool(instruction.type.shape) and (instruction.name in MACHINE or is_elementwise(instruction))


def refs(operands: Iterable[Operand]) -> list[Ref]:
    """Return the operands that are values."""
    return [operand for operand in operands if isinstance(operand, Ref)]
