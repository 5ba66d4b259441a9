"""Special functions: error functions, gamma functions, Bessel functions.

SciPy is imported by the forward that needs it, so that programs without special functions start fast.
Formula numbers are those of the NIST Digital Library of Mathematical Functions (DLMF).

>>> from gradcli.ops.special import erfc, gamma
>>> float(gamma(5.0))
24.0
>>> float(erfc(0.0))
1.0
"""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

from ._registry import case, family, positive, reals
from .comparison import logical_and
from .piecewise import where

op: Any = family("special", pointwise=True)


def scipy_special() -> Any:
    """Import SciPy's special functions."""
    from scipy import special

    return special


# Error functions


# Rounding input**2 loses as many digits of the exponential as the square has. So it is split: `near` has few
# bits, its square is exact, and what is left is small.
@op(public=False, sympy=lambda s, input, rate=1.0: s.exp(-s.nsimplify(rate) * input**2), special=(0.0, 20.0, 1000.0),
    cases=(case(), case(rate=0.5)))  # fmt: skip
def gaussian(input, rate=1.0):
    """`exp(-rate*input**2)`, for a rate that is a power of two, to the last digits, elementwise."""
    near = np.divide(np.rint(np.multiply(128.0, np.minimum(np.maximum(input, -64.0), 64.0))), 128.0)
    rest = np.multiply(np.subtract(input, near), np.add(input, near))
    return np.multiply(np.exp(np.multiply(-rate, np.square(near))), np.exp(np.multiply(-rate, rest)))


gaussian.grad(input=lambda g, input, rate, out: g * (-2.0 * rate * input * out))


@op(sympy="erf", special=(0.0, 1e-9, 6.0, -1000.0))
def erf(input):
    """Error function, elementwise (DLMF 7.2.1)."""
    return scipy_special().erf(input)


erf.grad(input=lambda g, input: g * (2.0 / math.sqrt(math.pi) * gaussian(input)))


@op(sympy="erfc", special=(0.0, 10.0, 26.0, 1000.0, -1000.0))
def erfc(input):
    """Complementary error function `1 - erf(input)`, exact in its tail, elementwise (DLMF 7.2.2)."""
    special = scipy_special()
    return np.where(np.greater(input, 2.0), gaussian.forward(input) * special.erfcx(input), special.erfc(input))


erfc.grad(input=lambda g, input: g * (-2.0 / math.sqrt(math.pi) * gaussian(input)))


@op(sympy="erfinv", domain=reals(-0.9, 0.9), special=(0.0, 1e-9), kinks={"abs(input) == 1": "inf"})
def erfinv(input):
    """Inverse of the error function, elementwise."""
    return scipy_special().erfinv(input)


erfinv.grad(input=lambda g, input: g * (math.sqrt(math.pi) / 2.0 / gaussian(erfinv(input))))


@op(sympy=lambda s, input: s.erfc(-input / s.sqrt(2)) / 2, special=(0.0, -10.0, -37.0, 1000.0, -1000.0))
def ndtr(input):
    """Distribution function of the standard normal, exact in its tail, elementwise (DLMF 7.20.1)."""
    special = scipy_special()
    tail = gaussian.forward(input, 0.5) * special.erfcx(np.multiply(-math.sqrt(0.5), input))
    return np.where(np.less(input, -1.0), 0.5 * tail, special.ndtr(input))


def normal_density(input: Any) -> Any:
    """Density of the standard normal distribution."""
    return gaussian(input, 0.5) / math.sqrt(2.0 * math.pi)


ndtr.grad(input=lambda g, input: g * normal_density(input))


# Gamma functions


@op(sympy="gamma", domain=positive(), special=(-0.5, 1e-9, 150.5))
def gamma(input):
    """Gamma function, elementwise (DLMF 5.2.1)."""
    return scipy_special().gamma(input)


gamma.grad(input=lambda g, input, out: g * (out * digamma(input)))


# SciPy's gammaln has few digits near its zeros 1 and 2; its complex loggamma has a series there.
@op(sympy=lambda s, input: s.log(s.gamma(input) ** 2) / 2, domain=positive(),
    special=(-0.5, 1e-9, 1 + 1e-9, 2 + 1e-9, 150.5), aliases=("gammaln",))  # fmt: skip
def lgamma(input):
    """Logarithm of the size of the gamma function, elementwise."""
    special = scipy_special()
    near_zero = np.less(np.abs(np.subtract(np.abs(np.subtract(input, 1.5)), 0.5)), 0.2)
    return np.where(near_zero, special.loggamma(np.add(input, 0j)).real, special.gammaln(input))


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
    special = scipy_special()
    if n == 0:
        return special.digamma(input)
    return (-1) ** (n + 1) * float(special.gamma(n + 1)) * special.zeta(n + 1, input)


polygamma.grad(input=lambda g, n, input: g * polygamma(n + 1, input))


@op(sympy="beta", domain=positive())
def beta(input, other):
    """Beta function `gamma(input)*gamma(other)/gamma(input + other)`, elementwise (DLMF 5.12.1)."""
    return scipy_special().beta(input, other)


beta.grad(
    input=lambda g, input, other, out: g * (out * (digamma(input) - digamma(input + other))),
    other=lambda g, input, other, out: g * (out * (digamma(other) - digamma(input + other))),
)


# Bessel functions


@op(sympy=lambda s, input: s.besseli(0, input), special=(0.0, 1e-9, 50.0))
def i0(input):
    """Modified Bessel function of the first kind and order 0, elementwise (DLMF 10.25.2)."""
    return scipy_special().i0(input)


i0.grad(input=lambda g, input: g * i1(input))


# Half the sum of the neighbours (DLMF 10.29.1) is torch's i0 - i1/x without its limit at zero.
@op(sympy=lambda s, input: s.besseli(1, input), special=(0.0, 1e-9, 50.0), node="SpecialI1Backward0")
def i1(input):
    """Modified Bessel function of the first kind and order 1, elementwise (DLMF 10.25.2)."""
    return scipy_special().i1(input)


i1.grad(input=lambda g, input: g * (0.5 * (i0(input) + modified_bessel(2, input))))


@op(public=False, sympy="besseli", special=(0.0, 1e-9, 50.0), cases=(case(n=0), case(n=1), case(n=2)))
def modified_bessel(n: int, input):
    """Modified Bessel function of the first kind and order n, elementwise (DLMF 10.25.2)."""
    return scipy_special().iv(n, input)


modified_bessel.grad(
    input=lambda g, n, input: g * (0.5 * (modified_bessel(n - 1, input) + modified_bessel(n + 1, input))),
)


# Logarithms that vanish


def _xlogy_node(input, other):
    if not hasattr(input, "dtype"):
        return "XlogyBackward1"
    return "XlogyBackward0" if hasattr(other, "dtype") else "XlogyBackward2"


@op(sympy=lambda s, input, other: input * s.log(other), domain={"input": reals(), "other": positive()},
    special=((0.0, 2.0), (2.0, 1e-300)), node=_xlogy_node,
    kinks={"input == 0 and other == 0": "0"})  # fmt: skip
def xlogy(input, other):
    """`input*log(other)`, and 0 where the input is 0, elementwise."""
    vanishes = np.logical_and(np.equal(input, 0), np.logical_not(np.isnan(other)))
    dtype = np.result_type(input, other, np.float16)  # that a number has no say in
    return np.where(vanishes, 0.0, np.multiply(input, np.log(other, dtype=dtype)))


def _loggable(input, other):
    """The second argument, with 1, whose logarithm is 0, where the first makes it vanish."""
    return where(logical_and(input == 0, other <= 0), 1.0, other)


xlogy.grad(
    input=lambda g, input, other: xlogy(g, _loggable(input, other)),
    other=lambda g, input, other: g * (input / _loggable(input, other)),
)


def _logit_slope(input, eps):
    low, high, outside = (0.0, 1.0, math.nan) if eps is None else (eps, 1.0 - eps, 0.0)
    inside = logical_and(input >= low, input <= high)
    kept = where(inside, input, 0.5)
    return where(inside, 1.0 / kept + 1.0 / (1.0 - kept), outside)


def _logit_twin(s, input, eps=None):
    kept = input if eps is None else s.Min(s.Max(input, eps), 1 - eps)
    return s.log(kept / (1 - kept))


@op(sympy=_logit_twin, domain=positive(0.05, 0.95), special=(0.5, 1e-9, 1e-300, 1 - 1e-12),
    cases=(case(), case(eps=0.1)))  # fmt: skip
def logit(input, eps=None):
    """Logarithm of the odds `input/(1 - input)`, elementwise; with `eps`, of an input kept that far from 0 and 1."""
    kept = input if eps is None else np.minimum(np.maximum(input, eps), 1.0 - eps)
    centred = np.subtract(np.multiply(2.0, kept), 1.0)
    outer = np.log(np.divide(kept, np.subtract(1.0, kept)))
    return np.where(np.less(np.abs(centred), 0.5), 2.0 * np.arctanh(centred), outer)


logit.grad(input=lambda g, input, eps: g * _logit_slope(input, eps))
