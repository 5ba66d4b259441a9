"""Slips in claimed derivatives: the usual ones are told, as they were planted, and nothing is told of the others."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
import sympy

from gradcli import lang
from gradcli.verify import diagnosis, reals, symbolic, symbols, tasks, translate, trials
from gradcli.verify.spelling import spell

PHYSICS = Path(__file__).resolve().parents[2] / "samples" / "physics" / "feynman.csv"


def said(text: str, claim: str, name: str = "x") -> str | None:
    (answer,) = tasks.diagnose(text, claim, name, None)
    return answer["said"]


@pytest.mark.parametrize(
    ("text", "claim", "expected"),
    [
        # factors
        ("x**2*exp(x)", "2*x + x**2", "your formula lacks the factor exp(x)"),
        ("x**3", "x**2", "your formula lacks the factor 3"),
        ("x**3", "2*x**2", "your formula lacks the factor 3/2"),
        ("x**3", "6*x**2", "your formula has the superfluous factor 2"),
        ("0.5*k*x**2", "0.5*k*x", "your formula lacks the factor 2"),
        ("0.3*x**2", "x", "your formula lacks the factor 0.6"),
        ("pi*x**2", "2*x", "your formula lacks the factor pi"),
        ("log(x, 10)", "1/x", "your formula has the superfluous factor log(10)"),
        ("a*exp(-b*x)", "b*exp(-b*x)", "your formula lacks the factor -a"),
        ("x**y", "x**(y - 1)", "your formula lacks the factor y"),
        ("gamma(x)", "digamma(x)", "your formula lacks the factor gamma(x)"),
        ("1/(1 + exp(-x))", "exp(-x)/(1 + exp(-x))", "your formula lacks the factor 1/(1 + exp(-x))"),
        ("abs(x)**3", "3*x**2", "your formula lacks the factor sign(x)"),
        # signs
        ("cos(x)", "sin(x)", "the sign is wrong"),
        ("1/x", "1/x**2", "the sign is wrong"),
        # terms
        ("x**2*exp(x)", "x**2*exp(x)", "the term 2*x*exp(x) is missing"),
        ("x**2*exp(x)", "2*x*exp(x)", "the term x**2*exp(x) is missing"),
        ("sin(x)/x", "cos(x)/x", "the term -sin(x)/x**2 is missing"),
        ("sin(x)/x", "cos(x)/x + sin(x)/x**2", "the sign of the term -sin(x)/x**2 is wrong"),
        ("x**2*exp(x)", "2*x*exp(x) + x**2*exp(x) + 1", "the term 1 is superfluous"),
        ("x**2*exp(x)", "x*exp(x) + x**2*exp(x)", "the term 2*x*exp(x) lacks the factor 2 in your formula"),
        ("x**x", "x*x**(x - 1)", "the term x**x*log(x) is missing"),
        # inner derivatives
        ("sin(2*x)", "cos(2*x)", "it looks as if the inner derivative 2 of 2*x was forgotten"),
        ("exp(-x)", "exp(-x)", "it looks as if the inner derivative -1 of -x was forgotten"),
        ("exp(sin(x))", "exp(sin(x))", "it looks as if the inner derivative cos(x) of sin(x) was forgotten"),
        ("(x**2 + 1)**3", "3*(x**2 + 1)**2", "it looks as if the inner derivative 2*x of x**2 + 1 was forgotten"),
        (
            "sqrt(x**2 + y**2)",
            "1/(2*sqrt(x**2 + y**2))",
            "it looks as if the inner derivative 2*x of x**2 + y**2 was forgotten",
        ),
        ("sin(exp(2*x))", "cos(exp(2*x))*exp(2*x)", "it looks as if the inner derivative 2 of 2*x was forgotten"),
        ("y = x**2; sin(y)", "cos(x**2)", "it looks as if the inner derivative 2*x of x**2 was forgotten"),
        # right ones in other forms, and wrong ones that no slip explains
        ("x**2*exp(x)", "exp(x)*x*(2 + x)", None),
        ("tanh(x)", "1/cosh(x)**2", None),
        ("log(x)", "0/0*x", None),
        ("x*y", "x**2 + sin(x)", None),
        ("x**3", "x**2 + x + 1", None),
    ],
)
def test_slips(text: str, claim: str, expected: str | None) -> None:
    assert said(text, claim) == expected


def formulas() -> list[tuple[str, str, str]]:
    """Return every second formula of the lectures, with the variable that stands last in it."""
    with PHYSICS.open(encoding="utf-8", newline="") as file:
        rows = [(row["name"], row["formula"]) for row in csv.DictReader(file)]
    return [(name, text, lang.parse(text).variables[-1]) for name, text in rows[::2]]


@pytest.mark.parametrize(("label", "text", "name"), formulas(), ids=lambda value: value)
def test_planted_slips_are_found(label: str, text: str, name: str) -> None:
    formula = translate.Formula(lang.parse(text), {}, symbols.written)
    x, truth = formula.symbols[name], formula.derivative(name)
    terms = sympy.Add.make_args(truth)
    y = next(s for s in formula.symbols.values() if s != x) if len(formula.symbols) > 1 else x

    def told(claim: Any) -> str | None:
        return diagnosis.diagnose(formula.derivative(), x, claim, None, spell)

    assert told(sympy.simplify(truth)) is None
    assert_explains(told(-truth), ("the sign is wrong", "it looks as if the inner derivative -1 of"))
    assert_explains(told(3 * truth), ("your formula has the superfluous factor 3", "it looks as if"))
    assert_explains(told(truth / (1 + y**2)), (f"your formula lacks the factor {spell(1 + y**2)}",))
    if len(terms) > 1:
        missing = f"the term {spell(terms[0])} is missing"
        assert_explains(told(truth - terms[0]), (missing, "it looks as if", "your formula lacks the factor"))


def assert_explains(told: str | None, beginnings: tuple[str, ...]) -> None:
    assert told is not None
    assert told.startswith(beginnings), told


def test_what_is_simplified_wrongly_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = sympy.symbols("x y", real=True)
    monkeypatch.setattr(sympy, "simplify", lambda expression: y)
    assert diagnosis.diagnose(sympy.sin(x), x, x**2 + y, None, spell) is None
    assert tasks._simplified(x * y + x) == x * y + x


def test_points_are_drawn_around_the_one_that_is_given() -> None:
    x = sympy.Symbol("x", real=True)
    far = sympy.sqrt(x - 1000) * x
    assert trials.points([far]) == []
    assert trials.points([far], {x: 2000.0})
    slope = reals.differentiate(far, x)
    assert diagnosis.diagnose(far, x, -slope, None, spell) is None
    assert diagnosis.diagnose(far, x, -slope, {x: 3000.0}, spell) == "the sign is wrong"


def test_the_witness_asks_its_worker() -> None:
    program, claim = lang.parse("x**2*y"), lang.parse("-2*x*y")
    assert symbolic.diagnose(program, claim, "x", {"x": 1.0, "y": 2.0}) == "the sign is wrong"
    assert symbolic.diagnose(program, claim, "x") == "the sign is wrong"
    assert symbolic.diagnose(program, lang.parse("rand(2)*x"), "x") is None
    assert symbolic.diagnose(program, claim, "x", {"x": [1.0, 2.0], "y": 2.0}) is None
