"""How an instruction on whole values is spelled: NumPy's functions of arrays, and its scalars' operators."""

from __future__ import annotations

from typing import Any

import numpy as np

from .passes.walk import is_elementwise
from .primitives import PRIMITIVES
from .spelling import Namespace, fact, has_length, key, operand
from .ssa import Instruction, Operand, Ref
from .structured import TABLE, resolve

_TEMPLATES = {
    "index": "{0}[{key}]",
    "reshape": "{0}.reshape({shape})",
    "transpose": "{0}.transpose({order})",
    "broadcast": "broadcast_to({0}, {shape})",
    "matmul": "matmul({0}, {1})",
    "length": "int64({of})",
}
_USED = ("broadcast_to", "matmul", "int64")


def whole(ins: Instruction, names: dict[int, str], namespace: Namespace) -> str:
    """Spell an instruction on whole values."""
    args = [operand(arg, names) for arg in ins.args]
    if is_elementwise(ins):
        return scalar(ins, args, namespace)
    args = [_typed(arg, ins, text, namespace) for arg, text in zip(ins.args, args, strict=True)]
    if ins.function is not None:
        facts = [f"{name}={_held(value, namespace)}" for name, value in ins.facts.items()]
        return f"{namespace.hold(ins.function, 'f')}({', '.join(args + facts)})"
    if ins.name in _TEMPLATES:
        for used in _USED:
            namespace.numpy(used)
        spelled = {name: (key if name == "key" else fact)(value, namespace) for name, value in ins.facts.items()}
        return _TEMPLATES[ins.name].format(*args, **spelled)
    namespace[f"{ins.name}_"] = TABLE[ins.name]
    facts = [f"{name}={fact(value, namespace)}" for name, value in ins.facts.items()]
    return f"{ins.name}_({', '.join(args + facts)})"


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
    call = f"{namespace.ufunc(ins)}({', '.join(args)})"
    return call if ins.function is None or isinstance(ins.function, np.ufunc) else f"{dtype}({call})"


def _typed(arg: Operand, ins: Instruction, text: str, namespace: Namespace) -> str:
    """Spell an argument of what is not elementwise: such a function takes no number for less than float64."""
    kind = ins.type.dtype
    return text if isinstance(arg, (Ref, bool)) or kind.kind != "f" else f"{namespace.dtype(kind)}({text})"


def _held(value: Any, namespace: Namespace) -> str:
    """Spell a fact of an opaque function by a name, with n put in where lengths are in it."""
    if not has_length(value):
        return namespace.hold(value)
    namespace["resolve"] = resolve
    return f"resolve({namespace.hold(value)}, n)"
