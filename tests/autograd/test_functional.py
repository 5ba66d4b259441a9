"""Jacobians, Hessians and their products: structure, agreement with each other, strict mode, what is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import gradcli as t
from gradcli.autograd.functional import hessian, hvp, jacobian, jvp, vhp, vjp

VECTOR = arrays(np.float64, 3, elements=st.floats(-2, 2, width=32))


def double(x: Any) -> t.Tensor:
    return t.tensor(x, dtype=t.float64)


def curved(x: t.Tensor) -> t.Tensor:
    return t.stack([x.sin().sum(), (x * x.roll(1)).sum(), x.prod()])


def bowl(x: t.Tensor) -> t.Tensor:
    return (x.sin() * x.roll(1)).sum() + x.prod()


@given(VECTOR, VECTOR, VECTOR)
def test_products_are_those_of_the_matrix(x: np.ndarray, u: np.ndarray, v: np.ndarray) -> None:
    point = double(x)
    slope, bend = jacobian(curved, point).numpy(), hessian(bowl, point).numpy()
    assert np.allclose(vjp(curved, point, double(v))[1].numpy(), v @ slope)
    assert np.allclose(jvp(curved, point, double(u))[1].numpy(), slope @ u)
    assert np.allclose(vhp(bowl, point, double(u))[1].numpy(), u @ bend)
    assert np.allclose(hvp(bowl, point, double(u))[1].numpy(), bend @ u)
    assert np.allclose(bend, bend.T)
    assert np.allclose(jacobian(curved, point, vectorize=True).numpy(), slope)


def test_the_structure_is_that_of_the_arguments() -> None:
    x, y = double([1.0, 2.0]), double([[3.0], [4.0]])
    (first, second), (third, fourth) = jacobian(lambda x, y: (x * y.sum(), y), (x, y))
    assert [tuple(each.shape) for each in (first, second, third, fourth)] == [
        (2, 2),
        (2, 2, 1),
        (2, 1, 2),
        (2, 1, 2, 1),
    ]
    blocks = hessian(lambda x, y: (x * x * y.sum()).sum(), (x, y))
    assert [[tuple(each.shape) for each in row] for row in blocks] == [[(2, 2), (2, 2, 1)], [(2, 1, 2), (2, 1, 2, 1)]]
    assert isinstance(jacobian(lambda x: (x,), x), tuple)
    assert jacobian(lambda x: x.sum(), x).tolist() == [1.0, 1.0]
    assert tuple(jacobian(lambda x: x[:0], x).shape) == (0, 2)
    value, (by_x, by_y) = vjp(lambda x, y: x.sum() * y.sum(), (x, y))
    assert (value.item(), by_x.tolist(), by_y.tolist()) == (21.0, [7.0, 7.0], [[3.0], [3.0]])


def test_what_does_not_matter_gives_zeros() -> None:
    x, y = double([1.0, 2.0]), double(3.0)
    assert [each.tolist() for each in vjp(lambda x, y: x.sum(), (x, y))[1]] == [[1.0, 1.0], 0.0]
    assert jvp(lambda x: t.ones(2), x, x)[1].tolist() == [0.0, 0.0]
    assert hessian(lambda x: x.sum(), x).tolist() == [[0.0, 0.0], [0.0, 0.0]]


def test_results_have_a_graph_only_if_asked() -> None:
    x = double([1.0, 2.0]).requires_grad_()
    assert not jacobian(lambda x: x**2, x).requires_grad
    for found in (
        jacobian(lambda x: x**3, x, create_graph=True),
        hvp(lambda x: (x**3).sum(), x, t.ones(2, dtype=t.float64), create_graph=True)[1],
        jvp(lambda x: x**3, x, t.ones(2, dtype=t.float64), create_graph=True)[1],
    ):
        (slope,) = t.autograd.grad(found.sum(), x)
        assert slope.tolist() in ([6.0, 12.0], [6.0, 6.0])
    assert x.grad is None


def test_captured_tensors_are_constants() -> None:
    x = double([1.0, 2.0]).requires_grad_()
    assert jacobian(lambda y: x * y, x).tolist() == [[1.0, 0.0], [0.0, 2.0]]


def test_within_no_grad() -> None:
    with t.no_grad():
        assert jacobian(lambda x: x**2, double([3.0])).tolist() == [[6.0]]
        assert hvp(lambda x: (x**3).sum(), double([2.0]))[1].tolist() == [12.0]


X = double([1.0, 2.0])


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: vjp(lambda x, y: x * 2, (X, X), X, strict=True), "output .* is independent of input 1"),
        (lambda: jacobian(lambda x, y: y, (X, X), strict=True), "Output 0 of the .* is independent of input 0"),
        (lambda: jacobian(lambda x: t.ones(2), X, strict=True), "Output 0 .* does not require gradients"),
        (lambda: jacobian(lambda x: x * 2, X, strict=True, create_graph=True), "jacobian .* when create_graph=True"),
        (lambda: hessian(lambda x: x.sum(), X, strict=True), "jacobian .* independent of the input"),
        (lambda: jvp(lambda x, y: x, (X, X), (X, X), strict=True), "independent of input 1"),
        (lambda: hvp(lambda x: x.sum(), X, X, strict=True), "jacobian .* independent of the input"),
    ],
)
def test_strict_mode_accepts_no_zeros_of_that_kind(call: Callable[[], Any], sentence: str) -> None:
    with pytest.raises(RuntimeError, match=sentence):
        call()


@pytest.mark.parametrize(
    ("call", "error", "sentence"),
    [
        (lambda: jacobian(lambda x: x, [1.0]), TypeError, "The inputs given to jacobian must be either a Tensor or"),
        (lambda: jacobian(lambda x: x, (X, 3)), TypeError, "but the value at index 1 has type <class 'int'>"),
        (lambda: jacobian(lambda x: 3, X), TypeError, "The outputs of the user-provided function given to jacobian"),
        (lambda: hessian(lambda x: x, X), RuntimeError, "should contain a single element"),
        (lambda: hessian(lambda x: (x.sum(),), X), RuntimeError, "should return a single Tensor"),
        (lambda: vhp(lambda x: x, X, X), RuntimeError, "given to vhp should contain a single element"),
        (lambda: hvp(lambda x: (x,), X, X), RuntimeError, "given to hvp should return a single Tensor"),
        (lambda: vjp(lambda x: x, X), RuntimeError, "The vector v can only be None if the user-provided function"),
        (lambda: jvp(lambda x: x, X), RuntimeError, "The vector v can only be None if the input"),
        (lambda: vjp(lambda x: x, X, X[:1]), RuntimeError, r"v has invalid size: should be torch.Size\(\[2\]\)"),
        (lambda: vjp(lambda x: x, X, (X, X)), RuntimeError, "The given v should contain a single Tensor"),
        (lambda: vjp(lambda x: (x, x), X, (X,)), RuntimeError, "v is a tuple of invalid length: should be 2 but got 1"),
        (lambda: jacobian(lambda x: x, X, strict=True, vectorize=True), RuntimeError, "not supported together"),
        (lambda: jacobian(lambda x: x, X, strategy="none"), AssertionError, "Expected strategy to be either"),
        (lambda: hessian(lambda x: x, X, outer_jacobian_strategy="none"), AssertionError, "Expected strategy"),
    ],
)
def test_mistakes(call: Callable[[], Any], error: type[Exception], sentence: str) -> None:
    with pytest.raises(error, match=sentence):
        call()
