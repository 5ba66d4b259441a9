"""Notes: what a reader should know about a result, though nothing went wrong.

A value that is not a number or not finite, and a point that stands on a kink, where the derivative
is a convention, are worth a sentence each.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import Any

import numpy as np

from . import lang
from .autograd.interpreter import Applied, TensorInterpreter
from .autograd.tensor import Tensor

# How many kinks are told apart before the rest is counted.
SHOWN = 3


def of_value(what: str, value: Any) -> list[str]:
    """Say how much of a result is NaN or infinite.

    >>> of_value("the value", [1.0, float("nan"), float("inf")])
    ['the value is NaN in 1 of 3 elements', 'the value is infinite in 1 of 3 elements']
    """
    array = np.asarray(value)
    if array.dtype.kind != "f":
        return []
    found = []
    for word, test in (("NaN", np.isnan), ("infinite", np.isinf)):
        count = int(np.count_nonzero(test(array)))
        if count:
            found.append(f"{what} is {word}" + (f" in {count} of {array.size} elements" if array.ndim else ""))
    return found


def of_kinks(text: str, applied: Iterable[Applied]) -> list[str]:
    """Say where the point stands on a kink, and which derivative is taken there."""
    found = dict.fromkeys(
        f"`{text[call.span.start : call.span.end]}` has a kink where {condition}, as here; "
        f"its derivative there is taken as {taken}"
        for call in applied
        if any(isinstance(value, Tensor) and value.requires_grad for value in call.args)
        for condition, taken in call.op.kinks.items()
        if _holds(condition, call)
    )
    shown = list(found)[:SHOWN]
    return shown + ([f"{len(found) - SHOWN} more places stand on kinks"] if len(found) > SHOWN else [])


def _holds(condition: str, call: Applied) -> bool:
    """Tell whether a kink's condition, in the operation's argument names, is true of some element."""
    program = _program(condition)
    given = dict(zip(call.op.parameters, call.args, strict=False))
    values = call.op.defaults | {n: v._data if isinstance(v, Tensor) else v for n, v in given.items()}
    if any(values.get(name) is None for name in program.variables):
        return False
    return bool(np.any(_truth(program, {name: values[name] for name in program.variables})))


def _truth(program: lang.Program, values: dict[str, Any]) -> Any:
    value = program.evaluate(values, TensorInterpreter()).value
    return value._data if isinstance(value, Tensor) else value


@functools.cache
def _program(condition: str) -> lang.Program:
    return lang.parse(condition)
