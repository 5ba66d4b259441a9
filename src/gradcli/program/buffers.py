"""Buffers: where the values of a segment live while a block of it is run.

A value needs memory from the instruction that makes it to the last that uses it. It takes the memory
of an argument that is used for the last time, else what has become free, else the memory of a result
that is not yet due, else a new buffer. So `x**2*exp(x)` with its gradient needs one buffer beside its
two results.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from .joining import Part
from .lowering import refs
from .segments import Segment
from .ssa import Instruction, Shape


class Kind(NamedTuple):
    """What memory is for: the dtype, and in blocks of rows the shape of one row."""

    dtype: np.dtype
    row: Shape


@dataclass
class Buffers:
    """The name of each value's memory, and the buffers that are needed for it."""

    names: dict[int, str] = field(default_factory=dict)
    scratch: dict[str, Kind] = field(default_factory=dict)


def allocate(segment: Segment) -> Buffers:
    """Give each value that a segment makes a place: `o` is a result's own memory, `b` a buffer."""
    result = Buffers()
    root = _roots(segment)
    last = {root[ref.number]: time for time, (_, ins) in enumerate(segment.body) for ref in refs(ins.args)}
    due = {number: time for time, (number, _) in enumerate(segment.body) if number in segment.stores}
    kinds = {number: _kind(segment, ins) for number, ins in segment.body if segment.parts[number] is Part.CELL}
    free: defaultdict[Kind, list[str]] = defaultdict(list)
    # A result lends its memory until it is due itself.
    lent: defaultdict[Kind, dict[int, bool]] = defaultdict(dict)
    for number in segment.stores:
        lent[kinds[number]][number] = False

    def release(number: int) -> None:
        name = result.names[number]
        if name in result.scratch:
            free[kinds[number]].append(name)
        elif name != f"o{number}":
            lent[kinds[number]][int(name[1:])] = False

    def place(number: int) -> str:
        kind = kinds[number]
        if number in due:
            return f"o{number}"
        if free[kind]:
            return free[kind].pop()
        for lender, taken in lent[kind].items():
            if not taken and due[lender] >= last[number]:
                lent[kind][lender] = True
                return f"o{lender}"
        name = f"b{len(result.scratch)}"
        result.scratch[name] = kind
        return name

    for time, (number, ins) in enumerate(segment.body):
        for arg in {root[ref.number] for ref in refs(ins.args)}:
            if last[arg] == time and arg in kinds:
                release(arg)
        if number in kinds:
            lent[kinds[number]].pop(number, None)
            result.names[number] = place(number)
    return result


def _roots(segment: Segment) -> dict[int, int]:
    """Return the value whose memory each value is in: that of a view is what it looks at."""
    root = {each.number: each.number for each in segment.inputs}
    for number, ins in segment.body:
        is_view = segment.parts[number] is Part.VIEW
        root[number] = root[refs(ins.args)[0].number] if is_view else number
    return root


def _kind(segment: Segment, ins: Instruction) -> Kind:
    return Kind(ins.type.dtype, () if segment.is_flat else ins.type.shape[1:])
