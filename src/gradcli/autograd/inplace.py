"""In place: results written into the memory of the first argument, views and history kept right.

The pure operation runs first, on the value as it was; then its result is written over that value,
the version counter of the memory goes up, and the history moves: the tensor now comes from the
operation. Where the tensor is a view, the base does: it comes from a `CopySlices` node, which sends
the gradient of the written part through the operation and the rest to what the base was before; and
every view of the base is derived from it anew.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..ops import REGISTRY, Op
from ..ops.indexing import split_key
from ..ops.piecewise import where
from . import dtypes, grad_mode
from .generate import compiled
from .graph import LEAF, Node, sequence
from .tensor import Tensor, wrap
from .views import adjoint, derive_again, edge_of, follow, refuse_write, steps_to, within, writable


def apply_in_place(op: Op, target: Tensor, *args: Any, **kwargs: Any) -> Tensor:
    """Apply an operation to a tensor and keep the result in it; return the tensor.

    Raises RuntimeError where the tensor is a leaf that requires a gradient, or a view of one, where
    the result does not fit into it, and where elements of it share memory.
    """
    if not _recorded(target, *args, *kwargs.values()):
        _write(target, compiled(op).apply(target, *args, **kwargs)._data)
        return target
    _refuse(target)
    result = compiled(op).apply(_as_it_was(op, target), *args, **kwargs)
    _write(target, result._data)
    _move_history(target, result)
    return target


def assign(target: Tensor, key: Any, value: Any) -> None:
    """Write a value where a key picks: `target[key] = value`."""
    basic, arrays = split_key(key)
    if arrays is not None:
        apply_in_place(REGISTRY["index_put"], target, key, value)
        return
    whole = all(part is Ellipsis or part == slice(None) for part in basic)
    place = target if whole else compiled(REGISTRY["index"]).apply(target, key)
    shape = np.shape(value._data if isinstance(value, Tensor) else value)
    if shape:
        extra = len(shape) - place._data.ndim
        if extra > 0 and shape[:extra] == (1,) * extra:
            value = compiled(REGISTRY["view"]).apply(value, *shape[extra:])
        apply_in_place(REGISTRY["copy"], place, value)
    else:
        apply_in_place(REGISTRY["fill"], place, value if isinstance(value, Tensor) else wrap(place._data.dtype.type(value)))


def _recorded(*values: Any) -> bool:
    return grad_mode.is_grad_enabled() and any(type(v) is Tensor and v._node is not None for v in values)


def _refuse(target: Tensor) -> None:
    refuse_write(target)
    if target._node is LEAF:
        raise RuntimeError("a leaf Variable that requires grad is being used in an in-place operation.")


def _as_it_was(op: Op, target: Tensor) -> Tensor:
    """Return the value before the write, copied only if a rule will ask for it."""
    asked = any(op.tensors[0] in rule.needs for rule in op.rules.values())
    before = wrap(target._data.copy() if asked else target._data)
    before._node, before.output_nr = target._node, target.output_nr
    return before


def _write(target: Tensor, data: Any) -> None:
    if data.shape != target._data.shape:
        raise RuntimeError(
            f"output with shape {list(target._data.shape)} doesn't match the broadcast shape {list(data.shape)}"
        )
    known = target._data.dtype
    if data.dtype != known and not np.can_cast(data.dtype, known, "same_kind"):
        raise RuntimeError(
            f"result type {dtypes.word(data.dtype)} can't be cast to the desired output type {dtypes.word(known)}"
        )
    if type(target._data) is np.ndarray:
        np.copyto(writable(target), data, casting="same_kind")
    else:
        target._data = known.type(data)
    target._ver = target._ver or [0]
    target._ver[0] += 1


def _move_history(target: Tensor, result: Tensor) -> None:
    node = result._node
    if node is not None:
        # The result now lives in the target's memory, and is watched there.
        for need, kind in node._plan.kinds.items():
            if kind == "result":
                node.__dict__ |= {f"s_{need}": target._data, f"c_{need}": target._ver, f"v_{need}": target._ver[0]}
    base = target._base or target
    old = base._node
    if base is target:
        target._node, target.output_nr = node, result.output_nr
    else:
        base._node, base.output_nr = CopySlices(base, target, node), 0
    follow(base, old)
    derive_again(base)


class CopySlices(Node):
    """The history of a base after a write through a view: the operation that was written, put in its place.

    The gradient of the base goes, with the view's part of it sent through the operation, to what the
    base was before; those of the operation's other arguments go where they would have gone.
    """

    _label = "CopySlices"
    _scalar = None

    def __init__(self, base: Tensor, view: Tensor, written: Node) -> None:
        self._seq = next(sequence)
        self._nexts = (edge_of(base), *written._nexts[1:])
        self._nrs = (base.output_nr, *(written._nrs or (0,) * len(written._nexts))[1:])
        self._shape, self._dtype = base._data.shape, base._data.dtype
        self._written = written
        self._steps = steps_to(view)

    def backward(self, node: Node, nexts: Any, free: bool, g: Any) -> tuple[Any, ...]:
        return self._sent_through(self._written.backward, nexts, free, g)

    def backward_recorded(self, node: Node, nexts: Any, free: bool, g: Any) -> tuple[Any, ...]:
        return self._sent_through(self._written.backward_recorded, nexts, free, g)

    def _sent_through(self, backward: Callable[..., Any], nexts: Any, free: bool, g: Any) -> tuple[Any, ...]:
        place = within(self._steps, g)
        first, *others = backward(self._written, (self, *nexts[1:]), free, place)
        keep = adjoint(self._steps, np.ones(place.shape)) == 0
        outside = where(keep, g, 0.0)
        return (outside if first is None else outside + adjoint(self._steps, first), *others)

    def name(self) -> str:
        """Return the name that torch gives such a node."""
        return "torch::autograd::CopySlices"
