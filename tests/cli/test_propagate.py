"""`gradcli propagate`: how uncertain values are written, and what is said of them."""

from __future__ import annotations

import json

import pytest


@pytest.mark.parametrize(
    ("given", "value", "uncertainty"),
    [
        ("x=1.20+/-0.05", 1.2, 0.05), ("x=1.20±0.05", 1.2, 0.05), ("x = 1.20 +- 0.05", 1.2, 0.05),
        ("x=1.20(5)", 1.2, 0.05), ("x=3.1(2)", 3.1, 0.2), ("x=-12(3)", -12.0, 3.0), ("x=1.234(0.005)", 1.234, 0.005),
        ("x=6.62607(15)e-34", 6.62607e-34, 1.5e-38), ("x=pi/2+/-1/100", 1.5707963267948966, 0.01),
        ("x=.5(1)", 0.5, 0.1), ("x=2.00(0)", 2.0, 0.0),
    ],
)  # fmt: skip
def test_notations(gradcli, given, value, uncertainty):
    found = json.loads(gradcli(f"propagate x --at '{given}' --json").out)
    assert found["value"] == value
    assert found["uncertainty"] == pytest.approx(uncertainty, rel=1e-15)
    assert found["at"] == {"x": {"value": value, "uncertainty": pytest.approx(uncertainty, rel=1e-15)}}


def test_what_is_given_keeps_its_order(gradcli):
    found = json.loads(gradcli("propagate y*x*z --at z=1,y=2±0.1 --at x=3(1) --json").out)
    assert list(found["at"]) == ["z", "y", "x"]


def test_text(gradcli):
    ran = gradcli("propagate 'm*a + c' --at 'm=1.20+/-0.05,a=9.81(2),c=1'")
    assert ran.out == (
        "f = 12.8 +/- 0.5\n"
        "\n"
        "input  value  uncertainty  derivative  contributes  share\n"
        "m      1.2    0.05         9.81        0.491         99.8 %  ####################\n"
        "a      9.81   0.02         1.2         0.024          0.2 %\n"
    ).replace("+/-", "±").replace("#", "█")  # fmt: skip


def test_bare(gradcli):
    assert gradcli("propagate 2*x --at x=3±0.5 -q").out == "6.0 1.0\n"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("x*y --at x=3±1", "error: `y` has no value\n  x*y\n    ^\n"
                           'hint: try gradcli propagate "x*y" --at "x=3±1" --at y=1\n'),
        ("x --at x=3±-1", 'error: --at "x=3±-1": an uncertain value is a number and an uncertainty from zero\n'
                          "hint: write --at x=1.20+/-0.05\n"),
        ("x --at x=3±1,x=2", "error: --at gives x a value twice\nhint: keep one of them\n"),
        ("x --at x=3±y", "error: a value is made of numbers, constants and functions, and `y` is a variable\n"
                         "  --at x=y\n         ^\n"),
        ("x*y --at x=3±1,y=2 --corr x:y=1", "error: --corr x:y=1: y has no uncertainty\n"),
        ("x*y --at x=3±1,y=2±1 --corr x:y=2",
         "error: --corr x:y=2: a correlation of two names lies between -1 and 1\n"),
        ("x*y --at x=3±1,y=2±1 --corr xy", "error: --corr xy is not NAME:NAME=VALUE\n"
                                           "hint: write --corr x:y=0.3\n"),
        ("x*y --at x=3±1,y=2±1 --corr x:y=0.5 --order 2",
         "error: --order 2 is for inputs that are not correlated\nhint: --monte-carlo takes --corr as well\n"),
    ],
)  # fmt: skip
def test_messages(gradcli, line, message):
    assert gradcli(f"propagate {line}") == (2, "", message)


@pytest.mark.parametrize(
    ("line", "note"),
    [
        ("x --at x=3", "no input has an uncertainty: write --at x=1.20+/-0.05"),
        ("x**2 --at x=0±1", "every derivative is zero here, and the first order gives no uncertainty: see --order 2"),
        ("x**2 --at x=0.1±0.1 --order 2",
         "the second order changes the uncertainty: the inputs are uncertain enough to feel the curvature"),
        ("x**2 --at x=0.1±0.1 --monte-carlo 1000",
         "Monte Carlo does not confirm this uncertainty: the result is not normally distributed"),
        ("sqrt(x) --at x=0.1±0.1 --monte-carlo 1000",
         "the expression has no value at some of the random inputs, and so Monte Carlo has none"),
    ],
)  # fmt: skip
def test_notes(gradcli, line, note):
    assert json.loads(gradcli(f"propagate {line} --json").out)["notes"] == [note]
