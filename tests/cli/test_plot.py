"""`gradcli plot`: in characters, as numbers, and as files."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

Run = Callable[..., Any]

TAN = """\
┌───────────────────────────────────────────────────────────────────────────┐
│             +  •     ++             │             ++  •     +      ..     │
│            ++  •      +             │             +  •      ++  ...       │
│            +  •       +             │             +  •       ...          │ 5
│           ++  •        +            │            +  ••   ....++           │
│          ++  ••        ++           │           ++  • ...     ++          │
│         ++ •••          +++         │         +++ •...         ++         │
│     ++++ •••              +++++     │     +++++ O..              ++++     │
│+++++••••••                    +++++++++++++••...                     +++++│
│••••────────────────────────────•••••••••••...─────────────────────────••••│ 0
│                          •••••••    │  ...                     ••••••••   │
│                       •••          ....                      •••          │
│                      ••         ... │                      •••            │
│                     •        ...    │                     ••              │
│                    ••     ...       │                     •               │
│                    •   ...          │                     •               │ -5
│                    •...             │                    •                │
│                   ..                │                    •                │
└───────────────────────────────────────────────────────────────────────────┘
-3          -2           -1           0            1           2
                   •• f   ++ df/dx   .. tangent   OO x=1.0
tangent: f = 1.55741 + 3.42552*(x - 1)
"""


def pieces(svg: Path, gid: str) -> list[np.ndarray]:
    """Return the lines of an element of a picture, in the units of its axes: (0, 0) to (1, 1)."""
    groups = {g.get("id"): g for g in ElementTree.parse(svg).iter("{http://www.w3.org/2000/svg}g")}
    [frame] = _lines(groups["patch_2"])
    (left, bottom), (right, top) = frame[0], frame[2]
    return [(line - (left, bottom)) / (right - left, top - bottom) for line in _lines(groups[gid])]


def _lines(group: Any) -> list[np.ndarray]:
    path = next(group.iter("{http://www.w3.org/2000/svg}path")).get("d")
    parts = path.replace("z", "").split("M")[1:]
    return [np.array(part.replace("L", " ").split(), float).reshape(-1, 2) for part in parts]


def test_curves_a_gap_at_each_pole_and_the_tangent(gradcli: Run) -> None:
    assert gradcli("plot tan(x) --range x=-3:3 --at x=1") == (0, TAN, "")


def test_in_ascii(process: Run) -> None:
    ran = process('plot "x**2 + y**2" --range x=-1:1,y=-1:1', variables={"PYTHONIOENCODING": "ascii"})
    assert ran.stdout.isascii()
    row = "|  <   77\\7 666\\6655\\5554\\44444\\44444^44444/44444/4555/5566/666 7/77   >  |"
    assert ran.stdout.splitlines()[3] == row


def test_colours_are_dots(process: Run) -> None:
    painted = process("plot x --range x=-1:1", variables={"FORCE_COLOR": "1", "TERM": "xterm-256color"}).stdout
    assert "\x1b[38;5;25m⡠\x1b[0m" in painted
    plain = process("plot x --range x=-1:1", variables={"FORCE_COLOR": "1", "NO_COLOR": "1"}).stdout
    assert "\x1b" not in plain and "•" in plain


@pytest.mark.parametrize("text", ["tan(x)", "x**2*exp(x)", "1e9*x", "exp(800*x)", "floor(x)", "x*1e-320", "sin(1/x)"])
def test_no_line_is_wider_than_the_terminal(gradcli: Run, text: str) -> None:
    out = gradcli(f"plot {text} --range x=-2:2 --order 2").out
    assert 20 <= len(out.splitlines()) <= 24
    assert all(len(line) <= 80 for line in out.splitlines())


def test_json_is_what_was_sampled(gradcli: Run) -> None:
    found = json.loads(gradcli("plot w*abs(x) --range x=-1:2 --at w=3,x=1 --json").out)
    assert list(found) == [
        "command", "expression", "at", "range", "samples", "curves", "window", "tangent", "notes"
    ]  # fmt: skip
    x = np.array(found["samples"]["x"])
    f, slope = found["curves"]
    assert (found["range"], found["at"]) == ({"x": [-1.0, 2.0]}, {"w": 3.0, "x": 1.0})
    assert (f["name"], slope["name"]) == ("f", "df/dx")
    assert f["values"] == (3 * abs(x)).tolist()
    assert slope["values"] == (3 * np.sign(x)).tolist()
    assert f["breaks"] == []
    assert {round(x[i], 4) for i in slope["breaks"]} == {0.0}
    assert found["tangent"] == {"at": 1.0, "value": 3.0, "slope": 3.0}


def test_json_of_a_field(gradcli: Run) -> None:
    found = json.loads(gradcli("plot x**2*y --range x=0:1,y=2:4 --at x=0.5,y=3 --json").out)
    x, y = np.meshgrid(found["samples"]["x"], found["samples"]["y"])
    assert found["value"] == (x * x * y).tolist()
    np.testing.assert_allclose(found["grad"]["x"], 2 * x * y, rtol=1e-15)
    np.testing.assert_allclose(found["grad"]["y"], x * x, rtol=1e-15)
    assert found["point"] == {"x": 0.5, "y": 3.0}
    assert sorted(found["levels"]) == found["levels"]


def test_bare_numbers_are_a_table(gradcli: Run) -> None:
    rows = np.loadtxt(gradcli("plot x**3 --range x=-1:1 --order 2 -q").out.splitlines())
    x = rows[:, 0]
    np.testing.assert_allclose(rows, np.stack([x, x**3, 3 * x**2, 6 * x], axis=1), rtol=1e-13)
    assert gradcli("plot x*y --range x=0:1,y=0:1 -q").out.splitlines()[-1] == "1.0 1.0 1.0 1.0 1.0"


def test_derivatives_by_another_name(gradcli: Run) -> None:
    found = json.loads(gradcli("plot 'k = w*x; sin(k)' --range x=0:1 --at w=2 --wrt w,k --json").out)
    x = np.array(found["samples"]["x"])
    assert [curve["name"] for curve in found["curves"]] == ["f", "df/dw", "df/dk"]
    np.testing.assert_allclose(found["curves"][1]["values"], x * np.cos(2 * x), rtol=1e-13)
    np.testing.assert_allclose(found["curves"][2]["values"], np.cos(2 * x), rtol=1e-13)


def test_svg_has_no_line_across_a_pole_and_touches_where_it_says(gradcli: Run, tmp_path: Path) -> None:
    assert gradcli("plot tan(x) --range x=-3:3 --at x=1 -o tan.svg") == (0, "", "")
    poles = [0.5 - np.pi / 12, 0.5 + np.pi / 12]
    for curve in ("f", "df/dx"):
        lines = pieces(tmp_path / "tan.svg", curve)
        assert len(lines) == 3
        for line in lines:
            assert not any(line[0, 0] < pole < line[-1, 0] for pole in poles)
    [tangent], [f] = pieces(tmp_path / "tan.svg", "tangent"), pieces(tmp_path / "tan.svg", "f")[1:2]
    above = np.interp(f[:, 0], *tangent.T) - f[:, 1]
    touch = np.argmin(abs(f[:, 0] - 4 / 6))
    assert abs(above[touch]) < 1e-3
    assert (above[touch - 10], above[touch + 10]) < (0, 0)


def test_gaps_of_an_undefined_part(gradcli: Run, tmp_path: Path) -> None:
    gradcli('plot "sqrt(x**2 - 1)" --range x=-2:2 -o gap.svg')
    left, right = pieces(tmp_path / "gap.svg", "f")
    assert (left[-1, 0], right[0, 0]) == pytest.approx((0.25, 0.75), abs=1e-4)


@pytest.mark.parametrize(("suffix", "start"), [("png", b"\x89PNG\r\n"), ("pdf", b"%PDF-"), ("svg", b"<?xml ")])
def test_files(gradcli: Run, tmp_path: Path, suffix: str, start: bytes) -> None:
    written = []
    curve, field = "tan(x) --range x=-3:3 --at x=1", "x*y**2 --range x=-3:3,y=0:2 --at x=1,y=1"
    for line in (curve, field, curve):
        assert gradcli(f"plot {line} -o out.{suffix}") == (0, "", "")
        written.append((tmp_path / f"out.{suffix}").read_bytes())
        assert written[-1].startswith(start)
    assert written[0] == written[2] != written[1]


def test_a_field_with_a_pole_has_no_contour_there(gradcli: Run) -> None:
    rows = gradcli("plot 1/x+0*y --range x=-1:1,y=0:1").out.splitlines()[1:-4]
    assert len(rows) == 17
    assert all(re.search(r"2\D+1\D{16,}7\D+6", row) for row in rows)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("x**2", "error: there is no range to plot over\nhint: try gradcli plot \"x**2\" --range x=-3:3\n"),
        ("w*x --at w=1",
         'error: there is no range to plot over\nhint: try gradcli plot "w*x" --at w=1 --range x=-3:3\n'),
        ("3", "error: there is nothing to plot over: the expression has no variable\n"),
        ("w*x --range x=0:1",
         'error: `w` has no value\n  w*x\n  ^\nhint: try gradcli plot "w*x" --range x=0:1 --at w=1\n'),
        ("x --range x=1", "error: --range x=1 is not NAME=LOW:HIGH\nhint: write --range x=-3:3\n"),
        ("x --range 0:1", "error: --range 0:1 is not NAME=LOW:HIGH\nhint: write --range x=-3:3\n"),
        ("x --range x=0:1:2", "error: --range x=0:1:2 is not NAME=LOW:HIGH\nhint: write --range x=-3:3\n"),
        ("x --range x=3:1",
         "error: --range x goes from 3.0 to 1.0: the lower end comes first\nhint: write --range x=1:3\n"),
        ("x --range x=1:1", "error: --range x goes from 1.0 to 1.0: the lower end comes first\n"),
        ("x --range x=0:1/0", "error: --range x: 1/0 is not a finite number\n"),
        ("x --range 'x=[0,1]:2'", 'error: --range x: "[0,1]" is not a finite number\n'),
        ("x --range x=0:1,x=0:2", "error: --range gives x a range twice\nhint: keep one of them\n"),
        ("x --range x=0:sqr(2)",
         "error: there is no function `sqr`\n  --range x=sqr(2)\n            ^^^\nhint: did you mean `sqrt`?\n"),
        ("x --range y=0:1",
         "error: --range y: the expression has no variable y\nhint: try gradcli plot x --range x=0:1\n"),
        ("'y=2*x; y' --range y=0:1", "error: --range y: the expression computes y itself\n"),
        ("x*y*z --range x=0:1,y=0:1,z=0:1",
         "error: a plot has one range or two, and there are 3\nhint: give the others a value: --at\n"),
        ("x*y --range x=0:1,y=0:1 --order 2", "error: --wrt and --order are for plots over one range\n"),
        ("x --range x=0:1 --wrt z", "error: the expression has no variable `z`\nhint: it has x\n"),
        ("[x,2*x] --range x=0:1",
         "error: the result has shape (2,), and a plot needs one number at each point\n"
         "hint: reduce it, as sum(...) does, or pick an element, as y[0] does\n"),
        ("'inv([[x,1],[0*x,0]])[0,0]' --range x=0:1",
         "error: the matrix is singular\n  inv([[x,1],[0*x,0]])[0,0]\n  ^^^^^^^^^^^^^^^^^^^^\n"),
        ("x --range x=0:1 -o x.gif",
         "error: -o x.gif: what should be written? the suffix says it: .svg, .png, .pdf, .txt, .json\n"),
    ],
)  # fmt: skip
def test_messages(gradcli: Run, line: str, message: str) -> None:
    assert gradcli(f"plot {line}") == (2, "", message)


@pytest.mark.parametrize(
    ("line", "note"),
    [
        ("sqrt(x) --range x=-2:-1", "no line is drawn for f, which is hardly anywhere finite"),
        ("sin(1/x) --range x=-1:1", "there are more bends than 20000 samples can follow: a narrower range shows them"),
        ("sqrt(x) --range x=0:1 --at x=0", "there is no tangent at x=0.0, where the derivative is inf"),
        ("x --range x=0:1 --at x=3", "x is not a number within its range: there is no point to mark"),
        ("x**2 --range x=0:1 --at 'x=[1,2]'", "x is not a number within its range: there is no point to mark"),
        ("x --range x=0:1 --at k=1", "--at k is not used: the expression has no variable k"),
        ("abs(x) --range x=-1:1 --at x=0",
         "`abs(x)` has a kink where input == 0, as here; its derivative there is taken as 0"),
        ("sqrt(x*y) --range x=-2:-1,y=1:2", "f is nowhere finite in the ranges"),
    ],
)  # fmt: skip
def test_notes(gradcli: Run, line: str, note: str) -> None:
    ran = gradcli(f"plot {line}")
    assert ran.status == 0
    assert f"note: {note}\n" in ran.err


@pytest.mark.parametrize(
    ("missing", "line", "message"),
    [
        ("uniplot", "plot x --range x=0:1", "a plot in the terminal needs uniplot"),
        ("contourpy", "plot x*y --range x=0:1,y=0:1", "a plot of contours needs contourpy"),
        ("matplotlib", "plot x --range x=0:1 -o x.png", "a picture of a plot needs matplotlib"),
    ],
)
def test_what_to_install(
    gradcli: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, missing: str, line: str, message: str
) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    expected = f"error: {message}, which is not installed\nhint: pip install 'gradcli[plot]'\n"
    assert gradcli(line) == (2, "", expected)
    assert list(tmp_path.iterdir()) == []
    assert gradcli(f"{line.partition(' -o')[0]} -q").status == 0
