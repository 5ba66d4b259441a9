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
from ..autograd.tensor import Tensor, wrap
from ..errors import EvaluationError, GradcliError, Span
from ..lang import Program
from ..ops import Op
from ..point import Point

# These pass on what they are given, whole.
_PASSING = {"alias", "clone"}


class Along:
    """A program as a function of some of its variables, the others being `fixed`.

    Its derivatives are those by each of `wrt`, from the first to the one of `order`. `elementwise` tells
    whether all points have been evaluated at once so far, and `failure` why a point could not be.
    """

    def __init__(
        self, program: Program, names: Sequence[str], fixed: Mapping[str, Any], wrt: Sequence[str], order: int = 1
    ) -> None:
        self.program = program
        self.names = tuple(names)
        self.fixed = dict(fixed)
        self.wrt = tuple(wrt)
        self.order = order
        self.failure: EvaluationError | None = None
        self.elementwise = all(np.ndim(value) == 0 for value in self.fixed.values())

    def __call__(self, *places: np.ndarray) -> np.ndarray:
        """Return a row for the value and for each derivative, with a column for each point.

        `places` are arrays of the values of the names. Where the program cannot be evaluated, or its value is
        NaN, all of the column is. Raises EvaluationError where a value is not a scalar.
        """
        rows = self._at_once(places) if self.elementwise else None
        if rows is None:
            rows = np.array([self._at(place) for place in zip(*places, strict=True)]).T
        rows[:, np.isnan(rows[0])] = np.nan  # a rule such as that of log goes on where there is no value
        return rows

    def _at(self, place: Sequence[float]) -> list[float]:
        values = self.fixed | dict(zip(self.names, place, strict=True))
        try:
            at = Point(self.program, values, self.wrt, np.float64, 0)
        except EvaluationError as error:
            self.failure = self.failure or error
            return [np.nan] * (1 + len(self.wrt) * self.order)
        if at.root.ndim:
            shape = tuple(at.root.shape)
            raise EvaluationError(
                f"the result has shape {shape}, and a plot needs one number at each point",
                hint="reduce it, as sum(...) does, or pick an element, as y[0] does",
            )
        return [float(at.value), *(float(v) for name in self.wrt for v in at.derivatives(name, self.order))]

    def _at_once(self, places: Sequence[np.ndarray]) -> np.ndarray | None:
        """Evaluate on arrays; return None where that is not the same, from now on."""
        count = len(places[0])
        values = {name: np.full(count, value) for name, value in self.fixed.items()}
        values |= dict(zip(self.names, places, strict=True))
        try:
            at = _LanePoint(self.program, values, self.wrt, np.float64, 0)
            if any(np.shape(at.names[name]) != (count,) for name in self.wrt):
                raise _Mixed
            rows = [at.value, *(v for name in self.wrt for v in at.derivatives(name, self.order))]
        except (_Mixed, GradcliError):  # what is wrong, if anything is, a single point will tell
            self.elementwise = False
            return None
        return np.array([np.broadcast_to(np.asarray(row, float), (count,)) for row in rows])


class _Mixed(Exception):
    """An operation would have mixed the points."""


class _Lanes(TensorInterpreter):
    """An interpreter for arrays of an element a point, which refuses what does not keep the points apart."""

    def apply(self, op: Op, args: tuple[Any, ...], kwargs: dict[str, Any], span: Span) -> Any:
        if not (op.pointwise or op.name in _PASSING):
            raise _Mixed
        return super().apply(op, args, kwargs, span)

    def constant(self, value: Any, span: Span) -> Any:
        if np.ndim(value):
            raise _Mixed
        return super().constant(value, span)

    def diff(self, u: Any, x: Tensor, span: Span) -> Any:
        if not self.tracked(u):
            return super().diff(u, x, span)
        if not u.ndim or u.shape != x.shape:
            raise _Mixed
        (slope,) = grad(u, x, wrap(np.ones(u.shape, u.dtype)), create_graph=True, materialize_grads=True)
        return slope


class _LanePoint(Point):
    interpreted_by = _Lanes
