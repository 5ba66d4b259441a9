r"""Pieces of formulas, put together as they are written by hand: signs and numbers in front, powers and roots.

>>> x = Symbols("x")
>>> product(Symbols("2"), negative(product(Symbols("3"), product(x, x))))
'-6 x^{2}'
>>> quotient(Symbols("y"), total(x, negative(Symbols("1"))))
'\\frac{y}{x - 1}'
"""

from __future__ import annotations

import math
import re
from fractions import Fraction
from typing import Self

from ..primitives import ATOM, POWER, PRODUCT, SIGN, SUM
from .writing import Term

# Numbers that a reader knows by another name.
_KNOWN = {
    math.pi: r"\pi", math.pi / 2: r"\frac{\pi}{2}", 2 * math.pi: r"2 \pi", math.e: "e",
    math.log(2): r"\ln\left(2\right)", math.log(10): r"\ln\left(10\right)",
    math.sqrt(math.pi): r"\sqrt{\pi}", math.sqrt(2): r"\sqrt{2}", math.sqrt(0.5): r"\frac{1}{\sqrt{2}}",
    math.sqrt(2 * math.pi): r"\sqrt{2 \pi}", 1 / math.sqrt(2 * math.pi): r"\frac{1}{\sqrt{2 \pi}}",
    2 / math.sqrt(math.pi): r"\frac{2}{\sqrt{\pi}}",
    math.pi / 180: r"\frac{\pi}{180}", 180 / math.pi: r"\frac{180}{\pi}",
}  # fmt: skip

# Functions of which a power is written at the name.
_FUNCTION = re.compile(r"(\\(?:sin|cos|tan|sinh|cosh|tanh|ln))(\\left\(.*)")


class Symbols(Term):
    """A piece of a formula, whose brackets grow with what they hold.

    Of -x, `positive` is x; of 2x, `parts` are 2 and x; of 1/x, `below` is x.
    """

    positive: Symbols | None = None
    parts: tuple[float, Symbols] | None = None
    below: Symbols | None = None

    def __new__(cls, text: str, level: int = ATOM) -> Self:
        made = super().__new__(cls, text, min(level, SUM) if text.startswith("-") else level)
        if text.startswith("-") and level == SIGN:  # a negative number
            made.positive = Symbols(text[1:])
        return made

    def bracketed(self) -> str:
        """Return the text in brackets."""
        return rf"\left({self}\right)"


def number(value: float) -> str:
    """Write a positive number."""
    if value in _KNOWN:
        return _KNOWN[value]
    digits, _, exponent = repr(value).removesuffix(".0").partition("e")
    if not exponent:
        return digits
    power = f"10^{{{int(exponent)}}}"
    return power if digits == "1" else rf"{digits} \cdot {power}"


def negative(x: Symbols) -> Symbols:
    """Write -x."""
    if x.positive is not None:
        return x.positive
    made = Symbols(f"-{x:{PRODUCT}}", SUM)
    made.positive = x
    return made


def total(a: Symbols, b: Symbols) -> Symbols:
    """Write a + b, what is positive first."""
    if a.positive is not None and b.positive is None:
        a, b = b, a
    return Symbols(f"{a} + {b}" if b.positive is None else f"{a} - {b.positive:{PRODUCT}}", SUM)


def difference(a: Symbols, b: Symbols) -> Symbols:
    """Write a - b."""
    return Symbols(f"{a} - {b:{PRODUCT}}" if b.positive is None else f"{a} + {b.positive}", SUM)


def product(a: Symbols, b: Symbols) -> Symbols:
    """Write a*b, with the sign and the number in front."""
    if a.positive is not None or b.positive is not None:
        made = product(a.positive or a, b.positive or b)
        return made if a.positive is not None and b.positive is not None else negative(made)
    (m, left), (n, right) = _split(a), _split(b)
    if Fraction(m) * Fraction(n) != Fraction(m * n):
        return Symbols(rf"{a:{PRODUCT}} \cdot {b:{PRODUCT}}", PRODUCT)
    return _multiple(m * n, left or right if left is None or right is None else _times(left, right))


def _split(x: Symbols) -> tuple[float, Symbols | None]:
    if x.parts is not None:
        return x.parts
    return (float(x), None) if x[0].isdigit() and not x.strip(".0123456789") else (1.0, x)


def _times(a: Symbols, b: Symbols) -> Symbols:
    if a == b:
        return power(a, "2")
    if a.below is not None:
        a, b = b, a
    return quotient(a, b.below) if b.below is not None else Symbols(_beside(a, b), PRODUCT)


def _beside(a: Symbols, b: Symbols) -> str:
    right = f"{b:{PRODUCT}}"
    return f"{a:{PRODUCT}}" + (r" \cdot " if right[0].isdigit() else " ") + right


def _multiple(n: float, x: Symbols | None) -> Symbols:
    if x is None or n == 1:
        return x or Symbols(number(n))
    made = Symbols(_beside(Symbols(number(n)), x), PRODUCT)
    made.parts = (n, x)
    return made


def quotient(a: Symbols, b: Symbols) -> Symbols:
    """Write a/b, with the sign in front."""
    if a.positive is not None or b.positive is not None:
        made = quotient(a.positive or a, b.positive or b)
        return made if a.positive is not None and b.positive is not None else negative(made)
    made = Symbols(rf"\frac{{{a}}}{{{b}}}", SIGN)
    if a == "1":
        made.below = b
    return made


def power(base: Symbols, exponent: str) -> Symbols:
    """Write a power; that of a named function stands at its name."""
    if base.below is not None:
        return quotient(Symbols("1"), power(base.below, exponent))
    if base.level == ATOM and (function := _FUNCTION.fullmatch(base)):
        return Symbols(f"{function[1]}^{{{exponent}}}{function[2]}")
    return Symbols(f"{base:{ATOM}}^{{{exponent}}}", POWER)


def exponential(x: str) -> Symbols:
    """Write the exponential of x."""
    return Symbols("1") if x == "0" else Symbols(f"e^{{{x}}}", POWER)
