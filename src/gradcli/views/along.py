"""An expression and its derivatives at many points: in one evaluation where that can be done.

An expression of operations that work element by element is evaluated once, each variable an array with
an element for each point. One in which the points would mix, as in `mean(x)`, is evaluated point by point.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..autograd.api import grad
from ..autograd.interpreter import TensorInterpreter
from ..autograd.tensor import Tensor
from ..errors import EvaluationError, GradcliError, Span
from ..expression import Expression, Point
from ..ops import Op

# These pass on what they are given, whole.
_PASSING = {"alias", "clone"}


class Along:
    """An expression as a function of some of its variables, the others being fixed.

    `elementwise` tells whether it can be evaluated at all points at once. The derivatives are those by
    each of `wrt`, from the first to the one of `order`.
    """

    def __init__(
        self, expression: Expression, names: Sequence[str], fixed: Mapping[str, Any], wrt: Sequence[str], order: int
    ) -> None:
        self.expression = expression
        self.names = tuple(names)
        self.fixed = dict(fixed)
        self.wrt = tuple(wrt)
        self.order = order
        self.elementwise = all(np.ndim(value) == 0 for value in self.fixed.values()) and self._splits()

    def __call__(self, *places: np.ndarray) -> np.ndarray:
        """Return a row for the value and for each derivative, with a column for each point.

        A point at which the expression cannot be evaluated is NaN. Raises EvaluationError where it
        can be evaluated nowhere, or is not a scalar.
        """
        if self.elementwise:
            return self._at_once(places)
        rows: list[list[float]] = []
        first: GradcliError | None = None
        for point in zip(*places, strict=True):
            try:
                rows.append(self._at(point))
            except EvaluationError as error:
                first = first or error
                rows.append([np.nan] * (1 + len(self.wrt) * self.order))
        if first is not None and np.isnan(rows).all():
            raise first
        return np.array(rows).T

    def _at(self, place: Sequence[float]) -> list[float]:
        at = Point(self.expression, self.fixed | dict(zip(self.names, place, strict=True)), self.wrt, np.float64, 0)
        if at.root.ndim:
            shape = tuple(at.root.shape)
            raise NotScalar(f"the result has shape {shape}, and what is drawn is a number at each point")
        return [float(at.value), *(float(v) for name in self.wrt for v in at.derivatives(name, self.order))]

    def _at_once(self, places: Sequence[np.ndarray]) -> np.ndarray:
        count = len(places[0])
        fixed = {name: np.full(count, value) for name, value in self.fixed.items()}
        at = _LanePoint(self.expression, fixed | dict(zip(self.names, places, strict=True)), self.wrt, np.float64, 0)
        if any(np.shape(at.names[name]) != (count,) for name in self.wrt):
            raise _Mixed
        rows = [at.value, *(v for name in self.wrt for v in at.derivatives(name, self.order))]
        return np.array([np.broadcast_to(np.asarray(row, float), (count,)) for row in rows])

    def _splits(self) -> bool:
        """Try whether two points can be computed side by side; what is wrong otherwise, one point will tell."""
        try:
            self._at_once([np.array([0.5, 0.75])] * len(self.names))
        except (_Mixed, GradcliError):
            return False
        return True


class NotScalar(GradcliError):
    """What is to be drawn is not a number."""

    kind = "evaluation"


class _Mixed(Exception):
    """An operation would have mixed the points."""


class _Lanes(TensorInterpreter):
    """An interpreter for variables with an element a point, which refuses what does not keep the points apart."""

    def apply(self, op: Op, args: tuple[Any, ...], kwargs: dict[str, Any], span: Span) -> Any:
        if not (op.pointwise or op.name in _PASSING):
            raise _Mixed
        return super().apply(op, args, kwargs, span)

    def constant(self, value: Any, span: Span) -> Any:
        if np.ndim(value):
            raise _Mixed
        return super().constant(value, span)

    def diff(self, u: Any, x: Tensor, span: Span) -> Any:
        if not isinstance(u, Tensor) or not self.tracked(u):
            return super().diff(u, x, span)
        if np.shape(x) == () or np.shape(u) != np.shape(x):
            raise _Mixed
        (slope,) = grad(u, x, Tensor(np.ones(np.shape(u), u.dtype)), create_graph=True, materialize_grads=True)
        return slope


class _LanePoint(Point):
    interpreted_by = _Lanes
