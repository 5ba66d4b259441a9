"""The array dialect, within segments: a function of one block of arrays, that calls ufuncs with memory for results.

The memory is that of buffers, of outputs, and of outputs that are not yet due.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .buffers import Buffers, allocate
from .joining import REDUCTIONS, Part
from .lowering import BITS
from .segments import Segment
from .spelling import Namespace, fact, key, operand, tuple_of
from .ssa import Instruction, Operand, Ref
from .totals import REDUCERS, total

# What is not called as `ufunc(arguments, out)`: `{out}` is the result's memory, `:bits` a view of integers.
_CALLS = {
    "maximum": ("maximum({0}, {1}, out={out})",),  # NumPy deprecates a third argument without a name
    "minimum": ("minimum({0}, {1}, out={out})",),
    "cast": ("copyto({out}, {0}, 'unsafe')",),
    "copy": ("copyto({out}, {0}, 'unsafe')",),
    "where": ("copyto({out}, where({0}, {1}, {2}))",),
    "mask": ("copyto({out:bits}, {0})", "negative({out:bits}, {out:bits})"),
    "unmask": ("copyto({out:bits}, {0})", "subtract({out:bits}, 1, {out:bits})"),
    "bitand": ("bitwise_and({0:bits}, {1:bits}, {out:bits})",),
    "bitxor": ("bitwise_xor({0:bits}, {1:bits}, {out:bits})",),
    "matmul": ("matmul({0}, {1}, {out})",),
}
_USED = ("maximum", "minimum", "copyto", "where", "negative", "subtract", "bitwise_and", "bitwise_xor", "matmul")


class Generated(NamedTuple):
    """A segment's function: its source, what it needs, and how its partial results are combined."""

    name: str
    source: str
    segment: Segment
    buffers: Buffers
    reducers: tuple[np.ufunc, ...]


class _Spelled(str):
    """A name that can also be asked for as a view of its bits."""

    bits: str

    def __format__(self, spec: str) -> str:
        return self.bits if spec else str(self)


def kernel(name: str, segment: Segment, namespace: Namespace) -> Generated:
    """Return the function that runs a segment on one block."""
    return _Writer(name, segment, namespace).generated()


class _Writer:
    """A segment's function being written: `v` is a block of an input, `w` all of it, `o` and `b` are memory."""

    def __init__(self, name: str, segment: Segment, namespace: Namespace) -> None:
        self.name = name
        self.segment = segment
        self.namespace = namespace
        self.buffers = allocate(segment)
        self.blocks = {each.number: f"v{each.number}" for each in segment.inputs if each.by_block}
        self.wholes = {each.number: f"w{each.number}" for each in segment.inputs if not each.by_block}
        self.blocks |= self.buffers.names
        self._viewed: set[str] = set()
        for used in _USED:
            namespace.numpy(used)

    def generated(self) -> Generated:
        lines = [line for number, ins in self.segment.body for line in self._lines(number, ins)]
        totals = [f"v{number}" for number, _ in self.segment.totals]
        if totals:
            lines.append(f"return {tuple_of(totals)}")
        parameters = [("v" if each.by_block else "w") + str(each.number) for each in self.segment.inputs]
        parameters += [*(f"o{number}" for number in self.segment.stores), *self.buffers.scratch]
        head = f"def {self.name}({', '.join(parameters)}):"
        source = "\n    ".join([head, *lines]) + "\n"
        reducers = tuple(REDUCERS[ins.name] for _, ins in self.segment.totals)
        return Generated(self.name, source, self.segment, self.buffers, reducers)

    def _lines(self, number: int, ins: Instruction) -> list[str]:
        by_block = self.segment.by_block[number]
        args = [self._spelled(arg, ins, block) for arg, block in zip(ins.args, by_block, strict=True)]
        part = self.segment.parts[number]
        if part is Part.CELL and ins.name in REDUCTIONS:
            return [self._reduced(ins, args[0], self.blocks[number])]
        if part is Part.CELL:
            return self._called(number, ins, args)
        self.blocks[number] = f"v{number}"
        return [f"v{number} = {self._total(ins, args) if part is Part.TOTAL else self._view(ins, args[0])}"]

    def _spelled(self, value: Operand, ins: Instruction, by_block: bool) -> _Spelled:
        text = _Spelled(operand(value, self.blocks if by_block else self.wholes))
        if isinstance(value, Ref):
            text.bits = f"{text}_bits"
        elif ins.type.dtype in BITS:
            text.bits = repr(ins.type.dtype.type(value).view(BITS[ins.type.dtype]).item())
        return text

    def _called(self, number: int, ins: Instruction, args: list[_Spelled]) -> list[str]:
        calls = _CALLS.get(ins.name) if ins.function is None else None
        calls = calls or (self._call_of(ins).format(self.namespace.ufunc(ins), ", ".join(args), out="{out}"),)
        out = self._spelled(Ref(number), ins, True)
        lines = [call.format(*args, out=out) for call in calls]
        if any(":bits" in call for call in calls):
            lines[:0] = self._bits([*args, out] if ins.name.startswith("bit") else [out], ins)
        return lines

    @staticmethod
    def _call_of(ins: Instruction) -> str:
        """Return how a function is called: a ufunc with memory for its result, of another's the result is copied."""
        takes_memory = ins.function is None or isinstance(ins.function, np.ufunc)
        return "{0}({1}, {out})" if takes_memory else "copyto({out}, {0}({1}), 'unsafe')"

    def _bits(self, values: list[_Spelled], ins: Instruction) -> list[str]:
        """Return the lines that look at the bits of values for the first time."""
        names = {text.bits: text for text in values if text.bits.endswith("_bits") and text.bits not in self._viewed}
        self._viewed |= names.keys()
        return [f"{bits} = {text}.view({self.namespace.dtype(BITS[ins.type.dtype])})" for bits, text in names.items()]

    def _reduced(self, ins: Instruction, arg: str, out: str) -> str:
        dims = fact(ins.facts["dim"], self.namespace)
        return f"{self._reducer(ins)}.reduce({arg}, {dims}, {self._dtype(ins)}, {out}{self._initial(ins)})"

    def _total(self, ins: Instruction, args: list[_Spelled]) -> str:
        if ins.name == "matmul":
            return f"matmul({', '.join(args)})"
        dims = fact(ins.facts["dim"], self.namespace)
        if ins.name == "sum" and not (self.segment.is_flat and dims == "None"):
            self.namespace["total"] = total
            return f"total({args[0]}, {dims}, {self._dtype(ins)})"
        return f"{self._reducer(ins)}.reduce({args[0]}, {dims}, {self._dtype(ins)}{self._initial(ins)})"

    def _view(self, ins: Instruction, arg: str) -> str:
        if ins.name == "reshape":
            row = [str(length) for length in ins.type.shape[1:]]
            return f"{arg}.reshape({tuple_of([f'len({arg})', *row])})"
        return f"{arg}.T" if ins.name == "transpose" else f"{arg}[{key(ins.facts['key'], self.namespace)}]"

    def _reducer(self, ins: Instruction) -> str:
        ufunc = REDUCERS[ins.name]
        self.namespace[ufunc.__name__] = ufunc
        return ufunc.__name__

    def _dtype(self, ins: Instruction) -> str:
        return self.namespace.dtype(ins.type.dtype) if ins.name in ("sum", "prod") else "None"

    def _initial(self, ins: Instruction) -> str:
        return f", initial={ins.facts['initial']!r}" if "initial" in ins.facts else ""
