"""What the tests of emitted programs share: formulas, and runners of the languages that they are written in."""

from __future__ import annotations

import ctypes
import json
import math
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gradcli.program.emit import Formula, emit
from gradcli.program.ssa import Block, Builder, Input, Output, Ref, Type

Columns = Sequence[np.ndarray]


def joined(blocks: Iterable[tuple[str, Block]]) -> Formula:
    """Join programs of numbers to one, in which the i-th input of each is the same; each output is said to be whose."""
    parts = list(blocks)
    count = max(len(block.inputs) for _, block in parts)
    builder = Builder([Input(f"x{i}", Type(np.dtype(float), ())) for i in range(count)])
    outputs: list[Output] = []
    for owner, block in parts:
        shift = count + len(builder.instructions) - len(block.inputs)
        for made in block.instructions:
            builder.add(replace(made, args=tuple(_moved(arg, len(block.inputs), shift) for arg in made.args)))
        outputs += [
            Output(f"{name} of {owner}", _moved(each, len(block.inputs), shift)) for name, each in block.outputs
        ]
    return Formula(builder.block(outputs), [f"r{i}" for i in range(1, len(outputs))])


def _moved(arg: Any, inputs: int, shift: int) -> Any:
    return Ref(arg.number + shift) if isinstance(arg, Ref) and arg.number >= inputs else arg


def in_python(formula: Formula, columns: Columns, folder: Path) -> list[Any]:
    """Run the Python of a formula on arrays."""
    names: dict[str, Any] = {}
    exec(compile(emit(formula, "python"), "<emitted>", "exec"), names)
    found = names[formula.name](*columns)
    return _leaves(found) if formula.wrt else [found]


def in_c(formula: Formula, columns: Columns, folder: Path) -> list[Any]:
    """Compile the C of a formula, without a warning, and run it on arrays."""
    if shutil.which("cc") is None:
        pytest.skip("there is no C compiler here")
    source, library = folder / "f.c", folder / "f.so"
    source.write_text(emit(formula, "c"))
    strict = ["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-O1"]
    subprocess.run(["cc", *strict, "-shared", "-fPIC", "-o", library, source, "-lm"], check=True)
    n = max((column.size for column in columns), default=1)
    results = [np.empty(n) for _ in formula.block.outputs]
    given = [np.ascontiguousarray(column, float) for column in columns]
    pointers = [ctypes.c_void_p(array.ctypes.data) for array in (*given, *results)]
    ctypes.CDLL(str(library))[f"{formula.name}_array"](ctypes.c_size_t(n), *pointers)
    return results


def in_javascript(formula: Formula, columns: Columns, folder: Path) -> list[Any]:
    """Run the JavaScript of a formula at each point."""
    import quickjs

    context = quickjs.Context()
    context.eval(emit(formula, "javascript"))
    context.eval("const shown = (key, value) => typeof value === 'number' ? String(value) : value")
    rows = zip(*columns, strict=True) if columns else [()]
    points = ",".join("[" + ",".join(map(_javascript, row)) + "]" for row in rows)
    found = json.loads(context.eval(f"JSON.stringify([{points}].map(point => {formula.name}(...point)), shown)"))
    return [np.array(column, float) for column in zip(*map(_leaves, found), strict=True)]


def in_sql(formula: Formula, columns: Columns, folder: Path) -> list[Any]:
    """Run the SQL of a formula on a table."""
    import duckdb

    names = [name for name, _ in formula.block.inputs]
    n = max((column.size for column in columns), default=1)
    with duckdb.connect() as connection:
        lists = ", ".join(f'unnest(?::DOUBLE[]) AS "{name}"' for name in ["place", *names])
        values = [np.arange(n).tolist(), *(column.tolist() for column in columns)]
        connection.execute(f"CREATE TABLE data AS SELECT {lists}", values)
        table = connection.execute(emit(formula, "sql")).fetchnumpy()
    order = np.argsort(table["place"])
    results = list(table.values())[-len(formula.block.outputs) :]
    return [np.ma.filled(result, np.nan)[order].astype(float) for result in results]


def _leaves(value: Any) -> list[Any]:
    """Return the numbers of nested dictionaries and tuples."""
    if isinstance(value, dict):
        value = list(value.values())
    return [leaf for part in value for leaf in _leaves(part)] if isinstance(value, (list, tuple)) else [value]


def _javascript(value: float) -> str:
    return "NaN" if math.isnan(value) else repr(float(value)).replace("inf", "Infinity")


RUNNERS = {"python": in_python, "c": in_c, "javascript": in_javascript, "sql": in_sql}


@pytest.fixture
def join():
    return joined


@pytest.fixture(params=RUNNERS)
def language(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def run(language: str, tmp_path: Path):
    """Run a formula in a language on columns of numbers."""
    return lambda formula, columns: RUNNERS[language](formula, columns, tmp_path)
