"""A walk over a block that writes it anew: what every pass is made of.

A rule is asked, instruction by instruction, for the operand that stands for it from now on, with the
arguments already replaced by what the rule answered for them. It may answer with an operand that is
there, or add instructions to the walk, or return None for an instruction that stays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import numpy as np

from ..lengths import Length
from ..opaque import Elementwise
from ..primitives import PRIMITIVES
from ..ssa import Block, Builder, Input, Instruction, Operand, Output, Ref, Shape, Type

Rule = Callable[["Walk", Instruction], Operand | None]


class Walk(Builder):
    """A block being written from another, with a look back at what has been written."""

    def __init__(self, inputs: Iterable[Input]) -> None:
        super().__init__(inputs)
        self.uses: dict[int, int] = {}

    def type_of(self, operand: Operand) -> Type:
        """Return the type of a value or a number, as a block does."""
        if not isinstance(operand, Ref):
            return Type(np.dtype(bool if isinstance(operand, bool) else np.float64), ())
        number = operand.number - len(self.inputs)
        return self.instructions[number].type if number >= 0 else self.inputs[operand.number].type

    def definition(self, operand: Operand, name: str = "") -> Instruction | None:
        """Return the instruction that makes a value, if there is one, and it has the name."""
        if not isinstance(operand, Ref) or operand.number < len(self.inputs):
            return None
        found = self.instructions[operand.number - len(self.inputs)]
        return found if not name or (found.name == name and found.function is None) else None

    def used_once(self, operand: Operand) -> bool:
        """Tell whether a value was used in one place only when the walk began."""
        return isinstance(operand, Ref) and self.uses.get(operand.number, 0) <= 1

    def make(self, name: str, *args: Operand, like: Instruction, type: Type | None = None, **facts: Any) -> Ref:
        """Append an instruction that stands in for another, whose type, unless given, and span it takes."""
        return self.add(Instruction(name, args, type or like.type, facts, None, like.span))


class Rules(dict[str, Rule]):
    """Rules by the names of the primitives that they are for: together a rule, which leaves all else as it is."""

    def of(self, *names: str) -> Callable[[Rule], Rule]:
        """Make a function the rule for instructions of some names."""

        def enter(rule: Rule) -> Rule:
            self.update(dict.fromkeys(names, rule))
            return rule

        return enter

    def __call__(self, walk: Walk, instruction: Instruction) -> Operand | None:
        rule = self.get(instruction.name)
        return rule(walk, instruction) if rule is not None and instruction.function is None else None


def rewrite(block: Block, rule: Rule) -> Block:
    """Write a block anew by a rule."""
    walk = Walk(block.inputs)
    uses = count_uses(block)
    walk.uses = {number: uses[number] for number in range(len(block.inputs))}
    now: list[Operand] = [Ref(number) for number in range(len(block.inputs))]

    def current(operand: Operand) -> Operand:
        return now[operand.number] if isinstance(operand, Ref) else operand

    for number, old in block.numbered():
        args = tuple([now[arg.number] if isinstance(arg, Ref) else arg for arg in old.args])
        same = args == old.args  # a number stays what it is, so that no 1 is taken for True here
        instruction = old if same else Instruction(old.name, args, old.type, old.facts, old.function, old.span)
        answer = rule(walk, instruction)
        operand = walk.add(instruction) if answer is None else answer
        if isinstance(operand, Ref):
            walk.uses[operand.number] = walk.uses.get(operand.number, 0) + uses[number]
        now.append(operand)
    return walk.block(Output(name, current(operand)) for name, operand in block.outputs)


def count_uses(block: Block) -> list[int]:
    """Return how often each value is used, as an argument or an output."""
    uses = [0] * (len(block.inputs) + len(block.instructions))
    for instruction in block.instructions:
        for arg in instruction.args:
            if isinstance(arg, Ref):
                uses[arg.number] += 1
    for _, operand in block.outputs:
        if isinstance(operand, Ref):
            uses[operand.number] += 1
    return uses


def is_elementwise(instruction: Instruction) -> bool:
    """Tell whether an instruction makes each element from the elements in the same place."""
    function = instruction.function
    if function is None:
        return instruction.name in PRIMITIVES
    if isinstance(function, np.ufunc):
        return function.signature is None and function.nout == 1
    return isinstance(function, Elementwise)


def function_of(instruction: Instruction) -> Callable[..., Any]:
    """Return what computes an elementwise instruction: a ufunc, or an operation with its attributes."""
    function = instruction.function or PRIMITIVES[instruction.name].ufunc
    return partial(function, **instruction.facts) if instruction.facts else function


def is_float(kind: Type) -> bool:
    """Tell whether values of a type are of floating point."""
    return kind.dtype.kind == "f"


def broadcast_shapes(*shapes: Shape) -> Shape:
    """Return the shape that shapes broadcast to, where symbolic lengths are equal to themselves only."""
    rank = max(map(len, shapes), default=0)
    axes: list[int | Length] = [1] * rank
    for shape in shapes:
        for axis, length in enumerate(shape, rank - len(shape)):
            if length != 1:
                axes[axis] = length
    return tuple(axes)
