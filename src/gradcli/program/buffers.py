"""Buffers: where the values of a segment live while a block of it is run.

A value needs memory from the instruction that makes it to the last that uses it. It takes the memory
of an argument that is used for the last time, else what has become free, else the memory of a result
that is not yet due, else a new buffer. So `x**2*exp(x)` with its gradient needs one buffer beside its
two results.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np

from .lowering import fuses, refs
from .segments import Segment


@dataclass
class Buffers:
    """The name of each value's memory, and the buffers that are needed for it."""

    names: dict[int, str] = field(default_factory=dict)
    scratch: dict[str, np.dtype] = field(default_factory=dict)


def allocate(segment: Segment) -> Buffers:
    """Give each value of a segment a place: `v` is an input's, `o` a result's own, `b` a buffer."""
    result = Buffers({number: f"v{number}" for number in segment.inputs})
    last = {ref.number: time for time, (_, ins) in enumerate(segment.body) for ref in refs(ins.args)}
    due = {number: time for time, (number, _) in enumerate(segment.body) if number in segment.stores}
    kinds = {number: ins.type.dtype for number, ins in segment.body}
    free: defaultdict[np.dtype, list[str]] = defaultdict(list)
    # A result lends its memory until it is due itself.
    lent: defaultdict[np.dtype, dict[int, bool]] = defaultdict(dict)
    for number in segment.stores:
        lent[kinds[number]][number] = False

    def release(number: int) -> None:
        name = result.names[number]
        if name in result.scratch:
            free[kinds[number]].append(name)
        elif name[0] == "o" and name != f"o{number}":
            lent[kinds[number]][int(name[1:])] = False

    def place(number: int) -> str:
        dtype = kinds[number]
        if number in due:
            return f"o{number}"
        if free[dtype]:
            return free[dtype].pop()
        for lender, taken in lent[dtype].items():
            if not taken and due[lender] >= last[number]:
                lent[dtype][lender] = True
                return f"o{lender}"
        name = f"b{len(result.scratch)}"
        result.scratch[name] = dtype
        return name

    for time, (number, instruction) in enumerate(segment.body):
        for arg in {ref.number for ref in refs(instruction.args)}:
            if last[arg] == time and arg in kinds:
                release(arg)
        if fuses(instruction):
            lent[kinds[number]].pop(number, None)
            result.names[number] = place(number)
    return result
