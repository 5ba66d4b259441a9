"""Value numbering and dead code: nothing is computed twice, and nothing for no one.

Two instructions are one where they do bitwise the same: the arguments of a function that commutes may
change places, and 0.0 and -0.0, or 1 and True, are different numbers.
"""

from __future__ import annotations

from collections.abc import Hashable

from ..primitives import PRIMITIVES
from ..ssa import Block, Instruction, Operand, Output, Ref
from .walk import Walk, is_elementwise, rewrite


def number(block: Block) -> Block:
    """Let equal instructions be one."""
    seen: dict[Hashable, Ref] = {}

    def rule(walk: Walk, instruction: Instruction) -> Operand | None:
        if instruction.function is not None and not is_elementwise(instruction):
            return None  # its facts may be arrays, which have no short name
        args = [_key(arg) for arg in instruction.args]
        primitive = PRIMITIVES.get(instruction.name)
        if primitive is not None and primitive.commutes:
            args.sort()
        facts = repr(instruction.facts) if instruction.facts else ""
        key = (instruction.name, *args, instruction.type, facts, instruction.function)
        if key not in seen:
            seen[key] = walk.add(instruction)
        return seen[key]

    return rewrite(block, rule)


def _key(operand: Operand) -> tuple[str, int | str]:
    """Name an operand: by its number, or as what kind of number it is, and which."""
    if isinstance(operand, Ref):
        return "", operand.number
    return type(operand).__name__, repr(operand)


def drop(block: Block) -> Block:
    """Leave out what no output needs."""
    first = len(block.inputs)
    needed = [False] * (first + len(block.instructions))
    for _, operand in block.outputs:
        if isinstance(operand, Ref):
            needed[operand.number] = True
    for index in range(len(block.instructions) - 1, -1, -1):
        if needed[first + index]:
            for arg in block.instructions[index].args:
                if isinstance(arg, Ref):
                    needed[arg.number] = True
    if all(needed[first:]):
        return block
    return _keep(block, needed)


def _keep(block: Block, needed: list[bool]) -> Block:
    """Return a block of the needed instructions, renumbered."""
    numbers = list(range(len(block.inputs)))
    instructions: list[Instruction] = []

    def renumbered(operand: Operand) -> Operand:
        return Ref(numbers[operand.number]) if isinstance(operand, Ref) else operand

    for number, old in block.numbered():
        numbers.append(len(block.inputs) + len(instructions))
        if needed[number]:
            args = tuple(map(renumbered, old.args))
            instructions.append(Instruction(old.name, args, old.type, old.facts, old.function, old.span))
    outputs = tuple(Output(name, renumbered(operand)) for name, operand in block.outputs)
    return Block(block.inputs, tuple(instructions), outputs)
