"""Where there is no derivative: both sides are shown, the convention is taken, and nobody cries wolf."""

from __future__ import annotations

from math import inf, nan, sqrt
from typing import Any

import numpy as np
import pytest
import sympy

from gradcli import Expression, tensor
from gradcli.autograd import grad
from gradcli.ops import REGISTRY
from gradcli.verify.kinks import CONVENTIONS

R = 1 / sqrt(2)

# The table of the conventions: an expression, a point, and for each partial what is taken, its left and its right.
# None is said of the side of a partial that has a derivative, or on which the function is not defined.
TABLE: list[tuple[str, dict[str, Any], dict[str, tuple[float, float | None, float | None]]]] = [
    ("abs(x)", {"x": 0}, {"x": (0, -1, 1)}),
    ("sign(x)", {"x": 0}, {"x": (0, inf, inf)}),
    ("relu(x)", {"x": 0}, {"x": (0, 0, 1)}),
    ("sqrt(x)", {"x": 0}, {"x": (inf, None, inf)}),
    ("cbrt(x)", {"x": 0}, {"x": (inf, inf, inf)}),
    ("norm(x)", {"x": [0, 0]}, {"x[0]": (0, -1, 1), "x[1]": (0, -1, 1)}),
    ("max(x, y)", {"x": 1, "y": 1}, {"x": (0.5, 0, 1), "y": (0.5, 0, 1)}),
    ("min(x, y)", {"x": 1, "y": 1}, {"x": (0.5, 1, 0), "y": (0.5, 1, 0)}),
    ("max(x)", {"x": [2, 2, 1]}, {"x[0]": (0.5, 0, 1), "x[1]": (0.5, 0, 1), "x[2]": (0, None, None)}),
    ("min(x)", {"x": [1, 2, 1]}, {"x[0]": (0.5, 1, 0), "x[1]": (0, None, None), "x[2]": (0.5, 1, 0)}),
    ("median(x)", {"x": [1, 1, 3]}, {"x[0]": (0.5, 0, 1), "x[1]": (0.5, 0, 1), "x[2]": (0, None, None)}),
    ("amax(x)", {"x": [2, 2]}, {"x[0]": (0.5, 0, 1), "x[1]": (0.5, 0, 1)}),
    ("amin(x)", {"x": [2, 2]}, {"x[0]": (0.5, 1, 0), "x[1]": (0.5, 1, 0)}),
    ("max(x, axis=0)", {"x": [2, 2]}, {"x[0]": (1, 0, 1), "x[1]": (0, 0, 1)}),
    ("min(x, axis=0)", {"x": [2, 2]}, {"x[0]": (1, 1, 0), "x[1]": (0, 1, 0)}),
    ("clamp(x, 0, 1)", {"x": 0}, {"x": (1, 0, 1)}),
    ("clamp(x, 0, 1)", {"x": 1}, {"x": (1, 1, 0)}),
    ("x**y", {"x": 0, "y": 0}, {"x": (0, None, None), "y": (0, None, -inf)}),
    ("x**y", {"x": 0, "y": 2}, {"x": (0, None, None), "y": (0, None, None)}),
    ("floor(x)", {"x": 1}, {"x": (0, inf, 0)}),
    ("ceil(x)", {"x": 1}, {"x": (0, 0, inf)}),
    ("round(x)", {"x": 0.5}, {"x": (0, 0, inf)}),
    ("trunc(x)", {"x": 1}, {"x": (0, inf, 0)}),
    ("prod(x)", {"x": [0, 2, 3]}, {"x[0]": (6, None, None), "x[1]": (0, None, None), "x[2]": (0, None, None)}),
    ("std(x)", {"x": [1, 1]}, {"x[0]": (0, -R, R), "x[1]": (0, -R, R)}),
    ("x % y", {"x": 2, "y": 1}, {"x": (1, -inf, 1), "y": (-2, -2, inf)}),
    ("hypot(x, y)", {"x": 0, "y": 0}, {"x": (nan, -1, 1), "y": (nan, -1, 1)}),
    # beside the table: edges of domains, branches, jumps
    ("asin(x)", {"x": 1}, {"x": (inf, inf, None)}),
    ("acosh(x)", {"x": 1}, {"x": (inf, None, inf)}),
    ("x**(1/3)", {"x": 0}, {"x": (inf, None, inf)}),
    ("leaky_relu(x)", {"x": 0}, {"x": (0.01, 0.01, 1)}),
    ("heaviside(x, 1/2)", {"x": 0}, {"x": (0, inf, inf)}),
    ("x if x > 0 else 2*x", {"x": 0}, {"x": (2, 2, 1)}),
    ("where(x > 0, x, 2*x)", {"x": 0}, {"x": (2, 2, 1)}),
    ("abs(x)*y", {"x": 0, "y": 3}, {"x": (0, -3, 3), "y": (0, None, None)}),
    ("relu(x) - relu(-x)", {"x": 0}, {"x": (0, 1, 1)}),
    ("x*abs(x)", {"x": 0}, {"x": (0, None, None)}),
]


@pytest.mark.parametrize(("text", "at", "expected"), TABLE)
def test_both_sides_are_shown(text: str, at: dict[str, Any], expected: dict[str, Any]) -> None:
    report = Expression.parse(text).check(at)
    assert report.ok
    found = {row.partial[0]: (row.reverse.value, row.left, row.right) for row in report.rows}
    assert found.keys() == expected.keys()
    for name, numbers in expected.items():
        assert [n is None for n in found[name]] == [n is None for n in numbers], found
        np.testing.assert_allclose(*(np.array(n, float) for n in (found[name], numbers)), rtol=1e-9, atol=0)


@pytest.mark.parametrize(
    ("text", "at", "second"),
    [("x*abs(x)", {"x": 0.0}, (-2.0, 2.0)), ("x**2 if x > 0 else 0", {"x": 0.0}, (0.0, 2.0))],
)
def test_second_derivatives_have_sides_too(text: str, at: dict[str, float], second: tuple[float, float]) -> None:
    report = Expression.parse(text).check(at, order=2)
    assert report.ok
    row = next(row for row in report.rows if row.partial == ("x", "x"))
    assert (row.left, row.right) == pytest.approx(second)


def test_a_wrong_gradient_is_no_convention() -> None:
    """At a kink that an operation does not have, only what lies between the sides is one."""
    report = Expression.parse("abs(x)").check(x=1.0)
    assert [row.verdict for row in report.rows] == ["agrees"]
    nan = Expression.parse("sqrt(x**4)").check(x=0.0)
    assert [(row.verdict, row.left, row.right) for row in nan.rows] == [("disagrees", 0.0, 0.0)]


# What others take


def fraction(value: Any) -> str:
    """Write a number as the table does."""
    number = sympy.nsimplify(value) if np.isfinite(float(value)) else float(value)
    return str(number)


@pytest.mark.parametrize(("name", "condition"), CONVENTIONS)
def test_the_examples_stand_on_their_kinks(name: str, condition: str) -> None:
    at = CONVENTIONS[name, condition].at
    op = REGISTRY[name]
    parsed = Expression.parse(condition)
    given = op.defaults | dict(zip(op.parameters, at, strict=False))
    assert parsed({variable: given[variable] for variable in parsed.variables})


@pytest.mark.parametrize(("name", "condition"), CONVENTIONS)
def test_what_sympy_takes(name: str, condition: str) -> None:
    at, expected = CONVENTIONS[name, condition].at, CONVENTIONS[name, condition].sympy
    op = REGISTRY[name]
    if np.ndim(at[0]):
        symbols = sympy.symbols("x y", real=True)
        values = dict(zip(symbols, at[0], strict=True))
        twin = np.asarray(op.sympy(sympy, np.array(symbols, object)))[()]
        told = {str(sympy.diff(twin, s).subs(values, simultaneous=True)) for s in symbols}
    else:
        symbols = [sympy.Symbol(parameter, real=True) for parameter in op.tensors[: len(at)]]
        values = dict(zip(symbols, map(sympy.nsimplify, at), strict=True))
        twin = getattr(sympy, op.sympy)(*symbols) if isinstance(op.sympy, str) else op.sympy(sympy, *symbols)
        slopes = [sympy.diff(twin, s).subs(values, simultaneous=True) for s in symbols]
        told = {", ".join(str(sympy.nsimplify(s) if s.is_Float else s) for s in slopes)}
    assert told == {expected} or (expected is None and all("Derivative" in each for each in told))


@pytest.mark.parametrize(("name", "condition"), CONVENTIONS)
def test_something_is_taken_otherwise_by_someone(name: str, condition: str) -> None:
    """The table holds no more than it must: not all take what we do."""
    convention = CONVENTIONS[name, condition]
    leaves = [tensor(np.array(value), requires_grad=True) for value in convention.at]
    result = grad(REGISTRY[name](*leaves).sum(), leaves, materialize_grads=True)
    ours = ", ".join(fraction(value) for slope in result for value in np.unique(slope.numpy()))
    assert {convention.torch, convention.jax, convention.sympy} != {ours}
