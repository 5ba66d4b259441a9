"""The engine: what it adds up, what it keeps, and what it leaves when something goes wrong."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest

import gradcli as t


def test_a_dropped_leaf_is_freed_at_once():
    gc.disable()
    try:
        x = t.tensor(np.ones(3), requires_grad=True)
        x.sum().backward()
        gone = weakref.ref(x)
        del x
        assert gone() is None
    finally:
        gc.enable()


def test_a_second_pass_needs_the_graph_to_be_kept():
    x = t.tensor(3.0, requires_grad=True)
    y = x * x
    y.backward(retain_graph=True)
    y.backward()
    assert x.grad.item() == 12.0
    with pytest.raises(RuntimeError, match="Trying to backward through the graph a second time"):
        y.backward()


def test_an_exception_in_a_rule_leaves_the_engine_fit_for_use():
    x = t.tensor(3.0, requires_grad=True)

    def refuse(grad):
        raise ValueError("no")

    y = x * 2
    handle = y.register_hook(refuse)
    with pytest.raises(ValueError, match="no"):
        (y * y).backward()
    assert x.grad is None
    handle.remove()
    (y * y).backward()
    assert x.grad.item() == 24.0
    assert t.is_grad_enabled()


def test_memory_of_ten_thousand_steps_is_flat():
    w = t.tensor(np.zeros(10), requires_grad=True)
    seen = []
    for step in range(10_000):
        loss = ((w - 1.0) ** 2).sum()
        loss.backward()
        with t.no_grad():
            w -= 0.1 * w.grad
        w.grad = None
        if step in (1_000, 9_999):
            gc.collect()
            seen.append(len(gc.get_objects()))
    assert abs(seen[1] - seen[0]) < 100
    np.testing.assert_allclose(w.detach().numpy(), 1.0)


def test_gradients_of_a_broadcast_argument_have_its_shape():
    a = t.tensor(np.ones((3, 1)), requires_grad=True)
    b = t.tensor(np.ones(4), requires_grad=True)
    (a * b).sum().backward()
    assert (a.grad.tolist(), b.grad.tolist()) == ([[4.0]] * 3, [3.0] * 4)


def test_sums_of_gradients_leave_what_others_hold_alone():
    seen = []
    x = t.tensor(np.ones(3), requires_grad=True)
    y = x * 1.0
    y.register_hook(lambda grad: seen.append(grad))
    g = t.tensor(np.ones(3))
    (y + y + x).backward(g)
    assert g.tolist() == [1.0] * 3
    assert seen[0].tolist() == [2.0] * 3
    assert x.grad.tolist() == [3.0] * 3
