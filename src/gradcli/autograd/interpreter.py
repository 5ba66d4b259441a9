"""The language, evaluated with Tensors.

`lang` evaluates a program through an interpreter that it is given; this one applies operations to
Tensors, so that evaluation records a graph, each node with the place in the text it came from.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from ..errors import Span
from ..ops import REGISTRY, Op
from .api import grad
from .generate import compiled
from .graph import sequence
from .tensor import Tensor, wrap


class Applied(NamedTuple):
    """A call of an operation that has kinks, kept to see whether it stands on one."""

    op: Op
    arguments: dict[str, Any]
    span: Span


class TensorInterpreter:
    """Evaluate with Tensors of one dtype; random operations draw from one seeded generator.

    Constants stay Python numbers until they meet a Tensor, so that they never raise its dtype and
    leave no node. With `watch`, calls of operations that have kinks are kept in `applied`.
    """

    leaks = True  # NaN times a gradient of zero is NaN

    def __init__(self, dtype: Any = np.float64, seed: int = 0, watch: bool = False) -> None:
        self.dtype = np.dtype(dtype)
        self.seed = seed
        self.applied: list[Applied] = []
        self._watch = watch

    @cached_property
    def generator(self) -> np.random.Generator:
        """The source of `rand` and `randn`, made when it is first asked for."""
        return np.random.default_rng(self.seed)

    def constant(self, value: Any, span: Span) -> Any:
        """Return a number as it is, an array of numbers as a Tensor."""
        return value if isinstance(value, (int, float)) else wrap(np.asarray(value, self.dtype))

    def apply(self, op: Op, args: tuple[Any, ...], kwargs: dict[str, Any], span: Span) -> Any:
        """Apply an operation; of numbers alone, return a number."""
        if op.keyword_only:
            kwargs = {n: getattr(self, n) for n in op.keyword_only if n in ("dtype", "generator")} | kwargs
        if self._watch and op.kinks:
            given = dict(zip(op.parameters, args, strict=False)) | kwargs
            self.applied.append(Applied(REGISTRY[op.along] if op.along and "dim" in given else op, given, span))
        if not any(type(value) is Tensor for value in (args[0] if op.sequence else args)):
            return self._of_numbers(op, args, kwargs)
        if op.sequence:
            args = ([wrap(self.dtype.type(v)) if type(v) in (int, float) else v for v in args[0]], *args[1:])
        result = compiled(op).apply(*args, **kwargs)
        if type(result) is Tensor and result._data.dtype is not self.dtype and result._data.dtype.kind == "f":
            result = self._in_own_dtype(op, args, kwargs, result)
        node = result._node if type(result) is Tensor else result[0]._node
        if node is not None and node._span is None:
            node._span = span
        return result

    def _in_own_dtype(self, op: Op, args: tuple[Any, ...], kwargs: dict[str, Any], result: Tensor) -> Tensor:
        """Compute again what truth values and numbers alone have made, for which torch's default dtype counted."""
        met = [name for name in op.tensors if name in op.rules] or op.tensors

        def lifted(value: Any) -> Any:
            if isinstance(value, list):
                return [lifted(each) for each in value]
            if value is None:
                return None
            data = self.array(value)
            return wrap(data.astype(self.dtype) if hasattr(data, "dtype") else self.dtype.type(data))

        given = dict(zip(op.parameters, args, strict=False)) | kwargs
        values = given[op.sequence] if op.sequence else [given.get(name) for name in met]
        if any(isinstance(value, Tensor) and value._data.dtype.kind == "f" for value in values):
            return result  # Tensors of another dtype were given
        args = tuple(lifted(v) if n in met else v for n, v in zip(op.parameters, args, strict=False))
        return compiled(op).apply(*args, **{n: lifted(v) if n in met else v for n, v in kwargs.items()})

    def _of_numbers(self, op: Op, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Compute as NumPy does, and not as Python, whose operators raise on 1/0."""
        result = op(
            *(
                np.float64(a) if n in op.tensors and type(a) in (int, float) else a
                for n, a in zip(op.parameters, args, strict=False)
            ),
            *args[len(op.parameters) :],
            **kwargs,
        )
        return tuple(map(self._lifted, result)) if isinstance(result, tuple) else self._lifted(result)

    def _lifted(self, data: Any) -> Any:
        return data.item() if np.ndim(data) == 0 else wrap(data.astype(self.dtype) if data.dtype.kind == "f" else data)

    def alias(self, value: Any, span: Span) -> Tensor:
        """Return a distinct Tensor of the same value, a leaf if no gradient flows to the value."""
        if isinstance(value, Tensor) and value._node is not None:
            return self.apply(REGISTRY["alias"], (value,), {}, span)
        data = value._data if isinstance(value, Tensor) else self.dtype.type(value)
        return wrap(data).requires_grad_()

    def diff(self, u: Any, x: Tensor, span: Span) -> Any:
        """Return the gradient of `sum(u)` with respect to `x`: zeros where u does not depend on x."""
        if not isinstance(u, Tensor) or u._node is None:
            return wrap(np.zeros_like(x._data))
        total = self.apply(REGISTRY["sum"], (u,), {}, span) if u.ndim else u
        (slope,) = grad(total, x, create_graph=True, materialize_grads=True)
        assert slope is not None
        return slope

    def mask(self, condition: Any) -> bool | np.ndarray:
        """Return a condition's truth where it is a scalar, its elements where it is an array."""
        data = condition._data if isinstance(condition, Tensor) else condition
        return np.asarray(data, bool) if np.ndim(data) else bool(data)

    def guard(self, value: Any, keep: np.ndarray, pick: tuple[int, ...]) -> Any:
        """Replace the elements that are not kept by the one at `pick`, as a constant."""
        return compiled(REGISTRY["where"]).apply(keep, value, wrap(value._data[pick]))

    def select(self, condition: Any, then: Any, otherwise: Any, span: Span) -> Any:
        """Choose elementwise; gradients pass by selection."""
        return self.apply(REGISTRY["where"], (condition, then, otherwise), {}, span)

    def array(self, value: Any) -> Any:
        """Return the array, NumPy scalar or number behind a value."""
        return value._data if isinstance(value, Tensor) else value

    def shape(self, value: Any) -> tuple[int, ...]:
        """Return the shape of a value."""
        return np.shape(self.array(value))

    def tracked(self, value: Any) -> bool:
        """Tell whether a gradient may be asked for with respect to a value."""
        return isinstance(value, Tensor) and value._node is not None

    def work(self) -> int:
        """Return a count of the nodes that were made, those of `diff` among them."""
        return -next(sequence)
