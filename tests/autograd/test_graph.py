"""The graph as users see it: nodes, edges, what is saved; printing; edges instead of tensors; both ways backward."""

from __future__ import annotations

import re

import pytest

import gradcli as t
from gradcli.autograd.graph import GradientEdge, Node, get_gradient_edge, walk

FREED = "Trying to backward through the graph a second time"


@pytest.fixture
def x() -> t.Tensor:
    return t.tensor([1.0, 2.0, 3.0], requires_grad=True)


def shape_of_graph(node: Node | None) -> list[str]:
    return [] if node is None else [each.name() for each in walk([node])]


def test_edges_lead_to_the_nodes_of_the_arguments(x: t.Tensor) -> None:
    y = x.exp()
    z = y * x
    assert z.grad_fn.next_functions[0] == (y.grad_fn, 0)
    assert z.grad_fn.next_functions[1][0] is y.grad_fn.next_functions[0][0]
    assert z.grad_fn.next_functions[1][0].variable is x


def test_an_edge_names_the_result_it_belongs_to() -> None:
    rows = t.ones(3, 2, requires_grad=True).unbind()
    total = rows[0] + rows[2]
    assert [number for _, number in total.grad_fn.next_functions] == [0, 2]


def test_a_number_has_no_edge_where_torch_has_an_overload_for_it(x: t.Tensor) -> None:
    assert len((x**2).grad_fn.next_functions) == 1
    assert len((x**x).grad_fn.next_functions) == 2
    assert (x * 2).grad_fn.next_functions[1] == (None, 0)


def test_names_and_representation(x: t.Tensor) -> None:
    node = (x * 2).grad_fn
    assert node.name() == type(node).__name__ == "MulBackward0"
    assert re.fullmatch(r"<MulBackward0 object at 0x[0-9a-f]+>", repr(node))
    assert isinstance(node, Node)
    assert node.next_functions[0][0].name() == "torch::autograd::AccumulateGrad"


def test_metadata_is_the_users_own(x: t.Tensor) -> None:
    node = (x * 2).grad_fn
    node.metadata["line"] = 3
    assert node.metadata == {"line": 3}
    assert (x * 2).grad_fn.metadata == {}


def test_printing_leaves_the_graph_as_it_was(x: t.Tensor) -> None:
    y = (x * 2).exp().sum()
    before = shape_of_graph(y.grad_fn)
    printed = repr(y), str(x), repr(y.grad_fn), str(y.grad_fn.next_functions), y.tolist(), f"{y}"
    assert all(map(str, printed))
    assert shape_of_graph(y.grad_fn) == before
    y.backward()
    assert x.grad is not None


def test_a_node_may_be_called_and_keeps_what_it_saved(x: t.Tensor) -> None:
    y = x * x
    for _ in range(2):
        one, other = y.grad_fn(t.ones(3))
        assert one.tolist() == other.tolist() == [1.0, 2.0, 3.0]
    assert one.requires_grad
    with t.no_grad():
        assert not y.grad_fn(t.ones(3))[0].requires_grad
    assert y.grad_fn(None) == (None, None)
    assert x.exp().grad_fn(t.ones(3)).shape == (3,)


@pytest.mark.parametrize(
    ("grads", "sentence"), [((), "expected 1 arguments, got 0 instead"), ((1.0,), "argument 0 is not a Variable")]
)
def test_a_node_called_wrongly(x: t.Tensor, grads: tuple[float, ...], sentence: str) -> None:
    with pytest.raises(TypeError, match=sentence):
        (x * x).grad_fn(*grads)


def test_only_a_function_has_apply_and_the_error_says_what_to_do(x: t.Tensor) -> None:
    with pytest.raises(AttributeError, match=r"call this one itself, as grad_fn\(g\)"):
        _ = (x * x).grad_fn.apply


def test_what_is_saved_has_torchs_names(x: t.Tensor) -> None:
    assert (x * 3).grad_fn._saved_other.tolist() == 3
    assert (x * 3).grad_fn._saved_self is None
    assert x.exp().grad_fn._saved_result.tolist() == x.exp().tolist()
    assert (x**2).grad_fn._saved_exponent == 2
    assert x.sum().grad_fn._saved_self_sym_sizes == (3,)
    assert {"_saved_self", "_raw_saved_other"} <= set(dir((x * x).grad_fn))
    with pytest.raises(AttributeError, match="'MulBackward0' object has no attribute '_saved_nothing'"):
        _ = (x * x).grad_fn._saved_nothing


def test_what_is_saved_is_gone_after_backward(x: t.Tensor) -> None:
    y = x**2
    y.sum().backward()
    assert y.grad_fn._saved_exponent == 2
    with pytest.raises(RuntimeError, match=FREED):
        _ = y.grad_fn._saved_self
    with pytest.raises(RuntimeError, match=FREED):
        y.sum().backward()


def test_a_pass_that_fails_gives_nothing_back(x: t.Tensor) -> None:
    y, w = x * 1, t.ones(3)
    z = y * w
    w.add_(1)
    for _ in range(2):
        with pytest.raises(RuntimeError, match="modified by an inplace operation"):
            z.sum().backward()


def test_gradient_edges_stand_for_tensors(x: t.Tensor) -> None:
    y = x * 2
    edge = get_gradient_edge(y)
    assert edge == GradientEdge(y.grad_fn, 0)
    assert t.autograd.grad((y * y).sum(), edge)[0].tolist() == [4.0, 8.0, 12.0]
    assert t.autograd.grad(edge, x, t.ones(3))[0].tolist() == [2.0, 2.0, 2.0]
    t.autograd.backward((x * 5).sum(), inputs=get_gradient_edge(x))
    assert x.grad.tolist() == [5.0, 5.0, 5.0]
    with pytest.raises(RuntimeError, match="It is not possible to get the gradient edge"):
        get_gradient_edge(t.ones(3))


def test_several_roots_and_the_old_name_of_their_gradients(x: t.Tensor) -> None:
    t.autograd.backward([x * 3, x.sum()], [t.ones(3), None])
    assert x.grad.tolist() == [4.0, 4.0, 4.0]
    with pytest.warns(FutureWarning, match="`grad_variables` is deprecated"):
        t.autograd.backward(x * 3, grad_variables=t.ones(3))
    assert x.grad.tolist() == [7.0, 7.0, 7.0]


def test_inputs_limit_where_gradients_are_left(x: t.Tensor) -> None:
    w = t.ones(3, requires_grad=True)
    y = x * w
    y.sum().backward(inputs=[y, w])
    assert x.grad is None
    assert w.grad.tolist() == [1.0, 2.0, 3.0]
    assert y.grad.tolist() == [1.0, 1.0, 1.0]


def test_unused_inputs(x: t.Tensor) -> None:
    w = t.ones(2, requires_grad=True)
    with pytest.raises(RuntimeError, match=r"The differentiated Tensor at index 1 .* Set allow_unused=True"):
        t.autograd.grad(x.sum(), [x, w])
    assert t.autograd.grad(x.sum(), [x, w], allow_unused=True)[1] is None
    assert t.autograd.grad(x.sum(), [x, w], materialize_grads=True)[1].tolist() == [0.0, 0.0]


def test_batches_of_gradients(x: t.Tensor) -> None:
    (found,) = t.autograd.grad(x**2, x, t.eye(3), is_grads_batched=True)
    assert found.tolist() == [[2.0, 0.0, 0.0], [0.0, 4.0, 0.0], [0.0, 0.0, 6.0]]
    with pytest.raises(RuntimeError, match="If `is_grads_batched=True`"):
        t.autograd.grad(x**2, x, t.ones(3), is_grads_batched=True)
    with pytest.raises(ValueError, match="no batch of gradients"):
        t.autograd.grad(x.sum(), x, t.ones(()), is_grads_batched=True)


def test_a_leaf_that_no_longer_requires_a_gradient_gets_none(x: t.Tensor) -> None:
    y = x.sum()
    x.requires_grad_(False)
    y.backward()
    assert x.grad is None


def test_gradients_do_not_share_memory() -> None:
    x, y = t.ones(2, requires_grad=True), t.ones(2, requires_grad=True)
    (x + y).sum().backward()
    x.grad.add_(5)
    assert y.grad.tolist() == [1.0, 1.0]
