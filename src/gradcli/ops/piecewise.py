"""Functions made of pieces: choice, extremes, rounding, steps.

Gradients pass by selection, never by multiplication with a mask, so that a piece that was not chosen
cannot leak its NaN. At the seams they are torch's.

>>> from gradcli.ops.piecewise import maximum, round
>>> maximum(np.array([1.0, 3.0]), 2.0).tolist()
[2.0, 3.0]
>>> float(round(2.675, decimals=1))
2.7
"""

from __future__ import annotations

import operator

import numpy as np

from . import creation
from ._registry import family
from ._sampling import BOOLEANS, case, nonzero, reals
from .comparison import isfinite, isnan, logical_and, logical_or

op = family("piecewise", pointwise=True, dtype="common")


def _flat(g):
    return creation.zeros_like(g)


@op(sympy="sign", special=(2.5, -2.5), kinks={"input == 0": "0"}, aliases=("sgn",))
def sign(input):
    """Sign: -1, 0 or 1, elementwise; NaN stays NaN."""
    return np.sign(input)


sign.grad(input=_flat)


@op(sympy=lambda s, condition, input, other: s.Piecewise((input, condition), (other, True)),
    domain={"condition": BOOLEANS})  # fmt: skip
def where(condition, input, other):
    """`input` where the condition holds, `other` elsewhere, elementwise."""
    return np.where(condition, input, other)


where.grad(
    input=lambda g, condition: where(condition, g, 0.0),
    other=lambda g, condition: where(condition, 0.0, g),
)


@op(sympy="Max", kinks={"input == other": "1/2 for each"})
def maximum(input, other):
    """Larger of two, elementwise; NaN where either is NaN."""
    return np.maximum(input, other)


maximum.grad(
    input=lambda g, input, other: where(input == other, 0.5 * g, where(input < other, 0.0, g)),
    other=lambda g, input, other: where(input == other, 0.5 * g, where(input > other, 0.0, g)),
)


@op(sympy="Min", kinks={"input == other": "1/2 for each"})
def minimum(input, other):
    """Smaller of two, elementwise; NaN where either is NaN."""
    return np.minimum(input, other)


minimum.grad(
    input=lambda g, input, other: where(input == other, 0.5 * g, where(input > other, 0.0, g)),
    other=lambda g, input, other: where(input == other, 0.5 * g, where(input < other, 0.0, g)),
)


@op(sympy="Max", kinks={"input == other": "1 for input, 0 for other"})
def fmax(input, other):
    """Larger of two, elementwise; the number where the other is NaN."""
    return np.fmax(input, other)


fmax.grad(
    input=lambda g, input, other: where(logical_or(input >= other, isnan(other)), g, 0.0),
    other=lambda g, input, other: where(logical_or(input >= other, isnan(other)), 0.0, g),
)


@op(sympy="Min", kinks={"input == other": "1 for input, 0 for other"})
def fmin(input, other):
    """Smaller of two, elementwise; the number where the other is NaN."""
    return np.fmin(input, other)


fmin.grad(
    input=lambda g, input, other: where(logical_or(input <= other, isnan(other)), g, 0.0),
    other=lambda g, input, other: where(logical_or(input <= other, isnan(other)), 0.0, g),
)


def _clamp_twin(s, input, min=None, max=None):
    raised = input if min is None else s.Max(input, min)
    return raised if max is None else s.Min(raised, max)


@op(sympy=_clamp_twin, domain={"input": reals(), "min": reals(-2, -0.5), "max": reals(0.5, 2)},
    tensors=("min", "max"), node=("ClampBackward1", "ClampBackward0", "min", "max"), aliases=("clip",),
    cases=(case(), case((3, 4), (4,), None), case((3,), None, (3,))),
    kinks={"input == min": "1 for input, 0 for min", "input == max": "1 for input, 0 for max"})  # fmt: skip
def clamp(input, min=None, max=None):
    """Nearest number that is at least `min` and at most `max`, elementwise; `max` where they cross."""
    if min is None and max is None:
        raise RuntimeError("at least one of 'min' or 'max' must not be None")
    raised = input if min is None else np.maximum(input, min)
    return raised if max is None else np.minimum(raised, max)


def _within(input, min, max):
    if min is None:
        return input <= max
    return input >= min if max is None else logical_and(input >= min, input <= max)


def _below(input, min, max):
    return input < min if max is None else logical_and(input < min, min < max)


def _above(input, min, max):
    return input > max if min is None else logical_or(input > max, min > max)


clamp.grad(
    input=lambda g, input, min, max: where(_within(input, min, max), g, 0.0),
    min=lambda g, input, min, max: where(_below(input, min, max), g, 0.0),
    max=lambda g, input, min, max: where(_above(input, min, max), g, 0.0),
)


@op(sympy="Max", node=("ClampMinBackward0", "ClampMinBackward1", "min"),
    kinks={"input == min": "1 for input, 0 for min"})  # fmt: skip
def clamp_min(input, min):
    """Nearest number that is at least `min`, elementwise."""
    return np.maximum(input, min)


clamp_min.grad(
    input=lambda g, input, min: where(input >= min, g, 0.0),
    min=lambda g, input, min: where(input < min, g, 0.0),
)


@op(sympy="Min", node=("ClampMaxBackward0", "ClampMaxBackward1", "max"),
    kinks={"input == max": "1 for input, 0 for max"})  # fmt: skip
def clamp_max(input, max):
    """Nearest number that is at most `max`, elementwise."""
    return np.minimum(input, max)


clamp_max.grad(
    input=lambda g, input, max: where(input <= max, g, 0.0),
    max=lambda g, input, max: where(input > max, g, 0.0),
)


@op(sympy="floor", kinks={"input == floor(input)": "0"})
def floor(input):
    """Largest integer that is not above, elementwise."""
    return np.floor(input)


floor.grad(input=_flat)


@op(sympy="ceiling", kinks={"input == ceil(input)": "0"})
def ceil(input):
    """Smallest integer that is not below, elementwise."""
    return np.ceil(input)


ceil.grad(input=_flat)


def _round_twin(s, input, decimals=0):
    scaled = input * s.Integer(10) ** decimals
    up = s.floor(scaled + s.Rational(1, 2))
    even = s.Piecewise((up - 1, s.Eq(s.Mod(scaled, 2), s.Rational(1, 2))), (up, True))
    return even / s.Integer(10) ** decimals


@op(dtype="float", sympy=_round_twin, kinks={"abs(frac(input * 10**decimals)) == 0.5": "0"}, aliases=("rint",),
    cases=(case(), case(decimals=1), case(decimals=-1)),
    node=lambda input, decimals=0: "RoundBackward1" if decimals else "RoundBackward0")  # fmt: skip
def round(input, decimals=0):
    """Nearest number of so many decimals, elementwise; of two as near, the even one."""
    if decimals == 0:
        return np.rint(input)
    scale = float(np.power(10.0, abs(operator.index(decimals))))
    if decimals < 0:
        return np.multiply(np.rint(np.divide(input, scale)), scale)
    return np.divide(np.rint(np.multiply(input, scale)), scale)


round.grad(input=_flat)


@op(sympy=lambda s, input: s.sign(input) * s.floor(s.Abs(input)), aliases=("fix",),
    kinks={"input == trunc(input) and input != 0": "0"})  # fmt: skip
def trunc(input):
    """Integer part: what is left without the decimals, elementwise."""
    return np.trunc(input)


trunc.grad(input=_flat)


@op(sympy=lambda s, input: input - s.sign(input) * s.floor(s.Abs(input)),
    kinks={"input == trunc(input) and input != 0": "1"})  # fmt: skip
def frac(input):
    """Fractional part `input - trunc(input)`, with the sign of the input, elementwise."""
    return np.subtract(input, np.trunc(input))


frac.grad(input=lambda g: g)


@op(dtype="float", kinks={"input == 0": "0 for input, 1 for values"},
    sympy=lambda s, input, values: s.Piecewise((0, input < 0), (1, input > 0), (values, True)))  # fmt: skip
def heaviside(input, values):
    """Step: 0 below zero, `values` at zero, 1 above, elementwise."""
    return np.heaviside(input, values)


# torch has no derivative here.
heaviside.grad(input=_flat, values=lambda g, input: where(input == 0, g, 0.0))


# sign(out) * sign(input) is torch's out / input, without its NaN at zero and infinity.
@op(dtype="float", domain={"input": reals(), "other": nonzero()},
    sympy=lambda s, input, other: s.Piecewise((s.Abs(input), other >= 0), (-s.Abs(input), True)),
    node=("CopysignBackward1", "CopysignBackward0", "other"),
    kinks={"input == 0": "0", "other == 0": "0 for other"})  # fmt: skip
def copysign(input, other):
    """Size of `input` with the sign of `other`, elementwise."""
    return np.copysign(input, other)


copysign.grad(input=lambda g, input, out: g * (sign(out) * sign(input)), other=_flat)


@op(sympy=lambda s, input, nan=0.0, posinf=None, neginf=None: input, kinks={"not isfinite(input)": "0"},
    cases=(case(), case(nan=1.0, posinf=2.0, neginf=-2.0)))  # fmt: skip
def nan_to_num(input, nan=0.0, posinf=None, neginf=None):
    """Numbers in place of NaN and the infinities (by default 0 and the largest of the dtype), elementwise."""
    return np.nan_to_num(input, nan=0.0 if nan is None else nan, posinf=posinf, neginf=neginf)


nan_to_num.grad(input=lambda g, input: where(isfinite(input), g, 0.0))
