"""`gradcli compare`: formulas of derivatives, and how they are written."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from gradcli.autograd import generate
from gradcli.ops import REGISTRY
from gradcli.ops._registry import Rule

Run = Callable[..., Any]


@pytest.mark.parametrize(
    ("line", "out"),
    [
        ('"x**2*exp(x)"', "df/dx = x*(x + 2)*exp(x)\n"),
        ('"x**2*exp(x)" -q', "x*(x + 2)*exp(x)\n"),
        ('"x**2*exp(x)" --no-simplify', "df/dx = x**2*exp(x) + 2*x*exp(x)\n"),
        ('"x*y**2" --wrt y --order 2', "df/dy   = 2*x*y\nd2f/dy2 = 2*x\n"),
        ('"f*x"', "dg/df = x\ndg/dx = f\n"),
        ('"y = x**2; y*x" --wrt y', "df/dy = x\n"),
        ('"0.1*x**3"', "df/dx = 0.3*x**2\n"),
        ('"x**3/3 + pi*x"', "df/dx = x**2 + pi\n"),
        ('"x**2/y" --format latex --wrt x', "\\frac{d}{d x} f = \\frac{2 x}{y}\n"),
        ('"x**2/y" --format pretty -q --wrt x', "2⋅x\n───\n y\n"),
    ],
)
def test_formulas(gradcli: Run, line: str, out: str) -> None:
    assert gradcli(f"compare {line}") == (0, out, "")


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("2", "error: the expression has no variable to differentiate by\n"),
        ("x --wrt y", "error: the expression has no variable `y`\nhint: it has x\n"),
        ('"median([x, y])"', "error: SymPy finds no formula: SymPy cannot compute `median`"),
        ("x --at y=1", "error: `x` has no value\n  x\n  ^\nhint: try gradcli compare x --at y=1 --at x=1\n"),
        (
            f'"sum(x)" --at "x=[{"1," * 16}1]"',
            "error: SymPy finds no formula: there would be more than 16 for a variable\n",
        ),
        ('"rand(2)*x"', "error: SymPy finds no formula: `rand` draws numbers at random\n"),
    ],
)
def test_there_is_no_formula(gradcli: Run, line: str, error: str) -> None:
    status, out, err = gradcli(f"compare {line}")
    assert (status, out) == (2, "")
    assert err.startswith(error)


def test_values_beside_those_of_the_graph(gradcli: Run) -> None:
    ran = gradcli('compare "x**2*exp(x)" --at x=1')
    assert (ran.status, ran.err) == (0, "")
    assert ran.out == (
        "df/dx = x*(x + 2)*exp(x)\n"
        "\n"
        "       by the graph       by the formula     ulp     verdict\n"
        "f      2.718281828459045  2.718281828459045  0.33\n"
        "df/dx  8.154845485377136  8.154845485377136  0.0059  agrees\n"
        "operations: 3 forward and 6 backward in the graph, 4 in the formula\n"
    )


@pytest.mark.parametrize(
    ("line", "status", "verdict", "err"),
    [
        ("x --at x=2", 0, "agrees", ""),
        ('"abs(x)" --at x=0', 0, "kink", "note: `abs(x)` has a kink where input == 0, as here"),
        ('"log(x)" --at x=-1', 2, "", "note: the value is NaN\nnote: `gradcli check` shows what each witness says\n"),
        (
            '"x**2" --at "x=[1,2]"',
            0,
            "agrees",
            "note: the result has shape (2,): its derivatives are those of its sum\n",
        ),
        ('"x*z" --at x=1,z=2,y=3', 0, "agrees", "note: --at y is not used: the expression has no variable y\n"),
    ],
)
def test_judgement(gradcli: Run, line: str, status: int, verdict: str, err: str) -> None:
    ran = gradcli(f"compare {line}")
    assert ran.status == status
    assert f"{verdict}\noperations" in ran.out
    assert ran.err.startswith(err)
    assert bool(ran.err) == bool(err)


def test_a_graph_that_is_wrong(gradcli: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = copy.copy(REGISTRY["sinh"])
    wrong.rules = {"input": Rule(lambda g, out: g * out, ("g", "out"))}
    monkeypatch.setitem(generate._compiled, "sinh", generate._generate(wrong))
    ran = gradcli("compare 'sinh(x)' --at x=1")
    assert (ran.status, ran.err) == (1, "note: `gradcli check` shows what each witness says\n")
    assert "df/dx  1.1752011936438014  1.5430806348152437  1.7e+15  disagrees\n" in ran.out


def test_json(gradcli: Run) -> None:
    found = json.loads(gradcli('compare "x*exp(x)" --json --format latex --at x=0').out)
    assert found == {
        "command": "compare",
        "expression": "x*exp(x)",
        "at": {"x": 0.0},
        "function": "f",
        "derivatives": [
            {
                "wrt": ["x"],
                "formula": "(x + 1)*exp(x)",
                "drawn": r"\left(x + 1\right) e^{x}",
                "operations": 3,
                "simplified": True,
                "values": {"graph": 1.0, "formula": 1.0, "digits": "1.0", "ulp": 0.0, "verdict": "agrees"},
            }
        ],
        "value": {"graph": 0.0, "formula": 0.0, "digits": "0.0", "ulp": 0.0, "verdict": None},
        "verdict": "agrees",
        "operations": {"forward": 2, "backward": 4, "formulas": 3},
        "notes": [],
    }
