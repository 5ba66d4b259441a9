"""`diff` inside expressions, and gradients through conditionals, computed with Tensors."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from gradcli import Expression
from gradcli.errors import EvaluationError, LimitError
from gradcli.lang import limits


@pytest.mark.parametrize(
    ("text", "values", "expected"),
    [
        ("diff(x**3, x)", {"x": 2.0}, 12.0),
        ("diff(x**3, x, 2)", {"x": 2.0}, 12.0),
        ("diff(x**3, x, 4)", {"x": 2.0}, 0.0),
        ("diff(diff(x**2*y**3, x), y)", {"x": 2.0, "y": 1.0}, 12.0),
        ("diff(x*diff(x**3, x), x)", {"x": 2.0}, 36.0),
        ("diff(7, x) + 0*x", {"x": 2.0}, 0.0),
        # by a name that is bound, all that was made of it counted
        ("y = x**2; diff(y**3, y)", {"x": 2.0}, 48.0),
        ("y = x**2; z = y**3; diff(z, y)", {"x": 2.0}, 48.0),
        ("y = x**2; z = y**3; diff(z, x)", {"x": 2.0}, 192.0),
        ("y = 3; diff(y**2, y)", {}, 6.0),
        ("y = x; z = y**2; y = 5; diff(z, y) + y", {"x": 2.0}, 5.0),
        # in functions: by the parameter alone, or by a name from outside
        ("g(x) = diff(x*t, x); g(t)", {"t": 5.0}, 5.0),
        ("g(s) = diff(s*t, t); g(t)", {"t": 5.0}, 10.0),
        ("f(s) = s*t; diff(f(t), t)", {"t": 5.0}, 10.0),
        ("f(s) = s**3; g(s) = diff(f(s), s); g(2) + g(1)", {}, 15.0),
        ("f(s) = diff(s**3, s); diff(f(t), t)", {"t": 2.0}, 12.0),
        ("f(x) = diff(x**3, x)", {"x": 2.0}, 12.0),
        # through a list of values and numbers
        ("diff(sum([x**2, 1]), x)", {"x": 3.0}, 6.0),
        # of an array: the gradient of the sum
        ("diff(x**2, x)", {"x": [1.0, 2.0]}, [2.0, 4.0]),
        ("diff(x*y, y)", {"x": [1.0, 2.0], "y": 3.0}, 3.0),
        ("diff(sum(x)**2, x)", {"x": [1.0, 2.0]}, [6.0, 6.0]),
        # in branches
        ("diff(x*log(x), x) if x > 0 else 0", {"x": [-1.0, 0.0, 1.0]}, [0.0, 0.0, 1.0]),
        ("diff(x**2 if x > 0 else -x, x)", {"x": [-1.0, 2.0]}, [-1.0, 4.0]),
        ("diff(a*x, x) if a > 0 else 0", {"a": [1.0, -1.0, 2.0], "x": 3.0}, [2.0, 0.0, 2.0]),
        ("f(s) = diff(sum(s**2), s); f(x) if x > 0 else 0", {"x": [-1.0, 2.0]}, [0.0, 4.0]),
    ],
)
def test_diff(text, values, expected):
    np.testing.assert_array_equal(Expression.parse(text)(values), expected)


@pytest.mark.parametrize(
    ("text", "x", "expected"),
    [
        ("sqrt(x) if x > 0 else 0", [-1.0, 0.0, 4.0], [0.0, 0.0, 0.25]),
        ("log(x)*x if x > 0 else x", [-1.0, 0.0, 1.0], [1.0, 1.0, 1.0]),
        ("x**0.5 if x > 1 else (1/x if x else 0)", [0.0, 0.5, 4.0], [0.0, -4.0, 0.25]),
        ("f(t) = sqrt(t)/t; f(x) if x > 0 else x", [-1.0, 0.0, 4.0], [1.0, 1.0, -0.0625]),
        ("1/(sqrt(x)) if x != 0 else 3", [0.0, 4.0], [0.0, -0.0625]),
        ("exp(x) if x < 1 else x", [1000.0, 0.0], [1.0, 1.0]),
        ("diff(sqrt(x), x) if x > 0 else 0", [-1.0, 0.0, 4.0], [0.0, 0.0, -0.03125]),
        ("sum(x*x) if x > 0 else 0", [-1.0, 2.0], [-2.0, 4.0]),
        ("(x if x > 0 else 0)*x", [-1.0, 0.0, 2.0], [0.0, 0.0, 4.0]),
    ],
)
def test_gradients_pass_by_selection(text, x, expected):
    with warnings.catch_warnings(), np.errstate(invalid="raise"):
        warnings.simplefilter("error")
        found = Expression.parse(text).grad({"x": np.array(x)})["x"]
    np.testing.assert_array_equal(found, expected)


def test_numbers_stand_beside_variables_in_a_list():
    assert Expression.parse("norm([x, 2, 2])").grad(x=1.0) == {"x": 1 / 3}


@pytest.mark.parametrize(
    ("text", "place"),
    [("leaky_relu(x, k)", "k"), ("norm(x, 2*k)", "2*k"), ("linspace(0, x, 3)", "x"), ("sum(x, axis=k)", "k")],
)
def test_what_has_no_derivative_cannot_depend_on_a_variable(text, place):
    values = {"x": 1.0, "k": 0.0}
    with pytest.raises(EvaluationError, match="has no derivative") as caught:
        Expression.parse(text).grad(values)
    assert text[slice(*caught.value.span)] == place
    Expression.parse(text)(values)


def test_an_index_may_depend_on_a_variable():
    assert Expression.parse("x[i]**2").grad({"x": [2.0, 3.0], "i": 1.0}, wrt=["x"])["x"].tolist() == [0.0, 6.0]


@pytest.mark.parametrize("text", ["diff(tan(x), x, 50)", "diff(" * 50 + "tan(x)" + ", x)" * 50])
def test_what_diff_computes_counts_too(text, monkeypatch):
    monkeypatch.setattr(limits, "OPERATIONS", 1000)
    with pytest.raises(LimitError, match="more than 1,000 operations"):
        Expression.parse(text)(x=1.0)
