"""Formulas in the language: what is printed reads back as the same function."""

from __future__ import annotations

from typing import Any

import pytest
import sympy

from gradcli import lang
from gradcli.verify import symbols, translate, trials
from gradcli.verify.spelling import spell

x, y, e, pi = sympy.symbols("x y e pi", real=True)


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        (x**2 * sympy.exp(x) + 2 * x * sympy.exp(x), "x**2*exp(x) + 2*x*exp(x)"),
        (-(x**2) / y - sympy.sqrt(x) / 3, "-sqrt(x)/3 - x**2/y"),
        (1 / (x * sympy.sqrt(y)), "1/(x*sqrt(y))"),
        (sympy.E * sympy.pi * x, "e*pi*x"),
        (e * sympy.E + pi * sympy.pi, "exp(1)*e + acos(-1)*pi"),
        (sympy.Abs(x) + sympy.ceiling(y) - sympy.Max(x, y), "abs(x) + ceil(y) - max(x, y)"),
        (sympy.polygamma(0, x) + sympy.polygamma(2, y), "digamma(x) + polygamma(2, y)"),
        (sympy.besseli(0, x) + sympy.besseli(2, y), "i0(x) + (i0(y) - 2*i1(y)/y)"),
        (sympy.sinc(sympy.pi * x), "sinc(x)"),
        (sympy.Heaviside(x - 1) * y, "y*heaviside(x - 1, 0.5)"),
        (2 ** sympy.Piecewise((x, x > 1), (y, True)), "2**(x if x > 1 else y)"),
        (
            sympy.Piecewise((x, (x > 1) & sympy.Ne(x, 2)), (0, sympy.Eq(y, 1) | ~(x >= y)), evaluate=False),
            "x if (x > 1) and (x != 2) else 0 if (y == 1) or (x < y) else nan",
        ),
        (sympy.oo + 0 * x, "inf"),
    ],
)
def test_words(expression: Any, text: str) -> None:
    assert spell(expression) == text
    given = {symbol.name: () for symbol in expression.free_symbols}
    back = translate.Formula(lang.parse(text), given, symbols.written).value
    if expression.free_symbols and not expression.has(sympy.nan) and "nan" not in text:
        assert trials.same(expression, back)


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        (x / 5 + sympy.Rational(3, 10) * x ** sympy.Rational(5, 2), "0.2*x + 0.3*x**2.5"),
        (sympy.sqrt(x) / 2 + x / 3, "sqrt(x)/2 + x/3"),
        (sympy.Rational(8854, 10**15) * x, "8.854e-12*x"),
        (602214076 * 10**15 * x, "6.02214076e+23*x"),
        (sympy.Rational(2213, 750000000000) * x, "2.950666666666667e-09*x"),
    ],
)
def test_decimals(expression: Any, text: str) -> None:
    assert spell(expression, decimals=True) == text


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        (sympy.zeta(x), "SymPy's `zeta` has no name here"),
        (sympy.besseli(y, x), "I of order y has no name here"),
        (sympy.Derivative(sympy.Function("f")(x), x), "SymPy's `f` has no name here"),
    ],
)
def test_there_is_no_word(expression: Any, reason: str) -> None:
    with pytest.raises(translate.Unable) as caught:
        spell(expression)
    assert str(caught.value) == reason
