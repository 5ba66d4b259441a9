"""Hooks: functions that see a gradient on its way, and may replace it.

A node keeps its hooks in one `Hooks` record, made when the first is registered, so that a node
without any costs the engine one look; a leaf lends its own to its AccumulateGrad. A hook on a tensor
sees the gradient of that one result, a hook on a node all of them, before or after its rules ran.
"""

from __future__ import annotations

import itertools
import weakref
from collections.abc import Callable
from typing import Any

from .graph import LEAF, AccumulateGrad, Node, accumulator
from .tensor import Tensor, wrap

Hook = Callable[..., Any]
_ids = itertools.count()


class RemovableHandle:
    """What registering a hook returns: `remove()` takes it away, as does the end of a `with` block."""

    def __init__(self, *places: dict[int, Hook]) -> None:
        self.id = next(_ids)
        self._places = places

    def remove(self) -> None:
        """Take the hook away; a second time does nothing."""
        for place in self._places:
            place.pop(self.id, None)

    def __enter__(self) -> RemovableHandle:
        return self

    def __exit__(self, *exc: object) -> None:
        self.remove()


class Hooks:
    """The hooks of a node: by result number, before its rules, after them, after accumulation."""

    def __init__(self) -> None:
        self.tensor: dict[int, dict[int, Hook]] = {}
        self.before: dict[int, Hook] = {}
        self.after: dict[int, Hook] = {}
        self.accumulated: dict[int, Hook] = {}
        self.retained: dict[int, weakref.ref[Tensor]] = {}

    def on_gradient(self, node: Node, grad: Any) -> Any:
        """Show the gradients that arrived to the hooks on tensors and on the node, in that order."""
        if grad is None:
            return None
        grads = [grad] if node._shapes is None else list(grad)
        for nr, hooks in self.tensor.items():
            for hook in tuple(hooks.values()):
                if grads[nr] is not None:
                    grads[nr] = _replaced(grads[nr], hook(_shown(grads[nr])))
        for hook in tuple(self.before.values()):
            grads = _all_replaced(grads, hook(tuple(map(_shown, grads))))
        for nr, reference in self.retained.items():
            tensor = reference()
            if tensor is not None and grads[nr] is not None:
                kept = _shown(grads[nr])
                tensor.grad = kept if tensor.grad is None else tensor.grad + kept
        return grads[0] if node._shapes is None else grads

    def on_result(self, grads: Any, arrived: Any) -> Any:
        """Show what the rules returned, beside what they got, to the hooks on the node."""
        arrived = arrived if isinstance(arrived, list) else [arrived]
        for hook in tuple(self.after.values()):
            grads = _all_replaced(grads, hook(tuple(map(_shown, grads)), tuple(map(_shown, arrived))))
        return grads

    def on_accumulated(self, leaf: Tensor, grad: Any) -> None:
        """Tell the hooks of a leaf that its `grad` is complete."""
        if grad is not None:
            for hook in tuple(self.accumulated.values()):
                hook(leaf)
            for hook in tuple(self.after.values()):
                hook((), (_shown(grad),))


def _hooks_of(tensor: Tensor) -> Hooks:
    """Return the record of a tensor's node, and of a leaf's AccumulateGrad, now or later."""
    node = tensor._node
    if node is None:
        raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
    if node is not LEAF:
        return hooks_of_node(node)
    if tensor._hooks is None:
        tensor._hooks = Hooks()
        accumulator(tensor).hooks = tensor._hooks
    return tensor._hooks


def hooks_of_node(node: Node) -> Hooks:
    """Return the hooks of a node, made when they are first asked for."""
    if node._hooks is None:
        node._hooks = Hooks()
        if type(node) is AccumulateGrad:
            node.variable._hooks = node._hooks
    return node._hooks


def _register(place: dict[int, Hook], hook: Hook) -> RemovableHandle:
    handle = RemovableHandle(place)
    place[handle.id] = hook
    return handle


def register_hook(self: Tensor, hook: Hook) -> RemovableHandle:
    """Call `hook(grad)` when the gradient of this tensor is known; a Tensor it returns takes its place.

    >>> import gradcli as t
    >>> x = t.tensor(2.0, requires_grad=True)
    >>> handle = x.register_hook(lambda grad: grad * 10)
    >>> (x * 3).backward()
    >>> x.grad.item()
    30.0
    """
    return _register(_hooks_of(self).tensor.setdefault(self.output_nr, {}), hook)


def register_post_accumulate_grad_hook(self: Tensor, hook: Hook) -> RemovableHandle:
    """Call `hook(leaf)` when backward has added to the `grad` of this leaf."""
    if not self.is_leaf:
        raise RuntimeError("post accumulate grad hooks cannot be registered on non-leaf tensors")
    return _register(_hooks_of(self).accumulated, hook)


def retain_grad(self: Tensor) -> None:
    """Keep the gradient of this tensor in its `grad`, although it is not a leaf."""
    if self._node is None:
        raise RuntimeError("can't retain_grad on Tensor that has requires_grad=False")
    if not self.is_leaf:
        _hooks_of(self).retained[self.output_nr] = weakref.ref(self)


def _shown(grad: Any) -> Any:
    return grad if grad is None or isinstance(grad, Tensor) else wrap(grad)


def _replaced(grad: Any, answer: Any) -> Any:
    """Take a hook's answer instead of a gradient, as an array where the pass runs on arrays."""
    if answer is None:
        return grad
    if not isinstance(answer, Tensor):
        raise TypeError(f"hooks must return None or a Tensor, not {type(answer).__name__!r}")
    if answer.shape != grad.shape:
        raise RuntimeError(
            f"hook has changed the size of value: it was {list(grad.shape)}, and is now {list(answer.shape)}"
        )
    return answer if isinstance(grad, Tensor) else answer._data


def _all_replaced(grads: Any, answers: Any) -> Any:
    if answers is None:
        return grads
    answers = answers if isinstance(answers, tuple) else (answers,)
    if len(answers) != len(grads):
        raise RuntimeError(f"hook has returned an incorrect number of values: got {len(answers)}, expected {len(grads)}")
    return [a if g is None else _replaced(g, a) for g, a in zip(grads, answers, strict=True)]

