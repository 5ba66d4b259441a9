"""Modified Bessel functions of the first kind.

>>> from gradcli.ops.bessel import i0
>>> float(i0(0.0))
1.0
"""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

from ._registry import family
from ._sampling import case
from .special import scipy_special

op: Any = family("special", pointwise=True)


@op(sympy=lambda s, input: s.besseli(0, input), special=(0.0, 1e-9, 50.0))
def i0(input):
    """Modified Bessel function of the first kind and order 0, elementwise (DLMF 10.25.2)."""
    return scipy_special().i0(input)


i0.grad(input=lambda g, input: g * i1(input))


# Half the sum of the neighbours (DLMF 10.29.1) is torch's i0 - i1/x without its limit at zero.
@op(sympy=lambda s, input: s.besseli(1, input), special=(0.0, 1e-9, 50.0), node="SpecialI1Backward0")
def i1(input):
    """Modified Bessel function of the first kind and order 1, elementwise (DLMF 10.25.2)."""
    return modified_bessel.forward(1, input)


i1.grad(input=lambda g, input: g * (0.5 * (i0(input) + modified_bessel(2, input))))


# SciPy adds up rounding errors where the power series, whose terms have one sign, does not.
@op(public=False, sympy="besseli", special=(0.0, 1e-9, 50.0), cases=(case(n=0), case(n=1), case(n=2)))
def modified_bessel(n: int, input):
    """Modified Bessel function of the first kind and order n, elementwise (DLMF 10.25.2)."""
    n, near = abs(n), np.less(np.abs(input), 8.0)
    half = np.multiply(0.5, np.where(near, input, 0.0))
    series: Any = 1.0
    square = np.square(half)
    for k in range(32, 0, -1):
        series = 1.0 + square * series / (k * (n + k))
    far = {0: scipy_special().i0, 1: scipy_special().i1}.get(n, functools.partial(scipy_special().iv, n))
    return np.where(near, series * np.power(half, n) / math.factorial(n), far(input))


modified_bessel.grad(
    input=lambda g, n, input: g * (0.5 * (modified_bessel(n - 1, input) + modified_bessel(n + 1, input))),
)
