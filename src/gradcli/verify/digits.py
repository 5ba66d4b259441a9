"""The value of an expression of SymPy to many digits, with the error that is left in it.

The tree is walked by a table of mpmath's functions: SymPy's `evalf` and `lambdify` do not tell how far they
are off. Everything is computed with more and more digits, until two runs agree.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import sympy
from mpmath import mp

DIGITS = 50

# Working digits: those of one run after the other.
_RUNS = (60, 90, 150, 300, 600)

# The binary exponent from which mpmath is not asked for more: it would fill the memory with digits.
_LARGEST = 2**16
_SMALLEST = -(2**40)


class Undefined(ArithmeticError):
    """Why there is no number; completes "it gave up: ..."."""


class Number(NamedTuple):
    """A number of `DIGITS` digits, and how far the truth may be from it.

    `edges` are the parts of the expression that stand on a kink or a jump.
    """

    value: Any
    error: Any
    edges: tuple[Any, ...]


def evaluate(expression: Any, values: Mapping[Any, float]) -> Number:
    """Return the value of an expression where its symbols have these values; raise Undefined if it has none."""
    before = error = mp.inf
    for digits in _RUNS:
        with mp.workdps(digits):
            walk = _Walk(values)
            found = walk.value(expression)
            error, before = abs(found - before), found
            smallest = abs(found) * mp.mpf(10) ** -DIGITS
        if error <= smallest:
            break
    return Number(found, max(error, smallest), tuple(walk.edges))


class _Walk:
    """A walk through a tree, in which what occurs twice is computed once."""

    def __init__(self, values: Mapping[Any, float]) -> None:
        self._known: dict[Any, Any] = {symbol: mp.mpf(value) for symbol, value in values.items()}
        self.edges: list[Any] = []

    def value(self, e: Any) -> Any:
        if e not in self._known:
            self._known[e] = self._compute(e)
        return self._known[e]

    def _compute(self, e: Any) -> Any:
        if e.is_Rational:
            return mp.mpf(e.p) / e.q
        if e.is_Float:
            return mp.make_mpf(e._mpf_)
        if isinstance(e, sympy.Piecewise):
            return next(self.value(piece) for piece, condition in e.args if self.value(condition))
        name = type(e).__name__
        if name not in _FUNCTIONS:
            raise Undefined(f"SymPy leaves `{name}` standing")
        arguments = [self.value(a) for a in e.args]
        if name in _EDGES and self._on_edge(_EDGES[name], e.args, arguments):
            self.edges.append(e)
        return _checked(name, arguments)

    def _on_edge(self, distance: Callable[..., Any], parts: tuple[Any, ...], arguments: list[Any]) -> bool:
        """Tell whether the arguments of a function are where it has an edge, as far as rounding lets one see."""
        terms = [part for whole in parts for part in ((whole, *whole.args) if whole.is_Add else (whole,))]
        size = max(abs(self.value(term)) for term in terms)
        return bool(distance(*arguments) <= size * mp.mpf(10) ** (15 - mp.dps))


def _checked(name: str, arguments: list[Any]) -> Any:
    """Apply a function; raise Undefined where that gives no finite real number."""
    try:
        found = _FUNCTIONS[name](*arguments)
    except ZeroDivisionError:
        raise Undefined("there is a division by zero there") from None
    except ValueError:
        raise Undefined(f"`{name}` is not defined there") from None
    if isinstance(found, (bool, mp.constant)):
        return found + 0 if isinstance(found, mp.constant) else found
    if isinstance(found, mp.mpc):
        if found.imag:
            raise Undefined(f"`{name}` is not real there")
        found = found.real
    if not mp.isfinite(found):
        raise Undefined(f"`{name}` is not finite there")
    if found and not _SMALLEST < mp.mag(found) < _LARGEST:
        raise Undefined(f"`{name}` is too large, or too small, there")
    return found


def _power(base: Any, exponent: Any) -> Any:
    if not base and exponent < 0:
        raise ZeroDivisionError
    if not base and not exponent:
        return mp.one
    if base and abs(exponent) * abs(mp.mag(base)) > abs(_SMALLEST):
        raise Undefined("a power is too large, or too small, there")
    return mp.power(base, exponent)


def _step(x: Any, at_zero: Any) -> Any:
    return mp.mpf(x > 0) if x else at_zero


def _spread(*values: Any) -> Any:
    """Return how far the largest of several numbers is from the next."""
    first, second, *_ = sorted(values, reverse=True)
    return first - second


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "Add": lambda *terms: mp.fsum(terms), "Mul": lambda *factors: mp.fprod(factors), "Pow": _power,
    "Pi": lambda: mp.pi, "Exp1": lambda: mp.e, "EulerGamma": lambda: mp.euler, "GoldenRatio": lambda: mp.phi,
    "Abs": abs, "sign": mp.sign, "floor": mp.floor, "ceiling": mp.ceil, "Max": max, "Min": min, "Heaviside": _step,
    "polygamma": mp.psi, "digamma": lambda x: mp.psi(0, x), "trigamma": lambda x: mp.psi(1, x),
    "StrictGreaterThan": operator.gt, "GreaterThan": operator.ge, "StrictLessThan": operator.lt,
    "LessThan": operator.le, "Equality": operator.eq, "Unequality": operator.ne,
    "ITE": lambda c, a, b: a if c else b,
    "And": lambda *c: all(c), "Or": lambda *c: any(c), "Not": operator.not_, "Xor": lambda *c: sum(c) % 2 == 1,
    "BooleanTrue": lambda: True, "BooleanFalse": lambda: False,
} | {
    name: getattr(mp, name)
    for name in (
        "exp", "log", "sin", "cos", "tan", "cot", "sec", "csc", "asin", "acos", "atan", "acot", "asec", "acsc", "atan2",
        "sinh", "cosh", "tanh", "coth", "sech", "csch", "asinh", "acosh", "atanh", "acoth", "asech", "acsch", "sinc",
        "erf", "erfc", "erfinv", "gamma", "loggamma", "beta", "besseli",
    )
}  # fmt: skip

# How far the arguments of a function are from where it has no derivative.
_EDGES: dict[str, Callable[..., Any]] = {
    "Abs": abs, "sign": abs, "Heaviside": lambda x, *_: abs(x),
    "floor": lambda x: abs(x - mp.nint(x)), "ceiling": lambda x: abs(x - mp.nint(x)),
    "Max": _spread, "Min": lambda *values: _spread(*(-v for v in values)),
} | dict.fromkeys(
    ("StrictGreaterThan", "GreaterThan", "StrictLessThan", "LessThan", "Equality", "Unequality"),
    lambda left, right: abs(left - right),
)  # fmt: skip
