"""NaN, infinities and lost digits: where they come from, whether they are a trap, and what to write instead."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gradcli import Expression, lang
from gradcli.verify.report import Place
from gradcli.verify.rewriting import RULES


def places(text: str, **at: float) -> tuple[str, list[Place]]:
    """Check an expression at a point; return the verdict and the remarks on pieces of the text."""
    report = Expression.parse(text).check(at)
    found = report.points or report.undefined
    return report.verdict, [place for place in found[0].places if "has a kink" not in place.message]


def underlined(text: str, place: Place) -> str:
    assert place.span is not None
    return text[place.span.start : place.span.end]


# In the value


@pytest.mark.parametrize(
    ("text", "at", "message", "hint"),
    [
        ("log(x)", {"x": 0.0}, "`log(x)` is infinite, of 0", None),
        ("sqrt(x - 2)*x", {"x": 1.0}, "`sqrt(x - 2)` is NaN, of -1", None),
        ("y/x + 1", {"x": 0.0, "y": 3.0}, "`y/x` is infinite, of 3 and 0", None),
        ("x*log(x)", {"x": 0.0}, "`log(x)` is infinite, of 0", "write xlogy(x, x) for x*log(x)"),
        ("log(1 + exp(x))", {"x": 800.0}, "`exp(x)` is infinite, of 800", "write softplus(x) for log(1 + exp(x))"),
        ("log(exp(x) + exp(y))", {"x": 800.0, "y": 799.0}, "`exp(x)` is infinite, of 800",
         "write max(x, y) + log1p(exp(-abs(x - y))) for log(exp(x) + exp(y))"),
        ("sqrt(x**2 + y**2)", {"x": 1e200, "y": 1.0}, "`x**2` is infinite, of 1e+200 and 2",
         "write hypot(x, y) for sqrt(x**2 + y**2)"),
        ("exp(x)/(1 + exp(x))", {"x": 800.0}, "`exp(x)` is infinite, of 800",
         "write sigmoid(x) for exp(x)/(1 + exp(x))"),
        ("exp(-1/x**2)", {"x": 0.0}, "`-1/x**2` is infinite, of -1 and 0", None),
    ],
)  # fmt: skip
def test_where_a_value_is_lost(text: str, at: dict[str, float], message: str, hint: str | None) -> None:
    verdict, (place,) = places(text, **at)
    assert (verdict, place.message, place.hint) == ("unjudged", message, hint)
    assert f"`{underlined(text, place)}`" in message


def test_an_evaluation_that_fails_is_told_with_its_place() -> None:
    verdict, (place,) = places("det([[x, 1]])", x=1.0)
    assert verdict == "unjudged" and underlined("det([[x, 1]])", place) == "det([[x, 1]])"


# In the gradient


@pytest.mark.parametrize(
    ("text", "verdict", "at", "beginning", "piece", "hint"),
    [
        ("where(x > 0, sqrt(x), x)", "agrees", 0.0, "a NaN trap", "sqrt(x)",
         "write sqrt(x) if x > 0 else x for where(x > 0, sqrt(x), x)"),
        ("2*where(x > 1, log(x - 1), 0)", "agrees", 1.0, "a NaN trap", "log(x - 1)",
         "write log(x - 1) if x > 1 else 0 for where(x > 1, log(x - 1), 0)"),
        ("where(x > 0, x**0.5, x*x)", "disagrees", -1.0, "a NaN trap", "x**0.5",
         "write x**0.5 if x > 0 else x*x for where(x > 0, x**0.5, x*x)"),
        ("sqrt(x**4)", "disagrees", 0.0, "a NaN trap", "sqrt(x**4)", None),
        ("sqrt(x**2)", "agrees", 0.0, "the gradient is truly NaN", "sqrt(x**2)", None),
    ],
)  # fmt: skip
def test_where_a_gradient_is_lost(
    text: str, verdict: str, at: float, beginning: str, piece: str, hint: str | None
) -> None:
    found, (place,) = places(text, x=at)
    assert (found, underlined(text, place), place.hint) == (verdict, piece, hint)
    assert place.message.startswith(f"{beginning}: the slope of `{piece}` is infinite, and it meets 0")


# Digits


@pytest.mark.parametrize(
    ("text", "x", "piece", "hint"),
    [
        ("(1 - cos(x))/x**2", 1e-4, "1 - cos(x)", "write 2*sin(x/2)**2 for 1 - cos(x)"),
        ("(exp(x) - 1)/x", 1e-9, "exp(x) - 1", "write expm1(x) for exp(x) - 1"),
        ("log(1 + x)/x", 1e-9, "log(1 + x)", "write log1p(x) for log(1 + x)"),
        ("sqrt(x + 1) - sqrt(x)", 1e12, "sqrt(x + 1) - sqrt(x)",
         "write 1/(sqrt(x + 1) + sqrt(x)) for sqrt(x + 1) - sqrt(x)"),
        ("(x + 1e10) - 1e10", 1.0, "(x + 1e10) - 1e10", None),
    ],
)  # fmt: skip
def test_where_digits_are_lost(text: str, x: float, piece: str, hint: str | None) -> None:
    _, (place,) = places(text, x=x)
    assert "digits to cancellation" in place.message
    assert (underlined(text, place), place.hint) == (piece, hint)


def test_condition_numbers() -> None:
    """Of x**n the value has the condition n and the derivative n - 1; of x - 1 near 1 there is none that is small."""
    (power,) = Expression.parse("x**5").check(x=3.0).points
    assert power.conditions is not None
    assert power.conditions.value == pytest.approx(5)
    assert power.conditions.partials == {"x": pytest.approx(4)}
    (near,) = Expression.parse("x - 1").check(x=1 + 2.0**-20).points
    assert near.conditions is not None and near.conditions.value == pytest.approx(2**20 + 1)
    assert near.conditions.lost[""] == 0, "the subtraction itself is exact"
    (both,) = Expression.parse("x*y**2").check(x=2.0, y=3.0).points
    assert both.conditions is not None and both.conditions.partials == {"x": pytest.approx(2), "y": pytest.approx(2)}


def test_digits_that_are_lost_are_those_that_are_wrong() -> None:
    """The estimate of reverse mode's rounding error holds against SymPy's digits, and is no wild guess."""
    for x in np.geomspace(1e-6, 1e-2, 9):
        (point,) = Expression.parse("(1 - cos(x))/x**2").check(x=float(x), methods=("symbolic",)).points
        (row,) = point.rows
        truth = row.witnesses["symbolic"].value  # type: ignore[union-attr]
        off = abs(row.reverse.value - truth)
        assert off <= row.reverse.error <= 1e4 * max(off, 1e-16 / x)


# What to write instead


def test_every_rewriting_is_the_same_function() -> None:
    values = {"a": 0.3, "b": 0.2, "c": 1.0}
    for pattern, instead in RULES.items():
        array = "sum(" in pattern
        given: dict[str, Any] = {**values, "a": [0.3, 0.4]} if array else values
        new = Expression.parse(instead.replace("{", "(").replace("}", ")"))
        old = Expression.parse(pattern)
        assert set(new.variables) <= set(old.variables)
        expected = old({name: given[name] for name in old.variables})
        np.testing.assert_allclose(new({name: given[name] for name in new.variables}), expected, rtol=1e-12)


def test_rewritings_are_offered_of_long_texts_no_more() -> None:
    from gradcli.errors import Span
    from gradcli.verify.rewriting import offers

    text = "log(1 + x)"
    assert [offer.text for offer in offers(lang.parse(text), Span(0, 10))] == ["log1p(x)"]
    assert list(offers(lang.parse(text + " + x" * 3000), Span(0, 10))) == []
