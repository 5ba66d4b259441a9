"""`gradcli trace`: the story of a run as text that fits a page, and as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

Run = Callable[..., Any]

WHOLE = """\
forward
step  text         operation    value              saves
#1    x            variable     1.0
#2    x**2         pow(x, 2)    1.0                input, exponent
#3    exp(x)       exp(x)       2.718281828459045  out
#4    x**2*exp(x)  mul(#2, #3)  2.718281828459045  input, other

backward
#4 MulBackward0    x**2*exp(x)  g4 = 1.0
   to #2 x**2    g4*exp(x) = 1.0*2.718281828459045 = 2.718281828459045
   to #3 exp(x)  g4*x**2   = 1.0*1.0 = 1.0
#3 ExpBackward0    exp(x)       g3 = 1.0
   to #1 x  g3*exp(x) = 1.0*2.718281828459045 = 2.718281828459045
#2 PowBackward0    x**2         g2 = 2.718281828459045
   to #1 x  g2*2*x = 2.718281828459045*2.0 = 5.43656365691809
#1 AccumulateGrad  x            x.grad = 2.718281828459045 + 5.43656365691809
                                       = 8.154845485377136

chain rule
df/dx = 2*x*exp(x) + x**2*exp(x)
      = 5.43656365691809 + 2.718281828459045
      = 8.154845485377136
"""


def test_the_whole(gradcli: Run) -> None:
    assert gradcli('trace "x**2*exp(x)" --at x=1') == (0, WHOLE, "")


def test_one_half_at_a_time(gradcli: Run) -> None:
    forward, _, rest = WHOLE.partition("\n\n")
    assert gradcli('trace "x**2*exp(x)" --at x=1 --pass forward').out == forward + "\n"
    assert gradcli('trace "x**2*exp(x)" --at x=1 --pass backward').out == rest


def test_bare_numbers(gradcli: Run) -> None:
    assert gradcli("trace 3*x --at x=2 -q").out.split() == ["2.0", "6.0", "1.0", "3.0"]


def test_limits(gradcli: Run) -> None:
    ran = gradcli('trace "x**2*exp(x)" --at x=1 --limit 2 --pass backward')
    assert [line for line in ran.out.splitlines() if line.startswith("#")] == [
        "#4 MulBackward0  x**2*exp(x)  g4 = 1.0", "#3 ExpBackward0  exp(x)       g3 = 1.0"
    ]  # fmt: skip
    assert ran.err == "note: --limit 2 leaves out 2 of 4 steps\n"
    found = json.loads(gradcli('trace "x**2*exp(x)" --at x=1 --limit 2 --json').out)
    assert [len(found["forward"]), len(found["backward"]), len(found["notes"])] == [2, 2, 2]
    assert found["chain"][0]["grad"] == 8.154845485377136


@pytest.mark.parametrize(
    "line",
    [
        '"1/(1+exp(-(w*x+b)))" --at x=1,w=0.5,b=2',
        '"(1-x)**2 + 100*(y-x**2)**2" --at x=1.2,y=1',
        '"sin(x)*cos(x)*tanh(x)*exp(x)" --at x=1',
        '"mean((w*x-b)**2)" --at "x=[1,2,3],w=0.3,b=1"',
        '"x[1:]@[pi,2] + max(x, axis=0)[0]" --at "x=[1,2,3]"',
        '"sum(x**2)" --at "x=arange(1000)"',
        '"sum([x,x,x,x,x,x])" --at x=0.5',
    ],
)
def test_it_fits_a_page(gradcli: Run, process: Run, line: str) -> None:
    ran = gradcli(f"trace {line}")
    assert ran.status == 0
    assert max(map(len, ran.out.splitlines())) <= 80
    plain = process(f"trace {line}", variables={"PYTHONIOENCODING": "ascii"}).stdout
    assert plain == ran.out.replace("…", "~")


def test_wrt_follows_some_variables_only(gradcli: Run) -> None:
    out = gradcli("trace w*x --at w=2,x=3 --wrt w --pass backward").out
    assert "w.grad = 3.0" in out and "x.grad" not in out


def test_float32_is_shown_as_such(gradcli: Run) -> None:
    assert "g2*0.1 = 1.0*0.1 = 0.1" in gradcli("trace x*0.1 --at x=0.3 --dtype float32").out


def test_without_a_way_back(gradcli: Run) -> None:
    ran = gradcli("trace 2*3")
    assert ran.out == "forward\nstep  text  operation  value  saves\n#1    2*3   mul(2, 3)  6.0\n"
    assert ran.err == "note: there is no way back: the result depends on no variable\n"


def test_nan_is_traced_to_its_place(gradcli: Run) -> None:
    ran = gradcli('trace "where(x > 0, sqrt(x), 0)" --at x=-1')
    assert "the first NaN came from the derivative of `sqrt(x)`" in ran.err
