"""In place: results written into the memory of the first argument, views and history kept right.

The pure operation runs first, on the value as it was; then its result is written over that value,
the version counter of the memory goes up, and the history moves: the tensor now comes from the
operation. Where the tensor is a view, the base does: it comes from a `CopySlices` node, which sends
the gradient of the written part through the operation and the rest to what the base was before; and
every view of the base is derived from it anew.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..ops import REGISTRY, Op
from ..ops.indexing import is_plain, split_key
from ..ops.piecewise import where
from . import anomaly, dtypes, grad_mode, variable
from .generate import NUMBERS, compiled
from .graph import LEAF, Node, freed, sequence, type_name, watching_all
from .tensor import Tensor, box, wrap
from .views import adjoint, base_of, derive_again, edge_of, follow, refuse_write, repeats, steps_to, within, writable

# What writes the same everywhere may write to one place twice.
_IDEMPOTENT = ("fill", "zero")


def apply_in_place(op: Op, target: Tensor, *args: Any, **kwargs: Any) -> Tensor:
    """Apply an operation to a tensor and keep the result in it; return the tensor.

    Raises RuntimeError where the tensor is a leaf that requires a gradient, or a view of one, where
    the result does not fit into it, and where elements of it share memory.
    """
    recorded = _recorded(base_of(target), *args, *kwargs.values())
    if recorded:
        _refuse(target)
    result = compiled(op).apply(_as_it_was(op, target) if recorded else target, *args, **kwargs)
    _write(target, result._data, op.name in _IDEMPOTENT)
    if result.volatile:
        variable.spread(target)
    elif recorded:
        _move_history(target, result)
    base = base_of(target)
    if base._views is not None:
        derive_again(base, recorded)
    return target


def assign(target: Tensor, key: Any, value: Any) -> None:
    """Write a value where a key picks: `target[key] = value`.

    As torch does: by `copy_` or, of a scalar, `fill_` on the view that a key of numbers and slices picks,
    on the tensor itself where that is all of it.
    """
    if _assigned_plainly(target, key, value):
        return
    if not isinstance(value, Tensor):
        if not isinstance(value, (int, float, np.generic)):
            raise TypeError(f"can't assign a {type(value).__name__} to a {type_name(target._data)}")
        value = wrap(target._data.dtype.type(value))
    basic, arrays = split_key(key)
    if arrays is not None:
        _put(target, key, _without_ones(value), box(target)[basic][arrays].shape)
        return
    slices = all(part is Ellipsis or isinstance(part, slice) for part in basic)
    if slices and box(target)[basic].shape == target._data.shape:
        place = target
    else:
        place = compiled(REGISTRY["index"]).apply(target, key)
    shape, wanted = value._data.shape, place._data.shape
    if shape == wanted:
        apply_in_place(REGISTRY["copy"], place, value)
    elif not shape:
        apply_in_place(REGISTRY["fill"], place, value)
    else:
        value = _without_ones(value, always=True)
        if value._data.shape != wanted:
            value = compiled(REGISTRY["expand"]).apply(value, *wanted)
        apply_in_place(REGISTRY["copy"], place, value)


def _assigned_plainly(target: Tensor, key: Any, value: Any) -> bool:
    """Write a number, or what has the shape of the place, if that need not be recorded; tell whether it was so."""
    data, base = target._data, base_of(target)
    if type(data) is not np.ndarray or not data.flags.writeable or grad_mode.volatiles or _recorded(base, value):
        return False
    if type(value) is Tensor:
        if not is_plain(key) or np.shape(data[key]) != value._data.shape or repeats(data):
            return False
        value = value._data
    elif type(value) not in NUMBERS:
        return False
    data[key] = value
    bump(target)
    if base._views is not None:
        derive_again(base, False)
    return True


def _put(target: Tensor, key: Any, value: Tensor, picked: tuple[int, ...]) -> None:
    try:
        fits = np.broadcast_shapes(value._data.shape, picked) == picked
    except ValueError:
        fits = False
    if not fits:
        raise RuntimeError(
            f"shape mismatch: value tensor of shape {list(value._data.shape)} cannot be broadcast to indexing result "
            f"of shape {list(picked)}"
        )
    apply_in_place(REGISTRY["index_put"], target, key, value)


def _without_ones(value: Tensor, always: bool = False) -> Tensor:
    """View a value without the dimensions of length 1 in front."""
    shape = value._data.shape
    ones = next((i for i, n in enumerate(shape) if n != 1), len(shape))
    return compiled(REGISTRY["view"]).apply(value, *shape[ones:]) if ones or always else value


def _recorded(*values: Any) -> bool:
    for value in values:
        if type(value) is Tensor and value._node is not None:
            return grad_mode.is_grad_enabled()
    return False


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


def _write(target: Tensor, data: Any, idempotent: bool) -> None:
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
        np.copyto(writable(target, idempotent), data, casting="same_kind")
    else:
        target._data = known.type(data)
    bump(target)


def bump(target: Tensor) -> None:
    """Count one more change of the memory of a tensor."""
    cell = target._ver
    if cell is grad_mode.INFERENCE:
        if grad_mode.modes.inference:
            return
        raise RuntimeError(
            "Inplace update to inference tensor outside InferenceMode is not allowed. You can make a clone to get a "
            "normal tensor before doing inplace update."
        )
    if cell is None:
        cell = target._ver = [0]
    cell[0] += 1
    if watching_all:
        anomaly.mark(cell)


def _move_history(target: Tensor, result: Tensor) -> None:
    node, cell = result._node, target._ver
    if node is not None and cell is not None:
        # The result now lives in the target's memory, and is watched there.
        for need, kind in node._plan.kinds.items():
            if kind == "result" and getattr(node, f"s_{need}") is not None:
                vars(node).update({f"s_{need}": target._data, f"c_{need}": cell, f"v_{need}": cell[0]})
    base = base_of(target)
    old = base._node
    if base is target:
        target._node, target.output_nr = node, result.output_nr
    else:
        base._node, base.output_nr = CopySlices(base, target, node), 0
    follow(base, old)


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
        self._hidden = written._hidden
        self._shape, self._dtype = base._data.shape, base._data.dtype
        self._written: Node | None = written
        self._steps = steps_to(view)

    def backward(self, node: Node, nexts: Any, free: bool, g: Any) -> tuple[Any, ...]:
        return self._sent_through("backward", nexts, free, g)

    def backward_recorded(self, node: Node, nexts: Any, free: bool, g: Any) -> tuple[Any, ...]:
        return self._sent_through("backward_recorded", nexts, free, g)

    def _sent_through(self, method: str, nexts: Any, free: bool, g: Any) -> tuple[Any, ...]:
        written = self._written
        if written is None:
            freed(self)
        place = within(self._steps, g)
        through = nexts[0] and written._nexts[0]
        first, *others = getattr(written, method)(written, (through, *nexts[1:]), free, place)
        if free:
            self._written = None
        if nexts[0] is None:
            return (None, *others)
        keep = adjoint(self._steps, np.ones(place.shape)) == 0
        outside = where(keep, g, 0.0)
        return (outside if through is None else outside + adjoint(self._steps, first), *others)
