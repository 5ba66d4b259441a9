"""The names that mean something: constants, operators, and functions that differ from the registry's.

Functions are the registry's. Written here is what the language adds to it: the operations behind the
operators, and the calls that a calculator reads otherwise than torch does.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable

from .tree import Call, Node

CONSTANTS = {
    "pi": math.pi, "π": math.pi, "tau": math.tau, "τ": math.tau, "e": math.e, "inf": math.inf, "nan": math.nan,
}  # fmt: skip

LITERALS = {"True": True, "False": False, "None": None}

# How operators may be written beside the spelling that the tree has, which is never that of a name.
SPELLINGS = {
    "−": "-", "×": "*", "·": "*", "⋅": "*", "÷": "/", "^": "**", "≤": "<=", "≥": ">=", "≠": "!=",
    "and": "&", "or": "|", "not": "!",
}  # fmt: skip

# The operations behind the operators, by spelling and number of operands. Of two values `max` is the larger.
OPERATORS = {
    ("+", 2): "add", ("-", 2): "sub", ("*", 2): "mul", ("/", 2): "div", ("//", 2): "floor_divide",
    ("%", 2): "remainder", ("**", 2): "pow", ("@", 2): "matmul", ("-", 1): "neg",
    ("==", 2): "eq", ("!=", 2): "ne", ("<", 2): "lt", ("<=", 2): "le", (">", 2): "gt", (">=", 2): "ge",
    ("&", 2): "logical_and", ("|", 2): "logical_or", ("!", 1): "logical_not", (".T", 1): "T",
    ("max", 2): "maximum", ("min", 2): "minimum",
}  # fmt: skip

DIFF = "diff"


def _fold(call: Call) -> Node:
    """`max(a, b, c)` is `max(max(a, b), c)`."""
    if len(call.args) < 3:
        return call
    return functools.reduce(lambda a, b: Call(call.function, (a, b), call.keywords, call.span), call.args)


def _base(call: Call) -> Node:
    """`log(x, b)` is `log(x)/log(b)`."""
    if len(call.args) != 2:
        return call
    return Call("/", tuple(Call("log", (arg,), call.keywords, call.span) for arg in call.args), (), call.span)


def _itself(call: Call) -> Node:
    """`tensor([1, 2])` is `[1, 2]`."""
    return call.args[0] if len(call.args) == 1 and not call.keywords else call


REWRITES: dict[str, Callable[[Call], Node]] = {
    "max": _fold, "min": _fold, "log": _base, "ln": _base, "tensor": _itself, "array": _itself,
}  # fmt: skip

# How those are called, beside the registry's way.
ALSO = {"max": "max(a, b)", "min": "min(a, b)", "log": "log(input, base)", "ln": "ln(input, base)"}
