"""Expression, the front door: values in, derivatives out."""

from __future__ import annotations

import numpy as np
import pytest

import gradcli
from gradcli import Expression
from gradcli.errors import UnknownNameError

ROSENBROCK = Expression.parse("(1-x)**2 + 100*(y-x**2)**2")


def test_scalars_are_python_numbers_in_float64():
    f = Expression.parse("x**2*exp(x)")
    value, grad = f.value_and_grad(x=np.float32(1.0))
    assert (type(value), type(grad["x"])) == (float, float)
    assert (value, grad) == (2.718281828459045, {"x": 8.154845485377136})


def test_tensors_give_tensors_with_their_graph():
    w = gradcli.tensor(2.0, requires_grad=True)
    y = Expression.parse("w*x + 1")(w=w * w, x=3.0)
    y.backward()
    assert (y.item(), w.grad.item(), y.grad_fn.name()) == (13.0, 12.0, "AddBackward0")


def test_variables_named_like_parameters_go_into_a_mapping():
    f = Expression.parse("wrt*seed")
    assert f.grad({"wrt": 2.0, "seed": 3.0}) == {"wrt": 3.0, "seed": 2.0}
    assert f.grad({"wrt": 2.0, "seed": 3.0}, wrt=["seed"]) == {"seed": 2.0}


def test_bound_names_are_told_apart_from_their_values():
    f = Expression.parse("y = x**2; y*x")
    assert f.grad(x=3.0, wrt=["y"]) == {"y": 3.0}
    assert f.grad(x=3.0, wrt=["x", "y"]) == {"x": 27.0, "y": 3.0}


def test_the_gradient_of_an_array_is_that_of_its_sum_or_weighted():
    f = Expression.parse("x**2")
    assert f.grad(x=[1.0, 2.0])["x"].tolist() == [2.0, 4.0]
    assert f.grad(x=[1.0, 2.0], gradient=[1.0, 10.0])["x"].tolist() == [2.0, 40.0]


def test_the_hessian_is_that_of_the_text():
    assert ROSENBROCK.hessian(x=1.0, y=1.0) == {"x": {"x": 802.0, "y": -400.0}, "y": {"x": -400.0, "y": 200.0}}


def test_the_jacobian_has_the_shape_of_the_value_and_then_of_the_name():
    found = Expression.parse("A @ x").jacobian(A=np.arange(6.0).reshape(2, 3), x=np.ones(3))
    assert (found["A"].shape, found["x"].tolist()) == ((2, 2, 3), [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]])


def test_derivatives_go_to_any_order():
    point = Expression.parse("x**4").at(x=2.0)
    assert point.derivatives("x", 6) == [32.0, 48.0, 48.0, 24.0, 0.0, 0.0]


def test_what_an_expression_does_not_depend_on_has_derivative_zero():
    assert Expression.parse("0*x + floor(y)").grad(x=1.0, y=2.5) == {"x": 0.0, "y": 0.0}
    assert Expression.parse("f(x, y) = x").hessian(x=1.0, y=2.0)["x"] == {"x": 0.0, "y": 0.0}


def test_a_given_constant_is_a_variable():
    assert Expression.parse("e*x").grad(e=2.0, x=5.0) == {"e": 5.0, "x": 2.0}


@pytest.mark.parametrize(("values", "wrt", "message"), [
    ({}, None, "`x` has no value"),
    ({"x": 1.0, "y": 1.0}, ["z"], "the expression has no variable `z`"),
])  # fmt: skip
def test_names_that_are_missing_are_named(values, wrt, message):
    with pytest.raises(UnknownNameError) as caught:
        ROSENBROCK.grad(values, wrt=wrt)
    assert caught.value.message == message


def test_a_notebook_shows_the_text_and_its_variables():
    assert Expression.parse("x < y")._repr_html_() == "<pre>x &lt; y</pre><small>of <i>x</i>, <i>y</i></small>"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("exp(x > 0)", np.exp([1.0, 0.0])), ("(x > 0)*0.1", [0.1, 0.0]), ("where(x > 0, 0.1, 0.2)", [0.1, 0.2]),
        ("0.1 if x > 0 else 0.2", [0.1, 0.2]), ("mean(x > 0)/3", 0.5 / 3), ("[x[0] > 0, 0.1]", [1.0, 0.1]),
        ("argmax(x)*0.1 + 0.1", 0.1), ("clamp(x > 0, 0.1, 0.2)", [0.2, 0.1]),
    ],
)  # fmt: skip
def test_truth_values_and_numbers_meet_in_float64(text, wanted):
    np.testing.assert_array_equal(Expression.parse(text)(x=[1.0, -2.0]), wanted)
