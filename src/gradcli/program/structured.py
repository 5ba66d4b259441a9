"""Structured primitives: those that are not elementwise, and so stand between the runs of those that are.

Each is a function of whole arrays and of facts. A length among the facts is known only when the program
runs: `resolve` puts in what it is for the n of the call.

>>> TABLE["scatter"](np.array([1.0, 2.0]), shape=(4,), key=(slice(1, 3),)).tolist()
[0.0, 1.0, 2.0, 0.0]
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .lengths import Length


def _reduction(ufunc: np.ufunc) -> Callable[..., Any]:
    def reduce(input: Any, dim: Any = None, keepdim: bool = False, **initial: Any) -> Any:
        return ufunc.reduce(input, axis=dim, keepdims=keepdim, **initial)

    return reduce


def _transpose(input: Any, order: tuple[int, ...]) -> Any:
    return np.transpose(input, order)


def _index(input: Any, key: Any) -> Any:
    return input[key]


def _scatter(input: Any, shape: tuple[int, ...], key: Any) -> Any:
    out = np.zeros(shape, np.asarray(input).dtype)
    out[key] = input
    return out


TABLE: dict[str, Callable[..., Any]] = {
    "sum": _reduction(np.add), "prod": _reduction(np.multiply), "amax": _reduction(np.maximum),
    "amin": _reduction(np.minimum), "all": _reduction(np.logical_and), "any": _reduction(np.logical_or),
    "broadcast": np.broadcast_to, "reshape": np.reshape, "transpose": _transpose, "index": _index,
    "scatter": _scatter, "matmul": np.matmul, "concatenate": lambda *arrays, axis: np.concatenate(arrays, axis),
    "length": lambda of: np.int64(of),
}  # fmt: skip

REDUCTIONS: dict[Any, str] = {
    np.add: "sum", np.multiply: "prod", np.maximum: "amax", np.minimum: "amin", np.logical_and: "all",
    np.logical_or: "any",
}  # fmt: skip


def resolve(fact: Any, n: int) -> Any:
    """Return a fact with its lengths put in, those in tuples, lists, dicts and slices too."""
    kind = type(fact)
    if kind is Length:
        return fact.at(n)
    if kind is tuple or kind is list:
        return kind(resolve(part, n) for part in fact)
    if kind is dict:
        return {name: resolve(part, n) for name, part in fact.items()}
    if kind is slice:
        return slice(resolve(fact.start, n), resolve(fact.stop, n), resolve(fact.step, n))
    return fact
