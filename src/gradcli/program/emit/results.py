"""What a program gives back, and lists in brackets as Python, C and JavaScript write them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import chain, islice, product
from typing import NamedTuple

from ..passes.walk import is_elementwise
from ..ssa import Block


class Formula(NamedTuple):
    """A block to be written in another language, the text it was traced from, and a name for the function.

    Its outputs are the value, the partials by the names of `wrt`, and in second order those of each of these.
    """

    block: Block
    wrt: Sequence[str]
    text: str = ""
    name: str = "f"

    @property
    def elementwise(self) -> bool:
        """Whether it is of numbers, and can be evaluated at many points at once."""
        of_numbers = not any(type.shape for _, type in self.block.inputs)
        return of_numbers and all(not each.type.shape and is_elementwise(each) for each in self.block.instructions)

    def partials(self) -> list[tuple[str, ...]]:
        """Return for each output the names by which it was differentiated."""
        names = chain([()], ((x,) for x in self.wrt), product(self.wrt, self.wrt))
        return list(islice(names, len(self.block.outputs)))

    def results(self) -> list[str]:
        """Return a name for each output: `value`, `d_x`, `d_x_y`."""
        return ["_".join(["d", *names]) if names else "value" for names in self.partials()]


def by_order(formula: Formula, results: Sequence[str]) -> list[str]:
    """Return the partials of each order as the text of a dictionary by names: `{"x": d_x, "y": d_y}`.

    Python and JavaScript write it in the same way.
    """
    names, k = formula.wrt, len(formula.wrt)
    rows = [results[i : i + k] for i in range(1, len(results), max(k, 1))]
    seconds = [_dictionary(names, row) for row in rows[1:]]
    return [_dictionary(names, entries) for entries in (*rows[:1], seconds) if entries]


def _dictionary(names: Sequence[str], entries: Sequence[str]) -> str:
    return "{" + ", ".join(f"{json.dumps(name)}: {entry}" for name, entry in zip(names, entries, strict=True)) + "}"


def listed(before: str, items: Sequence[str], after: str, indent: int = 4, width: int = 100) -> list[str]:
    """Write a list in brackets: on one line if it fits there, else an item a line."""
    line = before + ", ".join(items) + after
    if len(line) <= width:
        return [line]
    start = " " * (len(before) - len(before.lstrip()) + indent)
    return [before.rstrip(), *(f"{start}{item}," for item in items[:-1]), f"{start}{items[-1]}{after}"]
