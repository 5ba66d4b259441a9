"""Uncertainties: against the `uncertainties` package, and the worked examples of the GUM."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import uncertainties
from uncertainties import umath

from gradcli import Expression, GradcliError, lang
from gradcli.data.uncertainty import Measured, propagate
from gradcli.render.propagation import rounded

X, Y, Z = Measured(1.3, 0.05), Measured(0.7, 0.2), Measured(2.4, 0.013)


@pytest.mark.parametrize(
    ("text", "function"),
    [
        ("x*y/z", lambda x, y, z: x * y / z),
        ("sin(x)*exp(y) - log(z)", lambda x, y, z: umath.sin(x) * umath.exp(y) - umath.log(z)),
        ("hypot(x, y)**z", lambda x, y, z: umath.hypot(x, y) ** z),
        ("u = x - y; u*u + atan2(u, z)", lambda x, y, z: (x - y) ** 2 + umath.atan2(x - y, z)),
        ("sqrt(x) + atan(y)*erf(z)", lambda x, y, z: umath.sqrt(x) + umath.atan(y) * umath.erf(z)),
        ("x if x > y else z", lambda x, y, z: x),
    ],
)
def test_the_first_order_is_that_of_uncertainties(text, function):
    found = propagate(lang.parse(text), {"x": X, "y": Y, "z": Z})
    wanted = function(*(uncertainties.ufloat(*each) for each in (X, Y, Z)))
    assert found.value == pytest.approx(wanted.nominal_value, rel=1e-12)
    assert found.uncertainty == pytest.approx(wanted.std_dev, rel=1e-12)


@pytest.mark.parametrize("r", [-1.0, -0.3, 0.0, 0.86, 1.0])
def test_correlated_inputs_are_those_of_uncertainties(r):
    found = propagate(lang.parse("x**2*y"), {"x": X, "y": Y}, {("x", "y"): r})
    x, y = uncertainties.correlated_values_norm([X, Y], [[1.0, r], [r, 1.0]])
    assert found.uncertainty == pytest.approx((x**2 * y).std_dev, rel=1e-12)


# The GUM's examples give the digits that they are compared to.


def test_gum_h1_end_gauge():
    text = "lS + d - lS*(da*theta + aS*dt)"
    inputs = {
        "lS": Measured(50.000623e6, 25.0), "d": Measured(215.0, 9.7), "da": Measured(0.0, 0.58e-6),
        "theta": Measured(-0.1, 0.41), "aS": Measured(11.5e-6, 1.2e-6), "dt": Measured(0.0, 0.029),
    }  # fmt: skip
    found = propagate(lang.parse(text), inputs, order=2)
    assert round(found.value) == 50_000_838
    assert (round(found.uncertainty), round(found.second_order.uncertainty)) == (32, 34)


@pytest.mark.parametrize(
    ("text", "value", "uncertainty"),
    [("V/I*cos(phi)", 127.732, 0.071), ("V/I*sin(phi)", 219.847, 0.295), ("V/I", 254.260, 0.236)],
)
def test_gum_h2_resistance_and_reactance(text, value, uncertainty):
    observed = {  # table H.2
        "V": [5.007, 4.994, 5.005, 4.990, 4.999], "I": [19.663e-3, 19.639e-3, 19.640e-3, 19.685e-3, 19.678e-3],
        "phi": [1.0456, 1.0438, 1.0468, 1.0428, 1.0433],
    }  # fmt: skip
    used = Expression.parse(text).variables
    inputs = {n: Measured(np.mean(observed[n]), np.std(observed[n], ddof=1) / math.sqrt(5)) for n in used}
    pairs = {(a, b): np.corrcoef(observed[a], observed[b])[0, 1] for a, b in itertools.combinations(used, 2)}
    found = propagate(lang.parse(text), inputs, pairs)
    assert round(found.value, 3) == value
    assert found.uncertainty == pytest.approx(uncertainty, abs=0.001)  # a unit of the last digit that the GUM gives


# Second order and Monte Carlo


def test_the_second_order_of_a_square_is_exact():
    # The square of a normal number has mean m^2 + s^2 and variance 4 m^2 s^2 + 2 s^4.
    found = propagate(lang.parse("x**2"), {"x": Measured(0.3, 0.2)}, order=2)
    assert found.second_order.shift == pytest.approx(0.04, rel=1e-14)
    assert found.second_order.uncertainty == pytest.approx(math.sqrt(4 * 0.09 * 0.04 + 2 * 0.0016), rel=1e-14)


@pytest.mark.parametrize("text", ["x**2 + y", "sum([x, y])*1.0"])
def test_monte_carlo_draws_from_correlated_normals(text):
    n = 20_000
    found = propagate(lang.parse(text), {"x": X, "y": Y}, {("x", "y"): 0.6}, samples=n, seed=3).monte_carlo
    rng = np.random.default_rng(4)
    x, y = rng.multivariate_normal([X[0], Y[0]], [[X[1] ** 2, 0.6 * X[1] * Y[1]], [0.6 * X[1] * Y[1], Y[1] ** 2]], n).T
    drawn = x**2 + y if "**" in text else x + y
    assert abs(found.mean - drawn.mean()) < 5 * drawn.std() * math.sqrt(2 / n)
    assert abs(found.uncertainty / drawn.std() - 1) < 5 / math.sqrt(n)
    assert np.allclose(found.interval, np.quantile(drawn, [0.025, 0.975]), atol=0.1 * drawn.std())


def test_budget():
    found = propagate(lang.parse("x + 10*y + 0*z + k"), {"x": X, "y": Y, "z": Z, "k": 3.0})
    assert [row.name for row in found.budget] == ["y", "x", "z"]
    assert sum(row.share for row in found.budget) == pytest.approx(1.0, rel=1e-15)
    assert found.budget[0].contribution == pytest.approx(2.0)


@pytest.mark.parametrize(
    ("text", "inputs", "pairs", "message"),
    [
        ("x*[1, 2]", {"x": X}, {}, "the result has shape (2,), and one number is wanted"),
        ("x + y + z", {"x": X, "y": Y, "z": Z}, {("x", "y"): 0.9, ("y", "z"): 0.9, ("x", "z"): -0.9},
         "the correlations contradict each other: their matrix has a negative eigenvalue"),
    ],
)  # fmt: skip
def test_what_cannot_be_propagated_is_said(text, inputs, pairs, message):
    with pytest.raises(GradcliError) as caught:
        propagate(lang.parse(text), inputs, pairs)
    assert caught.value.message == message


@pytest.mark.parametrize("spread", [0.0123, 0.119, 0.354, 0.355, 0.949, 0.95, 9.4, 9.99, 35.5, 124.0, 1e-7])
@pytest.mark.parametrize("value", [0.0, 0.827, -12.3456, 99.97])
def test_rounding_is_that_of_uncertainties(value, spread):
    shown = rounded(value, spread, "+/-")
    texts = (shown.replace(" ", ""), f"{uncertainties.ufloat(value, spread)}")
    one, other = map(uncertainties.ufloat_fromstr, texts)
    assert (one.nominal_value, one.std_dev) == pytest.approx((other.nominal_value, other.std_dev), rel=1e-9, abs=1e-12)
