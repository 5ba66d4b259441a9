"""Sound under strain: a million nodes, memory given back at once, ten thousand steps."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import gradcli as t
from gradcli.autograd.graph import saved_tensors_hooks
from gradcli.ops import REGISTRY, Op
from tensors import Square

RULED = [pytest.param(op, id=name) for name, op in REGISTRY.items() if op.rules]


@pytest.fixture
def no_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


# Deep graphs

DEEP: dict[str, tuple[int, Callable[[t.Tensor], t.Tensor]]] = {
    "operations": (1_000_000, lambda y: y + 1),
    "results saved": (100_000, lambda y: y.sin()),
    "functions": (30_000, Square.apply),
    "views": (30_000, lambda y: y.view(1)),
    "writes in place": (50_000, lambda y: y.add_(1)),
    "several results": (10_000, lambda y: y.expand(2).unbind()[1]),
}


@pytest.mark.parametrize("kind", DEEP)
def test_a_deep_graph_is_built_run_printed_and_freed(kind: str, no_collector: None) -> None:
    depth, step = DEEP[kind]
    x = t.ones(1 if kind == "views" else (), dtype=t.float64, requires_grad=True)
    y = x.clone()
    for _ in range(depth):
        y = step(y)
    assert f"grad_fn=<{y.grad_fn.name()}>" in repr(y)
    y.backward()
    assert x.grad is not None
    dead = [weakref.ref(x), weakref.ref(y.grad_fn)]
    del x, y
    assert [each() for each in dead] == [None, None]


def test_a_deep_graph_is_differentiated_twice(no_collector: None) -> None:
    x = t.ones((), dtype=t.float64, requires_grad=True)
    y = x * 1
    for _ in range(30_000):
        y = y + x
    (slope,) = t.autograd.grad(y * y, x, create_graph=True)
    (bend,) = t.autograd.grad(slope, x)
    assert bend.item() == 2 * 30_001**2


def test_a_graph_with_exponentially_many_paths() -> None:
    x = t.ones((), dtype=t.float64, requires_grad=True)
    y = x
    for _ in range(1000):
        y = y + y
    y.backward()
    assert x.grad.item() == 2.0**1000


# Memory


@pytest.mark.parametrize("op", RULED)
def test_what_an_operation_holds_is_freed_at_once(op: Op, cases: Any, sample: Any, no_collector: None) -> None:
    for case in cases(op):
        call = sample(op, case, np.random.default_rng(0))
        inputs = [t.tensor(v, requires_grad=True) for v in call.variables]
        results = [each for each in call(inputs) if each.requires_grad]
        grads = t.autograd.grad(
            results, inputs, [t.ones_like(r) for r in results], create_graph=True, allow_unused=True
        )
        held = [*inputs, *results, *(r.grad_fn for r in results), *(g for g in grads if g is not None)]
        dead = [weakref.ref(each) for each in held]
        del inputs, results, grads, held
        assert [each() for each in dead] == [None] * len(dead)


def with_hooks(x: t.Tensor) -> t.Tensor:
    y = x * x
    y.register_hook(lambda g: g * 2)
    y.retain_grad()
    y.grad_fn.register_prehook(lambda grads: None)
    x.register_post_accumulate_grad_hook(lambda leaf: None)
    return y.exp()


def with_packing(x: t.Tensor) -> t.Tensor:
    with saved_tensors_hooks(lambda value: value, lambda value: value):
        return Square.apply(x).exp() * x


def with_writes(x: t.Tensor) -> t.Tensor:
    y = x.clone()
    view = y[:1]
    view.mul_(x[1:])
    y.exp_()
    return y + view


def with_second_derivatives(x: t.Tensor) -> t.Tensor:
    (slope,) = t.autograd.grad((x**3).sum(), x, create_graph=True)
    return slope * t.autograd.functional.hvp(lambda x: (x**3).sum(), x, t.ones(2))[1]


@pytest.mark.parametrize("build", [with_hooks, with_packing, with_writes, with_second_derivatives])
@pytest.mark.parametrize("backward", [False, True])
def test_a_dropped_graph_is_freed_at_once(build: Any, backward: bool, no_collector: None) -> None:
    x = t.tensor([1.0, 2.0], requires_grad=True)
    data = weakref.ref(x.data.numpy())
    y = build(x)
    if backward:
        y.sum().backward()
    dead = [weakref.ref(each) for each in (x, y, y.grad_fn)]
    del x, y
    assert [each() for each in (*dead, data)] == [None] * 4


def test_saved_values_are_let_go_of_by_backward(no_collector: None) -> None:
    x = t.ones(2, requires_grad=True)
    other = t.ones(2)
    y = x * other
    dead = weakref.ref(other)
    del other
    assert dead() is not None
    y.sum().backward()
    assert dead() is None
