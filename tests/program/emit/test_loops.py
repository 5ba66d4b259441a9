"""Programs of vectors in C: they compute what the eager graph does, for any length, in as few loops as may be."""

from __future__ import annotations

import ctypes
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gradcli import Expression
from gradcli.errors import GradcliError
from gradcli.lang import parse
from gradcli.program.emit import emit
from gradcli.views.source import formula_of

SAMPLES = Path(__file__).resolve().parents[3] / "samples"
X, Y = np.array([0.3, 1.2, -0.4, 0.9, 2.1, -0.7]), np.array([1.0, 0.0, 1.0, 1.0, 0.0, 1.0])

# A text, its variables, and how many loops it takes.
CASES: list[tuple[str, dict[str, Any], int]] = [
    ((SAMPLES / "rosenbrock_chain.grad").read_text(), {"x": X}, 2),
    ((SAMPLES / "logistic.grad").read_text(), {"a": 0.5, "b": -0.1, "t": X, "y": Y}, 1),
    ("x**2*exp(x)*w", {"x": X, "w": 2.0}, 1),
    ("mean((x - m)**2)*sum(x)", {"x": X, "m": 0.3}, 2),
    ("std(x)", {"x": X}, 3),
    ("logsumexp(x) + x[-1]*(x@y)", {"x": X, "y": Y}, 4),
    ("amax(x)*amin(y + x)", {"x": X, "y": Y}, 3),
    ("(x[2:] - 2*x[1:-1] + x[:-2])**2", {"x": X}, 2),
    ("x[0]*sum(x[1:]*x[:-1]) + x[-2]", {"x": X}, 2),
    ("sum(x if x > t else -y)", {"x": X, "y": Y, "t": 0.5}, 1),
    ("softmax(x, 0)@y", {"x": X, "y": Y}, 4),
    ("any(x > 2)*sum(x*y)", {"x": X, "y": Y}, 2),
    ("n*i*sum(work*x)", {"n": 1.5, "i": 0.5, "work": X, "x": Y}, 1),
]


def compiled(source: str, folder: Path) -> ctypes.CDLL:
    """Compile C without a warning."""
    (folder / "f.c").write_text(source)
    strict = ["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-O1"]
    subprocess.run(["cc", *strict, "-shared", "-fPIC", "-o", folder / "f.so", folder / "f.c", "-lm"], check=True)
    return ctypes.CDLL(str(folder / "f.so"))


needs_compiler = pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler here")


@needs_compiler
@pytest.mark.parametrize(("text", "values", "loops"), CASES, ids=[text.splitlines()[-1][:40] for text, *_ in CASES])
def test_vectors_in_c(text: str, values: dict[str, Any], loops: int, tmp_path: Path) -> None:
    expression = Expression.parse(text.rstrip())
    short = {name: value[:4] if np.ndim(value) else value for name, value in values.items()}
    formula = formula_of(expression.program, "c", expression.variables, 1, short)
    source = emit(formula, "c")
    assert source.count("for (ptrdiff_t") == loops
    if "just these lengths" in source:  # the difference of two slices might have none for some n
        values = short
    value, slopes = expression.value_and_grad(values)
    wanted = [np.asarray(value), *map(np.asarray, slopes.values())]
    results = [np.full(max(each.size, 1), np.nan) for each in wanted]
    arguments: list[Any] = [] if values is short else [ctypes.c_ssize_t(6)]
    for name in expression.variables:
        given = values[name]
        arguments.append(ctypes.c_void_p(given.ctypes.data) if np.ndim(given) else ctypes.c_double(given))
    room = np.full(_room(source), np.nan)
    arguments += [ctypes.c_void_p(array.ctypes.data) for array in ([room] if room.size else []) + results]
    compiled(source, tmp_path)[formula.name](*arguments)
    for found, expected in zip(results, wanted, strict=True):
        np.testing.assert_allclose(found, expected.reshape(-1), rtol=1e-12, atol=1e-14)


def _room(source: str) -> int:
    """Return how many numbers `work` must have room for, as the remark says, with n of 6."""
    said = re.search(r"has room for (.*) numbers", source)
    return eval(said[1], {"n": 6}) if said else 0


@pytest.mark.parametrize(
    ("text", "values"),
    [("A@x", {"A": np.ones((3, 3)), "x": X[:3]}), ("cumsum(x)", {"x": X}), ("x[::2]*2", {"x": X[:5]})],
)
def test_what_is_no_vector_is_refused(text: str, values: dict[str, Any]) -> None:
    program = parse(text)
    with pytest.raises(GradcliError, match="C has no"):
        emit(formula_of(program, "c", program.variables, 1, values), "c")
