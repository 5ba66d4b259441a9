"""What a program is evaluated through: arrays, Tensors, traced values and symbols each bring one."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from ..errors import Span
from ..ops import Op


class Interpreter(Protocol):
    """How to compute with one kind of value.

    Spans say which part of the text asks. What an operation raises about its arguments (ValueError,
    TypeError, IndexError, RuntimeError, ArithmeticError, MemoryError) is reported with that part.
    """

    leaks: bool
    """Whether what a branch computes where it is not selected does harm there, so that operands must be guarded."""

    def constant(self, value: float | np.ndarray, span: Span) -> Any:
        """Return the value of a literal number, or of a list of them."""

    def apply(self, op: Op, args: tuple[Any, ...], kwargs: dict[str, Any], span: Span) -> Any:
        """Apply an operation to values, to Python numbers, and to a list of values where it takes one."""

    def diff(self, u: Any, x: Any, span: Span) -> Any:
        """Return the gradient of `sum(u)` with respect to the value `x`, which `alias` has made."""

    def alias(self, value: Any, span: Span) -> Any:
        """Return a distinct value equal to the one given, so that `diff` can tell a name from its value."""

    def select(self, condition: Any, then: Any, otherwise: Any, span: Span) -> Any:
        """Choose elementwise, broadcasting; gradients pass by selection."""

    def mask(self, condition: Any) -> bool | np.ndarray | None:
        """Return the truth of a scalar, the elements of an array, or None if only `select` can tell."""

    def guard(self, value: Any, keep: np.ndarray, pick: tuple[int, ...]) -> Any:
        """Replace the elements that are not kept by the one at `pick`, as a constant.

        The result has the shape of `keep`; `pick` is an index of the value itself.
        """

    def array(self, value: Any) -> Any:
        """Return the array or number behind a value, or None if it is not known."""

    def shape(self, value: Any) -> tuple[int, ...]:
        """Return the shape of a value, of some length where that is not known yet."""

    def tracked(self, value: Any) -> bool:
        """Whether a gradient may be asked for with respect to the value; attributes cannot take such."""

    def work(self) -> int:
        """Return a count that grows by one for each operation, also for those that `diff` takes."""
