"""Circular functions and their inverses.

A rule keeps its digits, at second order too, where the textbook's `1 - x**2` loses them near 1, or
overflows: for that there are operations, not for users, whose own derivatives are short.

>>> from gradcli.ops.trigonometric import atan2, sinc
>>> float(atan2(1.0, 1.0)) * 4
3.141592653589793
>>> float(sinc(0.0))
1.0
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ._registry import family
from ._sampling import case, nonzero, positive, reals
from .elementary import abs, sqrt

op: Any = family("trigonometric", pointwise=True)

DEGREE = math.pi / 180.0


@op(sympy="sin", special=(0.0,))
def sin(input):
    """Sine of an angle in radians, elementwise."""
    return np.sin(input)


sin.grad(input=lambda g, input: g * cos(input))


@op(sympy="cos", special=(0.0,))
def cos(input):
    """Cosine of an angle in radians, elementwise."""
    return np.cos(input)


cos.grad(input=lambda g, input: -g * sin(input))


@op(sympy="tan", domain=reals(-1.5, 1.5), special=(0.0, 1.57))
def tan(input):
    """Tangent of an angle in radians, elementwise."""
    return np.tan(input)


tan.grad(input=lambda g, out: g * (1.0 + out * out))


@op(sympy="sec", domain=reals(-1.5, 1.5), special=(0.0, 1.57))
def sec(input):
    """Secant `1/cos(input)` of an angle in radians, elementwise."""
    return np.divide(1.0, np.cos(input))


sec.grad(input=lambda g, input, out: g * (out * tan(input)))


@op(sympy="csc", domain=nonzero(-3, 3), special=(1e-3, 3.14), aliases=("cosec",))
def csc(input):
    """Cosecant `1/sin(input)` of an angle in radians, elementwise."""
    return np.divide(1.0, np.sin(input))


csc.grad(input=lambda g, input, out: -g * (out * cot(input)))


@op(sympy="cot", domain=nonzero(-3, 3), special=(1e-3, 3.14), aliases=("cotan",))
def cot(input):
    """Cotangent `1/tan(input)` of an angle in radians, elementwise."""
    return np.divide(1.0, np.tan(input))


cot.grad(input=lambda g, out: -g * (1.0 + out * out))


@op(public=False, sympy=lambda s, input: 1 - input**2, domain=reals(-0.95, 0.95),
    special=(0.0, 1e-9, 1 - 1e-8, 1 - 1e-12))  # fmt: skip
def one_minus_square(input):
    """`1 - input**2` without cancellation near 1, elementwise; its derivative has none near 0."""
    return np.multiply(np.subtract(1.0, input), np.add(1.0, input))


one_minus_square.grad(input=lambda g, input: -2.0 * (g * input))


@op(sympy="asin", domain=reals(-0.95, 0.95), special=(0.0, 1e-9, 1 - 1e-8, 1 - 1e-12),
    kinks={"abs(input) == 1": "inf"}, aliases=("arcsin",))  # fmt: skip
def asin(input):
    """Angle in radians whose sine is given, from -pi/2 to pi/2, elementwise."""
    return np.arcsin(input)


asin.grad(input=lambda g, input: g / sqrt(one_minus_square(input)))


@op(sympy="acos", domain=reals(-0.95, 0.95), special=(0.0, 1e-9, 1 - 1e-8, 1 - 1e-12),
    kinks={"abs(input) == 1": "-inf"}, aliases=("arccos",))  # fmt: skip
def acos(input):
    """Angle in radians whose cosine is given, from 0 to pi, elementwise."""
    return np.arccos(input)


acos.grad(input=lambda g, input: -g / sqrt(one_minus_square(input)))


@op(sympy="atan", special=(0.0, 1e9), aliases=("arctan",))
def atan(input):
    """Angle in radians whose tangent is given, from -pi/2 to pi/2, elementwise."""
    return np.arctan(input)


atan.grad(input=lambda g, input: g / (1.0 + input * input))


def _other_leg(input):
    """Leg of a right triangle whose hypotenuse is `abs(input)` and whose first leg is 1."""
    size = np.abs(input)
    return np.multiply(np.sqrt(np.subtract(size, 1.0)), np.sqrt(np.add(size, 1.0)))


def _secant_slope(input):
    size = abs(input)
    return 1.0 / size / sqrt(size - 1.0) / sqrt(size + 1.0)


@op(sympy="asec", domain=positive(1.05, 4), special=(-2.0, 1 + 1e-8, 1 + 1e-12, 1e9),
    kinks={"abs(input) == 1": "inf"}, aliases=("arcsec",))  # fmt: skip
def asec(input):
    """Angle in radians whose secant is given, from 0 to pi, elementwise."""
    return np.arctan2(_other_leg(input), np.copysign(1.0, input))


asec.grad(input=lambda g, input: g * _secant_slope(input))


@op(sympy="acsc", domain=positive(1.05, 4), special=(-2.0, 1 + 1e-8, 1 + 1e-12, 1e9),
    kinks={"abs(input) == 1": "-inf"}, aliases=("arccsc",))  # fmt: skip
def acsc(input):
    """Angle in radians whose cosecant is given, from -pi/2 to pi/2, elementwise."""
    return np.arctan2(np.copysign(1.0, input), _other_leg(input))


acsc.grad(input=lambda g, input: -g * _secant_slope(input))


@op(sympy="acot", domain=nonzero(), special=(1e-9, 1e9), kinks={"input == 0": "-1"}, aliases=("arccot",))
def acot(input):
    """Angle in radians whose cotangent is given, `atan(1/input)`, elementwise; it jumps at zero."""
    return np.arctan(np.divide(1.0, input))


acot.grad(input=lambda g, input: -g / (1.0 + input * input))


@op(public=False, domain=nonzero(), special=((3.0, 0.0), (1e3, 1.0), (1e200, 1e-200)),
    sympy=lambda s, input, other: input / s.sqrt(input**2 + other**2))  # fmt: skip
def direction(input, other):
    """Cosine of the angle that the point (input, other) is seen at, elementwise."""
    return np.divide(input, np.hypot(input, other))


def _turn(input, other):
    """How fast that cosine grows with the first coordinate."""
    across = direction(other, input)
    return across * across / hypot(input, other)


direction.grad(
    input=lambda g, input, other: g * _turn(input, other),
    other=lambda g, input, other: -g * (direction(input, other) * direction(other, input) / hypot(input, other)),
)


@op(domain=nonzero(), special=((3.0, 0.0), (1e3, 1.0), (1e200, 1e200), (1e-200, 1e-200)),
    sympy=lambda s, input, other: s.sqrt(input**2 + other**2),
    kinks={"input == 0 and other == 0": "nan"})  # fmt: skip
def hypot(input, other):
    """Length `sqrt(input**2 + other**2)` without overflow, elementwise."""
    return np.hypot(input, other)


hypot.grad(
    input=lambda g, input, other: g * direction(input, other),
    other=lambda g, input, other: g * direction(other, input),
)


@op(sympy="atan2", domain=nonzero(), special=((0.0, 1.0), (1e200, 2e200), (1e-150, 2e-150)),
    kinks={"input == 0 and other == 0": "0", "input == 0 and other < 0": "1/other for input"},
    aliases=("arctan2",))  # fmt: skip
def atan2(input, other):
    """Angle in radians of the point (other, input), from -pi to pi, elementwise."""
    return np.arctan2(input, other)


atan2.grad(
    input=lambda g, input, other: g * inversion(other, input),
    other=lambda g, input, other: -g * inversion(input, other),
)


@op(public=False, sympy=lambda s, input, other: input / (input**2 + other**2), domain=nonzero(),
    special=((0.0, 1.0), (1e200, 2e200), (1e-90, 2e-90)),
    kinks={"input == 0 and other == 0": "0"})  # fmt: skip
def inversion(input, other):
    """First coordinate of a point mirrored in the unit circle, `input/(input**2 + other**2)`, and 0 at the origin."""
    scale = np.maximum(np.abs(input), np.abs(other))
    along, across = np.divide(input, scale), np.divide(other, scale)
    mirrored = np.divide(np.divide(along, np.add(np.square(along), np.square(across))), scale)
    return np.where(np.logical_or(np.equal(scale, 0.0), np.isinf(scale)), 0.0, mirrored)


def _stretch(input, other):
    """How fast that coordinate grows with the first one: `(other**2 - input**2)/(input**2 + other**2)**2`."""
    here, across = inversion(input, other), inversion(other, input)
    return (across - here) * (across + here)


inversion.grad(
    input=lambda g, input, other: g * _stretch(input, other),
    other=lambda g, input, other: -2.0 * g * (inversion(input, other) * inversion(other, input)),
)


@op(public=False, sympy=lambda s, n, input: s.expand_func(s.jn(n, input)), domain=nonzero(-9, 9), special=(0.0, 1e-9),
    cases=(case(n=0), case(n=1), case(n=3)))  # fmt: skip
def spherical_bessel(n: int, input):
    """Spherical Bessel function of the first kind, elementwise: series (DLMF 10.53.1) or recurrence (10.51.1)."""
    series, halved = 1.0, np.multiply(np.square(input), -0.5)
    for k in range(16, 0, -1):
        series = 1.0 + series * halved / (k * (2 * n + 2 * k + 1))
    for k in range(1, n + 1):
        series = series * input / (2 * k + 1)
    below, above = np.divide(np.cos(input), input), np.divide(np.sin(input), input)
    for k in range(n):
        below, above = above, np.divide((2 * k + 1) * above, input) - below
    return np.where(np.abs(input) < n + 1, series, above)


# DLMF 10.51.2, which has no division by the argument.
def _spherical_slope(n, input):
    if n == 0:
        return -spherical_bessel(1, input)
    return (n * spherical_bessel(n - 1, input) - (n + 1) * spherical_bessel(n + 1, input)) / (2 * n + 1)


spherical_bessel.grad(input=lambda g, n, input: g * _spherical_slope(n, input))


@op(sympy=lambda s, input: s.sinc(s.pi * input), special=(0.0, 1e-9, 1e-3))
def sinc(input):
    """`sin(pi*input)/(pi*input)`, and 1 at zero, elementwise."""
    whole = np.rint(input)  # taken away before pi rounds it: sinc(2) is 0
    sign = np.subtract(1.0, np.multiply(2.0, np.remainder(whole, 2.0)))
    sine = np.multiply(sign, np.sin(np.multiply(math.pi, np.subtract(input, whole))))
    return np.where(np.equal(input, 0.0), 1.0, np.divide(sine, np.multiply(math.pi, input)))


sinc.grad(input=lambda g, input: g * (-math.pi * spherical_bessel(1, math.pi * input)))


@op(sympy=lambda s, input: input * s.pi / 180, node="Deg2RadBackward0", aliases=("radians",))
def deg2rad(input):
    """Radians in an angle given in degrees, elementwise."""
    return np.multiply(input, DEGREE)


deg2rad.grad(input=lambda g: g * DEGREE)


@op(sympy=lambda s, input: input * 180 / s.pi, node="Rad2DegBackward0", aliases=("degrees",))
def rad2deg(input):
    """Degrees in an angle given in radians, elementwise."""
    return np.multiply(input, 1.0 / DEGREE)


rad2deg.grad(input=lambda g: g * (1.0 / DEGREE))
