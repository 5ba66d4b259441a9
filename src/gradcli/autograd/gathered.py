"""Hooks on several tensors at a time: `register_multi_grad_hook`."""

from __future__ import annotations

import threading
from collections.abc import Container, Sequence
from typing import Any

from .hooks import Hook, RemovableHandle, register_hook, underway
from .tensor import Tensor
from .views import edge_of


def register_multi_grad_hook(tensors: Sequence[Tensor], fn: Hook, *, mode: str = "all") -> MultiHandle:
    """Call `fn` with the list of the gradients of several tensors, when a pass has all that it will compute.

    The gradient of a tensor that the pass does not reach is None. With `mode="any"`, call `fn(grad)` with
    the first that arrives. Raises ValueError for another mode.

    >>> import gradcli as t
    >>> x, y, z = (t.tensor(v, requires_grad=True) for v in (2.0, 3.0, 4.0))
    >>> handle = t.autograd.graph.register_multi_grad_hook((x, y, z), print)
    >>> (x * y).backward()
    [tensor(3.), tensor(2.), None]
    """
    if mode not in ("all", "any"):
        raise ValueError(f"Expects mode to be one of ('all', 'any') but got {mode}")
    gathering = _Gathering(tensors, fn, mode == "any")
    return MultiHandle([register_hook(each, gathering.hook(i)) for i, each in enumerate(tensors)])


class MultiHandle:
    """The handles of one hook on several tensors, removed together."""

    def __init__(self, handles: Sequence[RemovableHandle]) -> None:
        self.handles = tuple(handles)

    def remove(self) -> None:
        """Take the hook away from all the tensors."""
        for handle in self.handles:
            handle.remove()

    def __enter__(self) -> MultiHandle:
        return self

    def __exit__(self, *exc: object) -> None:
        self.remove()


class _Pass:
    """What one backward pass has brought so far; it holds the pass's nodes, by whose identity it is known."""

    def __init__(self, reached: Container[Any], nodes: Sequence[Any]) -> None:
        self.reached = reached
        self.grads: list[Any] = [None] * len(nodes)
        self.expected = self.left = sum(node in reached for node in nodes)


class _Gathering:
    """The gradients of the tensors as they arrive, pass by pass, for several threads may run one each."""

    def __init__(self, tensors: Sequence[Tensor], fn: Hook, first_only: bool) -> None:
        self._nodes = [edge_of(each) for each in tensors]
        self._fn = fn
        self._first_only = first_only
        self._lock = threading.Lock()
        self._passes: dict[int, _Pass] = {}

    def hook(self, position: int) -> Hook:
        return lambda grad: self._arrived(position, grad)

    def _arrived(self, position: int, grad: Any) -> None:
        reached = underway.reached
        with self._lock:
            known = self._passes.get(id(reached))
            if known is None:
                known = self._passes[id(reached)] = _Pass(reached, self._nodes)
            known.grads[position] = grad
            known.left -= 1
            first, last = known.left == known.expected - 1, not known.left
            if last:
                del self._passes[id(reached)]
        if self._first_only and first:
            self._fn(grad)
        elif last and not self._first_only:
            self._fn(known.grads)
