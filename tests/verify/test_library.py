"""SymPy's expressions in the library: `Expression.symbolic` and `Expression.derivative`."""

from __future__ import annotations

import pytest
import sympy

from gradcli import Expression
from gradcli.errors import EvaluationError, UnknownNameError

x, y = sympy.symbols("x y", real=True)


def test_an_expression_is_of_sympys_own_functions() -> None:
    found = Expression.parse("floor(x)*sign(y) + max(x, y)*abs(log(x)) - ceil(y)").symbolic()
    wanted = sympy.floor(x) * sympy.sign(y) + sympy.Max(x, y) * sympy.Abs(sympy.log(x)) - sympy.ceiling(y)
    assert found == wanted


def test_numbers_are_those_that_are_written() -> None:
    assert Expression.parse("0.1*pi*x**2.5 + e").symbolic() == sympy.pi * x ** sympy.Rational(5, 2) / 10 + sympy.E


def test_arrays() -> None:
    assert Expression.parse("[x, x**2]*y").symbolic() == sympy.Array([x * y, x**2 * y])
    assert Expression.parse("[x, x**2]*y").derivative("x") == 2 * x * y + y


def test_derivatives_by_several_names_and_by_bound_ones() -> None:
    f = Expression.parse("y = x**2; y*sin(x)")
    assert f.derivative("x", "x") == -(x**2) * sympy.sin(x) + 4 * x * sympy.cos(x) + 2 * sympy.sin(x)
    assert f.derivative("y") == sympy.sin(x)


def test_jumps_add_nothing() -> None:
    assert Expression.parse("floor(x)*x").derivative("x") == sympy.floor(x)
    assert Expression.parse("sign(x)*x").derivative("x", "x") == 0
    assert Expression.parse("relu(x)").derivative("x") == sympy.Heaviside(x)


def test_what_there_is_not() -> None:
    with pytest.raises(UnknownNameError, match="the expression has no variable `z`"):
        Expression.parse("x").derivative("z")
    with pytest.raises(EvaluationError, match="there is no formula: SymPy cannot compute `median`"):
        Expression.parse("median([x, y])").symbolic()
