"""`gradcli check`: its verdicts, exit statuses, suites, and what it refuses."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

Run = Callable[..., Any]

SUITE = """
[square]
expr = "x**2"
claim = "2*x"

[slip]
expr = "x**3"
claim = "3*x"
at = {x = 2}

[nowhere]
expr = "log(-x**2)"
"""


@pytest.mark.parametrize(
    ("line", "status", "last"),
    [
        ('check "x**2" --at x=1', 0, "agrees at x=1"),
        ('check "x**2" --points 3', 0, "agrees at 3 points"),
        ('check "abs(x)" --at x=0', 0, "no derivative: a convention is taken at x=0"),
        ('check "log(x)" --at x=-1', 2, "not judged"),
        ('check "sqrt(x**4)" --at x=0', 1, 'repeat it: gradcli check "sqrt(x**4)" --at x=0'),
        ('check "x**2" --claim "2*x" --points 3', 0, "claim df/dx = 2*x: right"),
        ('check "x**2" --claim "3*x"', 1, 'repeat it: gradcli check "x**2" --claim "x=3*x" --at x=1'),
    ],
)
def test_verdicts(gradcli: Run, line: str, status: int, last: str) -> None:
    ran = gradcli(line)
    assert (ran.status, ran.out.splitlines()[-1]) == (status, last)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('check "x*y" --claim "y"', 'error: --claim y: the derivative by which of x, y?\nhint: write --claim x=y\n'),
        ('check "x" --method revers', "error: --method revers is no witness\nhint: did you mean reverse?\n"),
        ('check "x" --method reverse',
         "error: reverse mode is what is judged\nhint: add a witness: --method reverse,numeric\n"),
        ('check "x" --wrt z', "error: the expression has no variable `z`\nhint: it has x\n"),
        ('check "x" --claim "1" --claim "x=1"', "error: --claim has x twice\nhint: keep one of them\n"),
        ('check "x" --suite s.toml',
         "error: an expression and --suite do not go together\nhint: the suite says what is checked, where\n"),
    ],
)  # fmt: skip
def test_what_is_refused(gradcli: Run, line: str, message: str) -> None:
    ran = gradcli(line)
    assert (ran.status, ran.out, ran.err) == (2, "", message)


def test_json(gradcli: Run) -> None:
    ran = gradcli('check "x**2*exp(x)" --at x=1 --json')
    found = json.loads(ran.out)
    assert (found["command"], found["verdict"], found["notes"]) == ("check", "agrees", [])
    (point,) = found["points"]
    (row,) = point["rows"]
    assert (point["at"], row["wrt"], row["verdict"], row["ulp"]) == ({"x": 1.0}, ["x"], "agrees", 0.0)
    assert row["witnesses"].keys() == {"numeric", "complex", "symbolic"}
    assert row["witnesses"]["symbolic"]["digits"].startswith("8.1548454853771357060808624")
    assert row["witnesses"]["numeric"]["how"] == "gradcheck agrees"


def test_a_suite(gradcli: Run, tmp_path: Path) -> None:
    (tmp_path / "s.toml").write_text(SUITE)
    ran = gradcli("check --suite s.toml --junit out.xml")
    lines = ran.out.splitlines()
    assert ran.status == 1
    assert lines[:4] == [
        "check    verdict",
        "square   agrees      20 points, 1 claim",
        "slip     DISAGREES   1 point, 1 claim",
        "nowhere  not judged  0 points",
    ]
    assert 'repeat it: gradcli check "x**3" --claim "x=3*x" --at x=2' in lines
    assert lines[-1] == "1 agrees, 1 disagrees, 1 not judged"
    found = ElementTree.fromstring((tmp_path / "out.xml").read_bytes())
    assert {name: found.get(name) for name in ("tests", "failures", "errors")} == {
        "tests": "3", "failures": "1", "errors": "1",
    }  # fmt: skip
    assert [[kind.tag for kind in case] for case in found] == [[], ["failure"], ["error"]]


def test_a_suite_as_json_is_an_object_a_line(gradcli: Run, tmp_path: Path) -> None:
    (tmp_path / "s.toml").write_text(SUITE)
    lines = [json.loads(line) for line in gradcli("check --suite s.toml --json").out.splitlines()]
    assert [(line["name"], line["verdict"]) for line in lines] == [
        ("square", "agrees"), ("slip", "disagrees"), ("nowhere", "unjudged"),
    ]  # fmt: skip


def test_a_suite_that_is_not_wrong_may_be_not_judged(gradcli: Run, tmp_path: Path) -> None:
    (tmp_path / "s.toml").write_text('[a]\nexpr = "log(-x**2)"\n')
    assert gradcli("check --suite s.toml -q").status == 2
    (tmp_path / "s.toml").write_text('[a]\nexpr = "x"\n')
    assert (gradcli("check --suite s.toml -q").status, gradcli("check --suite s.toml -q").out) == (0, "1 0 0\n")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[a]\nexp = "x"', "error: suite:a has no `expr`"),
        ('[a]\nexpr = "x"\nclaims = "1"', "error: suite:a has an unknown key `claims`\nhint: did you mean `claim`?"),
        ('[a]\nexpr = "x +"', "error: a value is missing after `+`"),
        ("[a", "error: s.toml is not TOML"),
        ("", "error: s.toml has no checks"),
    ],
)
def test_a_suite_that_is_none(gradcli: Run, tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "s.toml").write_text(text)
    ran = gradcli("check --suite s.toml")
    assert ran.status == 2 and ran.err.startswith(message)
