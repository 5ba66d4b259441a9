"""What goes into operations and what comes out: arguments made into arrays, several results into Tensors."""

from __future__ import annotations

import collections
import functools
from typing import Any

import numpy as np

from ..ops import Op
from .graph import Node
from .tensor import Tensor, wrap


class Foreign(TypeError):
    """An argument that is neither a Tensor nor anything that can become one."""


def plain(value: Any) -> Any:
    """Return the array or number behind an argument; raise Foreign for what is neither."""
    if isinstance(value, Tensor):
        return value._data
    if isinstance(value, np.generic):
        return value.item()  # a number like Python's: it does not raise the dtype
    if value is None or isinstance(value, (int, float, np.ndarray)):
        return value
    if isinstance(value, (list, tuple)):
        from .conversion import array_of

        return array_of(value)
    raise Foreign(f"unsupported operand type for a Tensor: {type(value).__name__!r}")


def operand(value: Any) -> Any:
    """Return the array or number behind an operand; raise Foreign, for the other operand to try, elsewhere."""
    if value is None or isinstance(value, (list, tuple)):
        raise Foreign
    return plain(value)


def array_operand(value: Any) -> Any:
    """Return the array behind an operand that may not be a number, as those of `@`; raise Foreign elsewhere."""
    if not isinstance(value, (Tensor, np.ndarray)):
        raise Foreign
    return plain(value)


def wrap_results(op: Op, out: tuple[Any, ...], node: Node | None) -> tuple[Tensor, ...]:
    """Make Tensors of an operation's results; those that have a derivative belong to its node."""
    results = [wrap(np.asarray(data) if isinstance(data, np.generic) else data) for data in out]
    if node is not None:
        node._scalar = None
        node._shapes = tuple(r._data.shape for r in results)
        node._dtypes = tuple(r._data.dtype for r in results)
        for number, name in enumerate(op.outputs):
            if any(f"g_{name}" in rule.needs for rule in op.rules.values()):
                results[number]._node = node
                results[number].output_nr = number
    return _results_type(op)(results)


@functools.cache
def _results_type(op: Op) -> Any:
    """Return what makes an operation's results of a list: a tuple that names them, and prints as torch's does.

    What is called by the names of its results, such as `std_mean`, gives a plain tuple.
    """
    if op.name == "_".join(op.outputs):
        return tuple
    name = op.name.removesuffix("_along")
    namedtuple: Any = collections.namedtuple  # mypy wants to read its fields

    def shown(self: Any) -> str:
        fields = ",\n".join(f"{field}={value!r}" for field, value in zip(op.outputs, self, strict=True))
        return f"torch.return_types.{name}(\n{fields})"

    made: Any = type(name, (namedtuple("results", op.outputs),), {"__repr__": shown, "__slots__": ()})
    return made._make
