"""`gradcli compare`: formulas of derivatives, and how they are written."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

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
        ('"rand(2)*x"', "error: SymPy finds no formula: `rand` draws numbers at random\n"),
    ],
)
def test_there_is_no_formula(gradcli: Run, line: str, error: str) -> None:
    status, out, err = gradcli(f"compare {line}")
    assert (status, out) == (2, "")
    assert err.startswith(error)


def test_json(gradcli: Run) -> None:
    assert json.loads(gradcli('compare "x*exp(x)" --json --format latex').out) == {
        "command": "compare",
        "expression": "x*exp(x)",
        "at": {},
        "function": "f",
        "derivatives": [
            {
                "partial": ["x"],
                "formula": "(x + 1)*exp(x)",
                "drawn": r"\left(x + 1\right) e^{x}",
                "operations": 3,
                "simplified": True,
            }
        ],
        "notes": [],
    }
