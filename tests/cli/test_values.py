"""The reader of `--at`: what a value may be, where the next one starts, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradcli.cli import values

Run = Callable[..., Any]


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["x=1"], {"x": 1.0}),
        (["x=1,y=2", "z=3"], {"x": 1.0, "y": 2.0, "z": 3.0}),
        ([" x = 1 , y = -2e-3 "], {"x": 1.0, "y": -0.002}),
        (["x=max(1,2),y=hypot(3, 4)"], {"x": 2.0, "y": 5.0}),
        (["x=[[1,2],[3,4]],y=[1,2]"], {"x": [[1.0, 2.0], [3.0, 4.0]], "y": [1.0, 2.0]}),
        (["x=sum([1,2], axis=0),y=pi/2"], {"x": 3.0, "y": np.pi / 2}),
        (["x=(1 == 2),y=inf"], {"x": False, "y": np.inf}),
        (["α=1,x_1=2,é=3"], {"α": 1.0, "x_1": 2.0, "é": 3.0}),
        ([], {}),
    ],
)
def test_values_are_expressions_of_constants_and_functions(texts: list[str], expected: dict[str, Any]) -> None:
    found = values.read("--at", texts)
    assert {name: np.asarray(value).tolist() for name, value in found.values.items()} == expected
    assert found.shown == found.values or "[" in texts[0]


names = st.from_regex(r"[a-z]{3,5}", fullmatch=True).filter(lambda name: name not in ("inf", "nan", "tau"))


@given(st.dictionaries(names, st.floats(allow_nan=False), min_size=1))
def test_numbers_are_read_as_they_are_written(numbers: dict[str, float]) -> None:
    text = ",".join(f"{name}={value!r}" for name, value in numbers.items())
    assert values.read("--at", [text]).values == numbers


@pytest.fixture
def data(tmp_path: Path) -> Path:
    np.save(tmp_path / "a.npy", np.array([[1.0, 2.0], [3.0, 4.0]]))
    np.save(tmp_path / "words.npy", np.array(["a", "b"]))
    np.save(tmp_path / "objects.npy", np.array([{}], object))
    (tmp_path / "t.csv").write_text("\ufeffday,price\n1,10.5\n2,1e3\n\n")
    (tmp_path / "bad.csv").write_text("day,price\n1,10.5\n2,n/a\n3\n")
    (tmp_path / "p.json").write_text('{"x": 1, "y": [1, 2], "z": "Infinity", "on": true}')
    (tmp_path / "fit.json").write_text('{"parameters": {"b1": {"value": 2.5, "stderr": 0.1}}, "converged": true}')
    (tmp_path / "list.json").write_text("[1, 2]")
    (tmp_path / "word.json").write_text('{"x": "one"}')
    (tmp_path / "ragged.json").write_text('{"x": [[1], [1, 2]]}')
    (tmp_path / "broken.json").write_text('{"x": 1')
    (tmp_path / "deep.json").write_text('{"x": ' + "[" * 100_000)
    return tmp_path


@pytest.mark.parametrize(
    ("line", "at", "value"),
    [
        ("eval x[1] --at x=@a.npy", {"x": "@a.npy"}, [3.0, 4.0]),
        ("eval 2*p --at p=@t.csv:price,y=1", {"p": "@t.csv:price", "y": 1.0}, [21.0, 2000.0]),
        ("eval x*y --at @p.json", {"x": 1, "y": [1, 2], "z": "Infinity", "on": True}, [1.0, 2.0]),
        ("eval b1*x --at @fit.json,x=2", {"b1": 2.5, "x": 2.0}, 5.0),
    ],
)
def test_values_from_files(gradcli: Run, data: Path, line: str, at: dict[str, Any], value: Any) -> None:
    found = json.loads(gradcli(line + " --json").out)
    assert (found["at"], found["value"]) == (at, value)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("eval x --at x=@none.npy", "none.npy cannot be read: No such file or directory"),
        ("eval x --at x=@a.txt", "@a.txt is neither a .npy file nor a column of a .csv file\n"
                                 "hint: @file.npy, @table.csv:column"),
        ("eval x --at x=@words.npy", "words.npy holds <U1, not numbers"),
        ("eval x --at x=@objects.npy", "objects.npy is not an array in NumPy's format: "
                                       "Object arrays cannot be loaded when allow_pickle=False"),
        ("eval x --at x=@t.csv", "t.csv is a table: which column?\nhint: its columns are day, price"),
        ("eval x --at x=@t.csv:prise", "t.csv has no column 'prise'\nhint: did you mean @t.csv:price?"),
        ("eval x --at x=@bad.csv:price", "bad.csv, line 3: 'n/a' in price is not a number"),
        ("eval x --at x=@bad.csv:day -o bad.csv", "-o bad.csv would overwrite an input"),
        ("eval x --at @list.json", "list.json is not an object of values by name\n"
                                   'hint: it should read {"x": 1.0, "y": [1.0, 2.0]}'),
        ("eval x --at @word.json", "word.json: x is not a number or a list of numbers"),
        ("eval x --at @ragged.json", "ragged.json: the lists of x differ in length"),
        ("eval x --at @broken.json",
         "broken.json is not JSON: Expecting ',' delimiter: line 1 column 8 (char 7)"),
        ("eval x --at @p.json --at x=2", "--at gives x a value twice\nhint: keep one of them"),
        ("eval x --at x=1,x=2", "--at gives x a value twice\nhint: keep one of them"),
        ("eval x --at 1", "--at 1 is not NAME=VALUE\nhint: write --at x=1, or --at x=1,y=2"),
        ("eval x --at x:1", "--at x:1 is not NAME=VALUE\nhint: write --at x=1"),
        ("eval x --at x==1", "--at x==1 is not NAME=VALUE\nhint: write --at x=1"),
        ("eval x --at x=", "--at x has no value"),
        ("eval x --at 'x=1; y=2'", "a value is a single expression\nhint: values are separated by commas: x=1,y=2"),
        ("eval x --at x=pie", "a value is made of numbers, constants and functions, and `pie` is a variable\n"
                             "  --at x=pie\n         ^^^\nhint: did you mean `pi`?"),
        ("eval x*y --at y=2*x,x=3",
         "a value is made of numbers, constants and functions, and `x` is a variable\n"
         '  --at y=2*x\n           ^\nhint: try gradcli eval "y=2*x; x*y" --at x=3'),
        ("eval x*y --at y=2*z,x=3",
         "a value is made of numbers, constants and functions, and `z` is a variable\n"
         '  --at y=2*z\n           ^\nhint: try gradcli eval "y=2*z; x*y" --at x=3 --at z=1'),
        ("eval x --at x=sqrt(1",
         '`(` is never closed\n  --at x=sqrt(1\n             ^\nhint: try gradcli eval x --at "x=sqrt(1)"'),
    ],
)  # fmt: skip
def test_what_is_refused(gradcli: Run, data: Path, line: str, message: str) -> None:
    assert gradcli(line) == (2, "", "error: " + message.removeprefix("error: ") + "\n")


def test_a_deeply_nested_file_is_refused(gradcli: Run, data: Path) -> None:
    ran = gradcli("eval x --at @deep.json")
    assert (ran.status, ran.err.partition(":")[0]) == (2, "error")
    assert "deep.json is not JSON" in ran.err
