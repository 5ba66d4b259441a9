"""In place: results written into the memory of the first argument, views and history kept right.

The pure operation runs first, on the value as it was; then its result is written over that value,
the version counter of the memory goes up, and the history moves: the tensor now comes from the
operation. Where the tensor is a view, the base does: it comes from a `CopySlices` node, which sends
the gradient of the written region to the operation and the rest to what the base was before; and
every view of the base is derived from it anew.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..ops import Op
from ..ops.piecewise import where
from . import grad_mode
from .generate import compiled
from .graph import LEAF, Node, accumulator, sequence
from .tensor import Tensor, wrap


def apply_in_place(op: Op, target: Tensor, *args: Any, **kwargs: Any) -> Tensor:
    """Apply an operation to a tensor and keep the result in it; return the tensor.

    Raises RuntimeError where the tensor is a leaf that requires a gradient, or a view of one, and
    where the result does not fit into it.
    """
    if grad_mode.is_grad_enabled():
        _refuse_leaf(target)
    result = compiled(op).apply(_as_it_was(op, target), *args, **kwargs)
    _write(target, result._data)
    _move_history(target, result)
    return target


def _refuse_leaf(target: Tensor) -> None:
    if target._node is LEAF:
        raise RuntimeError("a leaf Variable that requires grad is being used in an in-place operation.")
    if target._base is not None and target._base._node is LEAF:
        raise RuntimeError("a view of a leaf Variable that requires grad is being used in an in-place operation.")


def _as_it_was(op: Op, target: Tensor) -> Tensor:
    """Return the value before the write, copied only if a rule will ask for it."""
    asked = any(op.tensors[0] in rule.needs for rule in op.rules.values())
    before = wrap(target._data.copy() if asked else target._data)
    before._node, before.output_nr = target._node, target.output_nr
    return before


def _write(target: Tensor, data: Any) -> None:
    if data.shape != target.shape:
        raise RuntimeError(
            f"output with shape {list(target.shape)} doesn't match the broadcast shape {list(data.shape)}"
        )
    if data.dtype != target.dtype and not np.can_cast(data.dtype, target.dtype, "same_kind"):
        raise RuntimeError(f"result type {data.dtype} can't be cast to the desired output type {target.dtype}")
    if type(target._data) is np.ndarray:
        np.copyto(target._data, data, casting="same_kind")
    else:
        target._data = target.dtype.type(data)
    target._ver = target._ver or [0]
    target._ver[0] += 1


def _move_history(target: Tensor, result: Tensor) -> None:
    node = result._node
    if node is not None:
        # The result now lives in the target's memory, and is watched there.
        for need, kind in node._plan.kinds.items():
            if kind == "result":
                node.__dict__ |= {f"s_{need}": target._data, f"c_{need}": target._ver, f"v_{need}": target._ver[0]}
    base = target._base
    if base is None:
        target._node, target.output_nr = node, result.output_nr
        base = target
    elif node is not None or base._node is not None:
        base._node, base.output_nr = CopySlices(base, target, node, result.output_nr), 0
    for view in sorted(base._views or (), key=_depth):
        _derive_again(view)


def _depth(view: Tensor) -> int:
    depth = 0
    while view._how is not None:
        depth, view = depth + 1, view._how[1]
    return depth


def _derive_again(view: Tensor) -> None:
    assert view._how is not None
    op, source, rest = view._how
    if source._node is not None:
        again = compiled(op).apply(source, *rest)
        view._node, view.output_nr = again._node, again.output_nr


class CopySlices(Node):
    """The history of a base after a write through a view.

    Its first gradient goes to what the base was before, with zeros where the view lies; its second,
    that of the view, to the operation that was written.
    """

    _label = "CopySlices"

    def __init__(self, base: Tensor, view: Tensor, written: Node | None, number: int) -> None:
        self._seq = next(sequence)
        before = accumulator(base) if base._node is LEAF else base._node
        self._nexts, self._nrs = (before, written), (base.output_nr, number)
        self._shape, self._dtype, self._scalar = base.shape, base.dtype, None
        self.steps: list[tuple[Op, tuple[Any, ...]]] = []
        while view._how is not None:
            op, view, rest = view._how
            self.steps.insert(0, (op, rest))

    def backward(self, node: Node, nexts: Any, free: bool, g: Any) -> tuple[Any, Any]:
        return self._outside(g), self._within(g)

    backward_recorded = backward

    def _within(self, value: Any) -> Any:
        """Take the view of a value, an array or a Tensor, of the base's shape."""
        for op, rest in self.steps:
            value = op(value, *rest)
        return value

    def _outside(self, g: Any) -> Any:
        keep = np.ones(self._shape, bool)
        self._within(keep)[...] = False
        return where(keep, g, 0.0)
