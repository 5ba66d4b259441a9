"""Error functions, and logarithms of what may vanish.

SciPy is imported by the forward that needs it, so that programs without special functions start fast.
Formula numbers are those of the NIST Digital Library of Mathematical Functions (DLMF).

>>> from gradcli.ops.special import erfc
>>> float(erfc(0.0))
1.0
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
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


# SciPy's erfc loses digits where it is `1 - erf(x)`, and where it takes `exp` of a rounded square. So what lies between
# is summed from Taylor series about points close together, and the tail is made of `gaussian`.
_STEP, _TERMS = 0.25, 16
_BLOCK = 1 << 14


@functools.cache
def _tables(rate: float, last: float) -> tuple[np.ndarray, ...]:
    """Return the Taylor coefficients of `erfc(sqrt(rate)*x)` by order, about all multiples of the step to `last`."""
    from fractions import Fraction

    rows = []
    for center in np.arange(0.0, last + _STEP, _STEP).tolist():
        z = math.sqrt(rate) * center
        slope = [-2.0 * math.sqrt(rate / math.pi) * math.exp(-rate * center**2), 0.0]  # and what comes before it
        # By so much z was rounded off, which erfc would magnify.
        off = float(Fraction(z) ** 2 - Fraction(rate) * Fraction(center) ** 2) / (2.0 * z or 1.0)
        row = [math.erfc(z) - off * slope[0] / math.sqrt(rate)]
        for n in range(1, _TERMS):
            row.append(slope[0] / n)
            slope = [-2.0 * rate * (center * slope[0] + slope[1]) / n, slope[0]]
        rows.append(row)
    return tuple(np.array(rows).T)


def _series(rate: float, last: float, x: Any) -> Any:
    """Return `erfc(sqrt(rate)*x)` from 0 to `last`."""
    index = np.rint(np.fmin(np.fmax(x, 0.0), last) / _STEP).astype(int)
    step = x - index * _STEP
    total: Any = 0.0
    for coefficients in reversed(_tables(rate, last)):
        total = total * step + coefficients[index]
    return total


def in_pieces(plain: Callable[..., Any], input: Any, *pieces: tuple[float, float, Callable[..., Any]]) -> Any:
    """Compute a function as SciPy does, but in float64 between some bounds otherwise; block by block, in cache."""
    x = np.asarray(input, order="C")
    if not x.ndim and x.dtype == np.float64:
        number = x[()]
        return next((function for low, high, function in pieces if low < number < high), plain)(number)
    made = np.asarray(plain(x))
    given, flat = x.reshape(-1), made.reshape(-1)
    for start in range(0, x.size if made.dtype == np.float64 else 0, _BLOCK):
        part = slice(start, start + _BLOCK)
        for low, high, function in pieces:
            inside = np.flatnonzero(np.logical_and(np.greater(given[part], low), np.less(given[part], high)))
            if inside.size:
                flat[part][inside] = function(given[part][inside])
    return made[()]


@op(sympy="erfc", special=(0.0, 10.0, 26.0, 1000.0, -1000.0))
def erfc(input):
    """Complementary error function `1 - erf(input)`, exact in its tail, elementwise (DLMF 7.2.2)."""
    special = scipy_special()
    return in_pieces(
        special.erfc, input, (0.5, 3.0, functools.partial(_series, 1.0, 3.0)),
        (3.0, math.inf, lambda x: gaussian.forward(x) * special.erfcx(x)),
    )  # fmt: skip


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
    return in_pieces(
        special.ndtr, input, (-4.0, -0.5, lambda x: 0.5 * _series(0.5, 4.0, -x)),
        (-math.inf, -4.0, lambda x: 0.5 * gaussian.forward(x, 0.5) * special.erfcx(np.multiply(-math.sqrt(0.5), x))),
    )  # fmt: skip


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
