"""An expression at many points at once is what it is at each of them."""

from __future__ import annotations

import numpy as np
import pytest

from gradcli.errors import EvaluationError
from gradcli.lang import parse
from gradcli.ops import REGISTRY, Op
from gradcli.ops._sampling import reals
from gradcli.views.along import Along

PLACES = np.array([-1.3, 0.4, 0.9, 2.2])

# What can be written with one variable as its argument.
ELEMENTWISE = [op for op in REGISTRY.values() if op.public and op.pointwise and op.rules and len(op.parameters) == 1]


def agrees(text: str, fixed: dict[str, float], wrt: tuple[str, ...], places: np.ndarray = PLACES) -> bool:
    """Check both ways of computing against each other; tell whether the first was taken."""
    at_once, alone = (Along(parse(text), ["x"], fixed, wrt, order=2) for _ in range(2))
    alone.elementwise = False
    np.testing.assert_allclose(at_once(places), alone(places), rtol=1e-13, atol=1e-300)
    return at_once.elementwise


@pytest.mark.parametrize("op", ELEMENTWISE, ids=lambda op: op.name)
def test_operations_keep_the_points_apart(op: Op) -> None:
    domain = op.domain.get(op.tensors[0], reals()) if isinstance(op.domain, dict) else op.domain
    places = domain.sample(np.random.default_rng(0), (5,))
    assert agrees(f"{op.name}(x)", {}, ("x",), places)


@pytest.mark.parametrize(
    ("text", "fixed", "wrt"),
    [
        ("x**2*exp(x)", {}, ("x",)),
        ("sin(w*x) + 3", {"w": 2.0}, ("x", "w")),
        ("x if x > 0 else x**2", {}, ("x",)),
        ("log(x) if x > 0 else sqrt(-x)", {}, ("x",)),
        ("max(x, 1) + min(x, w)", {"w": 0.5}, ("x",)),
        ("y = x**2; sin(y)", {}, ("y", "x")),
        ("f(t) = t**2 + w; f(f(x))", {"w": 1.0}, ("x",)),
        ("diff(sin(w*x), w)", {"w": 2.0}, ("x",)),
        ("diff(x**3, x, 2)", {}, ("x",)),
        ("x**n", {"n": 3}, ("x",)),
        ("3 + 0*x", {}, ("x",)),
        ("x > 0.5", {}, ("x",)),
    ],
)  # fmt: skip
def test_expressions_are_evaluated_once(text: str, fixed: dict[str, float], wrt: tuple[str, ...]) -> None:
    assert agrees(text, fixed, wrt)


@pytest.mark.parametrize(
    ("text", "fixed", "wrt"),
    [
        ("mean((t - x)**2)", {"t": np.array([1.0, 2.0, 4.0])}, ("x",)),
        ("x/sum(x)", {}, ("x",)),
        ("sum([x, x**2])", {}, ("x",)),
        ("max([x, 1]) + sum(cumsum([x, 1]))", {}, ("x",)),
        ("norm(x)", {}, ("x",)),
        ("det([[x, 1], [1, x]])", {}, ("x",)),
        ("x if x > 0 else sum(x)", {}, ("x",)),
        ("w = 2; diff(w**3*x, w)", {}, ("x",)),
        ("f(a) = diff(a**2*x, a); f(2)", {}, ("x",)),
        ("w = 2; w*x", {}, ("w", "x")),
        ("round(x, n)", {"n": 1}, ("x",)),
    ],
)
def test_points_that_would_mix_are_evaluated_one_by_one(text: str, fixed: dict, wrt: tuple[str, ...]) -> None:
    assert not agrees(text, fixed, wrt)


def test_a_point_that_cannot_be_evaluated_is_nan() -> None:
    along = Along(parse("inv([[x, 1], [1, x]])[0, 0]"), ["x"], {}, ["x"])
    rows = along(np.array([1.0, 2.0]))
    assert np.isnan(rows[:, 0]).all()
    assert rows[:, 1].tolist() == pytest.approx([2 / 3, -5 / 9])
    assert str(along.failure) == "the matrix is singular"


def test_there_is_no_derivative_where_there_is_no_value() -> None:
    assert np.isnan(Along(parse("log(x)"), ["x"], {}, ["x"])(np.array([-1.0, -2.0]))).all()


def test_two_variables() -> None:
    rows = Along(parse("x**2*y"), ["x", "y"], {}, ["x", "y"])(np.array([1.0, 2.0]), np.array([3.0, 5.0]))
    assert rows.tolist() == [[3.0, 20.0], [6.0, 20.0], [1.0, 4.0]]


def test_an_array_is_no_point_of_a_plot() -> None:
    with pytest.raises(EvaluationError, match=r"the result has shape \(2,\), and a plot needs one number"):
        Along(parse("[x, 2*x]"), ["x"], {}, ["x"])(PLACES)
