"""Passes: a block in, a block out that does the same with less."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from ...lang.program import uncollected
from ..ssa import Block
from .algebra import simplify
from .broadcasting import sink
from .contraction import contract
from .folding import fold
from .numbering import drop, number
from .placing import place

Pass = Callable[[Block], Block]

EXACT: tuple[tuple[str, Pass], ...] = (
    ("broadcasts", sink),
    ("folding", fold),
    ("algebra", simplify),
    ("value numbering", number),
    ("places", place),
    ("dead code", drop),
)
FAST = (*EXACT, ("contraction", contract), ("dead code", drop))
_MOST_ROUNDS = 4
_STILL_SHRINKING = 0.98


class Change(NamedTuple):
    """What a pass has done: the number of instructions before and after it."""

    name: str
    before: int
    after: int


def optimise(block: Block, fastmath: bool = False) -> tuple[Block, tuple[Change, ...]]:
    """Run the passes over a block, again as long as it becomes much shorter."""
    changes: list[Change] = []
    with uncollected():
        for _ in range(_MOST_ROUNDS):
            size = len(block.instructions)
            for name, run in FAST if fastmath else EXACT:
                done = run(block)
                changes.append(Change(name, len(block.instructions), len(done.instructions)))
                block = done
            if len(block.instructions) > _STILL_SHRINKING * size:
                break
    return block, tuple(changes)
