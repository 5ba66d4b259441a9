"""The gamma function and what comes of it.

SciPy's forwards lose digits near their zeros and add up rounding errors. Where it is often called, near 2, the
logarithm of the gamma function is summed here from its Taylor series, and the others follow from that.

>>> from gradcli.ops.gammas import gamma, lgamma
>>> float(gamma(5.0))
24.0
>>> float(lgamma(1.0))
0.0
"""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from ._registry import family
from ._sampling import case, positive
from .special import in_pieces, scipy_special

op: Any = family("special", pointwise=True)

EULER = 0.5772156649015329

# How far up sums go before their tail is left to an asymptotic series, and the terms of that.
_STEPS = 9

# Bernoulli's numbers B2, B4, ...
_BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510, 43867 / 798)


@functools.cache
def _taylor() -> list[float]:
    """Return the coefficients of `lgamma(2 + t) - (1 - EULER)*t`, from t**2 on (DLMF 5.7.3)."""
    orders = np.arange(2, 40)
    return ((-1.0) ** orders * scipy_special().zetac(orders.astype(float)) / orders).tolist()


def _polynomial(coefficients: Sequence[float], t: Any) -> Any:
    """Return the sum of `coefficients[k] * t**(k + 1)`."""
    total: Any = 0.0
    for coefficient in reversed(coefficients):
        total = (total + coefficient) * t
    return total


def _near_two(t: Any) -> Any:
    """Return `lgamma(2 + t)` for t from -0.8 to 0.5."""
    return t * ((1.0 - EULER) + _polynomial(_taylor(), t))


def _between(input: Any) -> Any:
    """Return `lgamma(x)` for x from 0.5 to 2.5."""
    upper = np.greater(input, 1.3)
    t = np.where(upper, input - 2.0, input - 1.0)[()]
    above = _near_two(t)
    return np.where(upper, above, above - np.log1p(t))


def _moved(x: Any) -> tuple[Any, Any, Any]:
    """Return arguments taken to where the series is good, and which were one step below and above it."""
    below, above = np.less(x, 0.5), np.greater(x, 2.5)
    return np.where(below, x + 1.0, np.where(above, x - 1.0, x))[()], below, above


# The argument is taken to where the series is good by one step of the recurrence (DLMF 5.5.1).
@op(sympy="gamma", domain=positive(), special=(-0.5, 1e-9, 150.5))
def gamma(input):
    """Gamma function, elementwise (DLMF 5.2.1)."""
    return in_pieces(scipy_special().gamma, input, (0.0, 3.5, _gamma))


def _gamma(x: Any) -> Any:
    moved, below, above = _moved(x)
    made = np.exp(_between(moved))
    return np.where(below, made / x, np.where(above, made * moved, made))


gamma.grad(input=lambda g, input, out: g * (out * digamma(input)))


@op(sympy=lambda s, input: s.log(s.gamma(input) ** 2) / 2, domain=positive(),
    special=(-0.5, 1e-9, 1 + 1e-9, 2 + 1e-9, 150.5), aliases=("gammaln",))  # fmt: skip
def lgamma(input):
    """Logarithm of the size of the gamma function, elementwise."""
    return in_pieces(scipy_special().gammaln, input, (0.0, 3.5, _lgamma))


def _lgamma(x: Any) -> Any:
    moved, below, above = _moved(x)
    return _between(moved) + np.where(below, -np.log(x), np.where(above, np.log(moved), 0.0))


lgamma.grad(input=lambda g, input: g * digamma(input))


@op(sympy="digamma", domain=positive(), special=(-0.5, 1e-9, 1000.5), aliases=("psi",))
def digamma(input):
    """Logarithmic derivative of the gamma function, elementwise (DLMF 5.2.2)."""
    return scipy_special().digamma(input)


digamma.grad(input=lambda g, input: g * polygamma(1, input))


@op(sympy="polygamma", domain=positive(), special=(-0.5, 1000.5), cases=(case(n=0), case(n=1), case(n=3)))
def polygamma(n: int, input):
    """The n-th derivative of digamma, elementwise (DLMF 25.11.12)."""
    if operator.index(n) < 0:
        raise RuntimeError("polygamma(n, x) does not support negative n.")
    if n == 0:
        return scipy_special().digamma(input)
    return (-1) ** (n + 1) * float(scipy_special().gamma(n + 1)) * _hurwitz(n + 1, input)


polygamma.grad(input=lambda g, n, input: g * polygamma(n + 1, input))


def _hurwitz(s: int, x: Any) -> Any:
    """Return Hurwitz's zeta function: from the smallest terms to the largest, the tail first (DLMF 25.11.43)."""
    near = np.less(x, 10.0)
    far = np.where(near, np.add(x, float(_STEPS)), x)
    inverse = np.divide(1.0, np.square(far))
    coefficients = [
        b * math.prod(range(s, s + 2 * j + 1)) / math.factorial(2 * j + 2) for j, b in enumerate(_BERNOULLI)
    ]
    total = np.power(far, 1.0 - s) * (1.0 / (s - 1) + 0.5 / far + _polynomial(coefficients, inverse))
    for k in reversed(range(_STEPS)):
        total = total + np.where(near, np.power(np.add(x, float(k)), -float(s)), 0.0)
    return np.where(np.greater(x, 0.0), total, scipy_special().zeta(s, x))


@op(public=False, sympy=lambda s, input, other: s.digamma(input + other) - s.digamma(input), domain=positive(),
    special=((50.0, 3.0),))  # fmt: skip
def digamma_step(input, other):
    """`digamma(input + other) - digamma(input)` without cancellation, elementwise (DLMF 5.7.6, 5.11.2)."""
    y = np.add(input, float(_STEPS))
    z = np.add(y, other)
    u, v = np.divide(1.0, np.square(y)), np.divide(1.0, np.square(z))
    value, quotient = 0.0, 0.0  # of the asymptotic series, and its divided difference
    for j, b in reversed(list(enumerate(_BERNOULLI, 1))):
        quotient = quotient * v + value
        value = value * u + b / (2 * j)
    quotient = quotient * v + value
    total = np.log1p(other / y) + other * (0.5 / y / z + (y + z) * u * v * quotient)
    for k in reversed(range(_STEPS)):
        lower = np.add(input, float(k))
        total = total + other / lower / np.add(lower, other)
    above = np.add(input, other)
    inside = np.logical_and(np.greater(input, 0.0), np.greater(above, 0.0))
    return np.where(inside, total, np.subtract(scipy_special().digamma(above), scipy_special().digamma(input)))


digamma_step.grad(
    input=lambda g, input, other: g * (polygamma(1, input + other) - polygamma(1, input)),
    other=lambda g, input, other: g * polygamma(1, input + other),
)

# Where gamma neither overflows nor has poles.
_SUM, _LEAST = 100.0, 1e-2


# What rounding takes from the sum of the arguments is given back to first order.
@op(sympy="beta", domain=positive())
def beta(input, other):
    """Beta function `gamma(input)*gamma(other)/gamma(input + other)`, elementwise (DLMF 5.12.1)."""
    special = scipy_special()
    total = np.add(input, other)
    lost = np.subtract(np.minimum(input, other), np.subtract(total, np.maximum(input, other)))
    gammas = gamma.forward(input) / gamma.forward(total) * gamma.forward(other)
    near = np.logical_and(np.less(total, _SUM), np.greater(np.minimum(input, other), _LEAST))
    return np.where(near, gammas * (1.0 - lost * special.digamma(total)), special.beta(input, other))


beta.grad(
    input=lambda g, input, other, out: -g * (out * digamma_step(input, other)),
    other=lambda g, input, other, out: -g * (out * digamma_step(other, input)),
)
