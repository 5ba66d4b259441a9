"""Views: tensors that share the memory of a base, and how their gradients follow what is written there.

A view remembers the operation that made it from its source, so the steps from the base to the view are
known. They are replayed in two directions: onto a value of the base's shape, which picks the view's
part of it (`within`), and, rule by rule, back from a gradient of the view to one of the base (`adjoint`).
"""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

import numpy as np

from ..ops import Op
from ..ops.expansion import sum_to_shape
from . import grad_mode
from .graph import LEAF, Node, accumulator, forward_name, sequence

if TYPE_CHECKING:
    from .tensor import Tensor


# One view taken of another tensor: the operation, its arguments after the first, the shape it was given.
Step = tuple[Op, tuple[Any, ...], tuple[int, ...]]


def as_view(result: Tensor, source: Tensor, op: Op, rest: tuple[Any, ...], barred: str = "") -> None:
    """Remember what a view is a view of and how, and share the version counter of its memory.

    `barred` says what bars the view from being written to in a recorded way: "several" for one of several
    results, "function" for that of a custom Function; "no_grad" is known here.
    """
    data, memory = result._data, source._data
    owner = data.base
    if owner is not memory and (owner is None or owner is not memory.base) and not _shares(data, memory):
        return
    if source._ver is None:
        source._ver = [0]
    base = source if source._base is None else source._base
    result._ver = source._ver
    result._base = base
    result._source = source
    result._step = (op, rest, memory.shape)
    if barred:
        result._barred = barred
    elif grad_mode.special and not grad_mode.modes.grad:
        result._barred = "no_grad"
    known = base._views
    if known is None:
        base._views = [weakref.ref(result)]
    else:
        if len(known) & (len(known) - 1) == 0:  # at each power of two, so that a loop over views stays linear
            known[:] = [reference for reference in known if reference() is not None]
        known.append(weakref.ref(result))


def _shares(data: np.ndarray, memory: np.ndarray) -> bool:
    """Tell whether an array that was made from another lies in its memory, if only as an empty part of it."""
    return data is memory or (data.base is not None and np.may_share_memory(data, memory))


def base_of(tensor: Tensor) -> Tensor:
    """Return the tensor of which a tensor is a view; itself where it is none."""
    return tensor if tensor._base is None else tensor._base


def steps_to(view: Tensor) -> list[Step]:
    """List the steps that lead from the base to a view."""
    steps: list[Step] = []
    while view._source is not None:
        steps.append(view._step)
        view = view._source
    return steps[::-1]


def within(steps: list[Step], value: Any) -> Any:
    """Take the part of a value, an array or a Tensor of the base's shape, at which the view lies."""
    for op, rest, _ in steps:
        value = op(value, *rest)
    return value


def adjoint(steps: list[Step], g: Any) -> Any:
    """Turn a gradient of the view, an array or a Tensor, into one of the base."""
    for op, rest, shape in reversed(steps):
        rule = next(iter(op.rules.values()))
        known: dict[str, Any] = op.defaults | dict(zip(op.parameters[1:], rest, strict=False))
        known |= {"g": g, f"{op.tensors[0]}_shape": shape}
        if op.collects:
            known[op.collects] = rest[op.parameters.index(op.collects) - 1 :]
        g = rule.function(*(known[need] for need in rule.needs))
        if g.shape != shape:
            g = sum_to_shape(g, shape)
    return g


def repeats(data: np.ndarray) -> bool:
    """Tell whether elements of an array coincide along a dimension that was expanded."""
    if 0 not in data.strides:
        return False
    return data.size > 0 and any(n > 1 and not step for step, n in zip(data.strides, data.shape, strict=True))


def writable(view: Tensor, idempotent: bool) -> np.ndarray:
    """Return the memory of a tensor to write to; RuntimeError where elements coincide, unless that does no harm."""
    data: np.ndarray = view._data
    if not idempotent and repeats(data):
        raise RuntimeError(
            "unsupported operation: more than one element of the written-to tensor refers to a single "
            "memory location. Please clone() the tensor before performing the operation."
        )
    if not data.flags.writeable and data.base is not None:
        data.flags.writeable = True  # NumPy hands out some views, of a diagonal for one, for reading only
    return data


def edge_of(tensor: Tensor) -> Node | None:
    """Return the node that gradients of a tensor flow to."""
    return accumulator(tensor) if tensor._node is LEAF else tensor._node


class AsStridedBackward0(Node):
    """The history of a view after its base was written to: its gradient goes to the base as it is now."""

    _label = "AsStridedBackward0"
    _scalar = None

    def __init__(self, base: Tensor, view: Tensor) -> None:
        self._seq = next(sequence)
        self._nexts, self._nrs = (edge_of(base),), (base.output_nr,)
        self._shape, self._dtype = view._data.shape, view._data.dtype
        self._steps = steps_to(view)

    def backward(self, node: Node, nexts: Any, free: bool, g: Any) -> tuple[Any]:
        return (adjoint(self._steps, g),)

    backward_recorded = backward


class Invalid(Node):
    """The history of a view that cannot follow what was written to its base: it says why."""

    _label = "Invalid"
    _scalar = None

    def __init__(self, view: Tensor, why: str) -> None:
        self._seq = next(sequence)
        self._shape, self._dtype = view._data.shape, view._data.dtype
        self._why = why

    def backward(self, node: Node, nexts: Any, free: bool, g: Any) -> tuple[Any]:
        raise RuntimeError(self._why)

    backward_recorded = backward


# Why torch bars a view from recorded writes, and the way out.
_BARRED = {
    "no_grad": "Given that this use case is ambiguous and error-prone, it is forbidden. You can clarify your code by "
    "moving both the view and the inplace either both inside the no_grad block (if you don't want the inplace to be "
    "tracked) or both outside (if you want the inplace to be tracked).",
    "several": "This view is the output of a function that returns multiple views. Such functions do not allow the "
    "output views to be modified inplace. You should replace the inplace operation by an out-of-place one.",
    "function": "This view was created inside a custom Function (or because an input was returned as-is) and the "
    "autograd logic to handle view+inplace would override the custom backward associated with the custom Function, "
    "leading to incorrect gradients. This behavior is forbidden. You can fix this by cloning the output of the custom "
    "Function.",
}


def _refusal(view: Tensor, barred: str, what: str) -> str:
    made_by = view._node
    if barred == "no_grad" or not isinstance(made_by, Node):
        return f"A view was created in no_grad mode and {what} with grad mode enabled. {_BARRED[barred]}"
    return f"Output {view.output_nr} of {forward_name(made_by.name())} is a view and {what}. {_BARRED[barred]}"


def refuse_write(view: Tensor) -> None:
    """Raise RuntimeError where torch does not let a view be written to and the write be recorded."""
    if view._source is None:
        return
    if view._barred:
        raise RuntimeError(_refusal(view, view._barred, "is being modified inplace"))
    if view._node is not None and base_of(view).is_leaf:
        raise RuntimeError("a view of a leaf Variable that requires grad is being used in an in-place operation.")


def derive_again(base: Tensor, recorded: bool) -> None:
    """Give every live view of a base that was written to a history that starts from what the base is now."""
    if base._node is None:
        return
    for reference in base._views or ():
        view = reference()
        if view is None:
            continue
        old, barred = view._node, view._barred
        if barred in ("", "several"):
            view._node = AsStridedBackward0(base, view)
        elif recorded:
            what = "its base or another view of its base has been modified inplace"
            view._node = Invalid(view, _refusal(view, barred, what))
        view.output_nr = 0
        follow(view, old)


def follow(tensor: Tensor, old: Node | None) -> None:
    """Let what keeps the gradient of a tensor move from the node that it had to the one it has now."""
    if old is not None and old is not LEAF and old._hooks is not None:
        old._hooks.follow(tensor)
