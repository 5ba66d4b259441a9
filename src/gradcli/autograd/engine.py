"""The engine: runs a graph backward, newest node first, and leaves gradients in the leaves.

One loop serves the plain pass, on arrays, and the recorded one (`create_graph`), on Tensors; they
differ only in the function that runs a node's rules. Nothing recurses over the graph.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Container, Iterable
from heapq import heappop, heappush
from typing import Any

import numpy as np

from ..ops.expansion import sum_to_shape
from ..ops.shape import cast
from ..ops.writing import copy
from . import grad_mode
from .graph import LEAF, AccumulateGrad, Node, guards
from .tensor import Tensor, wrap

# A gradient on its way: the node it goes to, which of the node's results it is for, its value.
Flow = tuple[Node, int, Any]
Target = tuple[Node, int]


class Misfit(Exception):
    """A gradient of a shape that the value it belongs to could not have been broadcast to."""


def run(
    roots: list[Flow], *, keep: bool, recorded: bool, targets: list[Target] | None = None, accumulate: bool = True
) -> list[Any]:
    """Send the roots' gradients through the graph: to the leaves' `grad`, or to the caller.

    `keep` leaves saved values in place for another pass. `recorded` computes with Tensors, so that
    the pass can itself be differentiated. With `targets`, pairs of a node and the number of its
    result, only what leads to them is run. Unless it is to `accumulate` in the leaves, the gradients
    that reach the targets are returned, None where nothing arrived.
    """
    if recorded and not grad_mode.modes.grad:
        with grad_mode.enable_grad():
            return run(roots, keep=keep, recorded=recorded, targets=targets, accumulate=accumulate)
    waiting = _dependencies(roots)
    if targets is None:
        _sweep(roots, waiting, None, None, keep, recorded)
        return []
    captured: dict[Node, Any] = dict.fromkeys([node for node, _ in targets])
    useful = _leading_to(waiting, captured)
    _sweep(roots, _dependencies(roots, useful), useful, None if accumulate else captured, keep, recorded)
    return [] if accumulate else [_result(captured[node], node, nr) for node, nr in targets]


def _sweep(
    roots: list[Flow], waiting: dict[Node, int], useful: set[Node] | None, captured: dict[Node, Any] | None,
    keep: bool, recorded: bool,
) -> None:  # fmt: skip
    """Run every node that is `useful`, all if that is None, once all that it waits for has arrived.

    What arrives at the nodes that are to be `captured` is put there; without any, leaves get it.
    """
    reached: Container[Node] = waiting if useful is None else useful.intersection(waiting)  # hooks may ask
    guarded = guards[-1] if guards else None
    buffers: dict[Node, Any] = {}
    ready: list[Node] = []
    for node, nr, grad in roots:
        if not waiting[node] and node not in buffers:
            heappush(ready, node)
        _arrive(buffers, node, nr, grad)
    idle = False
    while ready:
        node = heappop(ready)
        grad = buffers.pop(node, None)
        hooks = node._hooks
        nexts = node._nexts
        if useful is not None:
            nexts = tuple([n if n in useful else None for n in nexts])
            idle = not any(nexts)
            if captured is not None:
                if hooks is not None and idle:
                    grad = hooks.on_tensor(node, grad, reached)
                if node in captured:
                    captured[node] = grad
                if idle:
                    continue
        if hooks is not None:
            grad = hooks.on_gradient(node, grad, reached)
        if type(node) is AccumulateGrad:
            if type(grad) is np.ndarray and (_references(grad) > _SOLE or grad.base is not None):
                grad = grad.copy()
            if grad is not None:
                add_to_leaf(node, grad, recorded)
            if hooks is not None:
                hooks.on_accumulated(node.variable, grad)
            continue
        if idle or (grad is None and node._rests):
            grads: Any = (None,) * len(nexts)
        elif guarded is not None:
            grads = guarded(node, nexts, grad, keep, recorded)
        elif recorded or node._shapes is not None:
            grads = run_rules(node, nexts, grad, keep, recorded)
        else:
            grads = node.backward(node, nexts, not keep, grad)
        if hooks is not None and hooks.after:
            grads = hooks.on_result(node, _as_they_arrive(node, nexts, grads), grad)
        grad = None  # the buffer owns what it holds: no name here may keep it alive
        numbers = node._nrs
        position = 0
        for following in nexts:
            if following is not None:
                grad = grads[position]
                if type(grad) is following._scalar and following not in buffers:
                    buffers[following] = grad
                elif grad is not None:
                    try:
                        _arrive(buffers, following, numbers[position] if numbers else 0, grad)
                    except Misfit as misfit:
                        raise _invalid(node, position, misfit) from None
                left = waiting[following] = waiting[following] - 1
                if not left:
                    heappush(ready, following)
            position += 1  # noqa: SIM113  enumerate would make a tuple of every edge
        grad = grads = None


def _dependencies(roots: list[Flow], useful: set[Node] | None = None) -> dict[Node, int]:
    """Count, for each node that can be reached, the edges over which it will hear."""
    waiting: dict[Node, int] = {}
    for node, _, _ in roots:
        waiting[node] = 0
    stack = list(waiting)
    while stack:
        node = stack.pop()
        if useful is not None and node not in useful:
            continue
        for following in node._nexts:
            if following in waiting:
                waiting[following] += 1
            elif following is not None:
                waiting[following] = 1
                stack.append(following)
    return waiting


def _leading_to(reachable: Iterable[Node], ends: Iterable[Node]) -> set[Node]:
    """Return the nodes from which an end can be reached: a node is newer than those that it leads to."""
    useful = set(ends)
    for node in sorted((n for n in reachable if n._nexts), key=lambda n: n._seq, reverse=True):
        if not useful.isdisjoint(node._nexts):
            useful.add(node)
    return useful


def _arrive(buffers: dict[Node, Any], node: Node, nr: int, grad: Any) -> None:
    """Add a gradient to what a node has received, in the shape and dtype of its result."""
    if type(grad) is not node._scalar:
        grad = _fitted(node, nr, grad)
        if node._shapes is not None:
            several = buffers.setdefault(node, [None] * len(node._shapes))
            several[nr] = grad if several[nr] is None else several[nr] + grad
            return
    if node not in buffers:
        buffers[node] = grad
        return
    known = buffers.pop(node)
    if type(known) is np.ndarray and _references(known) <= _SOLE and known.base is None and type(grad) is np.ndarray:
        buffers[node] = np.add(known, grad, out=known)  # nobody else sees it, and a large sum costs its memory twice
    else:
        buffers[node] = known + grad


def _fitted(node: Node, nr: int, grad: Any) -> Any:
    """Return a gradient in the shape and dtype of the result of a node that it is for."""
    shape = node._shape if node._shapes is None else node._shapes[nr]
    dtype = node._dtype if node._dtypes is None else node._dtypes[nr]
    if type(grad) is np.ndarray and grad.dtype is dtype and grad.shape == shape:
        return grad
    if grad.__class__ is float:
        grad = dtype.type(grad)
    data = grad._data if type(grad) is Tensor else grad
    if data.shape != shape:
        grad = _reduced(grad, data.shape, shape)
    return cast(grad, dtype) if data.dtype is not dtype and data.dtype != dtype else grad


def _as_they_arrive(node: Node, nexts: tuple[Node | None, ...], grads: Any) -> list[Any]:
    """Return what a node sends as those it sends it to will see it: its hooks are shown that."""
    numbers = node._nrs or (0,) * len(nexts)
    fitted: list[Any] = []
    for position, (following, nr, grad) in enumerate(zip(nexts, numbers, grads, strict=True)):
        try:
            fitted.append(grad if following is None or grad is None else _fitted(following, nr, grad))
        except Misfit as misfit:
            raise _invalid(node, position, misfit) from None
    return fitted


def _reduced(grad: Any, found: tuple[int, ...], shape: tuple[int, ...]) -> Any:
    """Undo broadcasting: sum a gradient to the shape of the value it belongs to."""
    grown = found[len(found) - len(shape) :]
    if len(found) < len(shape) or any(n not in (1, m) for n, m in zip(shape, grown, strict=True)):
        raise Misfit(list(found), list(shape))
    return sum_to_shape(grad, shape)


def _invalid(node: Node, position: int, misfit: Misfit) -> RuntimeError:
    found, expected = misfit.args
    return RuntimeError(
        f"Function {node.name()} returned an invalid gradient at index {position} - got {found} "
        f"but expected shape compatible with {expected}"
    )


def run_rules(node: Node, nexts: tuple[Node | None, ...], grad: Any, keep: bool, recorded: bool) -> Any:
    """Return what a node makes of the gradient that arrived, a list of gradients where it has several results."""
    grads: Any = (grad,)
    if node._shapes is not None:
        grads = _materialized(node, grad, recorded) if node._rests else grad or (None,) * len(node._shapes)
    return (node.backward_recorded if recorded else node.backward)(node, nexts, not keep, *grads)


def _materialized(node: Node, grads: list[Any], recorded: bool) -> list[Any]:
    """Fill in zeros for results that no gradient has reached."""
    assert node._shapes is not None and node._dtypes is not None
    facts = zip(grads, node._shapes, node._dtypes, strict=True)
    zeros = [np.zeros(shape, dtype) if grad is None else grad for grad, shape, dtype in facts]
    return [wrap(z) if recorded and isinstance(z, np.ndarray) else z for z in zeros]


# Threads that share a leaf add to one gradient; those that do not seldom meet at one of so many locks.
_LOCKS = [threading.Lock() for _ in range(64)]


def add_to_leaf(node: AccumulateGrad, grad: Any, recorded: bool) -> None:
    """Add to the `grad` of a leaf."""
    leaf = node.variable
    if leaf._node is not LEAF:
        if leaf._node is None:  # it was told meanwhile not to require a gradient
            return
        raise RuntimeError("leaf variable has been moved into the graph interior")
    with _LOCKS[id(leaf) >> 6 & 63]:
        known = leaf._grad
        if known is None:
            leaf._grad = _copied(grad) if recorded else wrap(grad)
        elif recorded:
            leaf._grad = known + grad
        else:
            known.add_in_place(grad)


def _copied(grad: Tensor) -> Tensor:
    """Copy a gradient that is itself recorded: into fresh memory, which counts as a write, as in torch."""
    made: Tensor = copy(wrap(np.empty_like(grad._data)), grad)
    made._ver = [1]
    return made


def _result(grad: Any, node: Node, nr: int) -> Any:
    return grad[nr] if node._shapes is not None and grad is not None else grad


def _references(value: Any) -> int:
    return sys.getrefcount(value)


def _probe() -> int:
    value = np.zeros(1)
    return _references(value)


# How many references an array has that one local variable alone holds: it may be handed on uncopied.
_SOLE = _probe()
