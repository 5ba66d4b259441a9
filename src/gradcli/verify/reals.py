"""SymPy's functions, of real numbers.

What a twin of the registry is handed as SymPy (see `ops/_registry.py`) is `namespace()`. There, the functions
that SymPy would differentiate in the complex plane, or without end, know that their arguments are real and that
their slopes are constant between kinks. `plain` puts SymPy's own in their place again.
"""

from __future__ import annotations

import functools
from types import SimpleNamespace
from typing import Any

import sympy
from sympy.core.function import ArgumentIndexError


class Real(sympy.Function):
    """A function of a real number, which SymPy's own, `whole`, evaluates where the argument is a number."""

    whole: Any = None
    is_extended_real = True

    @classmethod
    def eval(cls, input: Any) -> Any:
        return cls.whole(input) if input.is_Number else None

    def slope(self) -> Any:
        """Return the derivative between kinks."""
        return sympy.S.Zero

    def fdiff(self, argindex: int = 1) -> Any:
        if argindex != 1:
            raise ArgumentIndexError(self, argindex)
        return self.slope()


class sign(Real):
    """The sign: its derivative is zero, where SymPy has a delta function."""

    whole = sympy.sign


class floor(Real):
    """The integer below: SymPy differentiates its own without end."""

    whole = sympy.floor
    is_integer = True


class ceiling(Real):
    """The integer above."""

    whole = sympy.ceiling
    is_integer = True


class Abs(Real):
    """The size, for arguments of which SymPy does not know that they are real."""

    whole = sympy.Abs
    is_extended_nonnegative = True

    @classmethod
    def eval(cls, input: Any) -> Any:
        return sympy.Abs(input) if input.is_extended_real else None

    def slope(self) -> Any:
        return sign(self.args[0])


class Max(sympy.Function):
    """The largest: SymPy compares all arguments of its own whenever it makes one, which takes its time."""

    whole = sympy.Max
    is_extended_real = True

    @classmethod
    def eval(cls, *args: Any) -> Any:
        return args[0] if len(args) == 1 else None

    def fdiff(self, argindex: int = 1) -> Any:
        own, others = self.args[argindex - 1], type(self)(*(a for i, a in enumerate(self.args, 1) if i != argindex))
        return self.leads(own, others)

    @staticmethod
    def leads(one: Any, other: Any) -> Any:
        """Return 1 where the one counts, 0 where the other does."""
        return sympy.Heaviside(one - other)


class Min(Max):
    """The smallest."""

    whole = sympy.Min

    @staticmethod
    def leads(one: Any, other: Any) -> Any:
        return sympy.Heaviside(other - one)


STAND_INS: tuple[Any, ...] = (sign, floor, ceiling, Abs, Max, Min)


def real_root(input: Any, n: int) -> Any:
    """Return the real root of an odd degree, of negative numbers too."""
    return sign(input) * Abs(input) ** sympy.Rational(1, n)


def mod(input: Any, other: Any) -> Any:
    """Return the remainder, with the sign of the divisor."""
    return input - other * floor(input / other)


@functools.cache
def namespace() -> Any:
    """Return what a twin is to take for SymPy."""
    ours = {f.__name__: f for f in STAND_INS} | {"real_root": real_root, "Mod": mod}
    return SimpleNamespace(**vars(sympy) | ours)


def differentiate(expression: Any, symbol: Any) -> Any:
    """Return SymPy's derivative; jumps add nothing to it, since it is taken between them."""
    slope = sympy.diff(expression, symbol)
    if slope.has(sympy.DiracDelta):
        slope = slope.replace(sympy.DiracDelta, lambda *_: sympy.S.Zero)
    # That of Abs, of which SymPy would make a delta function next.
    return slope.replace(sympy.sign, sign) if slope.has(sympy.sign) else slope


def plain(expression: Any) -> Any:
    """Return an expression of SymPy's own functions only."""
    for function in STAND_INS:
        expression = expression.replace(function, function.whole)
    return expression
