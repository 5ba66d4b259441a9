"""Many points at once: a program of scalars that is pointwise throughout, evaluated with arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..autograd.interpreter import TensorInterpreter
from ..autograd.tensor import Tensor
from ..errors import Span
from ..ops import REGISTRY, Op


class NotPointwise(Exception):
    """An operation that mixes elements, so that points cannot be evaluated at once."""


class Together(TensorInterpreter):
    """Evaluate with Tensors; with `together`, elements are points of their own, or NotPointwise is raised."""

    def __init__(self, *args: Any, together: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.together = together

    def constant(self, value: Any, span: Span) -> Any:
        if self.together and isinstance(value, np.ndarray):
            raise NotPointwise
        return super().constant(value, span)

    def apply(self, op: Op, args: tuple[Any, ...], kwargs: dict[str, Any], span: Span) -> Any:
        if self.together and not op.pointwise and op.name != "alias":
            raise NotPointwise
        return super().apply(op, args, kwargs, span)

    def diff(self, u: Any, x: Tensor, span: Span) -> Any:
        """Differentiate the sum, whose gradient is that of each element, where all is pointwise."""
        if self.together and isinstance(u, Tensor) and u._node is not None and u.ndim:
            u = TensorInterpreter.apply(self, REGISTRY["sum"], (u,), {}, span)
        return super().diff(u, x, span)
