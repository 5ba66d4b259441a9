"""Named points at which the textbook's formula loses its digits, overflows, or has no derivative.

The sweeps ask of every operation that it be right to twelve digits or so; these cases ask for the
last digits, against mpmath, and for torch's conventions at kinks.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import mpmath as mp
import numpy as np
import pytest

from gradcli import Tensor, tensor
from gradcli.autograd import grad
from gradcli.ops import REGISTRY

# 1 + exp(-1000) differs from 1 at the 435th digit.
DIGITS = 500
ULPS = 4
INF, NAN = math.inf, math.nan


class Exact(NamedTuple):
    """A call, and the function of mpmath that it computes."""

    op: str
    at: tuple[float, ...]
    function: Callable[..., Any]
    attributes: dict[str, Any] = {}


def logistic(x):
    return 1 / (1 + mp.exp(-x))


def sinc(x):
    return mp.sin(mp.pi * x) / (mp.pi * x) if x else mp.mpf(1)


EXACT = {
    "sigmoid where its size is 1e-304": Exact("sigmoid", (-700.0,), logistic),
    "sigmoid below the smallest number": Exact("sigmoid", (-1000.0,), logistic),
    "sigmoid one rounding from 1": Exact("sigmoid", (40.0,), logistic),
    "sigmoid at 1": Exact("sigmoid", (1000.0,), logistic),
    "logsigmoid of a sure thing": Exact("logsigmoid", (700.0,), lambda x: mp.log(logistic(x))),
    "logsigmoid of a lost one": Exact("logsigmoid", (-1000.0,), lambda x: mp.log(logistic(x))),
    "tanh one rounding from 1": Exact("tanh", (25.0,), mp.tanh),
    "tanh at 1": Exact("tanh", (-1000.0,), mp.tanh),
    "sech beyond the largest cosh": Exact("sech", (1000.0,), mp.sech),
    "coth one rounding from 1": Exact("coth", (25.0,), mp.coth),
    "softplus far below zero": Exact("softplus", (-700.0,), lambda x: mp.log1p(mp.exp(x))),
    "softplus where exp overflows": Exact("softplus", (1000.0,), lambda x: x),
    "elu where exp overflows": Exact("elu", (1000.0,), lambda x: x),
    "elu near its floor": Exact("elu", (-40.0,), mp.expm1),
    "silu in its left tail": Exact("silu", (-700.0,), lambda x: x * logistic(x)),
    "silu at the identity": Exact("silu", (1000.0,), lambda x: x * logistic(x)),
    "gelu in its left tail": Exact("gelu", (-30.0,), lambda x: x * mp.ncdf(x)),
    "gelu at the identity": Exact("gelu", (1000.0,), lambda x: x * mp.ncdf(x)),
    "erf one rounding from 1": Exact("erf", (6.0,), mp.erf),
    "erfc in its tail": Exact("erfc", (26.0,), mp.erfc),
    "ndtr in its tail": Exact("ndtr", (-37.0,), mp.ncdf),
    "gaussian in its tail": Exact("gaussian", (26.5,), lambda x: mp.exp(-x * x)),
    "lgamma beside its zero at 1": Exact("lgamma", (1 + 1e-9,), mp.loggamma),
    "lgamma beside its zero at 2": Exact("lgamma", (2 + 1e-9,), mp.loggamma),
    "i1 at zero": Exact("i1", (0.0,), lambda x: mp.besseli(1, x)),
    "i1 near zero": Exact("i1", (1e-9,), lambda x: mp.besseli(1, x)),
    "logit near zero": Exact("logit", (1e-100,), lambda x: mp.log(x / (1 - x))),
    "logit beside its zero": Exact("logit", (0.5 + 1e-12,), lambda x: mp.log(x / (1 - x))),
    "logit beside 1": Exact("logit", (1 - 1e-12,), lambda x: mp.log(x / (1 - x))),
    "xlogy where x is zero": Exact("xlogy", (0.0, 2.0), lambda x, y: x * mp.log(y)),
    "sinc at zero": Exact("sinc", (0.0,), sinc),
    "sinc near zero": Exact("sinc", (1e-9,), sinc),
    "sinc a little from zero": Exact("sinc", (1e-3,), sinc),
    "asin beside 1": Exact("asin", (1 - 1e-12,), mp.asin),
    "asin near zero": Exact("asin", (1e-9,), mp.asin),
    "asec beside 1": Exact("asec", (1 + 1e-12,), mp.asec),
    "acsc of a large number": Exact("acsc", (1e9,), mp.acsc),
    "asinh where the square overflows": Exact("asinh", (1e200,), mp.asinh),
    "acosh beside 1": Exact("acosh", (1 + 1e-12,), mp.acosh),
    "acosh where the square overflows": Exact("acosh", (1e200,), mp.acosh),
    "atanh beside 1": Exact("atanh", (1 - 1e-12,), mp.atanh),
    "asech beside 1": Exact("asech", (1 - 1e-12,), mp.asech),
    "acoth beside 1": Exact("acoth", (1 + 1e-12,), mp.acoth),
    "acoth below -1": Exact("acoth", (-1 - 1e-12,), mp.acoth),
    "hypot where the squares overflow": Exact("hypot", (1e200, 1e200), mp.hypot),
    "hypot where the squares vanish": Exact("hypot", (1e-200, 3e-200), mp.hypot),
    "hypot of a long side and a short one": Exact("hypot", (1e3, 1.0), mp.hypot),
    "atan2 where the squares overflow": Exact("atan2", (1e200, 2e200), mp.atan2),
    "atan2 where the squares vanish": Exact("atan2", (1e-150, 2e-150), mp.atan2),
}


def derivatives(case: Exact) -> list[list[float]]:
    """Return the value, the gradient and the Hessian, as the rules have them."""
    inputs = [tensor(x, dtype=np.float64, requires_grad=True) for x in case.at]
    result = REGISTRY[case.op](*inputs, **case.attributes)
    slopes = grad(result, inputs, create_graph=True)
    flat = [tensor(0.0)] * len(inputs)
    rows = [grad(s, inputs, retain_graph=True, materialize_grads=True) if s.requires_grad else flat for s in slopes]
    return [[result.item()], [s.item() for s in slopes], [h.item() for row in rows for h in row]]


def truths(case: Exact) -> list[list[Any]]:
    """Return the same from mpmath's numeric derivatives, at so many digits that they are exact here."""
    at = tuple(map(mp.mpf, case.at))
    axes = range(len(at))
    first = [tuple(int(i == j) for j in axes) for i in axes]
    second = [tuple(int(i == k) + int(j == k) for k in axes) for i in axes for j in axes]
    step = mp.mpf(10) ** -60 * min([mp.mpf(1), *(abs(x) for x in at if x)])
    return [[case.function(*at)]] + [
        [mp.diff(case.function, at if len(at) > 1 else at[0], n if len(at) > 1 else n[0], h=step) for n in orders]
        for orders in (first, second)
    ]


def ulps(found: float, truth: Any) -> float:
    """Measure a distance in units of the last place of the truth."""
    return float(abs(mp.mpf(found) - truth) / mp.mpf(float(np.spacing(abs(float(truth))))))


@pytest.mark.parametrize("case", [pytest.param(case, id=says) for says, case in EXACT.items()])
def test_keeps_its_digits(case):
    with mp.workdps(DIGITS):
        off = {
            f"{what} {i}: {a!r} is not {float(b)!r}": ulps(a, b)
            for what, found, exact in zip(("value", "slope", "curvature"), derivatives(case), truths(case), strict=True)
            for i, (a, b) in enumerate(zip(found, exact, strict=True))
        }
        assert {line: distance for line, distance in off.items() if not distance <= ULPS} == {}


@pytest.mark.parametrize("row", [[-1000.0, 0.0, 1000.0], [1000.0, 1001.0, 999.0], [-1000.0, -1000.5, -1002.0]])
def test_softmax_of_what_exp_cannot_hold(row):
    with mp.workdps(DIGITS):
        weights = [mp.exp(x) for x in row]
        shares = [w / mp.fsum(weights) for w in weights]
        x = tensor(row, dtype=np.float64, requires_grad=True)
        for op, exact in (("softmax", shares), ("log_softmax", [mp.log(s) for s in shares])):
            found = REGISTRY[op](x, 0)
            np.testing.assert_allclose(found.tolist(), [float(e) for e in exact], rtol=1e-15, atol=1e-300)
        (slope,) = grad(REGISTRY["log_softmax"](x, 0)[0], x)
        np.testing.assert_allclose(slope.tolist(), [float((i == 0) - s) for i, s in enumerate(shares)], rtol=1e-15)


class Kink(NamedTuple):
    """A call, and the gradient by convention."""

    op: str
    at: tuple[float, ...]
    gradient: tuple[float, ...]
    attributes: dict[str, Any] = {}


KINKS = {
    "sign at zero": Kink("sign", (0.0,), (0.0,)),
    "relu at zero": Kink("relu", (0.0,), (0.0,)),
    "relu of NaN": Kink("relu", (NAN,), (1.0,)),
    "leaky_relu at zero": Kink("leaky_relu", (0.0,), (0.2,), {"negative_slope": 0.2}),
    "elu at zero": Kink("elu", (0.0,), (2.0,), {"alpha": 2.0}),
    "softplus at its threshold": Kink("softplus", (2.0,), (1 / (1 + math.exp(-2.0)),), {"threshold": 2.0}),
    "maximum at a tie": Kink("maximum", (1.0, 1.0), (0.5, 0.5)),
    "minimum at a tie": Kink("minimum", (1.0, 1.0), (0.5, 0.5)),
    "maximum with NaN": Kink("maximum", (NAN, 1.0), (1.0, 1.0)),
    "minimum with NaN": Kink("minimum", (1.0, NAN), (1.0, 1.0)),
    "fmax at a tie": Kink("fmax", (1.0, 1.0), (1.0, 0.0)),
    "fmin at a tie": Kink("fmin", (1.0, 1.0), (1.0, 0.0)),
    "fmax with NaN on the left": Kink("fmax", (NAN, 1.0), (0.0, 1.0)),
    "fmin with NaN on the right": Kink("fmin", (1.0, NAN), (1.0, 0.0)),
    "clamp at the lower bound": Kink("clamp", (0.0, 0.0, 1.0), (1.0, 0.0, 0.0)),
    "clamp at the upper bound": Kink("clamp", (1.0, 0.0, 1.0), (1.0, 0.0, 0.0)),
    "clamp between crossed bounds": Kink("clamp", (0.5, 1.0, 0.0), (0.0, 0.0, 1.0)),
    "clamp of NaN": Kink("clamp", (NAN, 0.0, 1.0), (0.0, 0.0, 0.0)),
    "floor at an integer": Kink("floor", (2.0,), (0.0,)),
    "ceil at an integer": Kink("ceil", (2.0,), (0.0,)),
    "trunc at an integer": Kink("trunc", (2.0,), (0.0,)),
    "round at a half": Kink("round", (2.5,), (0.0,)),
    "frac at an integer": Kink("frac", (2.0,), (1.0,)),
    "heaviside at zero": Kink("heaviside", (0.0, 0.5), (0.0, 1.0)),
    "copysign of zero": Kink("copysign", (0.0, -1.0), (0.0, 0.0)),
    "copysign of infinity": Kink("copysign", (INF, -1.0), (-1.0, 0.0)),
    "nan_to_num of NaN": Kink("nan_to_num", (NAN,), (0.0,)),
    "nan_to_num of infinity": Kink("nan_to_num", (INF,), (0.0,)),
    "asin at 1": Kink("asin", (1.0,), (INF,)),
    "acosh at 1": Kink("acosh", (1.0,), (INF,)),
    "erfinv at 1": Kink("erfinv", (1.0,), (INF,)),
    "logit at zero": Kink("logit", (0.0,), (INF,)),
    "logit outside of its domain": Kink("logit", (2.0,), (NAN,)),
    "logit held by eps": Kink("logit", (0.0,), (0.0,), {"eps": 0.1}),
    "hypot at the origin": Kink("hypot", (0.0, 0.0), (NAN, NAN)),
    "atan2 at the origin": Kink("atan2", (0.0, 0.0), (0.0, 0.0)),
    "xlogy at the origin": Kink("xlogy", (0.0, 0.0), (0.0, 0.0)),
}


def gradient(case: Kink, incoming: float = 1.0) -> list[float]:
    inputs = [tensor(x, dtype=np.float64, requires_grad=True) for x in case.at]
    result = REGISTRY[case.op](*inputs, **case.attributes)
    return [g.item() for g in grad(result, inputs, tensor(incoming, dtype=np.float64))]


@pytest.mark.parametrize("case", [pytest.param(case, id=says) for says, case in KINKS.items()])
def test_convention_at_a_kink(case):
    np.testing.assert_array_equal(gradient(case), case.gradient)


# A mask that multiplied would make NaN of the zeros.
CHOSEN = {
    "relu": ((-1.0,), (0.0,)),
    "elu": ((1.0,), (INF,)),
    "maximum": ((1.0, 2.0), (0.0, INF)),
    "minimum": ((1.0, 2.0), (INF, 0.0)),
    "fmax": ((1.0, 2.0), (0.0, INF)),
    "clamp": ((3.0, 0.0, 1.0), (0.0, 0.0, INF)),
    "heaviside": ((1.0, 0.5), (0.0, 0.0)),
    "nan_to_num": ((NAN,), (0.0,)),
    "softplus": ((1000.0,), (INF,)),
}


@pytest.mark.parametrize("op", CHOSEN)
def test_an_infinite_gradient_passes_by_selection(op):
    at, expected = CHOSEN[op]
    assert gradient(Kink(op, at, ()), INF) == list(expected)


def test_where_hands_the_gradient_to_the_chosen_side():
    a, b = (tensor([1.0, 2.0, 3.0], requires_grad=True) for _ in range(2))
    chosen = REGISTRY["where"](tensor([True, False, True]), a, b)
    assert [g.tolist() for g in grad(chosen, [a, b], tensor([INF, 5.0, 7.0]))] == [[INF, 0.0, 7.0], [0.0, 5.0, 0.0]]


ROUNDED = [
    (0.5, 0, 0.0), (1.5, 0, 2.0), (2.5, 0, 2.0), (-0.5, 0, -0.0), (2.675, 1, 2.7), (0.125, 2, 0.12),
    (1250.0, -2, 1200.0), (1350.0, -2, 1400.0), (INF, 0, INF), (-2.5, 0, -2.0),
]  # fmt: skip


@pytest.mark.parametrize("number, decimals, expected", ROUNDED)
def test_round_takes_the_even_neighbour_of_a_half(number, decimals, expected):
    found = float(REGISTRY["round"](number, decimals))
    assert (found, math.copysign(1, found)) == (expected, math.copysign(1, expected))


def test_kinds_of_numbers():
    numbers = np.array([1.0, INF, -INF, NAN])
    found = {name: REGISTRY[name](numbers).tolist() for name in ("isnan", "isinf", "isfinite")}
    assert found == {
        "isnan": [False, False, False, True],
        "isinf": [False, True, True, False],
        "isfinite": [True, False, False, False],
    }


def test_sinc_vanishes_at_whole_numbers():
    assert REGISTRY["sinc"](np.array([1.0, -2.0, 3e5, 1e200])).tolist() == [0.0] * 4


def test_nan_is_neither_less_nor_equal_nor_greater():
    found = {name: bool(REGISTRY[name](NAN, NAN)) for name in ("eq", "ne", "lt", "le", "gt", "ge")}
    assert [name for name, holds in found.items() if holds] == ["ne"]


REFUSED: list[tuple[str, Sequence[Any], str]] = [
    ("round", (1.0, 0.5), "'float' object cannot be interpreted as an integer"),
    ("polygamma", (1.5, 1.0), "'float' object cannot be interpreted as an integer"),
    ("clamp", (1.0,), "at least one of 'min' or 'max' must not be None"),
    ("gelu", (1.0, "exact"), "approximate argument must be either none or tanh."),
    ("polygamma", (-1, 1.0), "polygamma(n, x) does not support negative n."),
]


@pytest.mark.parametrize("op, args, message", REFUSED)
def test_refused_attributes_are_named(op, args, message):
    with pytest.raises((RuntimeError, TypeError)) as caught:
        REGISTRY[op](*args)
    assert str(caught.value) == message


def test_softmax_names_the_dimensions_there_are():
    with pytest.raises(IndexError) as caught:
        REGISTRY["softmax"](Tensor([1.0, 2.0]), 1)
    assert str(caught.value) == "Dimension out of range (expected to be in range of [-1, 0], but got 1)"
