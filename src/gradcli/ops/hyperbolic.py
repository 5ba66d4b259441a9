"""Hyperbolic functions and their inverses.

>>> from gradcli.ops.hyperbolic import asinh, tanh
>>> float(tanh(1000.0))
1.0
>>> float(asinh(0.0))
0.0
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ._registry import family
from ._sampling import nonzero, positive, reals
from .elementary import abs, sqrt
from .trigonometric import hypot, one_minus_square

op: Any = family("hyperbolic", pointwise=True)


@op(sympy="sinh", special=(0.0, 700.0))
def sinh(input):
    """Hyperbolic sine, elementwise."""
    return np.sinh(input)


sinh.grad(input=lambda g, input: g * cosh(input))


@op(sympy="cosh", special=(0.0, 700.0))
def cosh(input):
    """Hyperbolic cosine, elementwise."""
    return np.cosh(input)


cosh.grad(input=lambda g, input: g * sinh(input))


# torch saves the result and takes 1 - out**2, of which no digit is left from 19 on.
@op(sympy="tanh", special=(0.0, 25.0, 1000.0))
def tanh(input):
    """Hyperbolic tangent, elementwise."""
    return np.tanh(input)


tanh.grad(input=lambda g, input: g * (sech(input) * sech(input)))


@op(sympy="sech", special=(0.0, 25.0, 1000.0))
def sech(input):
    """Hyperbolic secant `1/cosh(input)`, elementwise."""
    return np.divide(1.0, np.cosh(input))


sech.grad(input=lambda g, input, out: -g * (out * tanh(input)))


@op(sympy="csch", domain=nonzero(), special=(1e-3, 25.0, 1000.0))
def csch(input):
    """Hyperbolic cosecant `1/sinh(input)`, elementwise."""
    return np.divide(1.0, np.sinh(input))


csch.grad(input=lambda g, input, out: -g * (out * coth(input)))


@op(sympy="coth", domain=nonzero(), special=(1e-3, 25.0, 1000.0))
def coth(input):
    """Hyperbolic cotangent `1/tanh(input)`, elementwise."""
    return np.divide(1.0, np.tanh(input))


coth.grad(input=lambda g, input: -g * (csch(input) * csch(input)))


@op(sympy="asinh", special=(0.0, 1e9, 1e200), aliases=("arcsinh", "arsinh"))
def asinh(input):
    """Inverse hyperbolic sine, elementwise."""
    return np.arcsinh(input)


asinh.grad(input=lambda g, input: g / hypot(input, 1.0))


@op(sympy="acosh", domain=positive(1.05, 4), special=(1 + 1e-8, 1 + 1e-12, 1e9, 1e200),
    kinks={"input == 1": "inf"}, aliases=("arccosh", "arcosh"))  # fmt: skip
def acosh(input):
    """Inverse hyperbolic cosine, elementwise."""
    return np.arccosh(input)


acosh.grad(input=lambda g, input: g / sqrt(input - 1.0) / sqrt(input + 1.0))


@op(sympy="atanh", domain=reals(-0.95, 0.95), special=(0.0, 1e-9, 1 - 1e-8, 1 - 1e-12), aliases=("arctanh", "artanh"))
def atanh(input):
    """Inverse hyperbolic tangent, elementwise."""
    return np.arctanh(input)


atanh.grad(input=lambda g, input: g / one_minus_square(input))


# sinh(asech(x)) is sqrt(1/x**2 - 1): unlike acosh(1/x), this keeps its digits near 1.
@op(sympy="asech", domain=positive(0.05, 0.95), special=(1e-9, 1 - 1e-8, 1 - 1e-12),
    kinks={"input == 1": "-inf"}, aliases=("arcsech", "arsech"))  # fmt: skip
def asech(input):
    """Inverse hyperbolic secant, elementwise."""
    left = np.sqrt(np.divide(np.subtract(1.0, input), input))
    right = np.sqrt(np.divide(np.add(1.0, input), input))
    return np.arcsinh(np.multiply(left, right))


asech.grad(input=lambda g, input: -g / (input * sqrt(one_minus_square(input))))


@op(sympy="acsch", domain=nonzero(), special=(1e-9, 1e9), aliases=("arccsch", "arcsch"))
def acsch(input):
    """Inverse hyperbolic cosecant, elementwise."""
    return np.arcsinh(np.divide(1.0, input))


acsch.grad(input=lambda g, input: -g / (abs(input) * hypot(input, 1.0)))


# Half the logarithm of (x + 1)/(x - 1): unlike atanh(1/x), it keeps its digits near 1.
@op(sympy="acoth", domain=positive(1.05, 4), special=(-2.0, 1 + 1e-8, 1 + 1e-12, 1e9), aliases=("arccoth", "arcoth"))
def acoth(input):
    """Inverse hyperbolic cotangent, elementwise."""
    half = np.multiply(0.5, np.log1p(np.divide(2.0, np.subtract(np.abs(input), 1.0))))
    return np.copysign(half, input)


acoth.grad(input=lambda g, input: g / one_minus_square(input))
