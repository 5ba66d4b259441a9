"""`gradcli grad`, in text, bare and as JSON; `eval` shares most of it."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

import pytest

Run = Callable[..., Any]


@pytest.mark.parametrize(
    ("line", "out"),
    [
        ('grad "x**2*exp(x)" --at x=1', "f     = 2.718281828459045\ndf/dx = 8.154845485377136\n"),
        ('eval "x**2*exp(x)" --at x=1', "2.718281828459045\n"),
        ("grad -x**2 --at x=1", "f     = -1.0\ndf/dx = -2.0\n"),
        ("grad --at x=1 -- -x**2", "f     = -1.0\ndf/dx = -2.0\n"),
        ("grad 5", "f = 5.0\n"),
        ('eval "x > y" --at x=1,y=2', "False\n"),
        ('grad "x**2*y" --at x=1,y=3 --wrt y', "f     = 3.0\ndf/dy = 1.0\n"),
        ('grad "x**2*y" --at x=1,y=3 --wrt y --wrt x,y', "f     = 3.0\ndf/dy = 1.0\ndf/dx = 6.0\n"),
        ('grad "y = x**2; y*y" --at x=3 --wrt y', "f     = 81.0\ndf/dy = 18.0\n"),
        (
            'grad "x**2*y" --at x=1,y=3 --order 2',
            "f        = 3.0\ndf/dx    = 6.0\ndf/dy    = 1.0\nd2f/dx2  = 6.0\nd2f/dxdy = 2.0\nd2f/dy2  = 0.0\n",
        ),
        (
            'grad "x**5" --at x=1 --order 4',
            "f       = 1.0\ndf/dx   = 5.0\nd2f/dx2 = 20.0\nd3f/dx3 = 60.0\nd4f/dx4 = 120.0\n",
        ),
        ('grad "x**2" --at "x=[1,2]" --jacobian', "f     = [1. 4.]\ndf/dx = [[2. 0.]\n         [0. 4.]]\n"),
        ('grad "x**2" --at "x=[1,2]" --gradient "[1,0]"', "f     = [1. 4.]\ndf/dx = [2. 0.]\n"),
        ('grad "f*x" --at f=2,x=3', "g     = 6.0\ndg/df = 3.0\ndg/dx = 2.0\n"),
        ('grad "x/3" --at x=1 --digits 3', "f     = 0.333\ndf/dx = 0.333\n"),
        ('grad "x/3" --at x=1 --dtype float32', "f     = 0.33333334\ndf/dx = 0.33333334\n"),
        ('eval "x/3" --at "x=[1,2]" --digits 3', "[0.333 0.667]\n"),
        ("grad e*x --at e=3,x=2", "f     = 6.0\ndf/de = 2.0\ndf/dx = 3.0\n"),
    ],
)
def test_text(gradcli: Run, line: str, out: str) -> None:
    assert gradcli(line) == (0, out, "")


@pytest.mark.parametrize(
    ("line", "out"),
    [
        ("eval 2/3 -q", "0.6666666666666666\n"),
        ('eval "[[1,2],[3,4]]/2" -q', "0.5 1.0\n1.5 2.0\n"),
        ('eval "[]" -q', ""),
        ('grad "x**2*y" --at x=1,y=3 -q', "6.0\n1.0\n"),
        ('grad "x**2*y" --at x=1,y=3 -q --wrt y,x', "1.0\n6.0\n"),
        ('grad "x**2*y" --at x=1,y=3 -q --order 2', "6.0 2.0\n2.0 0.0\n"),
        ('grad "x**5" --at x=1 -q --order 3', "60.0\n"),
        ('grad "x**2" --at "x=[1,2]" -q --jacobian', "2.0 0.0\n0.0 4.0\n"),
    ],
)
def test_bare(gradcli: Run, line: str, out: str) -> None:
    assert gradcli(line) == (0, out, "")


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ('eval "x > 1" --at x=2', {"at": {"x": 2.0}, "value": True}),
        ("eval x --at x=nan", {"at": {"x": "NaN"}, "value": "NaN", "notes": ["the value is NaN"]}),
        ('eval "[x, -x, 1]" --at x=inf',
         {"at": {"x": "Infinity"}, "value": ["Infinity", "-Infinity", 1.0],
          "notes": ["the value is infinite in 2 of 3 elements"]}),
        ("eval 0.1 --dtype float32", {"at": {}, "value": 0.1}),
        ('grad "x**2*exp(x)" --at x=1', {"at": {"x": 1.0}, "value": math.e, "grad": {"x": 3 * math.e}}),
        ('grad "x**2*y" --at x=1,y=3 --order 2',
         {"at": {"x": 1.0, "y": 3.0}, "value": 3.0, "grad": {"x": 6.0, "y": 1.0},
          "hessian": {"x": {"x": 6.0, "y": 2.0}, "y": {"x": 2.0, "y": 0.0}}}),
        ('grad "x**5" --at x=1 --order 4',
         {"at": {"x": 1.0}, "value": 1.0, "grad": {"x": 5.0}, "derivatives": {"x": [5.0, 20.0, 60.0, 120.0]}}),
        ('grad "x**2" --at "x=[1,2]" --jacobian',
         {"at": {"x": [1.0, 2.0]}, "value": [1.0, 4.0], "jacobian": {"x": [[2.0, 0.0], [0.0, 4.0]]}}),
    ],
)  # fmt: skip
def test_json(gradcli: Run, line: str, found: dict[str, Any]) -> None:
    ran = gradcli(line + " --json")
    command, expression = ran.out.split('"')[3], ran.out.split('"')[7]
    assert (ran.status, ran.err) == (0, "")
    assert json.loads(ran.out) == {"command": command, "expression": expression, "notes": []} | found
    assert line.startswith(command) and expression in line


def test_json_keys_come_in_order(gradcli: Run) -> None:
    assert gradcli('grad "x**2*exp(x)" --at x=1 --json').out == (
        '{"command": "grad", "expression": "x**2*exp(x)", "at": {"x": 1.0}, "value": 2.718281828459045, '
        '"grad": {"x": 8.154845485377136}, "notes": []}\n'
    )


@pytest.mark.parametrize(
    ("line", "note"),
    [
        ('grad "abs(x)" --at x=0',
         "`abs(x)` has a kink where input == 0, as here; its derivative there is taken as 0"),
        ("eval 1/x --at x=0", "the value is infinite"),
        ("grad x --at x=1,z=2", "--at z is not used: the expression has no variable z"),
        ('grad "z = x; z" --at x=1,z=2', "--at z is not used: the expression computes z itself"),
        ('grad "2*x" --at "x=[1,2]"',
         "the result has shape (2,): its gradient is taken with ones, as that of its sum; "
         "see --gradient and --jacobian"),
    ],
)  # fmt: skip
def test_notes_are_on_stderr_or_in_the_object(gradcli: Run, line: str, note: str) -> None:
    ran = gradcli(line)
    assert (ran.status, ran.err) == (0, f"note: {note}\n")
    assert gradcli(line + " -q").err == ran.err
    as_json = gradcli(line + " --json")
    assert (json.loads(as_json.out)["notes"], as_json.err) == ([note], "")


def test_the_seed_decides_what_is_random(gradcli: Run) -> None:
    line = 'eval "x + rand()" --at "x=rand()"'
    assert gradcli(line).out == gradcli(line + " --seed 0").out != gradcli(line + " --seed 1").out
    assert gradcli('eval "x == y" --at "x=rand(),y=rand()"').out == "False\n"


def test_the_expression_may_come_from_stdin_or_a_file(gradcli: Run, tmp_path: Any) -> None:
    text = "y = x**2  # the square\ny*exp(x)\n"
    (tmp_path / "f.txt").write_text("\ufeff" + text)
    expected = (0, "f     = 2.718281828459045\ndf/dx = 8.154845485377136\n", "")
    assert gradcli("grad - --at x=1", stdin=text) == expected
    assert gradcli("grad -f f.txt --at x=1") == expected
    assert json.loads(gradcli("eval -f f.txt --at x=1 --json").out)["expression"] == text.rstrip()
