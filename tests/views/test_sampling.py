"""Samples of curves: smooth where they are joined, and never joined across a pole, a jump or a gap."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradcli.views.sampling import Samples, sample

MOST = 20_000


def of(*functions: Callable[[np.ndarray], np.ndarray], low: float = -3.0, high: float = 3.0) -> Samples:
    def values(x: np.ndarray) -> np.ndarray:
        with np.errstate(all="ignore"):
            return np.array([function(x) for function in functions])

    return sample(values, low, high, MOST)


def broken(found: Samples, curve: int = 0) -> list[float]:
    """Return the places where a curve breaks, those within a thousandth of each other once."""
    places = found.x[:-1][found.breaks[curve]]
    return [float(x) for x, before in zip(places, [-np.inf, *places[:-1]], strict=False) if x - before > 1e-3]


@pytest.mark.parametrize(
    ("function", "places"),
    [
        (np.tan, [-np.pi / 2, np.pi / 2]),
        (lambda x: 1 / x, [0]),
        (lambda x: 1 / (x - 1 / 3), [1 / 3]),
        (lambda x: (x - 1 / 3) ** -2, [1 / 3]),
        (lambda x: np.log(abs(x - 1 / 3)), [1 / 3]),
        (lambda x: np.sign(x - 0.1), [0.1]),
        (lambda x: np.floor(2 * x) / 2, np.arange(-2.5, 3.1, 0.5)),
        (lambda x: x - np.floor(x), [-2, -1, 0, 1, 2, 3]),
        (lambda x: np.sqrt(x - 0.1), [0.1]),
        (lambda x: np.sqrt(1 - x * x), [-1, 1]),
        (lambda x: np.arctan(1 / x), [0]),
        (lambda x: np.tan(50 * x), (np.arange(-48, 48) + 0.5) * np.pi / 50),
    ],
)
def test_where_curves_break(function: Callable[[np.ndarray], np.ndarray], places: list[float]) -> None:
    found = of(function)
    assert broken(found) == pytest.approx(places, abs=3e-6)
    assert found.whole


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x**2 * np.exp(x), lambda x: np.exp(x**4), np.cbrt, abs, lambda x: np.sqrt(abs(x)),
        lambda x: np.tanh(1e4 * (x - 0.1)), lambda x: np.exp(-1e4 * (x - 0.1) ** 2), lambda x: np.sin(40 * x),
        lambda x: 1 / (1e-6 + (x - 0.123) ** 2), lambda x: 0 * x, lambda x: 1e290 * np.tanh(x), lambda x: 1e-320 * x,
    ],
)  # fmt: skip
def test_what_is_steep_or_sharp_is_not_broken(function: Callable[[np.ndarray], np.ndarray]) -> None:
    found = of(function)
    assert (broken(found), found.whole) == ([], True)
    assert found.window[0] <= found.values.min() <= found.values.max() <= found.window[1]


@given(st.floats(-2.5, 2.5), st.integers(1, 3), st.floats(-3, 3))
def test_no_line_runs_across_a_pole(pole: float, power: int, slope: float) -> None:
    found = of(lambda x: (x - pole) ** -power + slope * x)
    joined = ~found.breaks[0] & np.isfinite(found.values[0, 1:]) & np.isfinite(found.values[0, :-1])
    across = (found.x[:-1] < pole) & (found.x[1:] > pole)
    assert not (joined & across).any()
    assert found.window[1] - found.window[0] < 60


@given(st.lists(st.floats(-2, 2), min_size=1, max_size=6), st.floats(0.1, 9))
def test_lines_stay_with_the_curve(coefficients: list[float], frequency: float) -> None:
    def function(x: np.ndarray) -> np.ndarray:
        return np.polyval(coefficients, x) + np.sin(frequency * x)

    found = of(function)
    x = np.linspace(-3, 3, 1001)
    away = abs(np.interp(x, found.x, found.values[0]) - function(x)).max()
    assert away < 0.01 * (found.window[1] - found.window[0])


def test_a_derivative_without_a_bound_does_not_stretch_the_picture() -> None:
    found = of(np.sqrt, lambda x: 0.5 / np.sqrt(x), low=0.0, high=4.0)
    assert found.window == pytest.approx((-0.1, 2.1))


@pytest.mark.parametrize(("function", "low", "high"), [(np.tan, 0.0, np.pi), (lambda x: 1 / (x - 4e-181), -3.0, 3.0)])
def test_a_sample_on_a_pole_does_not_stretch_it_either(
    function: Callable[[np.ndarray], np.ndarray], low: float, high: float
) -> None:
    assert 2 < of(function, low=low, high=high).window[1] < 20


def test_what_cannot_be_followed_is_told() -> None:
    assert not of(lambda x: np.random.default_rng(0).random(x.size)).whole
    assert not of(lambda x: np.sin(1 / x)).whole


def test_nothing_to_sample() -> None:
    assert of(lambda x: x * np.nan).window == (-1.0, 1.0)
