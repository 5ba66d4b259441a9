"""A point of large arrays, evaluated by a program, says what the graph would have said."""

from __future__ import annotations

import numpy as np
import pytest

from gradcli import expression, lang
from gradcli.expression import Expression
from gradcli.point import Point
from gradcli.program.large import LargePoint, evaluated

X = np.linspace(-2.0, 2.0, 9)
GIVEN = {"x": X, "y": X[::-1].copy(), "w": 0.5}

TEXTS = [
    "x**2*exp(x)", "sum(abs(x)*y)", "sqrt(x)", "x/y", "relu(x - y) + w", "max(x, y)", "where(x > 0, sqrt(x), 0)",
    "sqrt(x) if x > 0 else w", "2*w", "x > y", "std(x*0 + w)", "clamp(x, -1, 1)**w", "u = x*y; sum(u)", "x[2]*w",
]  # fmt: skip


@pytest.mark.parametrize("text", TEXTS)
def test_a_program_says_what_the_graph_says(text):
    program = lang.parse(text)
    values = {name: GIVEN[name] for name in program.free_names()}
    by_graph, by_program = Point(program, values, None, np.float64, 0), evaluated(program, values)
    assert isinstance(by_program, LargePoint)
    np.testing.assert_allclose(by_program.value, by_graph.value, rtol=1e-15)
    slopes = by_program.grad()
    for name, wanted in by_graph.grad().items():
        np.testing.assert_allclose(slopes[name], wanted, rtol=1e-15, atol=1e-300)
    assert by_program.notes == by_graph.notes


def test_what_a_program_does_not_hold_is_asked_of_the_graph():
    at = evaluated(lang.parse("x**2"), {"x": X})
    assert at.grad(["x"], np.arange(9.0))["x"].tolist() == (2 * X * np.arange(9)).tolist()
    assert at.derivatives("x", 2)[1].tolist() == [2.0] * 9


@pytest.mark.parametrize("text", ["x[1:3] if sum(x) > 0 else x[:1]", "x*rand(9)"])
def test_what_cannot_be_traced_is_left_to_the_graph(text):
    assert isinstance(evaluated(lang.parse(text), {"x": X}), Point)


def test_an_expression_chooses_by_the_size(monkeypatch):
    f = Expression.parse("sum(x**2)")
    assert isinstance(f.evaluated(x=X), Point)
    monkeypatch.setattr(expression, "LARGE", 9)
    assert isinstance(f.evaluated(x=X), LargePoint)
    assert isinstance(f.evaluated(x=X[:8]), Point)
    assert f.value_and_grad(x=X)[1]["x"].tolist() == (2 * X).tolist()
