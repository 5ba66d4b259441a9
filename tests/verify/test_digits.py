"""Values to fifty digits: SymPy's own where it has them, an error that is honest, and edges that are seen."""

from __future__ import annotations

from typing import Any

import pytest
import sympy
from mpmath import mp

from gradcli.verify import digits, reals

x, y = sympy.symbols("x y", real=True)


@pytest.mark.parametrize(
    "expression",
    [
        sympy.sin(x) ** 2 * sympy.exp(-x / 7) + sympy.pi - sympy.E,
        sympy.gamma(x) / sympy.erfc(y) + sympy.polygamma(2, x) * sympy.besseli(1, y),
        sympy.beta(x, y) ** sympy.Rational(1, 3) + sympy.loggamma(x) - sympy.erfinv(y / 3),
        sympy.atan2(y, x) + sympy.acoth(3 * x) + sympy.asech(y / 4) + sympy.acsc(2 * x) + sympy.sinc(x),
        sympy.Piecewise((1 / (x - 2), x > 2), (sympy.log(x), (x > 0) & (y < 9)), (y, True)),
        sympy.Max(x, y) - sympy.Min(x, 2 * y) * sympy.floor(3 * x) + sympy.sign(-y) * sympy.Heaviside(y),
    ],
)
def test_the_value_is_sympys(expression: Any) -> None:
    point = {x: 1.25, y: 0.8125}  # exact in binary, so that SymPy means the same
    found = digits.evaluate(expression, point)
    wanted = expression.subs({s: sympy.Rational(v) for s, v in point.items()}).evalf(60)
    assert abs(sympy.Float(found.value, 60) - wanted) <= sympy.Float(mp.mpf(10) ** -48) * abs(wanted)
    assert 0 <= found.error <= abs(found.value) * mp.mpf(10) ** -49
    assert found.edges == ()


def test_digits_that_cancel_are_made_up_for() -> None:
    shifted = 1 + sympy.Integer(10) ** -120 * x
    found = digits.evaluate(shifted - 1, {x: 3.0})
    assert mp.nstr(found.value, 40) == "3.0e-120"
    assert found.error <= mp.mpf(10) ** -160


def test_a_zero_that_no_digits_show_has_an_error() -> None:
    found = digits.evaluate(sympy.sin(x) ** 2 + sympy.cos(x) ** 2 - 1, {x: 1.0})
    assert abs(found.value) <= found.error
    assert found.error < mp.mpf(10) ** -290


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        (1 / x, "there is a division by zero there"),
        (x**-sympy.pi, "there is a division by zero there"),
        (sympy.log(x), "`log` is not finite there"),
        (sympy.log(x - 1), "`log` is not real there"),
        (sympy.sqrt(x - 1), "`Pow` is not real there"),
        (sympy.gamma(x), "`gamma` is not defined there"),
        (sympy.exp(sympy.exp(sympy.exp(x + 9))), "`exp` is too large, or too small, there"),
        ((x + 9) ** ((x + 9) ** ((x + 9) ** (x + 9))), "`Pow` is too large, or too small, there"),
        (sympy.zeta(x + 3), "SymPy leaves `zeta` standing"),
        (sympy.Derivative(sympy.Function("f")(x), x), "SymPy leaves `Derivative` standing"),
    ],
)
def test_where_there_is_no_number(expression: Any, reason: str) -> None:
    with pytest.raises(digits.Undefined) as caught:
        digits.evaluate(expression, {x: 0.0})
    assert str(caught.value) == reason


@pytest.mark.parametrize(
    ("expression", "at", "stands"),
    [
        (reals.Abs(x), 0.0, True),
        (sympy.Abs(x - y), 0.5, True),
        (sympy.Abs(x), 1e-300, False),
        (reals.floor(3 * x), 1.0, True),
        (reals.floor(3 * x), 0.5, False),
        (reals.ceiling(x), -2.0, True),
        (reals.sign(sympy.log(x)), 1.0, True),
        (reals.Max(x, y, -1), 0.5, True),
        (reals.Max(x, y, 0.5), 0.25, True),
        (reals.Max(x, y, -1), 0.25, False),
        (reals.Min(x, y), 0.5, True),
        (sympy.Heaviside(x - 1), 1.0, True),
        (sympy.Piecewise((x, x > 1), (x**2, True)), 1.0, True),
        (sympy.Piecewise((x, sympy.Ne(x, 0)), (1, True)), 0.0, True),
        # a kink in what is not chosen is none
        (sympy.Piecewise((sympy.Abs(x), x > 1), (x**2, True)), 0.0, False),
    ],
)
def test_edges(expression: Any, at: float, stands: bool) -> None:
    assert bool(digits.evaluate(expression, {x: at, y: 0.5}).edges) == stands
