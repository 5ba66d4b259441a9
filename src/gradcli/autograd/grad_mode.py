"""Whether operations are recorded: one setting a thread, changed by context managers.

The common case must cost nothing, so operations look at one module-level count first: while no
thread has left the default, `special` is zero and nobody asks for the thread's own setting.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from typing import Any


class _Modes(threading.local):
    grad = True


modes = _Modes()
# How many (thread, mode) pairs differ from the default; a list so that generated code shares it.
special: list[int] = [0]
_lock = threading.Lock()


def _count(step: int) -> None:
    with _lock:
        special[0] += step


def is_grad_enabled() -> bool:
    """Tell whether operations of this thread are recorded."""
    return modes.grad


class set_grad_enabled:
    """Switch recording on or off, at once, and back at the end of a `with` block.

    >>> from gradcli.autograd import set_grad_enabled, is_grad_enabled
    >>> with set_grad_enabled(False):
    ...     is_grad_enabled()
    False
    """

    def __init__(self, mode: bool) -> None:
        self._mode = bool(mode)
        self._before = modes.grad
        self._set(self._mode)

    @staticmethod
    def _set(mode: bool) -> None:
        if mode != modes.grad:
            modes.grad = mode
            _count(-1 if mode else 1)

    def __enter__(self) -> None:
        self._set(self._mode)

    def __exit__(self, *exc: object) -> None:
        self._set(self._before)

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        mode = self._mode
        self._set(self._before)

        @functools.wraps(function)
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            with set_grad_enabled(mode):
                return function(*args, **kwargs)

        return wrapped


class _Switch:
    """A mode usable as `with no_grad():`, as `@no_grad()` and as `@no_grad`."""

    mode = True

    def __new__(cls, function: Callable[..., Any] | None = None) -> Any:
        made = super().__new__(cls)
        return made if function is None else made(function)

    def __init__(self) -> None:
        self._stack: list[bool] = []

    def __enter__(self) -> None:
        self._stack.append(modes.grad)
        set_grad_enabled._set(self.mode)

    def __exit__(self, *exc: object) -> None:
        set_grad_enabled._set(self._stack.pop())

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            with type(self)():
                return function(*args, **kwargs)

        return wrapped


class no_grad(_Switch):
    """Do not record what happens inside: results do not require a gradient.

    >>> import gradcli as t
    >>> x = t.tensor([1.0], requires_grad=True)
    >>> with t.no_grad():
    ...     (x * 2).requires_grad
    False
    """

    mode = False


class enable_grad(_Switch):
    """Record what happens inside, also within `no_grad`."""

    mode = True
