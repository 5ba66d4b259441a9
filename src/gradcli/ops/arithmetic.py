"""The four operations, powers and remainders.

They are written with Python's operators, which NumPy's scalars answer several times faster than
its functions.
"""

from __future__ import annotations

import math

import numpy as np

from . import creation, elementary, piecewise
from ._registry import family
from ._sampling import case, nonzero, positive, reals

op = family("arithmetic", pointwise=True, dtype="common")


@op(sympy=lambda s, a, b: a + b)
def add(input, other):
    """Sum of two tensors, elementwise."""
    return input + other


add.grad(input=lambda g: g, other=lambda g: g)


@op(sympy=lambda s, a, b: a - b, aliases=("subtract",))
def sub(input, other):
    """Difference of two tensors, elementwise."""
    return input - other


sub.grad(input=lambda g: g, other=lambda g: -g)


@op(sympy=lambda s, a, b: b - a, public=False, node=("RsubBackward1", "RsubBackward0", "other"))
def rsub(input, other):
    """The difference `other - input`, elementwise: a number less a tensor."""
    return other - input


rsub.grad(input=lambda g: -g, other=lambda g: g)


@op(sympy=lambda s, a, b: a * b, aliases=("multiply",))
def mul(input, other):
    """Product of two tensors, elementwise."""
    return input * other


mul.grad(input=lambda g, other: g * other, other=lambda g, input: g * input)


@op(dtype="float", sympy=lambda s, a, b: a / b, domain={"input": reals(), "other": nonzero()},
    aliases=("divide", "true_divide"))  # fmt: skip
def div(input, other):
    """Quotient of two tensors, elementwise."""
    return input / other


div.grad(input=lambda g, other: g / other, other=lambda g, input, other: -g * ((input / other) / other))


@op(sympy=lambda s, a, b: s.floor(a / b), domain={"input": reals(), "other": nonzero()},
    kinks={"remainder(input, other) == 0": "0"})  # fmt: skip
def floor_divide(input, other):
    """Quotient rounded down, elementwise; its derivative is zero."""
    return input // other


floor_divide.grad(input=lambda g: creation.zeros_like(g), other=lambda g: creation.zeros_like(g))


def _toward_zero(s, a, b):
    return s.sign(a / b) * s.floor(s.Abs(a / b))


def _rounded_twin(s, a, b, rounding_mode):
    return s.floor(a / b) if rounding_mode == "floor" else _toward_zero(s, a, b)


@op(sympy=_rounded_twin, domain={"input": reals(), "other": nonzero()}, public=False, node="DivBackward2",
    cases=(case(rounding_mode="floor"), case(rounding_mode="trunc")))  # fmt: skip
def rounded_div(input, other, rounding_mode: str):
    """Quotient rounded down, or towards zero ("floor" or "trunc"), elementwise; its derivative is zero."""
    if rounding_mode == "floor":
        return input // other
    if np.result_type(input, other).kind == "f":
        return np.trunc(np.divide(input, other))
    return input // other + ((input % other != 0) & ((input < 0) != (other < 0)))


rounded_div.grad(input=lambda g: creation.zeros_like(g), other=lambda g: creation.zeros_like(g))


@op(sympy=lambda s, a, b: a - b * s.floor(a / b), domain={"input": reals(), "other": nonzero()}, aliases=("mod",),
    node=("RemainderBackward0", "RemainderBackward1", "other"),
    kinks={"remainder(input, other) == 0": "g and -g*floor(input/other)"})  # fmt: skip
def remainder(input, other):
    """Remainder of a division, with the sign of the divisor, elementwise."""
    return input % other


remainder.grad(input=lambda g: g, other=lambda g, input, other: -g * floor_divide(input, other))


@op(sympy=lambda s, a, b: a - b * _toward_zero(s, a, b), domain={"input": reals(), "other": nonzero()},
    node=("FmodBackward0", "FmodBackward1", "other"),
    kinks={"fmod(input, other) == 0": "g and -g*trunc(input/other)"})  # fmt: skip
def fmod(input, other):
    """Remainder of a division, with the sign of `input`, elementwise."""
    return np.fmod(input, other)


fmod.grad(input=lambda g: g, other=lambda g, input, other: -g * rounded_div(input, other, "trunc"))


@op(sympy=lambda s, a, b: a**b, domain={"input": positive(), "exponent": reals()}, aliases=("power",),
    node=("PowBackward0", "PowBackward1", "exponent"),
    kinks={"input == 0 and exponent == 0": "0 for the base; for the exponent 0 where it is >= 0"})  # fmt: skip
def pow(input, exponent):
    """Power, elementwise; an integer to a negative power is a float."""
    return input**exponent


def _power_slope(input, exponent):
    if isinstance(exponent, (int, float)):  # a number is known when the rule is read, as an attribute is
        if exponent == 2:
            return exponent * input
        return exponent * input ** (exponent - 1) if exponent else creation.zeros_like(input)
    return piecewise.where(exponent == 0, 0.0, exponent * input ** (exponent - 1))


def _exponent_slope(input, exponent, out):
    # 0**0 and 0**2 do not change with the exponent; log(0) would make them NaN.
    still = (input == 0) & (exponent >= 0)
    return piecewise.where(still, 0.0, out * elementary.log(piecewise.where(still, 1.0, input)))


pow.grad(
    input=lambda g, input, exponent: g * _power_slope(input, exponent),
    exponent=lambda g, input, exponent, out: g * _exponent_slope(input, exponent, out),
)


@op(sympy=lambda s, a, base: base**a, domain=positive(), public=False, node="PowBackward2",
    cases=(case(base=2.0), case(base=0.0)))  # fmt: skip
def rpow(input, base: float):
    """The power `base ** input`, elementwise: of a number, with a tensor as its exponent."""
    return base**input


def _slope_at(base, input, out):
    if base == 0:
        # Not out * -inf, whose own derivative would be NaN where it is not chosen.
        return piecewise.where(input >= 0, 0.0, piecewise.where(input < 0, -math.inf, input))
    return out * (math.log(base) if base > 0 else math.nan)


rpow.grad(input=lambda g, input, base, out: g * _slope_at(base, input, out))


# Several at a time


@op(sympy=lambda s, a, b, c, value=1: a + value * b * c, cases=(case(), case(value=-2.0)))
def addcmul(input, tensor1, tensor2, *, value=1):
    """`input + value*tensor1*tensor2`, elementwise."""
    return input + value * (tensor1 * tensor2)


addcmul.grad(
    input=lambda g: g,
    tensor1=lambda g, tensor2, value: g * (value * tensor2),
    tensor2=lambda g, tensor1, value: g * (value * tensor1),
)


@op(dtype="float", sympy=lambda s, a, b, c, value=1: a + value * b / c, cases=(case(), case(value=-2.0)),
    domain={"input": reals(), "tensor1": reals(), "tensor2": nonzero()})  # fmt: skip
def addcdiv(input, tensor1, tensor2, *, value=1):
    """`input + value*tensor1/tensor2`, elementwise."""
    return input + value * (tensor1 / tensor2)


addcdiv.grad(
    input=lambda g: g,
    tensor1=lambda g, tensor2, value: g * value / tensor2,
    tensor2=lambda g, tensor1, tensor2, value: -g * ((value * tensor1 / tensor2) / tensor2),
)


@op(dtype="float", sympy=lambda s, a, b, w: a + w * (b - a), node=("LerpBackward0", "LerpBackward1", "weight"))
def lerp(input, end, weight):
    """Number on the way from `input` to `end`: `input + weight*(end - input)`, elementwise."""
    way = end - input
    return np.where(np.abs(weight) < 0.5, input + weight * way, end - way * (1 - weight))  # exact at either end


lerp.grad(
    input=lambda g, weight: g * (1 - weight),
    end=lambda g, weight: g * weight,
    weight=lambda g, input, end: g * (end - input),
)


@op(sympy=lambda s, a: -a, aliases=("negative",))
def neg(input):
    """Negation, elementwise."""
    return -input


neg.grad(input=lambda g: -g)


@op(dtype="float", sympy=lambda s, a: 1 / a, domain=nonzero())
def reciprocal(input):
    """Reciprocal `1/input`, elementwise."""
    return 1.0 / input


reciprocal.grad(input=lambda g, out: -g * (out * out))


@op(sympy=lambda s, a: a**2, special=(0.0,), node="PowBackward0")
def square(input):
    """Square, elementwise."""
    return input * input


square.grad(input=lambda g, input: g * (2.0 * input))
