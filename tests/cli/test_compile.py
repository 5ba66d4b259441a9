"""`gradcli compile`: where its programs go, what it says of them, and mistakes."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]

FORMULA = r"""% x**2
\begin{align*}
f &= x^{2} \\
\frac{d f}{dx} &= 2 x
\end{align*}
"""


def test_to_the_terminal(gradcli: Run) -> None:
    assert gradcli('compile "x**2" --format latex') == (0, FORMULA, "")
    assert gradcli('compile "x**2" --format latex -q').out == FORMULA.removeprefix("% x**2\n")


@pytest.mark.parametrize(
    ("suffix", "sign"),
    [
        ("py", "import numpy"),
        ("c", "#include"),
        ("js", "function"),
        ("sql", "SELECT"),
        ("tex", "align"),
        ("txt", "%0 x"),
    ],
)
def test_to_a_file_whose_suffix_says_the_language(gradcli: Run, tmp_path: Path, suffix: str, sign: str) -> None:
    assert gradcli(f'compile "x**2" -o f.{suffix}') == (0, "", "")
    assert os.listdir(tmp_path) == [f"f.{suffix}"]
    assert sign in (tmp_path / f"f.{suffix}").read_text()


def test_json(gradcli: Run) -> None:
    found = json.loads(gradcli('compile "x**2" --format latex --at z=1 --json').out)
    notes = ["--at z is not used: the expression has no variable z"]
    assert found == {
        "command": "compile",
        "expression": "x**2",
        "format": "latex",
        "source": FORMULA[:-1],
        "notes": notes,
    }


def test_names_and_orders(gradcli: Run) -> None:
    lines = gradcli('compile "x*y**2" --wrt y --order 2 --format latex -q').out.splitlines()
    assert [line.split(" &=")[0] for line in lines[1:-1]] == [
        "f", r"\frac{\partial f}{\partial y}", r"\frac{\partial^{2} f}{\partial y^{2}}"
    ]  # fmt: skip
    assert "def g(f, x):" in gradcli('compile "f*x"').out


@pytest.mark.parametrize(
    ("line", "error"),
    [
        (
            'compile "x[1:] + y"',
            """\
error: 1 indices are too many for a rank of 0
  x[1:] + y
  ^^^^^
hint: every variable is a number; if one is an array, try gradcli compile "x[1:] + y" --at "x=[1,2,3]"
""",
        ),
        (
            'compile "x*erfinv(x)" --format c',
            """\
error: C has no `erfinv`, which is needed here
  x*erfinv(x)
    ^^^^^^^^^
hint: try --format python
""",
        ),
        ('compile x -o f.py --format c', "error: -o f.py is a file of python, and --format says c\n"),
        (
            "compile x -o f.cpp",
            "error: -o f.cpp: what should be written? the suffix says it: .py, .c, .js, .sql, .tex, .txt, .json\n",
        ),
        ("compile x*y --wrt z", "error: the expression has no variable `z`\nhint: it has x, y\n"),
        (
            "compile rand(3)*x",
            """\
error: `rand` draws other numbers at each run, which a program cannot
  rand(3)*x
  ^^^^^^^
""",
        ),
    ],
)  # fmt: skip
def test_mistakes(gradcli: Run, line: str, error: str) -> None:
    assert gradcli(line) == (2, "", error)
