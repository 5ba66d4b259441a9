"""An interpreter over plain NumPy arrays: the language without derivatives."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.lang import parse


class ArrayInterpreter:
    """Compute with arrays, and keep every result of an operation in `seen`."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, Any, tuple[int, int]]] = []

    def constant(self, value, span):
        return value

    def apply(self, op, args, kwargs, span):
        result = op(*(np.float64(a) if n in op.tensors and type(a) in (int, float) else a
                      for n, a in zip(op.parameters, args)), *args[len(op.parameters):], **kwargs)  # fmt: skip
        self.seen.append((op.name, result, span))
        return result

    def diff(self, u, x, span):
        raise ValueError("arrays have no derivatives")

    def alias(self, value, span):
        return np.array(value, float)

    def select(self, condition, then, otherwise, span):
        return np.where(condition, then, otherwise)

    def mask(self, condition):
        return np.asarray(condition, bool) if np.ndim(condition) else bool(condition)

    def guard(self, value, keep, pick):
        return np.where(keep, value, value[pick])

    def array(self, value):
        return value

    def tracked(self, value):
        return False


def evaluate(text: str, /, **values: Any) -> Any:
    """Evaluate a text with arrays."""
    given = {name: np.asarray(value, float) for name, value in values.items()}
    return parse(text).evaluate(given, ArrayInterpreter()).value
