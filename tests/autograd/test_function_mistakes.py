"""Custom Functions written wrongly: what `forward` may not tell, what `backward` may not return, what is missing."""

from __future__ import annotations

from typing import Any

import pytest

import gradcli as t
from gradcli.autograd import Function


def function(forward: Any, backward: Any) -> type[Function]:
    """Make a Function of two plain functions."""
    return type("Made", (Function,), {"forward": staticmethod(forward), "backward": staticmethod(backward)})


def double(x: Any) -> t.Tensor:
    return t.tensor(x, dtype=t.float64, requires_grad=True)


@pytest.mark.parametrize(
    ("backward", "sentence"),
    [
        (lambda ctx, g: g, r"function MadeBackward returned an incorrect number of gradients \(expected 2, got 1\)"),
        (lambda ctx, g: (g, g, g), r"incorrect number of gradients \(expected 2, got 3\)"),
        (lambda ctx, g: (1.0, None), r"expected Variable or None \(got float\)"),
        (lambda ctx, g: (g, g), "returned a gradient different than None at position 2, but the corresponding forward"),
        (lambda ctx, g: (g[:1].expand(3), None), r"index 0 - got \[3\] but expected shape compatible with \[2\]"),
    ],
)
def test_what_backward_may_not_return(backward: Any, sentence: str) -> None:
    y = function(lambda ctx, x, k: x * k, backward).apply(double([1.0, 2.0]), 3)
    with pytest.raises(RuntimeError, match=sentence):
        y.sum().backward()


def test_what_backward_may_return() -> None:
    x = double([1.0, 2.0])
    for backward in (lambda ctx, g: (g, None, None), lambda ctx, g: g.float().expand(3, 2)):
        x.grad = None
        function(lambda ctx, x: x * 1, backward).apply(x).sum().backward()
        assert x.grad.shape == (2,)
        assert x.grad.dtype == t.float64


@pytest.mark.parametrize(
    ("tell", "error", "sentence"),
    [
        (lambda ctx, x: ctx.save_for_backward(3), TypeError, "can only save variables, but argument 0 is of type int"),
        (lambda ctx, x: ctx.mark_dirty(3), RuntimeError, "mark_dirty can only accept variables"),
        (lambda ctx, x: ctx.mark_dirty(x), RuntimeError, "Some elements marked as dirty during the forward method"),
        (lambda ctx, x: ctx.mark_non_differentiable(3), RuntimeError, "only accepts variable arguments"),
        (lambda ctx, x: ctx.set_materialize_grads(3), TypeError, r"got \(int\), but expected \(bool\)"),
    ],
)
def test_what_forward_may_not_tell(tell: Any, error: type[Exception], sentence: str) -> None:
    with pytest.raises(error, match=sentence):
        function(lambda ctx, x: (tell(ctx, x), x * 2)[1], lambda ctx, g: g).apply(double(1.0))


def test_missing_methods() -> None:
    class Empty(Function):
        pass

    with pytest.raises(NotImplementedError, match="You must implement the forward function"):
        Empty.apply(double(1.0))
    half = type("Half", (Function,), {"forward": staticmethod(lambda ctx, x: x * 2)})
    with pytest.raises(NotImplementedError, match="either the backward or vjp method"):
        half.apply(double(1.0)).backward()
    with pytest.warns(DeprecationWarning, match="should not be instantiated"):
        made = half()
    with pytest.raises(RuntimeError, match="Legacy autograd function"):
        made(1)
