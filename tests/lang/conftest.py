"""An interpreter over plain NumPy arrays, and texts evaluated through it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from gradcli.errors import Span
from gradcli.lang import parse
from gradcli.ops import Op


class ArrayInterpreter:
    """Compute with arrays, with what is invalid an error; `applied` lists the operations that were run."""

    leaks = True

    def __init__(self) -> None:
        self.applied: list[str] = []

    def constant(self, value: Any, span: Span) -> Any:
        return value

    def apply(self, op: Op, args: tuple[Any, ...], kwargs: dict[str, Any], span: Span) -> Any:
        self.applied.append(op.name)
        numbers = zip(op.parameters, args, strict=False)
        args = (
            *(np.float64(a) if type(a) in (int, float) and n in op.tensors else a for n, a in numbers),
            *args[len(op.parameters) :],
        )
        return op(*args, **kwargs)

    def diff(self, u: Any, x: Any, span: Span) -> Any:
        raise ValueError("plain arrays have no derivatives")

    def alias(self, value: Any, span: Span) -> Any:
        return np.array(value, float)

    def select(self, condition: Any, then: Any, otherwise: Any, span: Span) -> Any:
        return np.where(condition, then, otherwise)

    def mask(self, condition: Any) -> bool | np.ndarray | None:
        return np.asarray(condition, bool) if np.ndim(condition) else bool(condition)

    def guard(self, value: Any, keep: np.ndarray, pick: tuple[int, ...]) -> Any:
        return np.where(keep, value, value[pick])

    def array(self, value: Any) -> Any:
        return value

    def shape(self, value: Any) -> tuple[int, ...]:
        return np.shape(self.array(value))

    def tracked(self, value: Any) -> bool:
        return False

    def work(self) -> int:
        return len(self.applied)


@pytest.fixture
def interpreter() -> ArrayInterpreter:
    """A fresh interpreter, whose log is empty."""
    return ArrayInterpreter()


@pytest.fixture
def evaluate(interpreter: ArrayInterpreter) -> Callable[..., Any]:
    """Evaluate a text with arrays: `evaluate("x*y", x=2, y=[1, 2])`."""

    def run(text: str, /, **values: Any) -> Any:
        given = {name: np.asarray(value, float) for name, value in values.items()}
        with np.errstate(divide="ignore", over="ignore"):
            return parse(text).evaluate(given, interpreter).value

    return run


@pytest.fixture(scope="session")
def interpreter_factory() -> type[ArrayInterpreter]:
    """The interpreter's class, for tests that evaluate more than once."""
    return ArrayInterpreter
