"""What is wrong, where, and what to do: whole messages. Those of samples/bad are tested there."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from gradcli.cli.app import COMMANDS

Run = Callable[..., Any]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("--quiet", "error: a command comes before --quiet\nhint: try gradcli grad --quiet\n"),
        ("--at x=1 eval x", "error: a command comes before --at\nhint: try gradcli eval --at x=1 x\n"),
        ("sing x", f"error: there is no command sing\nhint: the commands are {', '.join(COMMANDS)}\n"),
        ("help", "error: there is no command help\nhint: try gradcli -h\n"),
        ("-V", "error: there is no command -V\nhint: try gradcli --version\n"),
        ("eval x --at x = 1", "error: eval takes one argument, and got also = 1\nhint: try gradcli eval x --at x=1\n"),
        ("eval x --at x= 1", "error: eval takes one argument, and got also 1\nhint: try gradcli eval x --at x=1\n"),
        ("grad x --at x=1 --quiet",
         "error: there is no option --quiet\nhint: try gradcli grad -h\n"),
        ("grad x --grad 1", "error: there is no option --grad\nhint: did you mean gradcli grad x --gradient 1?\n"),
        ("grad x --at", "error: --at needs a value: --at NAME=VALUE\nhint: try gradcli grad -h\n"),
        ("grad x --json=yes", "error: --json takes no value\nhint: try gradcli grad -h\n"),
        ("grad x --order 0", "error: --order takes a whole number from 1\nhint: try gradcli grad -h\n"),
        ("grad x --order two",
         "error: --order takes a whole number from 1\nhint: try gradcli grad -h\n"),
        ("grad x --at x=1 --jacobian --order 2", "error: --jacobian stands without --gradient and --order\n"),
        ("grad x --at x=1 --gradient 1 --order 2", "error: --gradient is of order 1\n"),
        ("grad x*y --at x=1,y=2 --order 3",
         "error: --order 3 is for one variable, and there are 2: x, y\nhint: choose one: --wrt x\n"),
        ("grad x --at x=1 --wrt z", "error: the expression has no variable `z`\nhint: it has x\n"),
        ("grad x*y --at x=1,y=2 --wrt 'x y'", 'error: --wrt "x y" is not a name\nhint: write --wrt x,y\n'),
        ("grad 2*x --at 'x=[1,2]' --gradient 1",
         "error: --gradient has shape (), and the result has shape (2,)\n"
         "hint: the gradient is that of sum(GRADIENT * RESULT), so they must be alike\n"),
        ("grad 2*x --at 'x=[1,2]' --gradient '[1,2'",
         "error: `[` is never closed\n  --gradient [1,2\n             ^\n"
         'hint: try gradcli grad "2*x" --at "x=[1,2]" --gradient "[1,2]"\n'),
        ("grad x -f x.txt", "error: there are two expressions, x and -f x.txt\nhint: give one of them\n"),
        ("grad -f x.txt", "error: x.txt cannot be read: No such file or directory\n"),
        ("eval x*y --at x=1",
         'error: `y` has no value\n  x*y\n    ^\nhint: try gradcli eval "x*y" --at x=1 --at y=1\n'),
        ("completion", "error: which shell?\nhint: write gradcli completion bash, zsh or fish\n"),
        ("ops sine", "error: there is no function sine\nhint: did you mean sin?\n"),
        ("ops nothing", "error: there is no function nothing\nhint: try gradcli ops\n"),
    ],
)  # fmt: skip
def test_messages(gradcli: Run, line: str, message: str) -> None:
    assert gradcli(line) == (2, "", message)


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("grad sinn(x) --json --at x=1",
         {"kind": "name", "message": "there is no function `sinn`", "in": "expression", "span": [0, 4],
          "hint": 'try gradcli grad "sin(x)" --json --at x=1'}),
        ("grad x --at x=2y --json",
         {"kind": "syntax", "message": "an operator is missing between `2` and `y`", "in": "--at x", "span": [0, 2],
          "hint": "write 2*y"}),
        ("--json",
         {"kind": "usage", "message": "a command comes before --json", "in": None, "span": None,
          "hint": "try gradcli grad --json"}),
        ("eval --wrt x --json",
         {"kind": "usage", "message": "there is no option --wrt", "in": None, "span": None,
          "hint": "try gradcli eval -h"}),
        ("eval --json -f x.txt",
         {"kind": "data", "message": "x.txt cannot be read: No such file or directory", "in": None, "span": None,
          "hint": None}),
    ],
)  # fmt: skip
def test_an_error_is_one_object_where_json_is_asked_for(gradcli: Run, line: str, error: dict[str, Any]) -> None:
    ran = gradcli(line)
    assert (ran.status, ran.out, json.loads(ran.err)) == (2, "", {"error": error})


def test_json_behind_two_dashes_is_no_option(gradcli: Run) -> None:
    assert gradcli("eval -- --json").err.startswith("error: ")


def test_what_should_not_happen_is_still_no_traceback(gradcli: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError("of ours")

    monkeypatch.setattr("gradcli.cli.point.evaluate", broken)
    assert gradcli("eval 1") == (
        2,
        "",
        "error: this should not have happened: ZeroDivisionError: of ours\n"
        "hint: please report it, with the command that you typed\n",
    )


def test_a_text_that_is_not_utf8_is_refused(gradcli: Run) -> None:
    assert gradcli("eval -", stdin=b"1 + \xff").err == "error: standard input is not text in UTF-8: byte 4 is 0xff\n"
