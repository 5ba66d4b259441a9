"""The language, evaluated with NumPy arrays alone: real or complex ones, without a graph.

Rules play no part here, nor do the dtypes of Tensors: what an operation's forward makes of complex numbers
is what the complex step differentiates.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import EvaluationError, Span
from ..ops import REGISTRY, Op


class ArrayInterpreter:
    """Evaluate with arrays; conditions look at real parts."""

    leaks = True

    def __init__(self, seed: int = 0) -> None:
        self.generator = np.random.default_rng(seed)

    def constant(self, value: float | np.ndarray, span: Span) -> Any:
        return value

    def apply(self, op: Op, args: tuple[Any, ...], kwargs: dict[str, Any], span: Span) -> Any:
        """Run the forward; what compares compares real parts."""
        if "generator" in op.keyword_only:
            kwargs = {"generator": self.generator} | kwargs
        if op.family == "comparison":
            args = tuple(map(np.real, args))
        named = [_lifted(a) if n in op.tensors else a for n, a in zip(op.parameters, args, strict=False)]
        return op(*named, *args[len(named) :], **kwargs)

    def diff(self, u: Any, x: Any, span: Span) -> Any:
        raise EvaluationError("a derivative inside the expression is not taken of complex numbers", span=span)

    def alias(self, value: Any, span: Span) -> Any:
        return value

    def select(self, condition: Any, then: Any, otherwise: Any, span: Span) -> Any:
        return self.apply(REGISTRY["where"], (condition, then, otherwise), {}, span)

    def mask(self, condition: Any) -> bool | np.ndarray:
        real = np.real(condition)
        return np.asarray(real, bool) if np.ndim(real) else bool(real)

    def guard(self, value: Any, keep: np.ndarray, pick: tuple[int, ...]) -> Any:
        return np.where(keep, value, np.asarray(value)[pick])

    def array(self, value: Any) -> Any:
        return value

    def shape(self, value: Any) -> tuple[int, ...]:
        return np.shape(value)

    def tracked(self, value: Any) -> bool:
        return np.iscomplexobj(value)

    def work(self) -> int:
        return 0


def _lifted(value: Any) -> Any:
    """Make NumPy numbers of Python's, which would raise where NumPy's become infinite."""
    if isinstance(value, list):
        return [_lifted(each) for each in value]
    return np.float64(value) if type(value) in (int, float) else value
