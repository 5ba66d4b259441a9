"""The graph under strain: its size, its memory, its ends."""

from __future__ import annotations

import gc
import sys
import threading
import weakref

import numpy as np
import pytest

import gradcli as t

LINKS = 1_000_000


def chain(x, links):
    y = x
    for _ in range(links):
        y = y.neg()
    return y


def test_a_million_nodes_are_built_swept_printed_and_freed_without_recursion():
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(200)
    try:
        x = t.tensor(2.0, requires_grad=True)
        y = chain(x, LINKS)
        assert repr(y) == "tensor(2., grad_fn=<NegBackward0>)"
        y.backward()
        assert x.grad.item() == 1.0
        del y
    finally:
        sys.setrecursionlimit(limit)


def test_a_dropped_root_frees_its_graph_at_once():
    gc.disable()
    try:
        x = t.tensor(np.ones(3), requires_grad=True)
        y = (x * 2).exp()
        node, inner, array = (weakref.ref(o) for o in (y.grad_fn, y.grad_fn.next_functions[0][0], y.detach().numpy()))
        z = y.sum()
        del y
        assert node() is not None and inner() is not None
        del z
        assert (node(), inner(), array()) == (None, None, None)
    finally:
        gc.enable()


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


def test_threads_that_share_a_leaf_add_up():
    x = t.tensor(np.ones(1000), requires_grad=True)

    def work():
        for _ in range(50):
            (x * 3).sum().backward()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert x.grad.tolist() == [8 * 50 * 3.0] * 1000


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
