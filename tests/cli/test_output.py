"""`-o`: what a file holds, and that it is written whole or not at all."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gradcli.cli import output

Run = Callable[..., Any]


@pytest.mark.parametrize(
    ("line", "arrays"),
    [
        ('eval "x**2" --at "x=[1,2]"', {"value": [1.0, 4.0]}),
        ('grad "x**2*y" --at "x=[1,2],y=3"', {"value": [3.0, 12.0], "d_x": [6.0, 12.0], "d_y": 5.0}),
        (
            'grad "x*y" --at x=1,y=2 --order 2',
            {"value": 2.0, "d_x": 2.0, "d_y": 1.0, "d_x_x": 0.0, "d_x_y": 1.0, "d_y_x": 1.0, "d_y_y": 0.0},
        ),
        ('grad "x**3" --at x=1 --order 3', {"value": 1.0, "d_x": 3.0, "d_x_x": 6.0, "d_x_x_x": 6.0}),
        ('grad "x**2" --at "x=[1,2]" --jacobian', {"value": [1.0, 4.0], "d_x": [[2.0, 0.0], [0.0, 4.0]]}),
    ],
)
def test_npz(gradcli: Run, tmp_path: Path, line: str, arrays: dict[str, Any]) -> None:
    assert (gradcli(f"{line} -o out.npz").status, os.listdir(tmp_path)) == (0, ["out.npz"])
    with np.load("out.npz") as found:
        assert {name: found[name].tolist() for name in found} == arrays


@pytest.mark.parametrize(
    ("line", "table"),
    [
        ("eval 2/3", "value\n0.6666666666666666\n"),
        ('eval "[1,2]"', "value\n1.0\n2.0\n"),
        ('eval "[[1,2],[3,4]]"', "value_0,value_1\n1.0,2.0\n3.0,4.0\n"),
        ('grad "x**2*y" --at "x=[1,2],y=3"', "value,d_x,d_y\n3.0,6.0,5.0\n12.0,12.0,5.0\n"),
    ],
)
def test_csv(gradcli: Run, tmp_path: Path, line: str, table: str) -> None:
    ran = gradcli(f"{line} -o out.csv")
    assert (ran.status, ran.out, (tmp_path / "out.csv").read_text()) == (0, "", table)


def test_a_table_is_read_back(gradcli: Run) -> None:
    gradcli('grad "x**2" --at "x=[1,2]" -o out.csv')
    assert gradcli("eval x --at x=@out.csv:d_x").out == "[2. 4.]\n"


def test_json_and_text(gradcli: Run, tmp_path: Path) -> None:
    for line, suffix in (("grad x*x --at x=2 --json", "json"), ("graph x*x", "txt"), ("graph x*x --json", "json")):
        printed = gradcli(line).out
        assert gradcli(f"{line.removesuffix(' --json')} -o out.{suffix}") == (0, "", "")
        assert (tmp_path / f"out.{suffix}").read_text() == printed


def test_notes_are_not_lost(gradcli: Run, tmp_path: Path) -> None:
    assert gradcli("eval 1/0 -o out.csv").err == "note: the value is infinite\n"
    assert gradcli("eval 1/0 -o out.json").err == ""
    assert json.loads((tmp_path / "out.json").read_text())["notes"] == ["the value is infinite"]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("eval 1 -o out.txt", "-o out.txt: what should be written? the suffix says it: .npz, .csv, .json"),
        ("eval 1 -o out", "-o out: what should be written? the suffix says it: .npz, .csv, .json"),
        ("graph x -o out.pdf",
         "-o out.pdf: what should be written? the suffix says it: .txt, .json, .dot, .gv, .mmd, .svg, .png"),
        ("eval 1 -o no/out.csv", "no/out.csv cannot be written: there is no folder no"),
        ("eval 1 -o folder.csv", "-o folder.csv is not a regular file"),
        ('eval "zeros(2,2,2)" -o out.csv',
         "value has shape (2, 2, 2), which is no table\nhint: write a .npz or .json file"),
        ('grad "sum(x)*y" --at "x=[1,2],y=[1,2,3]" -o out.csv',
         "the columns differ in length: value has 3, d_x has 2, d_y has 3\nhint: write a .npz or .json file"),
    ],
)  # fmt: skip
def test_what_is_refused(gradcli: Run, tmp_path: Path, line: str, message: str) -> None:
    (tmp_path / "folder.csv").mkdir()
    ran = gradcli(line)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.removeprefix("note: ").partition("error: ")[2] == message + "\n"
    assert os.listdir(tmp_path) == ["folder.csv"]


@pytest.mark.parametrize("name", ["f.json", "./f.json", "link.json"])
def test_no_output_is_an_input(gradcli: Run, tmp_path: Path, name: str) -> None:
    (tmp_path / "f.json").write_text('{"x": 1}')
    (tmp_path / "link.json").symlink_to("f.json")
    message = f"error: -o {name} would overwrite an input\n"
    assert gradcli(f"eval x --at @f.json -o {name}") == (2, "", message)
    assert gradcli(f"eval -f f.json -o {name}").status == 2
    assert (tmp_path / "f.json").read_text() == '{"x": 1}'


def test_a_failure_leaves_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    target.write_text("old")

    def fail(file: Any) -> None:
        file.write(b"half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        output.write(str(target), fail)
    assert (target.read_text(), os.listdir(tmp_path)) == ("old", ["out.csv"])


def test_a_link_and_a_mode_stay_what_they_were(gradcli: Run, tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    target.write_text("old")
    target.chmod(0o640)
    (tmp_path / "link.csv").symlink_to(target)
    gradcli("eval 1 -o link.csv")
    assert (target.read_text(), target.stat().st_mode & 0o777) == ("value\n1.0\n", 0o640)
    assert (tmp_path / "link.csv").is_symlink()
