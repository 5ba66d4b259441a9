"""Where a branch counts: the elements that a conditional selects, and operands that are safe elsewhere.

An operation inside a branch must not be computed where the branch is not selected: it might be
invalid there, and its NaN would leak into gradients. So each operand gets, at the elements that are
not selected, what it has at one that is, the same one for all operands.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import Span
from ..ops import REGISTRY
from .interpreter import Interpreter

Shape = tuple[int, ...]


class Region:
    """The elements that a branch selects, as a mask of the shape of its condition.

    `meets` says that guarded operands meet at an element that is selected, where they are valid together.
    """

    meets = True

    def __init__(self, mask: np.ndarray) -> None:
        self.mask = mask
        self.shape = mask.shape
        self._kept: dict[Shape, tuple[np.ndarray, tuple[int, ...]] | None] = {}
        self._guarded: dict[tuple[int, Shape], tuple[Any, Any]] = {}

    def split(self, mask: np.ndarray) -> tuple[Region, Region]:
        """Divide the region by a condition into what holds and what does not."""
        return Region(self.mask & mask), Region(self.mask & ~mask)

    def guard(self, interpreter: Interpreter, value: Any, shape: Shape) -> Any:
        """Make an operand safe to combine into a result of the given shape."""
        kept = self._kept[shape] if shape in self._kept else self._kept.setdefault(shape, self._keep(shape))
        own = interpreter.shape(value)
        if kept is None or np.prod(own) == 1:
            return value
        key = id(value), shape
        if key not in self._guarded:
            keep, pick = kept
            place = tuple(0 if n == 1 else i for n, i in zip(own, pick[len(shape) - len(own) :], strict=True))
            # The value is kept with its guarded form, so that no other value can get its id.
            self._guarded[key] = value, interpreter.guard(value, keep, place)
        return self._guarded[key][1]

    def _keep(self, shape: Shape) -> tuple[np.ndarray, tuple[int, ...]] | None:
        """Return which elements of a result count, and one that does; None where all or none do."""
        try:
            full = np.broadcast_shapes(self.mask.shape, shape)
        except ValueError:  # the choice between the branches will report it
            return None
        extra = len(full) - len(shape)
        joined = tuple(i for i, n in enumerate(full) if i < extra or shape[i - extra] != n)
        keep = np.asarray(np.broadcast_to(self.mask, full).any(axis=joined)).reshape(shape)
        if keep.all() or not keep.any():
            return None
        return keep, tuple(int(i) for i in np.unravel_index(keep.argmax(), shape))


_NOWHERE = Span(0, 0)


class TracedRegion:
    """The elements that a branch selects, where nobody knows yet which: the mask is a value of the interpreter.

    No selected element can be looked up, so that operands get a 1 where they are not selected. That need not
    be valid, but what comes of it is not selected either, and its gradient ends at the operand.
    """

    meets = False

    def __init__(self, interpreter: Interpreter, mask: Any) -> None:
        self.interpreter = interpreter
        self.mask = mask
        self.shape = interpreter.shape(mask)
        self._guarded: dict[tuple[int, Shape], tuple[Any, Any]] = {}

    def divide(self, condition: Any) -> tuple[TracedRegion, TracedRegion]:
        """Divide the region by a condition into what holds and what does not."""
        opposite = self._apply("logical_not", condition)
        masks = (self._apply("logical_and", self.mask, side) for side in (condition, opposite))
        holds, fails = (TracedRegion(self.interpreter, mask) for mask in masks)
        return holds, fails

    def guard(self, interpreter: Interpreter, value: Any, shape: Shape) -> Any:
        """Make an operand safe to combine into a result of the given shape."""
        if isinstance(value, (int, float)):
            return value
        key = id(value), shape
        if key not in self._guarded:
            self._guarded[key] = value, self._apply("where", self._keep(shape), value, 1.0)
        return self._guarded[key][1]

    def _keep(self, shape: Shape) -> Any:
        """Return which elements of a result count: where it has fewer, those that count for any of the mask's."""
        keep, extra = self.mask, len(self.shape) - len(shape)
        if extra > 0:
            keep = self._apply("any", keep, tuple(range(extra)), False)
        own = self.shape[max(extra, 0) :]
        lengths = zip(own, shape[len(shape) - len(own) :], strict=True)
        joined = tuple(i for i, (n, m) in enumerate(lengths) if m == 1 and n != 1)
        return self._apply("any", keep, joined, True) if joined else keep

    def _apply(self, name: str, *args: Any) -> Any:
        return self.interpreter.apply(REGISTRY[name], args, {}, _NOWHERE)


AnyRegion = Region | TracedRegion


def traced(interpreter: Interpreter, region: AnyRegion | None) -> TracedRegion:
    """Return a region as one whose mask is a value of the interpreter."""
    if isinstance(region, TracedRegion):
        return region
    return TracedRegion(interpreter, np.array(True) if region is None else region.mask)
