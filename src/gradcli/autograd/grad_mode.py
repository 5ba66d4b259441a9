"""Whether operations are recorded: settings of each thread, changed by context managers.

The common case must cost nothing, so operations look at one module-level list first: while no
thread has left the default, `special` is empty and nobody asks for the thread's own settings.
"""

from __future__ import annotations

import functools
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator
from typing import Any

_GENERATOR = 0x20  # the flag of a generator function's code


class _Modes(threading.local):
    grad = True
    inference = False
    # What is done to a result, as it may not be recorded; None where it may.
    bar: Callable[[Any], None] | None = None


modes = _Modes()
# One entry for each (thread, mode) that differs from the default. It is appended and popped, each in a
# single step that no other thread can come between, where a number would need a lock.
special: list[None] = []
# Whether there ever was a volatile Variable, to whose results operations would have to look.
volatiles: list[bool] = []


def count(step: int) -> None:
    """Count one more, or one less, reason for operations to look at more than their arguments' nodes."""
    if step > 0:
        special.append(None)
    else:
        special.pop()


def is_grad_enabled() -> bool:
    """Tell whether operations of this thread are recorded."""
    return modes.grad


def is_inference_mode_enabled() -> bool:
    """Tell whether this thread is in inference mode."""
    return modes.inference


class _NoVersion:
    """Stands for the version counter of a tensor that was made in inference mode and has none."""

    def __getitem__(self, index: int) -> int:
        raise RuntimeError(
            "Inference tensors cannot be saved for backward. Please do not use Tensors created in inference mode "
            "in computation tracked by autograd. To work around this, you can make a clone to get a normal tensor "
            "and use it in autograd, or use `gradcli.no_grad()` instead of `gradcli.inference_mode()`."
        )


INFERENCE: Any = _NoVersion()


def barred(*arguments: Any) -> Callable[[Any], None] | None:
    """Return what to do with a result of these arguments that may not be recorded; None where it may.

    Asked only while `special` is not empty.
    """
    if volatiles and any(getattr(each, "volatile", False) for each in arguments):
        return _volatile
    return modes.bar


def unwatched(result: Any) -> None:
    """Make a result an inference tensor, unless it is a view of a normal one."""
    if result._ver is None:
        result._ver = INFERENCE


def _volatile(result: Any) -> None:
    result.volatile = True


def _nothing(result: Any) -> None:
    pass


def _set(grad: bool, inference: bool) -> None:
    before = modes.grad, modes.inference
    modes.grad, modes.inference = grad, inference
    modes.bar = unwatched if inference else None if grad else _nothing
    step = ((grad, inference) != (True, False)) - (before != (True, False))
    if step:
        count(step)


def switch(grad: bool) -> None:
    """Say whether this thread records operations; what every call of a Function does, so in few steps."""
    if modes.grad is grad:
        return
    modes.grad = grad
    if not modes.inference:
        modes.bar = None if grad else _nothing
        count(-1 if grad else 1)


class _Mode(ABC):
    """A context manager over settings, which is also a decorator of functions and generator functions."""

    def __init__(self) -> None:
        self._stack: list[tuple[bool, bool]] = []

    @abstractmethod
    def _enter(self) -> None:
        """Set the mode."""

    def _again(self) -> _Mode:
        return type(self)()

    def __enter__(self) -> None:
        self._stack.append((modes.grad, modes.inference))
        self._enter()

    def __exit__(self, *exc: object) -> None:
        _set(*self._stack.pop())

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        again = self._again
        code = getattr(function, "__code__", None)
        if code is not None and code.co_flags & _GENERATOR:
            return _within_steps(again, function)

        @functools.wraps(function)
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            with again():
                return function(*args, **kwargs)

        return wrapped


def _within_steps(again: Callable[[], _Mode], function: Callable[..., Any]) -> Callable[..., Any]:
    """Set the mode while a generator runs, and not while its caller does."""

    @functools.wraps(function)
    def wrapped(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        generator = function(*args, **kwargs)
        step, reply = generator.send, None
        try:
            while True:
                with again():
                    value = step(reply)
                try:
                    step, reply = generator.send, (yield value)
                except GeneratorExit:
                    with again():
                        generator.close()
                    raise
                except BaseException as error:
                    step, reply = generator.throw, error
        except StopIteration as end:
            return end.value

    return wrapped


class _Switch(_Mode):
    """A mode usable as `with no_grad():`, as `@no_grad()` and as `@no_grad`."""

    def __new__(cls, function: Callable[..., Any] | None = None) -> Any:
        made = super().__new__(cls)
        if function is None:
            return made
        _Mode.__init__(made)
        return made(function)


class no_grad(_Switch):
    """Do not record what happens inside: results do not require a gradient.

    >>> import gradcli as t
    >>> x = t.tensor([1.0], requires_grad=True)
    >>> with t.no_grad():
    ...     (x * 2).requires_grad
    False
    """

    def _enter(self) -> None:
        _set(False, modes.inference)


class enable_grad(_Switch):
    """Record what happens inside, also within `no_grad`."""

    def _enter(self) -> None:
        _set(True, modes.inference)


class set_grad_enabled(_Mode):
    """Switch recording on or off, at once, and back at the end of a `with` block.

    >>> from gradcli.autograd import set_grad_enabled, is_grad_enabled
    >>> with set_grad_enabled(False):
    ...     is_grad_enabled()
    False
    """

    def __init__(self, mode: bool) -> None:
        if not isinstance(mode, bool):
            raise TypeError(
                f"set_grad_enabled(): argument 'enabled' (position 1) must be bool, not {type(mode).__name__}"
            )
        super().__init__()
        self._mode = mode
        self._before = modes.grad
        self._enter()

    def _enter(self) -> None:
        _set(self._mode, modes.inference)

    def _again(self) -> _Mode:
        return set_grad_enabled(self._mode)

    def __enter__(self) -> None:
        self._enter()

    def __exit__(self, *exc: object) -> None:
        _set(self._before, modes.inference)

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        _set(self._before, modes.inference)
        return super().__call__(function)

    def __repr__(self) -> str:
        return f"torch.autograd.grad_mode.set_grad_enabled(mode={self._mode})"


class inference_mode(_Mode):
    """Record nothing inside, and count no versions: what is made there stays out of every graph.

    >>> import gradcli as t
    >>> with t.inference_mode():
    ...     y = t.ones(2) * 3
    >>> y.is_inference()
    True
    """

    def __new__(cls, mode: Any = True) -> Any:
        made = super().__new__(cls)
        if not callable(mode):
            return made
        _Mode.__init__(made)
        made._mode = True
        return made(mode)

    def __init__(self, mode: bool = True) -> None:
        super().__init__()
        self._mode = mode

    def _enter(self) -> None:
        _set(not self._mode, self._mode)

    def _again(self) -> _Mode:
        return inference_mode(self._mode)
