"""Threads that differentiate side by side, and exceptions on the way: gradients and modes stay consistent."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import gradcli as t
from gradcli.autograd import Function
from gradcli.autograd.graph import saved_tensors_hooks
from tensors import Square

# Threads


def in_threads(work: Callable[[int], None], count: int = 8) -> None:
    """Run the work in threads that take turns as often as can be; raise what any of them raises."""
    errors: list[BaseException] = []

    def guarded(number: int) -> None:
        try:
            work(number)
        except BaseException as error:
            errors.append(error)

    often, before = 1e-6, sys.getswitchinterval()
    threads = [threading.Thread(target=guarded, args=(number,)) for number in range(count)]
    sys.setswitchinterval(often)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(before)
    if errors:
        raise errors[0]


def trained(seed: int, steps: int = 60) -> list[float]:
    rng = np.random.default_rng(seed)
    w = t.tensor(rng.standard_normal(5), requires_grad=True)
    for _ in range(steps):
        with t.no_grad():
            target = (w * 0.5).detach()
        loss = Square.apply((w - target) * t.tensor(rng.standard_normal(5))).sum() + w.exp().sum() * 0.01
        (slope,) = t.autograd.grad(loss, w, create_graph=True)
        (loss + slope.sum() * 0.01).backward()
        with t.no_grad():
            w -= 0.1 * w.grad
        w.grad = None
    return w.tolist()


def test_threads_with_graphs_of_their_own_agree_with_serial() -> None:
    found: dict[int, list[float]] = {}
    in_threads(lambda number: found.update({number: trained(number)}))
    assert found == {number: trained(number) for number in range(8)}


def test_a_mode_that_another_thread_enters_meanwhile_is_not_ours() -> None:
    entered, done = threading.Event(), threading.Event()

    def other() -> None:
        with t.inference_mode():
            entered.set()
            done.wait()

    class Waiting(t.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: t.Tensor) -> t.Tensor:
            thread.start()
            entered.wait()
            return x * 2

    thread = threading.Thread(target=other)
    try:
        assert Waiting.apply(t.tensor(3.0)).item() == 6.0
    finally:
        done.set()
        thread.join()


@pytest.mark.parametrize("shape", [(), (1000,)])
def test_threads_that_share_a_leaf_lose_no_gradient(shape: tuple[int, ...]) -> None:
    leaf = t.zeros(shape, dtype=t.float64, requires_grad=True)
    passes = 300

    def work(number: int) -> None:
        for _ in range(passes):
            (leaf * float(number + 1)).sum().backward()

    in_threads(work)
    assert np.all(leaf.grad.numpy() == passes * sum(range(1, 9)))


def test_threads_that_share_hooks() -> None:
    leaf = t.zeros((), requires_grad=True)
    other = t.ones((), requires_grad=True)
    seen: list[Any] = []
    t.autograd.graph.register_multi_grad_hook((leaf, other), lambda grads: seen.append([g.item() for g in grads]))
    in_threads(lambda number: [(leaf * number + other * number).backward() for _ in range(100)][:0])
    assert sorted(seen) == [[float(n), float(n)] for n in range(8) for _ in range(100)]


def test_modes_belong_to_their_thread() -> None:
    x = t.ones(2, requires_grad=True)
    inside, outside = threading.Barrier(2), threading.Barrier(2)

    def work(number: int) -> None:
        if number:
            with t.no_grad(), saved_tensors_hooks(lambda value: 1 / 0, lambda value: value):
                inside.wait()
                outside.wait()
                assert not (x * x).requires_grad
        else:
            inside.wait()
            assert (x * x).requires_grad
            outside.wait()

    in_threads(work, 2)


# Exceptions


def boom(*args: Any) -> None:
    raise ValueError("boom")


FAILING: dict[str, Callable[[t.Tensor, t.Tensor], object]] = {
    "a hook on a tensor": lambda x, y: y.register_hook(boom),
    "a hook on a leaf": lambda x, y: x.register_hook(boom),
    "a hook before a node": lambda x, y: y.grad_fn.register_prehook(boom),
    "a hook after a node": lambda x, y: y.grad_fn.register_hook(boom),
    "a hook after accumulation": lambda x, y: x.register_post_accumulate_grad_hook(boom),
}


@pytest.mark.parametrize("create_graph", [False, True])
@pytest.mark.parametrize("kind", FAILING)
def test_an_exception_leaves_everything_to_be_tried_again(kind: str, create_graph: bool) -> None:
    x = t.tensor([1.0, 2.0], requires_grad=True)
    y = x * x
    z = (y * 3).sum()
    handle = FAILING[kind](x, y)
    with pytest.raises(ValueError, match="boom"):
        t.autograd.backward(z, retain_graph=True)
    handle.remove()
    assert x.grad is None or kind == "a hook after accumulation"
    x.grad = None
    assert t.autograd.grad(z, x, create_graph=create_graph)[0].tolist() == [6.0, 12.0]


def test_a_function_that_fails_may_be_tried_again() -> None:
    class Moody(Function):
        calm = False

        @staticmethod
        def forward(ctx: Any, x: t.Tensor) -> t.Tensor:
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        def backward(ctx: Any, g: t.Tensor) -> t.Tensor:
            if not Moody.calm:
                boom()
            return g * 2 * ctx.saved_tensors[0]

    x = t.tensor(3.0, requires_grad=True)
    y = Moody.apply(x)
    with pytest.raises(ValueError, match="boom"):
        y.backward()
    Moody.calm = True
    y.backward()
    assert x.grad.item() == 6.0


def test_an_exception_in_packing_records_nothing() -> None:
    x = t.ones(2, requires_grad=True)
    with saved_tensors_hooks(boom, boom), pytest.raises(ValueError, match="boom"):
        x.exp()
    (x * x).sum().backward()
    assert x.grad.tolist() == [2.0, 2.0]
