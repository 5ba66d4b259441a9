"""Witnesses are honest: the truth lies within the error that each states, and where they cannot tell they say so."""

from __future__ import annotations

import math
from typing import Any

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradcli import Expression, lang
from gradcli.ops import REGISTRY
from gradcli.verify import complex_step, numeric, reverse
from gradcli.verify.holomorphic import holomorphic
from gradcli.verify.one_sided import differ, meet, sides
from gradcli.verify.subject import Subject
from gradcli.verify.witness import GaveUp

# Functions with what makes numeric derivatives hard: waves, cliffs, cancellation, edges, large and small scales.
FUNCTIONS = {
    "x**2*exp(x)": lambda m, x: x**2 * m.exp(x),
    "sin(20*x)": lambda m, x: m.sin(20 * x),
    "sin(200*x)*exp(3*x)": lambda m, x: m.sin(200 * x) * m.exp(3 * x),
    "cos(x) - 1": lambda m, x: m.cos(x) - 1,
    "tanh(5*x)": lambda m, x: m.tanh(5 * x),
    "exp(-30*x**2)": lambda m, x: m.exp(-30 * x**2),
    "1/(1 + 25*x**2)": lambda m, x: 1 / (1 + 25 * x**2),
    "(x + 1000000) - 1000000 + x**2": lambda m, x: (x + 1000000) - 1000000 + x**2,
    "sqrt(x**2 + 1/1024)": lambda m, x: m.sqrt(x**2 + m.mpf(1) / 1024),
    "log(x**2 + 1) - x**2": lambda m, x: m.log(x**2 + 1) - x**2,
    "tan(x)": lambda m, x: m.tan(x),
    "atan(x)*exp(sin(3*x))": lambda m, x: m.atan(x) * m.exp(m.sin(3 * x)),
    "3*x + 2": lambda m, x: 3 * x + 2,
    "exp(50*x)": lambda m, x: m.exp(50 * x),
    "sqrt(x)": lambda m, x: m.sqrt(x),
    "log(x)*x": lambda m, x: m.log(x) * x,
}
POINTS = [1.0, 2.0, -1.0, 0.5, math.pi, -2.0, 3.0, 1e-3, 1e-9, 700.3, *np.random.default_rng(0).uniform(-3, 3, 12)]


def statements(text: str, x: float, order: int) -> dict[str, Any]:
    subject = Subject(lang.parse(text), {"x": x}, ["x"])
    with np.errstate(all="ignore"):
        accused = reverse.testify(subject, order)
        if not math.isfinite(accused.value):
            return {}
        return {
            "reverse": accused.partials[("x",) * order],
            "numeric": numeric.testify(subject, (0,) * order),
            "complex": complex_step.testify(subject, (0,) * order, accused.value, accused.value_error),
        }


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("text", FUNCTIONS)
def test_the_truth_lies_within_the_stated_error(text: str, order: int) -> None:
    heard = 0
    for x in POINTS:
        told = statements(text, float(x), order)
        if not told:
            continue
        with mpmath.workdps(80):
            exact = mpmath.diff(lambda z: FUNCTIONS[text](mpmath, z), mpmath.mpf(float(x)), order)
        for name, said in told.items():
            if not isinstance(said, GaveUp):
                heard += name != "reverse"
                assert abs(mpmath.mpf(said.value) - exact) <= said.error, (name, x, said, exact)
    assert heard > len(POINTS) / 2


def test_a_witness_that_cannot_tell_says_so() -> None:
    told = statements("floor(x)", 1.0, 1)
    assert isinstance(told["numeric"], GaveUp)
    assert told["complex"] == GaveUp("complex", "`floor` is not holomorphic")
    assert isinstance(statements("gamma(sin(x))", math.pi, 1)["numeric"], GaveUp), (
        "steps miss the pole beside the point"
    )
    edge = statements("asin(x)", 1.0, 1)
    assert isinstance(edge["numeric"], GaveUp) and isinstance(edge["complex"], GaveUp)


# The complex step


NOT_HOLOMORPHIC = [
    "abs", "sign", "maximum", "minimum", "fmax", "fmin", "clamp", "floor", "ceil", "round", "trunc", "frac",
    "heaviside", "copysign", "relu", "leaky_relu", "elu", "hypot", "atan2", "amax", "amin", "max", "min", "median",
    "norm", "remainder", "floor_divide",
]  # fmt: skip
HOLOMORPHIC = [
    "add", "sub", "mul", "div", "pow", "exp", "log", "sin", "cos", "tan", "tanh", "sqrt", "erf", "where",
    "sum", "matmul", "dot", "prod",
]  # fmt: skip


@pytest.mark.parametrize("name", NOT_HOLOMORPHIC)
def test_what_has_no_complex_derivative_does_not_count(name: str) -> None:
    assert not holomorphic(REGISTRY[name])


@pytest.mark.parametrize("name", HOLOMORPHIC)
def test_what_has_a_complex_derivative_counts(name: str) -> None:
    assert holomorphic(REGISTRY[name])


def test_another_function_of_complex_numbers_is_no_witness() -> None:
    """A power of a negative number is real at a whole exponent alone, and complex everywhere around it."""
    subject = Subject(lang.parse("x**y"), {"x": -2.0, "y": 3.0}, ["x", "y"])
    by_base, by_exponent = (complex_step.testify(subject, (i,), -8.0, 1e-14) for i in (0, 1))
    assert not isinstance(by_base, GaveUp) and by_base.value == pytest.approx(12)
    assert isinstance(by_exponent, GaveUp)


# Sides


@pytest.mark.parametrize(
    ("text", "x", "left", "right"),
    [
        ("abs(x)", 0.0, -1.0, 1.0),
        ("abs(x - 2)*x", 2.0, -2.0, 2.0),
        ("sqrt(x)", 0.0, None, math.inf),
        ("x*log(x)", 1.0, 1.0, 1.0),
        ("floor(x)", 3.0, math.inf, 0.0),
        ("cbrt(x)", 0.0, math.inf, math.inf),
        ("sin(x)", 0.5, math.cos(0.5), math.cos(0.5)),
    ],
)
def test_one_sided_derivatives(text: str, x: float, left: float | None, right: float | None) -> None:
    with np.errstate(all="ignore"):
        found = sides(Subject(lang.parse(text), {"x": x}, ["x"]), (0,))
    for side, expected in zip(found, (left, right), strict=True):
        assert side.value == (expected if expected is None else pytest.approx(expected, abs=4 * side.error + 1e-300))
    assert differ(*found) == (left != right)
    assert (meet(*found) is None) == (left != right or left is None or math.isinf(left))


# Arrays


def test_elements_of_small_arrays_are_looked_at_one_by_one() -> None:
    report = Expression.parse("sum(A @ b)").check(A=[[1, 2], [3, 4]], b=[5, 6])
    assert report.ok
    assert [row.partial[0] for row in report.rows] == ["A[0, 0]", "A[0, 1]", "A[1, 0]", "A[1, 1]", "b[0]", "b[1]"]
    assert all(set(row.heard) == {"numeric", "complex", "symbolic"} for row in report.rows)


def test_large_arrays_are_moved_along_a_random_direction() -> None:
    report = Expression.parse("sum(tanh(x)**2)").check(x=np.linspace(-1, 1, 1000))
    assert report.ok
    (row,) = report.rows
    assert row.partial == ("x[±]",)
    assert set(row.heard) >= {"numeric", "complex"}


def test_errors_that_cancel_in_the_sum_of_an_array_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sum of softmax is 1 whatever its derivative: so its elements are weighed, too."""
    assert Expression.parse("softmax(x, 0)").check(x=[1.0, 2.0, 4.0]).ok
    op = REGISTRY["softmax"]
    right = op.rules["input"]
    wrong = right._replace(function=lambda *values: 2 * right.function(*values), shortcut=None)
    monkeypatch.setitem(op.__dict__, "rules", {"input": wrong})
    from gradcli.autograd import generate

    monkeypatch.setattr(generate, "_compiled", {})
    report = Expression.parse("softmax(x, 0)").check(x=[1.0, 2.0, 4.0], methods=("numeric",))
    assert report.verdict == "disagrees"
    assert report.rows[0].note == "seen with the elements of the result weighed 1, 2, ..."


# Random expressions of the language

UNARY = [
    "sin", "cos", "tanh", "exp", "sqrt", "log", "expm1", "atan", "sigmoid", "square", "erf", "abs", "relu", "log1p",
    "sinh", "reciprocal",
]  # fmt: skip


def grown(smaller: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.tuples(st.sampled_from(UNARY), smaller).map(lambda p: f"{p[0]}({p[1]})"),
        st.tuples(smaller, st.sampled_from(["+", "-", "*", "/"]), smaller).map(lambda p: f"({p[0]} {p[1]} {p[2]})"),
        st.tuples(smaller, st.sampled_from(["2", "3", "0.5", "-1"])).map(lambda p: f"({p[0]})**{p[1]}"),
        st.tuples(st.sampled_from(["max", "min", "hypot", "atan2"]), smaller, smaller).map(
            lambda p: f"{p[0]}({p[1]}, {p[2]})"
        ),
        st.tuples(smaller, smaller, smaller).map(lambda p: f"({p[0]} if {p[1]} > 0.3 else {p[2]})"),
    )


EXPRESSIONS = st.recursive(st.sampled_from(["x", "y", "1", "2", "0.5", "x*y"]), grown, max_leaves=6)


@given(EXPRESSIONS)
def test_no_random_expression_is_called_wrong(text: str) -> None:
    report = Expression.parse(text).check(points=4, methods=("numeric", "complex"))
    wrong = [row for row in report.rows if row.verdict == "disagrees"]
    # NaN where there is a derivative is wrong, as in torch; it is the only thing that may be.
    assert all(math.isnan(row.reverse.value) for row in wrong), (text, wrong)
