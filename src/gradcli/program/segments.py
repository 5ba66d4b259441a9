"""Segments: what is done in one pass over memory, and in which order.

Elementwise instructions of one shape form a segment, which is run block by block with everything but
its results in cache; sums and the like over all elements are taken along. What comes between segments
(products of matrices, indexing, arithmetic on single numbers) is done on whole values.

A value stands on the level of the pass after which it can be had. What a later segment needs of an
earlier one is computed again there if that is cheaper than to write it to memory and read it back.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from .lowering import fuses, refs
from .ssa import Block, Instruction, Ref, Shape

Numbered = tuple[int, Instruction]

REDUCTIONS = frozenset(("sum", "prod", "amax", "amin", "any", "all"))

# What an instruction costs, in passes of addition over a block in cache (about 0.25 ns an element).
_CHEAP = """
    add sub mul div neg abs square floor ceil rint trunc maximum minimum fmax fmin
    lt le gt ge eq ne and or not cast copy mask unmask bitand bitxor
"""
_USUAL = "exp exp2 expm1 log log2 log10 log1p sqrt cbrt tan tanh asin acos atan sign where"
_COST = dict.fromkeys(_CHEAP.split(), 1) | dict.fromkeys(_USUAL.split(), 5)
_COST_OF_OTHERS = 40
_TO_MEMORY_AND_BACK = 16


def _cost(instruction: Instruction) -> int:
    return _COST_OF_OTHERS if instruction.function is not None else _COST.get(instruction.name, _COST_OF_OTHERS)


@dataclass(frozen=True)
class Segment:
    """Instructions that run block by block over a shape.

    `stores` are the values that are wanted as whole arrays, `inputs` the values from elsewhere.
    """

    shape: Shape
    inputs: tuple[int, ...]
    body: tuple[Numbered, ...]
    stores: tuple[int, ...]

    @property
    def reductions(self) -> tuple[Numbered, ...]:
        """The instructions that make one number of all elements."""
        return tuple((number, instruction) for number, instruction in self.body if not fuses(instruction))


@dataclass(frozen=True)
class Whole:
    """An instruction on whole values."""

    number: int
    instruction: Instruction


Step = Segment | Whole


def reduces(block: Block, instruction: Instruction) -> bool:
    """Tell whether an instruction makes one number of an array, in a way that blocks can share."""
    if instruction.function is not None or instruction.name not in REDUCTIONS or instruction.type.shape:
        return False
    if "initial" in instruction.facts and instruction.name in ("sum", "prod"):
        return False  # it counts once, not once a block
    return bool(block.type_of(instruction.args[0]).shape)


class _Plan:
    """The levels of a block's values, and its segments while they are formed."""

    def __init__(self, block: Block) -> None:
        self.block = block
        self.first = len(block.inputs)
        size = self.first + len(block.instructions)
        self.level = [0] * size
        self.fused = [False] * size
        self.cost = [0] * size
        self.groups: dict[tuple[int, Shape], set[int]] = {}
        self.wholes: defaultdict[int, list[int]] = defaultdict(list)
        self.stored: set[int] = {ref.number for ref in refs(output.operand for output in block.outputs)}

    def shape(self, number: int) -> Shape:
        return self.block.type_of(Ref(number)).shape

    def instruction(self, number: int) -> Instruction:
        return self.block.instructions[number - self.first]

    def place(self) -> None:
        """Give every value its level, and every instruction that fuses its segment."""
        for number, instruction in self.block.numbered():
            args = [ref.number for ref in refs(instruction.args)]
            reduction = reduces(self.block, instruction)
            self.fused[number] = fuses(instruction)
            shape = self.shape(args[0]) if reduction else instruction.type.shape
            joins = reduction or self.fused[number]
            level = 0
            for arg in args:
                waits = self.fused[arg] and not (joins and self.shape(arg) == shape)
                if waits:
                    self.stored.add(arg)
                level = max(level, self.level[arg] + waits)
            self.level[number] = level + reduction
            if joins:
                self.groups.setdefault((level, shape), set()).add(number)
                self.cost[number] = _cost(instruction) + sum(self.cost[arg] for arg in args if self.fused[arg])
            else:
                self.wholes[level].append(number)

    def recompute(self) -> None:
        """Let each segment make for itself what it needs of earlier ones, or have it stored there."""
        for key in sorted(self.groups, key=lambda key: -key[0]):
            members = self.groups[key]
            waiting = list(members)
            while waiting:
                for arg in refs(self.instruction(waiting.pop()).args):
                    number = arg.number
                    if not self.fused[number] or number in members or number in self.stored:
                        continue
                    if self.cost[number] <= _TO_MEMORY_AND_BACK:
                        members.add(number)
                        waiting.append(number)
                    else:
                        self.stored.add(number)

    def segment(self, level: int, shape: Shape) -> Segment | None:
        """Return a segment of what is needed of it, or None if nothing is."""
        members = self.groups[level, shape]
        stores = {number for number in members & self.stored if self.fused[number] and self.level[number] == level}
        needed: set[int] = set()
        for number in sorted(members, reverse=True):
            if number in stores or number in needed or not self.fused[number]:
                needed.add(number)
                needed.update(ref.number for ref in refs(self.instruction(number).args))
        body = sorted(needed & members)
        if not body:
            return None
        inputs = {ref.number: None for number in body for ref in refs(self.instruction(number).args)}
        return Segment(
            shape,
            tuple(number for number in inputs if number not in members),
            tuple((number, self.instruction(number)) for number in body),
            tuple(sorted(stores)),
        )


def form(block: Block) -> tuple[Step, ...]:
    """Return the steps in which a lowered block is run."""
    plan = _Plan(block)
    plan.place()
    plan.recompute()
    steps: list[Step] = []
    levels = max([*plan.wholes, *(level for level, _ in plan.groups)], default=-1) + 1
    for level in range(levels):
        steps += [Whole(number, plan.instruction(number)) for number in plan.wholes[level]]
        segments = [plan.segment(*key) for key in plan.groups if key[0] == level]
        steps += [segment for segment in segments if segment is not None]
    return tuple(steps)
