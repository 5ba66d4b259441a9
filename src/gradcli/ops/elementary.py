"""Exponentials, logarithms, roots and absolute value."""

from __future__ import annotations

import math

import numpy as np

from ._registry import family
from ._sampling import positive, reals
from .piecewise import sign

op = family("elementary", pointwise=True)

LN2 = math.log(2.0)
LN10 = math.log(10.0)


@op(sympy="exp", special=(0.0, -1000.0))
def exp(input):
    """Exponential function, elementwise."""
    return np.exp(input)


exp.grad(input=lambda g, out: g * out)


@op(sympy=lambda s, x: 2**x, special=(0.0, -2000.0))
def exp2(input):
    """Two to the power of the argument, elementwise."""
    return np.exp2(input)


exp2.grad(input=lambda g, out: g * out * LN2)


# The slope is exp(input), not out + 1, which has no digits left where out is near -1.
@op(sympy=lambda s, x: s.exp(x) - 1, special=(0.0, 1e-20, -40.0))
def expm1(input):
    """`exp(input) - 1` without cancellation near zero, elementwise."""
    return np.expm1(input)


expm1.grad(input=lambda g, input: g * exp(input))


@op(sympy="log", domain=positive(), special=(1.0, 1e-300), aliases=("ln",))
def log(input):
    """Natural logarithm, elementwise."""
    return np.log(input)


log.grad(input=lambda g, input: g / input)


@op(sympy=lambda s, x: s.log(x) / s.log(2), domain=positive(), special=(1.0, 1e-300))
def log2(input):
    """Logarithm to base 2, elementwise."""
    return np.log2(input)


log2.grad(input=lambda g, input: g / (input * LN2))


@op(sympy=lambda s, x: s.log(x) / s.log(10), domain=positive(), special=(1.0, 1e-300))
def log10(input):
    """Logarithm to base 10, elementwise."""
    return np.log10(input)


log10.grad(input=lambda g, input: g / (input * LN10))


@op(sympy=lambda s, x: s.log(1 + x), domain=reals(-0.75, 4), special=(0.0, 1e-20),
    node="Log1PBackward0")  # fmt: skip
def log1p(input):
    """`log(1 + input)` without cancellation near zero, elementwise."""
    return np.log1p(input)


log1p.grad(input=lambda g, input: g / (input + 1.0))


@op(sympy="sqrt", domain=positive(), special=(1e-300, 1e300), kinks={"input == 0": "inf"})
def sqrt(input):
    """Square root, elementwise."""
    return np.sqrt(input)


sqrt.grad(input=lambda g, out: g / (2.0 * out))


@op(sympy=lambda s, x: 1 / s.sqrt(x), domain=positive())
def rsqrt(input):
    """Reciprocal of the square root, elementwise."""
    return np.divide(1.0, np.sqrt(input))


rsqrt.grad(input=lambda g, out: g * (-0.5 * (out * out * out)))


@op(sympy=lambda s, x: s.real_root(x, 3), domain=positive(), special=(-8.0,), kinks={"input == 0": "inf"})
def cbrt(input):
    """Real cube root, elementwise."""
    return np.cbrt(input)


cbrt.grad(input=lambda g, out: g / (3.0 * (out * out)))


@op(sympy="Abs", dtype="common", special=(2.5, -2.5), kinks={"input == 0": "0"}, aliases=("absolute", "fabs"))
def abs(input):
    """Absolute value, elementwise."""
    return np.abs(input)


abs.grad(input=lambda g, input: g * sign(input))
