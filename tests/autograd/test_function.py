"""Custom Functions: the context, several results, what backward may return, in place, once differentiable."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import pytest
from scipy import special

import gradcli as t
from gradcli.autograd import Function, grad_mode
from gradcli.autograd.function import once_differentiable


class MultiplyAdd(Function):
    @staticmethod
    def forward(ctx: Any, w: t.Tensor, x: t.Tensor, b: t.Tensor) -> t.Tensor:
        ctx.save_for_backward(w, x)
        return w * x + b

    @staticmethod
    def backward(ctx: Any, g: t.Tensor) -> Any:
        w, x = ctx.saved_tensors
        return g * x, g * w, g


class Sigmoid(Function):
    @staticmethod
    def forward(ctx: Any, x: t.Tensor) -> t.Tensor:
        out = 1 / (1 + t.exp(-x))
        ctx.save_for_backward(out)
        return out

    @staticmethod
    def backward(ctx: Any, g: t.Tensor) -> t.Tensor:
        (out,) = ctx.saved_tensors
        return g * out * (1 - out)


class Gamma(Function):
    """SciPy on both ways: nothing of it is recorded."""

    @staticmethod
    def forward(ctx: Any, x: t.Tensor) -> t.Tensor:
        ctx.save_for_backward(x)
        return t.from_numpy(special.gamma(x.detach().numpy()))

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, g: t.Tensor) -> t.Tensor:
        x = ctx.saved_tensors[0].detach().numpy()
        return g * t.from_numpy(special.gamma(x) * special.digamma(x))


def function(forward: Any, backward: Any) -> type[Function]:
    """Make a Function of two plain functions."""
    return type("Made", (Function,), {"forward": staticmethod(forward), "backward": staticmethod(backward)})


def double(x: Any) -> t.Tensor:
    return t.tensor(x, dtype=t.float64, requires_grad=True)


def test_a_function_is_one_node() -> None:
    w, x, b = double([2.0]), t.tensor([3.0], dtype=t.float64), double([1.0])
    z = MultiplyAdd.apply(w, x, b)
    assert z.grad_fn.name() == type(z.grad_fn).__name__ == "MultiplyAddBackward"
    assert repr(z) == "tensor([7.], dtype=torch.float64, grad_fn=<MultiplyAddBackward>)"
    assert repr(z.grad_fn).startswith("<torch.autograd.function.MultiplyAddBackward object at 0x")
    assert [node and node.variable for node, _ in z.grad_fn.next_functions] == [w, None, b]
    assert z.grad_fn.needs_input_grad == (True, False, True)
    z.backward()
    assert (w.grad.item(), x.grad, b.grad.item()) == (3.0, None, 1.0)


def test_its_node_may_be_applied_by_hand() -> None:
    w, x, b = double([2.0]), double([3.0]), double([1.0])
    node = MultiplyAdd.apply(w, x, b).grad_fn
    assert [g.item() for g in node.apply(t.ones(1))] == [3.0, 2.0, 1.0]
    assert [g.item() for g in node(t.ones(1, dtype=t.float64))] == [3.0, 2.0, 1.0]


@pytest.mark.parametrize("made", [Sigmoid.apply, lambda x: MultiplyAdd.apply(x, x, x)])
def test_first_and_second_derivatives(made: Any) -> None:
    x = double([[0.5, -1.0], [2.0, 0.0]])
    assert t.autograd.gradcheck(made, x)
    assert t.autograd.gradgradcheck(made, x)


def test_the_context_holds_whatever_it_is_given() -> None:
    names = ("shape", "dtype", "scalar", "op", "hooks", "span", "label", "nexts", "plan", "seq", "data", "grad")

    def forward(ctx: Any, x: t.Tensor, scale: float) -> t.Tensor:
        for number, name in enumerate(names):
            setattr(ctx, name, number)
        ctx.scale = scale
        return x * scale

    def backward(ctx: Any, g: t.Tensor) -> Any:
        assert [getattr(ctx, name) for name in names] == list(range(len(names)))
        return g * ctx.scale, None

    x = double([1.0, 2.0])
    function(forward, backward).apply(x, 3.0).sum().backward()
    assert x.grad.tolist() == [3.0, 3.0]


def test_modes_inside() -> None:
    before = (True, list(grad_mode.special))
    seen = []
    made = function(
        lambda ctx, x: (seen.append((t.is_grad_enabled(), x.requires_grad)), x * 1)[1],
        lambda ctx, g: (seen.append((t.is_grad_enabled(), g.requires_grad)), g)[1],
    )
    x = double(1.0)
    made.apply(x).backward()
    t.autograd.grad(made.apply(x) * x, x, create_graph=True)
    assert seen == [(False, True), (False, False), (False, True), (True, True)]
    assert (t.is_grad_enabled(), grad_mode.special) == before


def test_without_a_context() -> None:
    class Power(Function):
        @staticmethod
        def forward(x: t.Tensor, n: int = 2) -> t.Tensor:
            return x**n

        @staticmethod
        def setup_context(ctx: Any, inputs: tuple[Any, ...], output: t.Tensor) -> None:
            x, ctx.n = inputs
            ctx.save_for_backward(x, output)

        @staticmethod
        def backward(ctx: Any, g: t.Tensor) -> Any:
            x, out = ctx.saved_tensors
            return g * ctx.n * out / x, None

    x = double([1.0, 2.0])
    assert t.autograd.gradcheck(lambda x: Power.apply(x, n=3), x)
    assert t.autograd.gradgradcheck(Power.apply, (x, 3))


def test_several_results() -> None:
    def forward(ctx: Any, x: t.Tensor) -> Any:
        largest = x.max(0)[1]
        ctx.mark_non_differentiable(largest)
        return x * 2, largest, "text", x * 3

    def backward(ctx: Any, *grads: Any) -> t.Tensor:
        ctx.seen = [None if g is None else g.tolist() for g in grads]
        return grads[0] * 2 + grads[3] * 3

    x = double([1.0, 5.0])
    y, i, text, z = function(forward, backward).apply(x)
    y.sum().backward()
    assert (i.item(), i.requires_grad, text, y.output_nr, z.output_nr) == (1, False, "text", 0, 3)
    assert y.grad_fn is z.grad_fn
    assert y.grad_fn.seen == [[1.0, 1.0], 0, None, [0.0, 0.0]]
    assert x.grad.tolist() == [2.0, 2.0]


def test_results_without_a_gradient_may_be_none() -> None:
    def forward(ctx: Any, x: t.Tensor) -> Any:
        ctx.set_materialize_grads(False)
        return x * 2, x * 3

    def backward(ctx: Any, g: Any, h: Any) -> Any:
        assert g is None
        return h * 3

    x = double(1.0)
    function(forward, backward).apply(x)[1].backward()
    assert x.grad.item() == 3.0


def test_nothing_returned_is_nothing_added() -> None:
    x = double(1.0)
    y = function(lambda ctx, x: x * 2, lambda ctx, g: None).apply(x)
    y.backward()
    assert x.grad is None
    assert t.autograd.grad(function(lambda ctx, x: x * 2, lambda ctx, g: None).apply(x), x, allow_unused=True) == (
        None,
    )


def test_changed_in_place() -> None:
    def forward(ctx: Any, x: t.Tensor) -> t.Tensor:
        x.add_(1)
        ctx.mark_dirty(x)
        return x

    made = function(forward, lambda ctx, g: g * 3)
    x = double([1.0, 2.0])
    y = x.clone()
    assert made.apply(y) is y
    y.sum().backward()
    assert (y.tolist(), x.grad.tolist()) == ([2.0, 3.0], [3.0, 3.0])
    z = x.clone()
    made.apply(z[:1])
    x.grad = None
    z.sum().backward()
    assert (z.tolist(), x.grad.tolist()) == ([2.0, 2.0], [3.0, 1.0])
    with pytest.raises(RuntimeError, match="a leaf Variable that requires grad has been used in an in-place operation"):
        made.apply(x)


def test_an_argument_returned_is_another_tensor_and_may_not_be_written_to() -> None:
    made = function(lambda ctx, x: x, lambda ctx, g: g * 5)
    x = double([1.0])
    y = made.apply(x)
    assert y is not x
    y.backward()
    assert x.grad.item() == 5.0
    with pytest.raises(RuntimeError, match=r"Output 0 of Made is a view .* created inside a custom Function"):
        made.apply(x).add_(1)


def test_saved_values_that_changed_since() -> None:
    x = double([1.0, 2.0])
    y = Sigmoid.apply(x)
    y.mul_(2)
    with pytest.raises(RuntimeError, match=r"output 0 of Sigmoid, is at version 1; expected version 0 instead"):
        y.sum().backward()
    z = MultiplyAdd.apply(x, w := t.ones(2), x)
    w.add_(1)
    with pytest.raises(RuntimeError, match=r"\[torch.FloatTensor \[2\]\] is at version 1"):
        z.sum().backward()


def test_what_is_saved_is_gone_after_backward() -> None:
    y = Sigmoid.apply(double(1.0))
    y.backward()
    for again in (lambda: y.grad_fn.saved_tensors, y.backward):
        with pytest.raises(RuntimeError, match="after they have already been freed"):
            again()


def test_scipy_inside_backward_and_why_there_is_no_second_derivative() -> None:
    x = double([1.5, 2.5])
    assert t.autograd.gradcheck(Gamma.apply, x)
    for made in (Gamma.apply, lambda x: Gamma.apply(x) ** 2):
        (slope,) = t.autograd.grad(made(x).sum(), x, create_graph=True)
        with pytest.raises(RuntimeError, match="trying to differentiate twice a function that was marked with @once"):
            slope.sum().backward()


def test_a_function_that_differentiates_inside() -> None:
    def forward(ctx: Any, x: t.Tensor) -> t.Tensor:
        with t.enable_grad():
            ctx.x = x.detach().requires_grad_()
            ctx.y = ctx.x.sin()
        return ctx.y.detach()

    made = function(forward, lambda ctx, g: t.autograd.grad(ctx.y, ctx.x, g, retain_graph=True)[0])
    assert t.autograd.gradcheck(made.apply, double([0.5, 1.0]))


def test_a_dropped_call_is_freed_at_once() -> None:
    gc.disable()
    try:
        y = Sigmoid.apply(double(1.0))
        dead = [weakref.ref(y), weakref.ref(y.grad_fn)]
        del y
        assert [each() for each in dead] == [None, None]
    finally:
        gc.enable()


def test_an_exception_leaves_the_mode_as_it_was() -> None:
    before = (True, list(grad_mode.special))

    def fails(*args: Any) -> None:
        raise ValueError("inner")

    with pytest.raises(ValueError, match="inner"):
        function(fails, None).apply(double(1.0))
    y = function(lambda ctx, x: x * 2, fails).apply(double(1.0))
    with pytest.raises(ValueError, match="inner"):
        y.backward()
    assert (t.is_grad_enabled(), grad_mode.special) == before
