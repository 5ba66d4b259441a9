"""What is recorded and what is not: the modes, across threads and exceptions, and volatile variables."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable
from typing import Any

import pytest

import gradcli as t
from gradcli.autograd import Tensor, Variable, grad_mode

MODES: dict[str, Callable[[], Any]] = {
    "no_grad": t.no_grad,
    "enable_grad": t.enable_grad,
    "set_grad_enabled(False)": lambda: t.set_grad_enabled(False),
    "set_grad_enabled(True)": lambda: t.set_grad_enabled(True),
    "inference_mode": t.inference_mode,
    "inference_mode(False)": lambda: t.inference_mode(False),
}


def settings() -> tuple[bool, bool, int]:
    return t.is_grad_enabled(), t.is_inference_mode_enabled(), len(grad_mode.special)


@pytest.mark.parametrize("outer", MODES)
@pytest.mark.parametrize("inner", MODES)
def test_modes_nest_and_are_put_back_after_an_exception(outer: str, inner: str) -> None:
    before = settings()
    with pytest.raises(KeyError), MODES[outer]():
        between = settings()
        with MODES[inner]():
            pass
        assert settings() == between
        with MODES[inner]():
            raise KeyError
    assert settings() == before


@pytest.mark.parametrize("name", MODES)
def test_a_mode_as_decorator_holds_for_each_call_alone(name: str) -> None:
    with MODES[name]():
        within = settings()
    before = settings()

    @MODES[name]()
    def function(fails: bool) -> Any:
        if fails:
            raise KeyError
        return settings()

    assert settings() == before
    for _ in range(2):
        assert function(False) == within
        with pytest.raises(KeyError):
            function(True)
    assert settings() == before
    assert function.__name__ == "function"


def test_modes_belong_to_their_thread() -> None:
    x = t.ones(2, requires_grad=True)
    entered, left = threading.Event(), threading.Event()
    seen: list[Any] = []

    def other() -> None:
        entered.wait(10)
        seen.append(((x * 2).requires_grad, t.is_grad_enabled()))
        with t.no_grad():
            left.set()
            seen.append((x * 2).requires_grad)

    thread = threading.Thread(target=other)
    thread.start()
    with t.no_grad():
        entered.set()
        assert left.wait(10)
        seen.append((x * 2).requires_grad)
    thread.join()
    assert sorted(map(str, seen)) == ["(True, True)", "False", "False"]
    assert (x * 2).requires_grad


# Volatile variables


@pytest.fixture
def volatile() -> Tensor:
    with pytest.warns(DeprecationWarning, match=r"^volatile is deprecated: use `with gradcli.no_grad\(\):` instead$"):
        made: Tensor = Variable(t.tensor([1.0, 2.0]), volatile=True)
    return made


DEPENDENT: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "operator": lambda v, x: v * x,
    "reflected": lambda v, x: x * v,
    "number": lambda v, x: 3 / (2 - v),
    "function": lambda v, x: t.exp(v),
    "method": lambda v, x: v.sum(),
    "second argument": lambda v, x: t.where(x > 0, x, v),
    "sequence": lambda v, x: t.cat([x, v]),
    "view": lambda v, x: v.view(2, 1),
    "index": lambda v, x: v[0],
    "iteration": lambda v, x: next(iter(v)),
    "one of several results": lambda v, x: v.max(0).values,
    "one of several views": lambda v, x: v.chunk(2)[1],
    "dtype": lambda v, x: v.double(),
    "condition": lambda v, x: t.where(v > 1, x, x * 2),
    "integers": lambda v, x: v.long(),
    "copy": lambda v, x: v.clone(),
    "detached": lambda v, x: v.detach(),
    "in place": lambda v, x: (x * 2).add_(v),
    "assigned": lambda v, x: assigned(x * 2, v),
    "written through a view": lambda v, x: written(x * 2, v),
    "at a distance": lambda v, x: ((x + v) * x).exp().sum() * x,
}


def assigned(y: Tensor, v: Tensor) -> Tensor:
    y[0] = v[1]
    return y


def written(y: Tensor, v: Tensor) -> Tensor:
    y.view(2, 1)[:, 0].mul_(v)
    return y


@pytest.mark.parametrize("name", DEPENDENT)
def test_what_depends_on_a_volatile_variable_is_volatile_and_not_recorded(name: str, volatile: Tensor) -> None:
    x = t.ones(2, requires_grad=True)
    y = DEPENDENT[name](volatile, x)
    assert (y.volatile, y.requires_grad, y.grad_fn) == (True, False, None)


def test_volatile_beats_requires_grad() -> None:
    with pytest.warns(DeprecationWarning):
        v = Variable(t.ones(2), requires_grad=True, volatile=True)
    assert (v.volatile, v.requires_grad) == (True, False)


def test_the_data_of_a_volatile_variable_is_not_volatile(volatile: Tensor) -> None:
    assert not volatile.data.volatile


def test_others_are_recorded_as_ever(volatile: Tensor) -> None:
    x = Variable(t.tensor([2.0]), requires_grad=True)
    (x * x).backward()
    assert (x.volatile, x.grad) == (False, t.tensor([4.0]))


def test_a_variable_that_is_not_volatile_costs_operations_nothing() -> None:
    before = len(grad_mode.special)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Variable(t.ones(2), requires_grad=True)
    assert len(grad_mode.special) == before
