"""Hooks: functions that see a gradient on its way, and may replace it.

A node keeps its hooks in one `Hooks` record, made when the first is registered, so that a node
without any costs the engine one look; a leaf lends its own to its AccumulateGrad. A hook on a tensor
sees the gradient of that one result, a hook on a node all of them, before or after its rules ran.
"""

from __future__ import annotations

import itertools
import threading
import weakref
from collections.abc import Callable, Container
from typing import Any

import numpy as np

from . import dtypes, grad_mode
from .graph import LEAF, AccumulateGrad, Node, accumulator
from .tensor import Tensor, wrap

Hook = Callable[..., Any]
_ids = itertools.count()


class RemovableHandle:
    """What registering a hook returns: `remove()` takes it away, as does the end of a `with` block."""

    def __init__(self, place: dict[int, Hook]) -> None:
        self.id = next(_ids)
        self._place = place

    def remove(self) -> None:
        """Take the hook away; a second time does nothing."""
        self._place.pop(self.id, None)

    def __enter__(self) -> RemovableHandle:
        return self

    def __exit__(self, *exc: object) -> None:
        self.remove()


class _Pass(threading.local):
    reached: Container[Node] = ()


# The nodes that the backward pass of this thread will run, while it calls hooks.
underway = _Pass()


class Hooks:
    """The hooks of a node: by result number, before its rules, after them, after accumulation."""

    def __init__(self) -> None:
        self.tensor: dict[int, dict[int, Hook]] = {}
        self.before: dict[int, Hook] = {}
        self.after: dict[int, Hook] = {}
        self.accumulated: dict[int, Hook] = {}
        self.retained: dict[int, weakref.ref[Tensor]] = {}

    def on_tensor(self, node: Node, grad: Any, reached: Container[Node]) -> Any:
        """Show the gradients that arrived to the hooks on tensors, and keep those that are to be retained."""
        if not self.tensor and not self.retained:
            return grad
        grads = _listed(node, grad)
        with _mode_of(grads), _within(reached):
            for nr, hooks in self.tensor.items():
                grads[nr] = _passed(tuple(hooks.values()), grads[nr])
        for nr, reference in self.retained.items():
            tensor = reference()
            if tensor is not None and grads[nr] is not None:
                kept = grads[nr] if isinstance(grads[nr], Tensor) else wrap(np.array(grads[nr]))
                known: Any = tensor._grad
                tensor._grad = kept if known is None else known + kept
        return grads[0] if node._shapes is None else grads

    def on_gradient(self, node: Node, grad: Any, reached: Container[Node]) -> Any:
        """Show the gradients that arrived to the hooks on tensors, then to those before the node."""
        grad = self.on_tensor(node, grad, reached)
        if not self.before:
            return grad
        grads = _listed(node, grad)
        count = differentiable(node)
        with _mode_of(grads):
            for hook in tuple(self.before.values()):
                answers = hook(tuple(map(_shown, grads[:count])))
                grads = [*_all_replaced(hook, grads[:count], answers), *grads[count:]]
        return grads[0] if node._shapes is None else grads

    def on_result(self, node: Node, grads: Any, arrived: Any) -> Any:
        """Show what the rules returned, beside what they got, to the hooks after the node."""
        hidden = node._hidden
        given = tuple(map(_shown, _listed(node, arrived)[: differentiable(node)]))
        with _mode_of([*grads, *given]):
            for hook in tuple(self.after.values()):
                told = tuple(_shown(grad) for position, grad in enumerate(grads) if position not in hidden)
                answers = hook(told, given)
                if isinstance(answers, tuple):
                    for place in hidden:
                        answers = (*answers[:place], None, *answers[place:])
                grads = _all_replaced(hook, grads, answers)
        return grads

    def on_accumulated(self, leaf: Tensor, grad: Any) -> None:
        """Tell the hooks of a leaf that its `grad` is complete."""
        with _mode_of([grad]):
            for hook in tuple(self.accumulated.values()):
                if hook(leaf) is not None:
                    raise RuntimeError("Tensor post accumulate grad hooks should return None.")
            for hook in tuple(self.after.values()):
                hook((), (_shown(grad),))

    def follow(self, tensor: Tensor) -> None:
        """Keep the gradient of a tensor at the node that it comes from now, after a write in place."""
        for nr, reference in tuple(self.retained.items()):
            if reference() is tensor:
                del self.retained[nr]
                hooks_of_node(tensor._node).retained[tensor.output_nr] = reference


class _within:
    """Says, inside its `with` block, which nodes the pass will run."""

    def __init__(self, reached: Container[Node]) -> None:
        self._reached = reached

    def __enter__(self) -> None:
        self._before, underway.reached = underway.reached, self._reached

    def __exit__(self, *exc: object) -> None:
        underway.reached = self._before


def _mode_of(grads: list[Any]) -> grad_mode.set_grad_enabled:
    """Record what hooks do in a pass on Tensors, and nothing in one on arrays."""
    return grad_mode.set_grad_enabled(any(isinstance(grad, Tensor) for grad in grads))


def _listed(node: Node, grad: Any) -> list[Any]:
    """List what arrived at a node, one gradient for each of its results."""
    if node._shapes is None:
        return [grad]
    return [None] * len(node._shapes) if grad is None else list(grad)


def differentiable(node: Node) -> int:
    """Count the results of a node that gradients come from: integers, as of `max`, stand last."""
    if node._plan is None or node._dtypes is None:
        return 1 if node._shapes is None else len(node._shapes)
    return sum(dtype.kind == "f" for dtype in node._dtypes)


def hooks_of(tensor: Tensor) -> Hooks:
    """Return the record of a tensor's node, and of a leaf's AccumulateGrad, now or later."""
    node = tensor._node
    if node is None:
        raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
    if node is not LEAF:
        return hooks_of_node(node)
    if tensor._hooks is None:
        tensor._hooks = Hooks()
        accumulator(tensor)._hooks = tensor._hooks
    return tensor._hooks


def hooks_of_node(node: Node) -> Hooks:
    """Return the hooks of a node, made when they are first asked for."""
    if node._hooks is None:
        node._hooks = Hooks()
        if type(node) is AccumulateGrad:
            node.variable._hooks = node._hooks
    return node._hooks


def register(place: dict[int, Hook], hook: Hook) -> RemovableHandle:
    """Put a hook in its place and return the handle that takes it away."""
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
    return register(hooks_of(self).tensor.setdefault(self.output_nr, {}), hook)


def register_post_accumulate_grad_hook(self: Tensor, hook: Hook) -> RemovableHandle:
    """Call `hook(leaf)` when backward has added to the `grad` of this leaf."""
    if self._node is None:
        raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
    if not self.is_leaf:
        raise RuntimeError("post accumulate grad hooks cannot be registered on non-leaf tensors")
    return register(hooks_of(self).accumulated, hook)


def retain_grad(self: Tensor) -> None:
    """Keep the gradient of this tensor in its `grad`, although it is not a leaf."""
    if self._node is None:
        raise RuntimeError("can't retain_grad on Tensor that has requires_grad=False")
    if not self.is_leaf:
        hooks_of(self).retained[self.output_nr] = weakref.ref(self)


def retains_grad(self: Tensor) -> bool:
    """Tell whether this tensor, not a leaf, keeps its gradient in its `grad`."""
    if self.is_leaf or self._node._hooks is None:
        return False
    reference = self._node._hooks.retained.get(self.output_nr)
    return reference is not None and reference() is self


def _shown(grad: Any) -> Any:
    return grad if grad is None or isinstance(grad, Tensor) else wrap(grad)


def _passed(hooks: tuple[Hook, ...], grad: Any) -> Any:
    """Show a gradient to hooks on its tensor, one after the other, and return what they leave of it."""
    shown = _shown(grad)
    for hook in hooks:
        answer = hook(shown)
        if answer is not None:
            shown = _accepted(hook, shown, answer)
    return shown if shown is None or isinstance(grad, Tensor) else shown._data


def _accepted(hook: Hook, grad: Tensor | None, answer: Any) -> Tensor:
    """Return what a hook answers in place of a gradient; raise where it is not of the same kind."""
    if grad is None:
        raise RuntimeError("can't replace a None gradient with a non-None value")
    if not isinstance(answer, Tensor):
        raise TypeError(f"expected Variable, but hook returned '{type(answer).__name__}'")
    before, after = grad._data, answer._data
    if after.dtype != before.dtype:
        raise RuntimeError(
            f"hook '{_name(hook)}' has changed the type of value (was torch.{dtypes.word(before.dtype)}Tensor "
            f"got torch.{dtypes.word(after.dtype)}Tensor)"
        )
    if after.shape != before.shape:
        raise RuntimeError(f"hook '{_name(hook)}' has changed the size of value")
    return answer


def _all_replaced(hook: Hook, grads: Any, answers: Any) -> Any:
    """Return what a hook on a node answers in place of its gradients, one for each."""
    if answers is None:
        return grads
    if not isinstance(answers, tuple):
        raise TypeError(f"expected tuple, but hook returned '{type(answers).__name__}'")
    if len(answers) != len(grads):
        raise RuntimeError(
            f"hook '{_name(hook)}' has returned an incorrect number of values "
            f"(got {len(answers)}, but expected {len(grads)})"
        )
    replaced: list[Any] = []
    for grad, answer in zip(grads, answers, strict=True):
        if answer is None:
            replaced.append(None)
        else:
            taken = _accepted(hook, _shown(grad), answer)
            replaced.append(taken if isinstance(grad, Tensor) else taken._data)
    return replaced


def _name(hook: Hook) -> str:
    return getattr(hook, "__name__", None) or type(hook).__name__
