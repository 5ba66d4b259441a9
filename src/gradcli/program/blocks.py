"""The array dialect: a block of instructions as Python source that calls ufuncs with their results' memory.

A segment becomes a function of one block of its arrays; the program is a function that calls what
sweeps those over whole arrays, and does between them what is done on whole values.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

from .buffers import Buffers, allocate
from .lengths import Length
from .lowering import BITS, fuses, refs
from .passes.walk import is_elementwise
from .primitives import PRIMITIVES
from .segments import Segment, Step, Whole
from .spelling import Namespace, fact, key, length, operand, tuple_of
from .ssa import Block, Instruction, Operand, Ref, Shape
from .structured import TABLE, resolve

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

_WHOLES = {
    "index": "{0}[{key}]",
    "reshape": "{0}.reshape({shape})",
    "transpose": "{0}.transpose({order})",
    "broadcast": "broadcast_to({0}, {shape})",
    "matmul": "matmul({0}, {1})",
    "length": "int64({of})",
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


def driver(block: Block, steps: tuple[Step, ...], kernels: list[Generated], namespace: Namespace) -> str:
    """Return the source of `program(n, inputs, results)`, which takes the steps in their order."""
    names = {number: f"v{number}" for number in range(len(block.inputs))}
    results = [output.operand.number for output in block.outputs if isinstance(output.operand, Ref)]
    stored = {number for step in steps if isinstance(step, Segment) for number in step.stores}
    given = [number for number in results if number in stored]
    last = _last_steps(steps)
    lines: list[str] = []
    kernel_of = iter(kernels)
    for time, step in enumerate(steps):
        if isinstance(step, Whole):
            names[step.number] = f"v{step.number}"
            lines.append(f"v{step.number} = {whole(step.instruction, names, namespace)}")
        else:
            lines += _sweep(step, next(kernel_of), given, names, namespace)
        done = [number for number, at in last.items() if at == time and number not in results]
        arrays = [names[number] for number in done if number >= len(block.inputs) and block.type_of(Ref(number)).shape]
        if arrays:
            lines.append(f"del {', '.join(sorted(arrays))}")
    lines.append(f"return {tuple_of([_result(output.operand, names) for output in block.outputs])}")
    parameters = ["n", *(f"v{number}" for number in range(len(block.inputs))), *(f"o{number}=None" for number in given)]
    return "\n    ".join([f"def program({', '.join(parameters)}):", *lines]) + "\n"


def _result(value: Operand, names: dict[int, str]) -> str:
    return operand(value, names)


def _sweep(
    segment: Segment, made: Generated, given: list[int], names: dict[int, str], namespace: Namespace
) -> Iterable[str]:
    """Yield the lines that allocate a segment's results and run it."""
    kinds = {number: ins.type for number, ins in segment.body}
    for number in segment.stores:
        names[number] = f"o{number}"
        namespace.numpy("empty")
        allocation = f"o{number} = empty({shape(kinds[number].shape)}, {namespace.dtype(kinds[number].dtype)})"
        yield f"if o{number} is None: {allocation}" if number in given else allocation
    ins = tuple_of([names[number] for number in segment.inputs])
    outs = tuple_of([names[number] for number in segment.stores])
    call = f"sweep_{made.name}({shape(segment.shape)}, {ins}, {outs})"
    reduced = [number for number, _ in segment.reductions]
    names.update((number, f"v{number}") for number in reduced)
    yield f"{', '.join(names[number] for number in reduced)}, = {call}" if reduced else call


def _last_steps(steps: tuple[Step, ...]) -> dict[int, int]:
    """Return the last step that uses each value."""
    last: dict[int, int] = {}
    for time, step in enumerate(steps):
        used = step.inputs if isinstance(step, Segment) else [ref.number for ref in refs(step.instruction.args)]
        last.update((number, time) for number in used)
    return last


def shape(axes: Shape) -> str:
    """Spell a shape."""
    return tuple_of([length(axis) for axis in axes])


def whole(ins: Instruction, names: dict[int, str], namespace: Namespace) -> str:
    """Spell an instruction on whole values: arrays, or numbers as scalars of NumPy's."""
    args = [operand(arg, names) for arg in ins.args]
    if is_elementwise(ins):
        return scalar(ins, args, namespace)
    args = [_typed(arg, ins, text, namespace) for arg, text in zip(ins.args, args, strict=True)]
    if ins.function is not None:
        facts = [f"{name}={_opaque_fact(value, namespace)}" for name, value in ins.facts.items()]
        return f"{namespace.hold(ins.function, 'f')}({', '.join(args + facts)})"
    if ins.name in _WHOLES:
        for used in ("broadcast_to", "matmul", "int64"):
            namespace.numpy(used)
        spelled = {name: (key if name == "key" else fact)(value, namespace) for name, value in ins.facts.items()}
        return _WHOLES[ins.name].format(*args, **spelled)
    namespace[f"{ins.name}_"] = TABLE[ins.name]
    facts = [f"{name}={fact(value, namespace)}" for name, value in ins.facts.items()]
    return f"{ins.name}_({', '.join(args + facts)})"


def _typed(arg: Operand, ins: Instruction, text: str, namespace: Namespace) -> str:
    """Spell an argument of what is not elementwise: such a function takes no number for less than float64."""
    kind = ins.type.dtype
    return text if isinstance(arg, (Ref, bool)) or kind.kind != "f" else f"{namespace.dtype(kind)}({text})"


def _opaque_fact(value: Any, namespace: Namespace) -> str:
    """Spell a fact of an opaque function by a name, with n put in where lengths are in it."""
    if not _has_length(value):
        return namespace.hold(value)
    namespace["resolve"] = resolve
    return f"resolve({namespace.hold(value)}, n)"


def _has_length(value: Any) -> bool:
    if isinstance(value, slice):
        value = (value.start, value.stop, value.step)
    if isinstance(value, dict):
        value = tuple(value.values())
    return isinstance(value, Length) or (isinstance(value, (tuple, list)) and any(map(_has_length, value)))


def scalar(ins: Instruction, args: list[str], namespace: Namespace) -> str:
    """Spell an elementwise instruction on scalars of NumPy's, whose operators are faster than its functions."""
    dtype = namespace.dtype(ins.type.dtype)
    if ins.function is None:
        if ins.name == "cast":
            return f"{dtype}({args[0]})"
        if ins.name == "where":
            return f"{dtype}({args[1]} if {args[0]} else {args[2]})"
        template = PRIMITIVES[ins.name].scalar
        if template and not any(letter.isalpha() for letter in template):
            return template.format(*args)
    return f"{namespace.ufunc(ins)}({', '.join(args)})"
