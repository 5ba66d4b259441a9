"""The activation functions of neural networks.

>>> from gradcli.ops.activation import relu, softmax
>>> float(relu(-2.0))
0.0
>>> softmax(np.array([1000.0, 1000.0]), dim=0).tolist()
[0.5, 0.5]
"""

from __future__ import annotations

import math

import numpy as np

from . import reduction, shape, special
from ._registry import family
from ._sampling import case
from .elementary import exp
from .piecewise import where

op = family("activation", pointwise=True)


@op(sympy=lambda s, input: 1 / (1 + s.exp(-input)), special=(0.0, 40.0, -700.0, -1000.0, 1000.0),
    aliases=("expit", "logistic"))  # fmt: skip
def sigmoid(input):
    """Logistic function `1/(1 + exp(-input))`, elementwise."""
    return 1.0 / (1.0 + np.exp(-input))


# torch takes out * (1 - out), of which no digit is left from 37 on; 1 - out is out * exp(-input).
@sigmoid.also(slope=lambda input, out: out * sigmoid(-input))
def _(input):
    slope = np.exp(-input)
    out = 1.0 / (1.0 + slope)
    slope *= out
    slope *= out
    # The lesser is `out` where exp overflows and the product is 0 * inf.
    return out, np.fmin(slope, out)


sigmoid.grad(input=lambda g, slope: g * slope)


@op(sympy=lambda s, input: -s.log(1 + s.exp(-input)), special=(0.0, 40.0, 700.0, -1000.0, 1000.0),
    node="LogSigmoidBackward0", aliases=("log_sigmoid", "log_expit"))  # fmt: skip
def logsigmoid(input):
    """Logarithm of the logistic function, elementwise."""
    return np.negative(np.logaddexp(0.0, np.negative(input)))


logsigmoid.grad(input=lambda g, input: g * sigmoid(-input))


@op(dtype="common", sympy=lambda s, input: s.Max(input, 0), special=(2.5, -2.5), kinks={"input == 0": "0"})
def relu(input):
    """The input where it is positive, else 0, elementwise."""
    return np.maximum(input, 0)


relu.grad(input=lambda g, out: where(out <= 0, 0.0, g))


@op(sympy=lambda s, input, negative_slope=0.01: s.Piecewise((input, input > 0), (negative_slope * input, True)),
    special=(2.5, -2.5), kinks={"input == 0": "negative_slope"}, cases=(case(), case(negative_slope=0.2)))  # fmt: skip
def leaky_relu(input, negative_slope=0.01):
    """The input where it is positive, else `negative_slope*input`, elementwise."""
    return np.where(np.greater(input, 0), input, np.multiply(input, negative_slope))


leaky_relu.grad(input=lambda g, input, negative_slope: where(input > 0, g, g * negative_slope))


@op(sympy=lambda s, input, alpha=1.0: s.Piecewise((input, input > 0), (alpha * (s.exp(input) - 1), True)),
    special=(-1e-9, -40.0, 1000.0, -1000.0), kinks={"input == 0 and alpha != 1": "alpha"},
    cases=(case(), case(alpha=0.5)))  # fmt: skip
def elu(input, alpha=1.0):
    """The input where it is positive, else `alpha*(exp(input) - 1)`, elementwise."""
    return np.where(np.greater(input, 0), input, np.multiply(alpha, np.expm1(input)))


# exp sees no positive number, whose overflow would make the second derivative NaN.
elu.grad(
    input=lambda g, input, alpha: where(input <= 0, g * (alpha * exp(where(input < 0, input, 0.0))), g),
)

GELU_SCALE = 2.0 * math.sqrt(2.0 / math.pi)
GELU_CUBIC = 0.044715


def _gelu_twin(s, input, approximate="none"):
    if approximate == "none":
        return input * s.erfc(-input / s.sqrt(2)) / 2
    cubic = input + s.Rational("0.044715") * input**3
    return input / (1 + s.exp(-2 * s.sqrt(2 / s.pi) * cubic))


def _gelu_slope(input, approximate):
    if approximate == "none":
        return special.ndtr(input) + input * special.normal_density(input)
    argument = GELU_SCALE * (input + GELU_CUBIC * (input * input * input))
    steepness = GELU_SCALE * (1.0 + 3.0 * GELU_CUBIC * (input * input))
    return sigmoid(argument) * (1.0 + input * (sigmoid(-argument) * steepness))


# Written with ndtr and sigmoid, which keep their digits in the left tail, where 1 + erf and 1 + tanh have none.
@op(sympy=_gelu_twin, special=(0.0, -10.0, -30.0, 1000.0, -1000.0), cases=(case(), case(approximate="tanh")))
def gelu(input, approximate="none"):
    """`input` times the normal distribution function, or its "tanh" approximation, elementwise (arXiv:1606.08415)."""
    if approximate == "none":
        return np.multiply(input, special.ndtr(input))
    if approximate != "tanh":
        raise RuntimeError("approximate argument must be either none or tanh.")
    argument = np.multiply(GELU_SCALE, np.add(input, np.multiply(GELU_CUBIC, np.power(input, 3))))
    return np.divide(input, np.add(1.0, np.exp(np.negative(argument))))


gelu.grad(input=lambda g, input, approximate: g * _gelu_slope(input, approximate))


@op(sympy=lambda s, input: input / (1 + s.exp(-input)), special=(0.0, 40.0, -700.0, 1000.0, -1000.0),
    aliases=("swish",))  # fmt: skip
def silu(input):
    """`input*sigmoid(input)`, elementwise."""
    return np.divide(input, np.add(1.0, np.exp(np.negative(input))))


silu.grad(input=lambda g, input: g * (sigmoid(input) * (1.0 + input * sigmoid(-input))))


def _softplus_twin(s, input, beta=1, threshold=20):
    return s.Piecewise((input, input * beta > threshold), (s.log(1 + s.exp(input * beta)) / beta, True))


@op(sympy=_softplus_twin, special=(0.0, -40.0, -700.0, 1000.0, -1000.0),
    kinks={"input * beta == threshold": "sigmoid(threshold)"}, cases=(case(), case(beta=2, threshold=1.0)))  # fmt: skip
def softplus(input, beta=1, threshold=20):
    """`log(1 + exp(beta*input))/beta`, and the input itself from `threshold/beta` on, elementwise."""
    scaled = np.multiply(input, beta)
    return np.where(np.greater(scaled, threshold), input, np.divide(np.logaddexp(0.0, scaled), beta))


softplus.grad(
    input=lambda g, input, beta, threshold: where(input * beta > threshold, g, g * sigmoid(input * beta)),
)


ALONG = (case((3,), dim=0), case((3, 4), dim=1), case((2, 3, 4), dim=-2), case((), dim=0), case((0, 3), dim=1))


def _softmax_twin(s, input, dim):
    raised = np.asarray(np.frompyfunc(s.exp, 1, 1)(input), object)
    return raised / np.add.reduce(raised, axis=dim, keepdims=True)


def _below_largest(input, dim):
    along = shape.wrap(dim, np.ndim(input))
    return along, np.subtract(input, np.maximum.reduce(input, axis=along, keepdims=True, initial=-math.inf))


@op(pointwise=False, sympy=_softmax_twin, cases=ALONG)
def softmax(input, dim: int):
    """Exponentials over their sum along a dimension."""
    along, lowered = _below_largest(input, dim)
    raised = np.exp(lowered)
    return np.divide(raised, np.add.reduce(raised, axis=along, keepdims=True))


softmax.grad(input=lambda g, out, dim: out * (g - reduction.sum(g * out, dim, True)))


@op(pointwise=False, sympy=lambda s, input, dim: np.frompyfunc(s.log, 1, 1)(_softmax_twin(s, input, dim)), cases=ALONG)
def log_softmax(input, dim: int):
    """Logarithm of `softmax` along a dimension."""
    along, lowered = _below_largest(input, dim)
    return np.subtract(lowered, np.log(np.add.reduce(np.exp(lowered), axis=along, keepdims=True)))


log_softmax.grad(input=lambda g, out, dim: g - exp(out) * reduction.sum(g, dim, True))


# Sums of two exponentials, of which either share is logistic


@op(family="elementary", sympy=lambda s, a, b: s.log(s.exp(a) + s.exp(b)), special=((1000.0, 999.0), (-1000.0, 0.0)))
def logaddexp(input, other):
    """`log(exp(input) + exp(other))` without overflow, elementwise."""
    return np.logaddexp(input, other)


logaddexp.grad(
    input=lambda g, input, other: g * sigmoid(input - other),
    other=lambda g, input, other: g * sigmoid(other - input),
)


@op(family="elementary", sympy=lambda s, a, b: s.log(2**a + 2**b) / s.log(2), special=((1000.0, 999.0), (-1000.0, 0.0)))
def logaddexp2(input, other):
    """`log2(2**input + 2**other)` without overflow, elementwise."""
    return np.logaddexp2(input, other)


logaddexp2.grad(
    input=lambda g, input, other: g * sigmoid((input - other) * math.log(2.0)),
    other=lambda g, input, other: g * sigmoid((other - input) * math.log(2.0)),
)
