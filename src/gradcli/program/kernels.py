"""The array dialect, within segments: a function of one block of arrays, that calls ufuncs with memory for results.

The memory is that of buffers, of outputs, and of outputs that are not yet due.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .buffers import Buffers, allocate
from .lowering import BITS, fuses
from .segments import Segment
from .spelling import Namespace, operand, tuple_of
from .ssa import Instruction, Operand, Ref

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
}
_NAMES_USED = ("maximum", "minimum", "copyto", "where", "negative", "subtract", "bitwise_and", "bitwise_xor")

REDUCERS = {
    "sum": np.add,
    "prod": np.multiply,
    "amax": np.maximum,
    "amin": np.minimum,
    "any": np.logical_or,
    "all": np.logical_and,
}


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
    buffers = allocate(segment)
    for used in _NAMES_USED:
        namespace.numpy(used)
    views: dict[str, str] = {}
    lines: list[str] = []
    partials: list[str] = []

    def spelled(value: Operand, dtype: np.dtype) -> _Spelled:
        text = _Spelled(operand(value, buffers.names))
        if isinstance(value, Ref):
            text.bits = f"{text}_bits"
        elif dtype in BITS:
            text.bits = repr(dtype.type(value).view(BITS[dtype]).item())
        return text

    for number, ins in segment.body:
        args = [spelled(arg, ins.type.dtype) for arg in ins.args]
        if not fuses(ins):
            lines.append(f"v{number} = {_reduction(ins, args[0], namespace)}")
            partials.append(f"v{number}")
            continue
        calls = _CALLS.get(ins.name) if ins.function is None else None
        calls = calls or (f"{namespace.ufunc(ins)}({', '.join(args)}, {{out}})",)
        out = spelled(Ref(number), ins.type.dtype)
        if any(":bits" in call for call in calls):
            viewed = [*args, out] if ins.name.startswith("bit") else [out]
            bits = namespace.dtype(BITS[ins.type.dtype])
            views |= {text.bits: f"{text.bits} = {text}.view({bits})" for text in viewed if text.bits.endswith("_bits")}
        lines += [call.format(*args, out=out) for call in calls]
    if partials:
        lines.append(f"return {tuple_of(partials)}")
    parameters = [f"v{number}" for number in segment.inputs] + [f"o{number}" for number in segment.stores]
    head = f"def {name}({', '.join([*parameters, *buffers.scratch])}):"
    source = "\n    ".join([head, *views.values(), *lines]) + "\n"
    reducers = tuple(REDUCERS[ins.name] for _, ins in segment.reductions)
    return Generated(name, source, segment, buffers, reducers)


def _reduction(ins: Instruction, arg: str, namespace: Namespace) -> str:
    ufunc = REDUCERS[ins.name]
    namespace[ufunc.__name__] = ufunc
    dtype = f", {namespace.dtype(ins.type.dtype)}" if ins.name in ("sum", "prod") else ""
    initial = f", initial={ins.facts['initial']!r}" if "initial" in ins.facts else ""
    return f"{ufunc.__name__}.reduce({arg}, None{dtype}{initial})"
