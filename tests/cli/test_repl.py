"""`gradcli repl` with lines from a pipe: what is answered, what is remembered, and how it ends."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

Run = Callable[..., Any]


def test_a_session(gradcli: Run) -> None:
    lines = """\
w = 2; x = 3
y = w*x   # six

y**2
:grad
f(t) = t**2 + y
f(1) + _
:grad x
:grad -q w,x
sum([w,
     x])
:ops sinh -q
"""
    out = """\
36.0
f     = 36.0
df/dw = 36.0
df/dx = 24.0
43.0
f     = 43.0
df/dx = 26.0
39.0
26.0
5.0
g*cosh(input)
"""
    assert gradcli("repl", stdin=lines) == (0, out, "")


@pytest.mark.parametrize(
    ("lines", "command"),
    [
        ("x=1\nx**2*exp(x)\n:grad --order 2", 'grad "x**2*exp(x)" --at x=1 --order 2'),
        ("x=0.5\nw=2\ny=w*x\ny*sin(y)\n:graph", 'graph "y=w*x; y*sin(y)" --at x=0.5,w=2'),
        ("x=1\n:graph x*x", 'graph "x*x" --at x=1'),
        ("x = 1; sin(x)\n:plot x=-3:3", 'plot "sin(x)" --at x=1 --range x=-3:3'),
        ("x=1\nx**3\n:plot x=-3:3 --json", 'plot "x**3" --at x=1 --range x=-3:3 --json'),
        ("a=1; f(x) = a*x**2\nx=3\nf(x)\n:check -q", 'check "f(x) = a*x**2; f(x)" --at a=1,x=3 -q'),
        ("x=3\nf(x) = x**2\n:grad", 'grad "f(x) = x**2" --at x=3'),
        ("x=2\nx=x*3\nx**2\n:grad x", 'grad "x=2; x=x*3; x**2" --wrt x'),
        ("x=1\nx**2\n:grad --at x=5", 'grad "x**2" --at x=5'),
        ("x=1\ny=2\nx*y\n:grad --at x=5", 'grad "x*y" --at x=5 --at y=2'),
        ("x=2\n:grad x**3 --digits 3", 'grad "x**3" --at x=2 --digits 3'),
        (":ops tanh", "ops tanh"),
        (":ops", "ops"),
    ],
)
def test_commands_answer_as_they_do_elsewhere(gradcli: Run, lines: str, command: str) -> None:
    *before, colon = lines.split("\n")
    answers = gradcli("repl", stdin="\n".join(before)).out
    ran = gradcli("repl", stdin=lines)
    assert ran.err == ""
    assert ran.out.removeprefix(answers) == gradcli(command).out, colon


@pytest.mark.parametrize(
    ("lines", "err"),
    [
        ("y = w*x", "error: `w` has no value\n  y = w*x\n      ^\nhint: give it one: w = 1\n"),
        ("alpha = 1\n2*alhpa", "error: `alhpa` has no value\n  2*alhpa\n    ^^^^^\nhint: did you mean `alpha`?\n"),
        ("quit", "error: `quit` has no value\n  quit\n  ^^^^\nhint: did you mean `:quit`?\n"),
        ("x=4\nsqr(x) + 2", "error: there is no function `sqr`\n  sqr(x) + 2\n  ^^^\nhint: try sqrt(x) + 2\n"),
        ("2x", "error: an operator is missing between `2` and `x`\n  2x\n  ^^\nhint: try 2*x\n"),
        ("sin(1\n", "error: `(` is never closed\n  sin(1\n     ^\nhint: try sin(1)\n"),
        ("f(x) = hav(x)", "error: there is no function `hav`\n  f(x) = hav(x)\n         ^^^\n"
         "hint: `:ops` lists the functions; hav(x) = ... defines one\n"),
        ("v = [1,2]; f(n) = v[n]\nw = f(0)\n3 + f(7)",
         "error: index 7 is out of range for a length of 2\n  f(n) = v[n]\n         ^^^^\n"),
        ("f(x) = x\n1 + f(y)", "error: `y` has no value\n  1 + f(y)\n        ^\nhint: give it one: y = 1\n"),
        (":grad", "error: :grad is about the line before, and there is none\nhint: try :grad x**2\n"),
        ("x=1\nx\n:gard", "error: there is no command :gard\nhint: did you mean :grad?\n"),
        (":nothing", "error: there is no command :nothing\nhint: try :help\n"),
        (":repl", "error: there is no command :repl\nhint: try :help\n"),
        ("x=1\nx\n:plot", "error: there is no range to plot over\nhint: try :plot --range x=-3:3\n"),
        ("x=1\nx\n:grad --orde 2", "error: there is no option --orde\nhint: did you mean :grad --order 2?\n"),
        ("x=1\nx\n:grad --order 0", "error: --order takes a whole number from 1\nhint: try :grad -h\n"),
        ("x=1\nx\n:grad z", "error: the expression has no variable `z`\nhint: it has x\n"),
        (":ops 'sin", "error: there is a quote that is never closed\n"),
    ],
)  # fmt: skip
def test_an_error_shows_the_place_and_ends_a_pipe(gradcli: Run, lines: str, err: str) -> None:
    ran = gradcli("repl", stdin=f"{lines}\n99\n")
    assert (ran.status, ran.err) == (2, err)
    assert "99" not in ran.out


def test_a_mistake_spoils_nothing(gradcli: Run) -> None:
    from gradcli.cli.session import Session
    from gradcli.errors import GradcliError

    session = Session()
    session.enter("f(x) = x**2; y = 3")
    for line in ("f(x) = g(x)", "y = z", "2 +", "y = f(1, 2)"):
        with pytest.raises(GradcliError):
            session.enter(line)
    assert session.enter("f(y)").value == 9.0


def test_no_is_remembered_and_lines_go_on(gradcli: Run) -> None:
    ran = gradcli("repl", stdin="x=0\nabs(x)\n:check\n1 + 1\n")
    assert ran.out.endswith("\n2.0\n")
    assert ran.status == gradcli("check abs(x) --at x=0").status


@pytest.mark.parametrize("lines", ["", "\n\n", "# nothing\n", ":quit\n1\n", "  :quit  \nsin("])
def test_nothing_is_asked(gradcli: Run, lines: str) -> None:
    assert gradcli("repl", stdin=lines) == (0, "", "")


def test_names_are_not_echoed_and_notes_are_told(gradcli: Run) -> None:
    ran = gradcli("repl", stdin="x = 1/0\nx\n:grad 1/y --at y=1 -q\n")
    assert ran == (0, "inf\n-1.0\n", "note: the value is infinite\n")


def test_values_stay_what_they_were(gradcli: Run) -> None:
    lines = "x = 1; y = 2*x\nx = 5\ny\nf(a) = a**2; z = f(y)\nf(a) = a**3\nz\n:grad z*f(y)\n"
    assert gradcli("repl", stdin=lines).out == "2.0\n4.0\nf     = 32.0\ndf/dx = 96.0\ndf/dz = 8.0\n"


def test_json_and_bare_numbers(gradcli: Run) -> None:
    ran = gradcli("repl --json", stdin="x = 2\nx**2\n:grad\nsqr(2)\n")
    value, grad = map(json.loads, ran.out.splitlines())
    assert value == {"command": "eval", "expression": "x**2", "at": {"x": 2.0}, "value": 4.0, "notes": []}
    assert (grad["command"], grad["grad"]) == ("grad", {"x": 4.0})
    assert json.loads(ran.err)["error"]["span"] == [0, 3]
    assert gradcli("repl -q --digits 3", stdin="x = [1,2]/3\nx\n:grad -q sum(x**2)").out == "0.333 0.667\n0.667 1.33\n"


def test_help(gradcli: Run) -> None:
    out = gradcli("repl", stdin=":help").out
    assert ":grad              Value and derivatives of an expression.\n" in out
    assert all(len(line) <= 90 for line in out.splitlines())
    assert gradcli("repl", stdin=":grad -h").out.count("Usage: :grad ") == 1


def test_a_text_that_is_not_utf8(gradcli: Run) -> None:
    expected = "error: standard input is not text in UTF-8: byte 2 of line 2 is 0xff\n"
    assert gradcli("repl", stdin=b"1\n2+\xff\n") == (2, "1.0\n", expected)


def test_a_process(process: Run) -> None:
    ran = process("repl", input="π = 3\nπ²\n", stderr=-1, stdout=-1)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "9.0\n", "")
