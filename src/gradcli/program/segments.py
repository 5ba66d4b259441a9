"""Segments: what is done in one pass over memory, and in which order.

Instructions that can be done block by block form segments, which run with everything but their results
in cache. What comes between segments is done on whole values.

A value stands on the level of the pass in which it is made. What a later segment needs of an earlier one
is computed again there, if that is cheaper than to write it to memory and read it back.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import NamedTuple

from .joining import Part, joining
from .lowering import refs
from .ssa import Block, Instruction, Operand, Ref, Shape

Numbered = tuple[int, Instruction]

# What an instruction costs, in passes of addition over a block in cache (about 0.25 ns an element).
_CHEAP = """
    add sub mul div neg abs square floor ceil rint trunc maximum minimum fmax fmin
    lt le gt ge eq ne and or not cast copy mask unmask bitand bitxor
"""
_USUAL = "exp exp2 expm1 log log2 log10 log1p sqrt cbrt tan tanh asin acos atan sign where"
_COST = dict.fromkeys(_CHEAP.split(), 1) | dict.fromkeys(_USUAL.split(), 5)
_COST_OF_OTHERS = 40
_TO_MEMORY_AND_BACK = 16


class Given(NamedTuple):
    """A value that a segment is given: block by block, or whole."""

    number: int
    by_block: bool


@dataclass(frozen=True)
class Segment:
    """Instructions that run block by block over a shape, of which `is_flat` says that all values have it.

    `stores` are the values that are wanted as whole arrays.
    """

    shape: Shape
    is_flat: bool
    inputs: tuple[Given, ...]
    body: tuple[Numbered, ...]
    parts: dict[int, Part]
    by_block: dict[int, tuple[bool, ...]]
    stores: tuple[int, ...]

    @property
    def totals(self) -> tuple[Numbered, ...]:
        """The instructions whose results are those of all blocks together."""
        return tuple((number, ins) for number, ins in self.body if self.parts[number] is Part.TOTAL)


@dataclass(frozen=True)
class Whole:
    """An instruction on whole values."""

    number: int
    instruction: Instruction


Step = Segment | Whole


def numbers_used(step: Step) -> list[int]:
    """Return the values that a step uses."""
    if isinstance(step, Segment):
        return [each.number for each in step.inputs]
    return [ref.number for ref in refs(step.instruction.args)]


class _Plan:
    """The levels of a block's values, and its segments while they are formed."""

    def __init__(self, block: Block) -> None:
        self.block = block
        self.first = len(block.inputs)
        size = self.first + len(block.instructions)
        self.parts = [Part.WHOLE] * size
        self.by_block: dict[int, tuple[bool, ...]] = {}
        self.key: dict[int, Shape] = {}
        self.level = [0] * size
        self.cost = [0] * size
        self.root = list(range(size))
        self.groups: dict[tuple[int, Shape], set[int]] = {}
        self.wholes: defaultdict[int, list[int]] = defaultdict(list)
        self.stored: set[int] = {ref.number for ref in refs(output.operand for output in block.outputs)}
        self._looked_at: set[int] = set()

    def instruction(self, number: int) -> Instruction:
        return self.block.instructions[number - self.first]

    def place(self) -> None:
        """Give every value its level, and every instruction that joins one its segment."""
        for number, ins in self.block.numbered():
            part, key, by_block = joining(self.block, ins)
            self.parts[number] = part
            if part in (Part.CELL, Part.VIEW):
                self.key[number] = key
            level = 0
            together = []
            for arg, wanted in zip(ins.args, by_block or [False] * len(ins.args), strict=True):
                together.append(wanted and (not isinstance(arg, Ref) or self.key.get(arg.number, key) == key))
                if isinstance(arg, Ref):
                    level = max(level, self.level[arg.number] + (0 if together[-1] else self._fetch(arg.number)))
            self.by_block[number] = tuple(together)
            if part is Part.VIEW:
                self.root[number] = self.root[refs(ins.args)[0].number]
                self.level[number] = level
                continue
            self.level[number] = level + (part is Part.TOTAL)
            if part is Part.WHOLE:
                self.wholes[level].append(number)
                continue
            self.groups.setdefault((level, key), set()).add(number)
            if part is Part.CELL:
                self.cost[number] = _COST.get(ins.name, _COST_OF_OTHERS) if ins.function is None else _COST_OF_OTHERS
                self.cost[number] += sum(self.cost[self.root[ref.number]] for ref in refs(ins.args))

    def _fetch(self, number: int) -> bool:
        """Have a value at hand whole; tell whether that is after the pass in which it is made."""
        root = self.root[number]
        made_in_blocks = self.parts[root] is Part.CELL
        if made_in_blocks:
            self.stored.add(root)
        while self.parts[number] is Part.VIEW and number not in self._looked_at:
            self._looked_at.add(number)
            self.wholes[self.level[number] + made_in_blocks].append(number)
            number = refs(self.instruction(number).args)[0].number
        return made_in_blocks

    def recompute(self) -> None:
        """Let each segment make for itself what it needs of earlier ones, or have it stored there."""
        for key in sorted(self.groups, key=lambda key: -key[0]):
            members = self.groups[key]
            waiting = list(members)
            while waiting:
                number = waiting.pop()
                for arg, by_block in zip(self.instruction(number).args, self.by_block[number], strict=True):
                    if isinstance(arg, Ref) and by_block and arg.number not in members and self._joins(arg.number):
                        members.add(arg.number)
                        waiting.append(arg.number)

    def _joins(self, number: int) -> bool:
        """Tell whether a value is made again in a segment that needs it; if it is not, it is stored."""
        if self.parts[number] is Part.VIEW:
            return True
        if self.parts[number] is not Part.CELL or number in self.stored:
            return False
        if self.cost[number] > _TO_MEMORY_AND_BACK:
            self.stored.add(number)
        return self.cost[number] <= _TO_MEMORY_AND_BACK

    def segment(self, level: int, key: Shape) -> Segment | None:
        """Return a segment of what is needed of it, or None if nothing is."""
        members = self.groups[level, key]
        stores = {n for n in members & self.stored if self.parts[n] is Part.CELL and self.level[n] == level}
        needed: set[int] = set()
        inputs: dict[Given, None] = {}
        for number in sorted(members, reverse=True):
            if number in stores or number in needed or self.parts[number] is Part.TOTAL:
                needed.add(number)
                needed.update(ref.number for ref in refs(self._blocks(number)))
        body = sorted(needed & members)
        for number in body:
            for arg, by_block in zip(self.instruction(number).args, self.by_block[number], strict=True):
                if isinstance(arg, Ref) and not (by_block and arg.number in members):
                    inputs[Given(arg.number, by_block)] = None
        if not body:
            return None
        shapes = {self.block.type_of(ref).shape for n in body for ref in [Ref(n), *refs(self._blocks(n))]} - {()}
        is_flat = len(shapes) == 1 and all(self._is_flat(number) for number in body)
        return Segment(
            shapes.pop() if is_flat else key,
            is_flat,
            tuple(inputs),
            tuple((number, self.instruction(number)) for number in body),
            {number: self.parts[number] for number in body},
            {number: self.by_block[number] for number in body},
            tuple(sorted(stores)),
        )

    def _is_flat(self, number: int) -> bool:
        """Tell whether an instruction works alike on blocks of any rank."""
        ins = self.instruction(number)
        return ins.name != "matmul" and (self.parts[number] is Part.CELL or not ins.type.shape)

    def _blocks(self, number: int) -> list[Operand]:
        """Return the arguments that an instruction takes block by block."""
        return [a for a, by_block in zip(self.instruction(number).args, self.by_block[number], strict=True) if by_block]


def form(block: Block) -> tuple[Step, ...]:
    """Return the steps in which a lowered block is run."""
    plan = _Plan(block)
    plan.place()
    plan.recompute()
    steps: list[Step] = []
    levels = max([*plan.wholes, *(level for level, _ in plan.groups)], default=-1) + 1
    for level in range(levels):
        steps += [Whole(number, plan.instruction(number)) for number in sorted(plan.wholes[level])]
        segments = [plan.segment(*key) for key in plan.groups if key[0] == level]
        steps += [segment for segment in segments if segment is not None]
    return tuple(steps)
