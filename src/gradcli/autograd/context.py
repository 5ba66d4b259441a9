"""The context of a Function's call, which is the node of the call in the graph.

What `forward` saves is kept here: an argument as it is, a result as its data alone, since a Tensor would own
the node that keeps it; or packed, where hooks say so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from . import grad_mode
from .api import facts
from .graph import FREED, Node, freed, refuse_stale
from .saved import active_pair, pack_value
from .tensor import Tensor, wrap

if TYPE_CHECKING:
    from .function import Function

_modes, _special, switch = grad_mode.modes, grad_mode.special, grad_mode.switch


class FunctionCtx:
    """What `forward` tells about a call, and `backward` asks."""

    needs_input_grad: tuple[bool, ...] = ()
    to_save: tuple[Any, ...] = ()
    dirty_tensors: tuple[Any, ...] = ()
    non_differentiable: tuple[Any, ...] = ()
    _materializes = True

    def save_for_backward(self, *tensors: Tensor | None) -> None:
        """Keep tensors for `backward`, which finds them in `saved_tensors`; once, with all of them."""
        self.to_save = tensors

    def mark_dirty(self, *args: Tensor) -> None:
        """Say which inputs `forward` changes in place; it must return them."""
        self.dirty_tensors = _tensors("mark_dirty can only accept variables", args)

    def mark_non_differentiable(self, *args: Tensor) -> None:
        """Say through which results no gradient flows."""
        self.non_differentiable = _tensors("mark_non_differentiable only accepts variable arguments", args)

    def set_materialize_grads(self, value: bool) -> None:
        """Say whether `backward` gets zeros for a result that has no gradient (it does), or None."""
        if not isinstance(value, bool):
            raise TypeError(
                "set_materialize_grads received an invalid combination of arguments - "
                f"got ({type(value).__name__}), but expected (bool)"
            )
        self._materializes = value


def _tensors(rule: str, args: tuple[Any, ...]) -> tuple[Any, ...]:
    for position, value in enumerate(args):
        if not isinstance(value, Tensor):
            raise RuntimeError(f"{rule}, but argument {position} is of type {type(value).__name__}")
    return args


class FunctionNode(Node, FunctionCtx):
    """The node of one call of a Function, which is the context that its methods are handed."""

    _forward_cls: type[Function]
    _scalar = None
    _rests = False
    _tensor_args: list[bool] = []
    _kept: Any = ()

    @property
    def saved_tensors(self) -> tuple[Any, ...]:
        """The tensors given to `save_for_backward`; RuntimeError where they are gone, or were changed since."""
        kept = self._kept
        if kept is FREED:
            freed(self)
        return tuple([each if each is None else each.tensor(self) for each in kept])

    def apply(self, *grads: Any) -> Any:
        """Call the Function's `backward` with the gradients of its results, and return what it returns."""
        return self._forward_cls.backward(self, *grads)

    def backward(self, node: Node, nexts: Any, free: bool, *grads: Any) -> list[Any]:
        return self._found(False, free, grads)

    def backward_recorded(self, node: Node, nexts: Any, free: bool, *grads: Any) -> list[Any]:
        return self._found(True, free, grads)

    def _found(self, recorded: bool, free: bool, grads: tuple[Any, ...]) -> list[Any]:
        """Run the user's `backward` in the mode of the pass; return its gradients of the tensor arguments.

        They are Tensors if the pass is recorded, else arrays.
        """
        given = []
        for nr, grad in enumerate(grads):
            given.append(self._zeros(nr) if grad is None else grad if recorded else wrap(grad))
        before = _modes.grad
        switch(recorded)
        try:
            found = self._forward_cls.backward(self, *given)
        finally:
            switch(before)
        if free and self._kept:
            self._kept = FREED
        if type(found) is not tuple:
            found = (found,)
        expected = len(self._tensor_args)
        if len(found) != expected and (len(found) < expected or any(g is not None for g in found[expected:])):
            raise RuntimeError(
                f"function {self._label} returned an incorrect number of gradients "
                f"(expected {expected}, got {len(found)})"
            )
        kept = []
        for grad, is_tensor in zip(found, self._tensor_args, strict=False):
            if grad is not None and type(grad) is not Tensor:
                raise RuntimeError(f"expected Variable or None (got {type(grad).__name__})")
            if is_tensor:
                kept.append(grad if grad is None or recorded else grad._data)
            elif grad is not None:
                raise RuntimeError(
                    f"function {self._label} returned a gradient different than None at position "
                    f"{len(kept) + 1}, but the corresponding forward input was not a Variable"
                )
        return kept

    def _zeros(self, nr: int) -> Tensor | None:
        """Return what `backward` gets where no gradient arrived."""
        shape, dtype = facts(self, nr)
        return wrap(np.zeros(shape, dtype)) if self._materializes and dtype is not None else None

    def __repr__(self) -> str:
        return f"<torch.autograd.function.{self._label} object at {id(self):#x}>"


class _Input:
    """A saved tensor that is not a result of the Function itself."""

    __slots__ = ("value", "version")

    def __init__(self, value: Tensor) -> None:
        self.value = value
        self.version = 0 if value._ver is None else value._ver[0]

    def tensor(self, node: FunctionNode) -> Tensor:
        value = self.value
        cell = value._ver
        if cell is not None and cell[0] != self.version:
            refuse_stale(node, value._data, value._node, value.output_nr, cell, self.version)
        return value


class _Result:
    """A saved result, kept as its data: as a Tensor it would own the node that keeps it."""

    __slots__ = ("cell", "data", "number", "version")

    def __init__(self, value: Tensor) -> None:
        self.data, self.number = value._data, value.output_nr
        if value._ver is None:
            value._ver = [0]
        self.cell, self.version = value._ver, value._ver[0]

    def tensor(self, node: FunctionNode) -> Tensor:
        if self.cell[0] != self.version:
            refuse_stale(node, self.data, node, self.number, self.cell, self.version)
        made = wrap(self.data)
        made._node, made.output_nr, made._ver = node, self.number, self.cell
        return made


def keep(node: FunctionNode) -> None:
    """Put away the tensors to save, packed where hooks say so."""
    if not (node.to_save or node.dirty_tensors or node.non_differentiable):
        return
    pair = active_pair() if _special else None
    kept: list[Any] = []
    for position, value in enumerate(node.to_save):
        if value is None:
            kept.append(None)
        elif type(value) is not Tensor:
            raise TypeError(
                f"save_for_backward can only save variables, but argument {position} is of type {type(value).__name__}"
            )
        elif pair is not None:
            kept.append(pack_value(value, *pair, node))
        else:
            kept.append(_Result(value) if value._node is node else _Input(value))
    node._kept = tuple(kept)
    node.to_save = node.dirty_tensors = node.non_differentiable = ()
