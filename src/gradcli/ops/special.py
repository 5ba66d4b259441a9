"""Error functions, and logarithms of what may vanish.

SciPy is imported by the forward that needs it, so that programs without special functions start fast.
Formula numbers are those of the NIST Digital Library of Mathematical Functions (DLMF).

>>> from gradcli.ops.special import erfc
>>> float(erfc(0.0))
1.0
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ._registry import family
from ._sampling import case, positive, reals
from .comparison import logical_and
from .piecewise import where

op: Any = family("special", pointwise=True)


def scipy_special() -> Any:
    """Import SciPy's special functions."""
    from scipy import special

    return special


# Error functions


_GRID = 2.0**20


# Rounding input**2 loses as many digits of the exponential as the square has. So it is split: `near` has half of
# a float's bits, its square is exact, and what is left is small.
@op(public=False, sympy=lambda s, input, rate=1.0: s.exp(-s.nsimplify(rate) * input**2), special=(0.0, 20.0, 1000.0),
    cases=(case(), case(rate=0.5)))  # fmt: skip
def gaussian(input, rate=1.0):
    """`exp(-rate*input**2)`, for a rate that is a power of two, to the last digits, elementwise."""
    near = np.divide(np.rint(np.multiply(_GRID, np.minimum(np.maximum(input, -64.0), 64.0))), _GRID)
    rest = np.multiply(np.subtract(input, near), np.add(input, near))
    main = np.exp(np.multiply(-rate, np.square(near)))
    return np.add(main, np.multiply(main, np.expm1(np.multiply(-rate, rest))))


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
