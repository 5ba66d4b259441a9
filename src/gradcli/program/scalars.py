"""The scalar dialect: a block of single numbers as a plain Python function.

It computes with Python's floats and `math`, several times faster than NumPy on single numbers. Where
`math` raises for what IEEE arithmetic answers with NaN or infinity, NumPy answers the call.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .passes.walk import function_of, is_elementwise
from .primitives import PRIMITIVES
from .spelling import Namespace, operand, tuple_of
from .ssa import Block, Instruction, Ref
from .wholes import scalar

_FLOAT, _BOOL = np.dtype(np.float64), np.dtype(bool)


class Scalar:
    """The functions of a block of single numbers: `fast` through `math`, if it can be, and `exact` through NumPy.

    They return the outputs in a form: a number stands for the output of that number, in tuples and
    dictionaries.
    """

    def __init__(self, block: Block, form: Any = None) -> None:
        self._form = tuple(range(len(block.outputs))) if form is None else form
        self._exact_names = Namespace()
        self._fast_names = Namespace(**{name: value for name, value in vars(math).items() if name[0] != "_"})
        self._parameters = ", ".join(f"v{number}" for number in range(len(block.inputs)))
        self.exact = self._exact(block)
        self.fast = self._fast(block) if suits_math(block) else None

    def _exact(self, block: Block) -> str:
        lines = [
            f"v{number} = {self._exact_names.dtype(given.type.dtype)}(v{number})"
            for number, given in enumerate(block.inputs)
        ]
        names = _names(block)
        for number, ins in block.numbered():
            args = [operand(arg, names) for arg in ins.args]
            lines.append(f"v{number} = {scalar(ins, args, self._exact_names)}")
        results = [operand(value, names) + (".item()" if isinstance(value, Ref) else "") for _, value in block.outputs]
        lines.append(f"return {_formed(self._form, results, self._exact_names)}")
        return "\n    ".join([f"def exact({self._parameters}):", *lines]) + "\n"

    def _fast(self, block: Block) -> str:
        names = _names(block)
        lines = [f"v{number} = {self._in_math(block, ins, names)}" for number, ins in block.numbered()]
        results = [operand(value, names) for _, value in block.outputs]
        lines.append(f"return {_formed(self._form, results, self._fast_names)}")
        body = "\n        ".join(["try:", *lines])
        refuge = f"except (ArithmeticError, ValueError):\n        return exact({self._parameters})"
        return f"def scalar({self._parameters}):\n    {body}\n    {refuge}\n"

    def _in_math(self, block: Block, ins: Instruction, names: dict[int, str]) -> str:
        args = [operand(arg, names) for arg in ins.args]
        to = "bool" if ins.type.dtype == _BOOL else "float"
        if ins.function is None:
            if ins.name == "cast":
                return f"{to}({args[0]})"
            template = PRIMITIVES[ins.name].scalar
            if template and (ins.name not in _OF_BOOLS or all(block.type_of(arg).dtype == _BOOL for arg in ins.args)):
                return template.format(*args)
        function = self._fast_names.hold(function_of(ins), "f")
        return f"{to}({function}({', '.join(args)}))"

    def compiled(self) -> Callable[..., Any]:
        """Return the function: of floats, returning floats in the form."""
        exact = self._exact_names.compile(self.exact, "exact")
        if self.fast is None:
            return exact
        self._fast_names["exact"] = exact
        return self._fast_names.compile(self.fast, "scalar")


# What Python answers with one of its arguments, and NumPy with a bool.
_OF_BOOLS = ("and", "or", "xor")


def _formed(form: Any, results: list[str], namespace: Namespace) -> str:
    """Spell results in a form; the keys of dictionaries are held."""
    if isinstance(form, dict):
        items = (f"{namespace.hold(key)}: {_formed(value, results, namespace)}" for key, value in form.items())
        return f"{{{', '.join(items)}}}"
    if isinstance(form, tuple):
        return tuple_of([_formed(part, results, namespace) for part in form])
    return results[form]


def is_scalar(block: Block) -> bool:
    """Tell whether every value of a block is a single number."""
    kinds = [given.type for given in block.inputs] + [ins.type for ins in block.instructions]
    return not any(kind.shape for kind in kinds) and all(map(is_elementwise, block.instructions))


def suits_math(block: Block) -> bool:
    """Tell whether a block computes in float64, as Python does; bools are compared and chosen by, no more."""
    if any(given.type.dtype != _FLOAT for given in block.inputs):
        return False
    return all(
        ins.type.dtype == _FLOAT or (ins.type.dtype == _BOOL and ins.name not in _ARITHMETIC)
        for ins in block.instructions
    )


_ARITHMETIC = ("add", "sub", "mul", "neg", "abs", "square", "maximum", "minimum", "fmax", "fmin", "pow")


def _names(block: Block) -> dict[int, str]:
    return {number: f"v{number}" for number in range(len(block.inputs) + len(block.instructions))}
