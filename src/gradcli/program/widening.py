"""From one row to all: a program of scalars as one of columns, each row for itself.

>>> from .ssa import parse
>>> row = parse("inputs %0 x : f64[], %1 k : f64[]\\n%2 = exp %1 : f64[]\\n%3 = mul %2 %0 : f64[]\\noutputs value %3")
>>> print(widened(row, [True, False]))
inputs %0 x : f64[n], %1 k : f64[]
%2 = exp %1 : f64[]
%3 = mul %2 %0 : f64[n]
outputs value %3
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from .lengths import Length
from .ssa import Block, Input, Ref, Type

_COLUMN = (Length(1, 0),)


def widened(block: Block, wide: Sequence[bool]) -> Block:
    """Return an elementwise program of scalars with columns for the inputs that are `wide`."""
    spread = list(wide)
    inputs = [
        Input(name, Type(type.dtype, _COLUMN) if column else type)
        for (name, type), column in zip(block.inputs, wide, strict=True)
    ]
    instructions = []
    for made in block.instructions:
        column = any(spread[arg.number] for arg in made.args if isinstance(arg, Ref))
        spread.append(column)
        instructions.append(replace(made, type=Type(made.type.dtype, _COLUMN)) if column else made)
    return Block(tuple(inputs), tuple(instructions), block.outputs)
