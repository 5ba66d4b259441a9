"""Hooks: on tensors, on nodes, after accumulation, on several tensors, on what is saved."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import pytest

import gradcli as t
from gradcli.autograd import grad_mode
from gradcli.autograd.graph import disable_saved_tensors_hooks, register_multi_grad_hook, saved_tensors_hooks


@pytest.fixture
def x() -> t.Tensor:
    return t.tensor([1.0, 2.0], requires_grad=True)


def listed(grads: Any) -> list[Any]:
    return [grad if grad is None else grad.tolist() for grad in grads]


def test_hooks_run_in_order_and_each_sees_what_the_last_one_left(x: t.Tensor) -> None:
    seen: list[Any] = []
    y = x * 3
    y.register_hook(lambda g: seen.append(g.tolist()))
    y.register_hook(lambda g: g * 2)
    y.register_hook(lambda g: seen.append(g.tolist()))
    y.sum().backward()
    assert seen == [[1.0, 1.0], [2.0, 2.0]]
    assert x.grad.tolist() == [6.0, 6.0]


def test_a_hook_may_be_removed_even_by_another(x: t.Tensor) -> None:
    handle = x.register_hook(lambda g: g * 100)
    handle.remove()
    handle.remove()
    with x.register_hook(lambda g: g * 10):
        x.sum().backward()
    x.sum().backward()
    assert x.grad.tolist() == [11.0, 11.0]


def test_hooks_of_a_leaf_outlive_its_graphs(x: t.Tensor) -> None:
    x.register_hook(lambda g: g * 10)
    for _ in range(2):
        x.sum().backward()
    assert x.grad.tolist() == [20.0, 20.0]


def test_a_hook_may_change_the_gradient_in_place(x: t.Tensor) -> None:
    y = x * 1
    z = y * 1
    z.register_hook(lambda g: (g.mul_(5), None)[1])
    (z * 1).sum().backward()
    assert x.grad.tolist() == [5.0, 5.0]


@pytest.mark.parametrize(
    ("answer", "error", "sentence"),
    [
        (lambda g: 1.0, TypeError, "expected Variable, but hook returned 'float'"),
        (lambda g: t.ones(3), RuntimeError, "hook '<lambda>' has changed the size of value"),
        (lambda g: g.double(), RuntimeError, r"has changed the type of value \(was torch.FloatTensor got torch.Double"),
    ],
)
def test_what_a_hook_may_not_answer(x: t.Tensor, answer: Any, error: type[Exception], sentence: str) -> None:
    (y := x * 3).register_hook(answer)
    with pytest.raises(error, match=sentence):
        y.sum().backward()


def test_hooks_around_a_node_and_after_accumulation(x: t.Tensor) -> None:
    seen: list[Any] = []
    y = x * 3
    y.grad_fn.register_hook(lambda gi, go: seen.append(("after", listed(gi), listed(go))))
    y.grad_fn.register_prehook(lambda gs: (gs[0] * 2,))
    accumulates = y.grad_fn.next_functions[0][0]
    accumulates.register_prehook(lambda gs: seen.append(("before the leaf", listed(gs))))
    accumulates.register_hook(lambda gi, go: seen.append(("after the leaf", gi, listed(go))))
    x.register_post_accumulate_grad_hook(lambda leaf: seen.append(("accumulated", leaf.grad.tolist())))
    y.sum().backward()
    assert seen == [
        ("after", [[6.0, 6.0], None], [[2.0, 2.0]]),
        ("before the leaf", [[6.0, 6.0]]),
        ("accumulated", [6.0, 6.0]),
        ("after the leaf", (), [[6.0, 6.0]]),
    ]


def test_a_hook_on_a_node_sees_gradients_in_the_shapes_of_the_inputs(x: t.Tensor) -> None:
    w = t.tensor(3.0, requires_grad=True)
    y = x * w
    seen: list[Any] = []
    y.grad_fn.register_hook(lambda gi, go: seen.append((listed(gi), listed(go))))
    y.grad_fn.register_hook(lambda gi, go: (gi[0], gi[1] * 10))
    y.sum().backward()
    assert seen == [([[3.0, 3.0], 3.0], [[1.0, 1.0]])]
    assert w.grad.item() == 30.0


@pytest.mark.parametrize(
    ("answer", "error", "sentence"),
    [
        (lambda gi, go: gi[0], TypeError, "expected tuple, but hook returned 'Tensor'"),
        (lambda gi, go: (gi[0],), RuntimeError, r"incorrect number of values \(got 1, but expected 2\)"),
        (lambda gi, go: (gi[0], t.ones(2)), RuntimeError, "can't replace a None gradient with a non-None value"),
    ],
)
def test_what_a_hook_on_a_node_may_not_answer(x: t.Tensor, answer: Any, error: type[Exception], sentence: str) -> None:
    (y := x * 3).grad_fn.register_hook(answer)
    with pytest.raises(error, match=sentence):
        y.sum().backward()


def test_captured_gradients_are_those_before_the_hooks_of_a_node_that_runs(x: t.Tensor) -> None:
    y = x * 2
    y.register_hook(lambda g: g * 10)
    assert listed(t.autograd.grad(y.sum(), [y], retain_graph=True)) == [[10.0, 10.0]]
    assert listed(t.autograd.grad(y.sum(), [y, x])) == [[1.0, 1.0], [20.0, 20.0]]


def test_retained_gradients_follow_the_tensor(x: t.Tensor) -> None:
    y = x.clone()
    y.retain_grad()
    y.mul_(3)
    y.sum().backward()
    assert y.retains_grad
    assert y.grad.tolist() == [1.0, 1.0]


def test_retained_gradients_are_copies(x: t.Tensor) -> None:
    y = x * 1
    y.retain_grad()
    y.sum().backward()
    y.grad.add_(1)
    assert x.grad.tolist() == [1.0, 1.0]


def test_hooks_record_only_where_the_pass_does(x: t.Tensor) -> None:
    seen: list[bool] = []
    x.register_hook(lambda g: seen.append(t.is_grad_enabled()))
    (x * x).sum().backward()
    t.autograd.grad((x * x).sum(), x, create_graph=True)
    t.autograd.grad((x * x).sum(), x)
    assert seen == [False, True, False]


def test_hooks_on_several_tensors(x: t.Tensor) -> None:
    y, z = t.ones(2, requires_grad=True), t.ones(2, requires_grad=True)
    seen: list[Any] = []
    first: list[Any] = []
    handle = register_multi_grad_hook((x, y, z), lambda gs: seen.append(listed(gs)))
    register_multi_grad_hook((x, y), lambda g: first.append(g.tolist()), mode="any")
    (x * y).sum().backward()
    t.autograd.grad((x * 2).sum(), [x])
    handle.remove()
    (x * y * z).sum().backward()
    assert seen == [[[1.0, 1.0], [1.0, 2.0], None], [[2.0, 2.0], None, None]]
    assert len(first) == 3
    with pytest.raises(ValueError, match=r"Expects mode to be one of \('all', 'any'\) but got none"):
        register_multi_grad_hook((x,), print, mode="none")


def test_packed_tensors_are_unpacked_when_they_are_needed(x: t.Tensor) -> None:
    seen: list[str] = []

    def pack(value: t.Tensor) -> list[float]:
        seen.append("pack")
        return value.tolist()

    def unpack(kept: list[float]) -> t.Tensor:
        seen.append("unpack")
        return t.tensor(kept)

    with saved_tensors_hooks(pack, unpack):
        y = x**3
        z = y.sqrt()
    assert seen == ["pack", "pack"]
    (first,) = t.autograd.grad(z.sum(), x, create_graph=True)
    first.sum().backward()
    assert seen[2:].count("pack") == 0
    assert x.grad.tolist() == pytest.approx([0.75, 0.75 / 2**0.5])


def test_packing_holds_no_graph_in_a_circle(x: t.Tensor) -> None:
    gc.disable()
    try:
        with saved_tensors_hooks(lambda value: value, lambda value: value):
            y = x.exp()
        dead = weakref.ref(y.grad_fn)
        del y
        assert dead() is None
    finally:
        gc.enable()


def test_mistaken_packing(x: t.Tensor) -> None:
    before = list(grad_mode.special)
    with saved_tensors_hooks(lambda value: 3, lambda kept: 5):
        y = x * x
    with pytest.raises(TypeError, match="unpack_hook expected to be a Tensor but got result of type int"):
        y.sum().backward()
    with (
        saved_tensors_hooks(lambda value: value.add_(1), lambda kept: kept),
        pytest.raises(RuntimeError, match="A saved tensor pack hook is modifying its input in place"),
    ):
        x.clone() * x.clone().requires_grad_()
    assert grad_mode.special == before


def test_packing_may_be_forbidden(x: t.Tensor) -> None:
    with (
        disable_saved_tensors_hooks("not here"),
        pytest.raises(RuntimeError, match="not here"),
        saved_tensors_hooks(lambda value: value, lambda value: value),
    ):
        pass
    with saved_tensors_hooks(lambda value: value, lambda value: value):
        pass


def test_one_saved_value_may_be_packed_by_itself(x: t.Tensor) -> None:
    y = x * x
    y.grad_fn._raw_saved_self.register_hooks(lambda value: value * 3, lambda value: value)
    y.sum().backward()
    assert x.grad.tolist() == [4.0, 8.0]
    with pytest.raises(RuntimeError, match="after they have already been freed"):
        y.grad_fn._raw_saved_other.register_hooks(lambda value: value, lambda value: value)
