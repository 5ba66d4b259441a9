"""How generated source spells names, numbers, lengths and facts.

Every name in it is made here, of the number of a value; nothing that a user wrote gets in. What has no
literal, such as a function or an array of indices, stands in the namespace as `f0` or `k0`.
"""

from __future__ import annotations

import math
from types import FunctionType
from typing import Any

import numpy as np

from .lengths import Length
from .passes.walk import function_of
from .primitives import PRIMITIVES
from .ssa import Instruction, Operand, Ref, Shape

# Warnings of generated code count as ours: `gradcli` silences its own.
_MODULE = "gradcli.program.generated"


class Namespace(dict[str, Any]):
    """The globals of generated code."""

    def __init__(self, **names: Any) -> None:
        super().__init__({"__name__": _MODULE, "inf": math.inf, "nan": math.nan} | names)
        self._held: dict[int, str] = {}

    def hold(self, value: Any, letter: str = "k") -> str:
        """Return a name for a value that has no literal."""
        name = self._held.get(id(value))
        if name is None:
            name = self._held[id(value)] = f"{letter}{len(self._held)}"
            self[name] = value
        return name

    def ufunc(self, instruction: Instruction) -> str:
        """Return the name of the function of an elementwise instruction."""
        if instruction.function is not None:
            return self.hold(function_of(instruction), "f")
        ufunc = PRIMITIVES[instruction.name].ufunc
        self[ufunc.__name__] = ufunc
        return ufunc.__name__

    def numpy(self, name: str) -> str:
        """Return the name of something of NumPy's."""
        self[name] = getattr(np, name)
        return name

    def dtype(self, dtype: np.dtype) -> str:
        """Return the name of a scalar type of NumPy's."""
        return self.numpy("bool_" if dtype.kind == "b" else dtype.name)

    def compile(self, source: str, function: str) -> FunctionType:
        """Run source that defines a function, and return it."""
        exec(compile(source, f"<{function} of a program>", "exec"), self)
        return self[function]


def operand(value: Operand, names: dict[int, str]) -> str:
    """Spell an operand: a value by its name, a number as a literal."""
    return names[value.number] if isinstance(value, Ref) else repr(value)


def length(value: int | Length) -> str:
    """Spell a length: as a number, or in terms of n."""
    if not isinstance(value, Length):
        return repr(value)
    scaled = {1: "n", -1: "-n"}.get(value.scale, f"{value.scale}*n")
    sign = "+" if value.offset > 0 else "-"
    return f"{scaled} {sign} {abs(value.offset)}" if value.offset else scaled


def shape(axes: Shape) -> str:
    """Spell a shape."""
    return tuple_of([length(axis) for axis in axes])


def tuple_of(parts: list[str]) -> str:
    """Spell a tuple."""
    return f"({', '.join(parts)}{',' if len(parts) == 1 else ''})"


def fact(value: Any, namespace: Namespace) -> str:
    """Spell an attribute: numbers, lengths, slices and tuples of them as literals, else by a held name."""
    if isinstance(value, Length):
        return length(value)
    if value is None or isinstance(value, (bool, int)):
        return repr(value)
    if value is Ellipsis:
        return "..."
    if isinstance(value, slice):
        return f"slice({', '.join(fact(part, namespace) for part in (value.start, value.stop, value.step))})"
    if isinstance(value, tuple):
        return tuple_of([fact(part, namespace) for part in value])
    return namespace.hold(value)


def key(value: Any, namespace: Namespace) -> str:
    """Spell an index as it stands between brackets."""
    if isinstance(value, slice):
        parts = (value.start, value.stop, value.step)
        start, stop, step = ("" if part is None else fact(part, namespace) for part in parts)
        return f"{start}:{stop}" + (f":{step}" if step else "")
    if isinstance(value, tuple) and value:
        return ", ".join(key(part, namespace) for part in value)
    return fact(value, namespace)


def has_length(value: Any) -> bool:
    """Tell whether a symbolic length is in a fact."""
    if isinstance(value, slice):
        value = (value.start, value.stop, value.step)
    if isinstance(value, dict):
        value = tuple(value.values())
    return isinstance(value, Length) or (isinstance(value, (tuple, list)) and any(map(has_length, value)))
