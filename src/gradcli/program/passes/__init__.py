"""Passes: a block in, a block out that does the same with less."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from ..ssa import Block
from .algebra import simplify
from .broadcasting import sink
from .contraction import contract
from .folding import fold
from .numbering import drop, number

Pass = Callable[[Block], Block]

EXACT: dict[str, Pass] = {
    "drop what no output needs": drop,
    "sink broadcasts": sink,
    "fold constants": fold,
    "simplify": simplify,
    "number values": number,
}
FAST: dict[str, Pass] = {**EXACT, "contract": contract}
_MOST_ROUNDS = 4


class Change(NamedTuple):
    """What a pass has done: the number of instructions before and after it."""

    name: str
    before: int
    after: int


def optimise(block: Block, fastmath: bool = False) -> tuple[Block, tuple[Change, ...]]:
    """Run the passes over a block, again as long as it becomes shorter."""
    changes: list[Change] = []
    for _ in range(_MOST_ROUNDS):
        before = len(block.instructions)
        for name, run in (FAST if fastmath else EXACT).items():
            done = run(block)
            changes.append(Change(name, len(block.instructions), len(done.instructions)))
            block = done
        block = drop(block)
        if len(block.instructions) >= before:
            break
    return block, tuple(changes)
