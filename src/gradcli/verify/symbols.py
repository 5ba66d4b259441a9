"""Numbers, truth values and variables as SymPy has them, alone or as elements of object arrays.

>>> written(0.1), written(3.141592653589793)
(1/10, pi)
>>> as_float(0.5), as_float(0.1)
(1/2, 0.1)
>>> variable("y", (2,)).tolist()
[y[0], y[1]]
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import sympy
from sympy.core.relational import Relational
from sympy.logic.boolalg import BooleanAtom, BooleanFunction

from .labels import elements

# What a reader calls these numbers.
_NAMED = {math.pi: sympy.pi, math.tau: 2 * sympy.pi, math.e: sympy.E, math.inf: sympy.oo}

# Numbers up to here, in eighths, are left to SymPy to compute with; so are their powers, up to the same exponent.
_SIMPLE = 64

# What is true or false; SymPy's symbols might be either, and ours are numbers.
_TRUTH = (BooleanAtom, BooleanFunction, Relational)


def written(value: float) -> Any:
    """Return the number that a reader sees: `0.1` is a tenth, and 3.141592653589793 is pi."""
    if math.isnan(value):
        return sympy.nan
    if abs(value) in _NAMED:
        return int(math.copysign(1, value)) * _NAMED[abs(value)]
    exact = Fraction(repr(value))
    return sympy.Rational(exact.numerator, exact.denominator)


def as_float(value: float) -> Any:
    """Return exactly the number that a float is.

    But for the simplest, it is a symbol, for which SymPy computes nothing beforehand: what its value is, its name
    says.
    """
    if not math.isfinite(value):
        return written(value)
    if abs(value) <= _SIMPLE and (8 * value).is_integer():
        return sympy.Rational(int(8 * value), 8)
    return _opaque(value)


def _opaque(value: float) -> Any:
    size = sympy.Symbol(repr(abs(value)), positive=True)
    return size if value > 0 else -size


def value_of(symbol: Any) -> float | None:
    """Return the number that a symbol of `as_float` stands for, or None if it is a variable."""
    return float(symbol.name) if symbol.name[0].isdigit() else None


def variable(name: str, shape: tuple[int, ...]) -> Any:
    """Return the symbol of a variable, or an array of those of its elements."""
    made = [sympy.Symbol(label, real=True) for label in elements(name, shape)]
    return np.array(made, object).reshape(shape) if shape else made[0]


def each(function: Callable[..., Any], *values: Any) -> Any:
    """Apply a function element by element, broadcasting; of scalars alone, return a scalar."""
    if not any(isinstance(value, np.ndarray) for value in values):
        return function(*values)
    grid = np.broadcast(*(np.asarray(value, object) for value in values))
    out: Any = np.empty(grid.shape, object)
    out.flat = [function(*row) for row in grid]
    return out if out.ndim else out.item()


def chosen(condition: Any, then: Any, otherwise: Any) -> Any:
    """Return a Piecewise of the two, or one of them where the condition is known."""
    if not isinstance(condition, _TRUTH):
        condition = sympy.Ne(condition, 0)
    if condition in (sympy.true, sympy.false):
        return then if condition == sympy.true else otherwise
    rest = otherwise.args if isinstance(otherwise, sympy.Piecewise) else [(otherwise, True)]
    return sympy.Piecewise((then, condition), *rest, evaluate=False)


def as_number(value: Any) -> Any:
    """Return a truth value as the number that it is in arithmetic."""
    return chosen(value, sympy.S.One, sympy.S.Zero) if isinstance(value, _TRUTH) else value


def as_base(value: Any, exponent: Any) -> Any:
    """Return a number as a symbol where SymPy, raising it to a power, would fill the memory with digits."""
    known = value.is_Rational and exponent.is_Rational
    simple = known and max(abs(value), value.q, abs(exponent), exponent.q) <= _SIMPLE
    return value if simple or not known or value in (0, 1) else _opaque(float(value))


def number(value: Any) -> Any:
    """Return the number that a value is, which depends on no variable."""
    if value in (sympy.true, sympy.false):
        return value == sympy.true
    return float(value.xreplace({s: sympy.Float(value_of(s)) for s in value.free_symbols}))
