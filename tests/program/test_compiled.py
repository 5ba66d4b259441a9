"""Programs as users have them: `f.compile()` and `gradcli.compile` against the eager answers."""

from __future__ import annotations

import numpy as np
import pytest

import gradcli
from gradcli import Expression, GradcliError
from gradcli.ops._registry import Untraceable

X = np.linspace(0.5, 2.0, 7)


def test_scalars_give_python_numbers():
    value, slopes = Expression.parse("x**2*exp(x)").compile()(x=1.0)
    assert (type(value), type(slopes["x"])) == (float, float)
    assert (value, slopes) == Expression.parse("x**2*exp(x)").value_and_grad(x=1.0)


def test_any_length_is_served_by_one_trace():
    f = Expression.parse("sum(w*x**2)")
    p = f.compile()
    for n in (0, 1, 2, 3, 1000):
        x = np.linspace(-1.0, 1.0, n)
        value, slopes = p(x=x, w=3.0)
        wanted, gradients = f.value_and_grad(x=x, w=3.0)
        np.testing.assert_allclose(value, wanted, rtol=1e-14)
        np.testing.assert_allclose(slopes["x"], gradients["x"], rtol=1e-15)
        np.testing.assert_allclose(slopes["w"], gradients["w"], rtol=1e-14)
    assert p.block(x=np.ones(5), w=1.0) is p.block(x=np.ones(6), w=1.0)


def test_arguments_go_by_name_by_place_and_in_a_mapping():
    p = Expression.parse("x - 2*y").compile()
    assert p(x=5.0, y=1.0) == p(5.0, 1.0) == p({"x": 5.0, "y": 1.0}) == p(5.0, y=1.0) == (3.0, {"x": 1.0, "y": -2.0})


@pytest.mark.parametrize(
    ("given", "message", "hint"),
    [
        ({"x": 1.0}, "`theta` has no value", "give it one: theta=..."),
        ({"x": 1.0, "theta": 1.0, "thetta": 1.0}, "the program has no variable `thetta`", "did you mean `theta`?"),
    ],
)
def test_names_that_do_not_match_are_told(given, message, hint):
    with pytest.raises(GradcliError) as caught:
        Expression.parse("x*theta").compile()(given)
    assert (caught.value.message, caught.value.hint) == (message, hint)


@pytest.mark.parametrize("text", ["x**2*y", "sum(x*sin(y))", "x if x > 1 else y*x**2"])
def test_orders_zero_and_two(text):
    f = Expression.parse(text)
    assert f.compile(order=0)(x=1.5, y=0.25) == f(x=1.5, y=0.25)
    value, slopes, seconds = f.compile(order=2)(x=1.5, y=0.25)
    assert (value, slopes) == f.value_and_grad(x=1.5, y=0.25)
    assert seconds == f.hessian(x=1.5, y=0.25)


def test_second_derivatives_of_an_array():
    f = Expression.parse("sum(x**3) + x[0]*x[1]*y")
    _, _, seconds = f.compile(order=2)(x=X[:3], y=2.0)
    for name, row in f.hessian(x=X[:3], y=2.0).items():
        for other, wanted in row.items():
            np.testing.assert_allclose(seconds[name][other], wanted, rtol=1e-14)


def test_jacobian():
    f = Expression.parse("x**2*w")
    value, rows = f.compile(jacobian=True)(x=X, w=X[::-1])
    np.testing.assert_allclose(value, f(x=X, w=X[::-1]))
    for name, wanted in f.jacobian(x=X, w=X[::-1]).items():
        np.testing.assert_allclose(rows[name], wanted, rtol=1e-15)


def test_hessian_vector_product():
    f = Expression.parse("sum(x**2*exp(w*x))")
    _, slopes, products = f.compile(hvp=True)(x=X, w=0.5, v_x=X, v_w=2.0)
    hessian = f.hessian(x=X, w=0.5)
    np.testing.assert_allclose(slopes["x"], f.grad(x=X, w=0.5)["x"], rtol=1e-14)
    np.testing.assert_allclose(products["x"], hessian["x"]["x"] @ X + 2.0 * hessian["x"]["w"], rtol=1e-13)
    np.testing.assert_allclose(products["w"], hessian["w"]["x"] @ X + 2.0 * hessian["w"]["w"], rtol=1e-13)


def test_a_bound_name_may_be_differentiated_by():
    f = Expression.parse("u = x**2; u*y")
    assert f.compile(wrt=["u"])(x=3.0, y=2.0) == (18.0, {"u": 2.0})


def test_a_constant_that_is_given_is_a_variable():
    assert Expression.parse("e*x").compile()(x=2.0, e=3.0) == (6.0, {"e": 2.0, "x": 3.0})


def test_float32_stays_float32():
    value, slopes = Expression.parse("2*x**2*exp(x)").compile()(x=X.astype(np.float32))
    assert value.dtype == slopes["x"].dtype == np.float32


def test_out_is_written_to():
    out = (np.empty(7), {"x": np.empty(7)})
    value, slopes = Expression.parse("x**2*exp(x)").compile()(x=X, out=out)
    assert value is out[0] and slopes["x"] is out[1]["x"]
    np.testing.assert_array_equal(value, Expression.parse("x**2*exp(x)")(x=X))


def test_a_value_of_which_nothing_depends_on_a_variable():
    assert Expression.parse("2 + 0*floor(x)").compile()(x=1.5) == (2.0, {"x": 0.0})
    value, slopes = Expression.parse("y").compile(wrt=["y"])(y=X)
    np.testing.assert_array_equal(slopes["y"], np.ones(7))
    np.testing.assert_array_equal(value, X)


# Functions of Tensors


def test_a_function_of_tensors():
    def loss(w, x, y):
        return ((w * x).tanh() - y).square().mean()

    p = gradcli.compile(loss, 1.0, X, X)
    value, slopes = p(0.7, X, 2 * X)
    leaves = [gradcli.tensor(v, dtype=gradcli.float64, requires_grad=True) for v in (0.7, X, 2 * X)]
    root = loss(*leaves)
    root.backward()
    np.testing.assert_allclose(value, root.item(), rtol=1e-15)
    for name, leaf in zip("wxy", leaves, strict=True):
        np.testing.assert_allclose(slopes[name], leaf.grad.numpy(), rtol=1e-13)


def test_a_function_that_decides_by_a_value_is_refused():
    with pytest.raises(Untraceable, match="a decision needs a value"):
        gradcli.compile(lambda x: x if x.sum() > 0 else -x, X)


@pytest.mark.parametrize(
    "calls",
    [
        [{"x": 1.5, "y": 2.0}, {"x": 2, "y": 0.5}, {"x": np.float32(0.5), "y": 1.0}, {"y": 1.0, "x": 2.0}],
        [{"x": X, "y": 2.0}, {"x": 2 * X, "y": 3.0}, {"x": X[:3], "y": 2.0}, {"x": X.astype("f4"), "y": 2.0}],
        [{"x": X, "y": X}, {"x": X[::-1], "y": X}, {"x": X.tolist(), "y": X}, {"x": X, "y": 1.0}, {"x": 1.0, "y": 1.0}],
    ],
)
def test_calls_one_after_the_other_do_not_disturb_each_other(calls):
    p = Expression.parse("x**2*y").compile()
    for values in [*calls, *calls]:
        for _ in range(2):
            value, slopes = p(**values)
            fresh, wanted = Expression.parse("x**2*y").compile()(values)
            assert type(value) is type(fresh) and np.asarray(value).dtype == np.asarray(fresh).dtype
            np.testing.assert_array_equal(value, fresh)
            for name in slopes:
                np.testing.assert_array_equal(slopes[name], wanted[name])


@pytest.mark.parametrize(
    "function",
    [
        lambda x: (x.shape[0] - x).sum(), lambda x: (x * len(x)).sum() / x.shape[0],
        lambda x: (x.shape[0] + 1.5 * x + x.shape[0] * x).sum(),
    ],
)  # fmt: skip
def test_a_length_meets_numbers_and_tensors(function):
    p = gradcli.compile(function)
    for x in (X, X[:4]):
        leaf = gradcli.tensor(x, requires_grad=True)
        function(leaf).backward()
        value, slopes = p(x)
        np.testing.assert_allclose(value, function(leaf).item(), rtol=1e-14)
        np.testing.assert_allclose(slopes["x"], leaf.grad.numpy(), rtol=1e-14)
