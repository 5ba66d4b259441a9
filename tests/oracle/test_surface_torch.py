"""The same code under two modules: every snippet runs with `t = torch` and with `t = gradcli`.

`snippets/` holds them, a file an area, and is the whole table: a line is a snippet, or a paragraph
is, where one of its lines is indented. What a snippet ends with is compared: values, dtypes, printed
text, names of nodes, and the warnings and the error on the way, word for word. The file
`different.txt` lists what differs on purpose; there a snippet that agrees is a failure.
"""

from __future__ import annotations

import ast
import copy
import math
import pickle
import re
import warnings
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import gradcli

torch = pytest.importorskip("torch")

SNIPPETS = Path(__file__).parent / "snippets"
# A last digit may round differently; more than that is a difference.
TOLERANCE = {"torch.float16": 1e-3, "torch.float32": 2e-7, "torch.float64": 1e-15}


def snippets(text: str) -> list[str]:
    """Split a file of the table into its snippets."""
    found: list[str] = []
    for paragraph in re.split(r"\n\s*\n", text):
        lines = [line for line in paragraph.splitlines() if line.strip() and not line.startswith("#")]
        found += ["\n".join(lines)] if any(line[0].isspace() for line in lines) else lines
    return found


def table(*, different: bool) -> list[Any]:
    files = [path for path in sorted(SNIPPETS.glob("*.txt")) if (path.stem == "different") is different]
    return [
        pytest.param(snippet, id=f"{path.stem}: {snippet.splitlines()[0]}")
        for path in files
        for snippet in snippets(path.read_text())
    ]


def outcome(t: ModuleType, snippet: str) -> dict[str, Any]:
    """Run a snippet and describe all that can be seen of it."""
    tree = ast.parse(snippet)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    names = {"t": t, "np": np, "math": math, "copy": copy, "pickle": pickle, "warnings": warnings, "nan": math.nan}
    seen: dict[str, Any] = {}
    t.manual_seed(0)
    with warnings.catch_warnings(record=True) as raised:
        warnings.simplefilter("always")
        warnings.filterwarnings("ignore", category=RuntimeWarning, module=r"gradcli\.")
        warnings.filterwarnings("ignore", message="__array__ implementation|__array_wrap__")
        warnings.filterwarnings("ignore", message="Using backward.. with create_graph=True")  # torch says it once
        try:
            exec(compile(tree, "<snippet>", "exec"), names)
            value = eval(compile(ast.Expression(last.value), "<snippet>", "eval"), names) if last is not None else None
            seen["value"] = described(t, value)
        except Exception as error:
            seen["error"] = type(error).__name__, sentence(t, error)
        finally:
            t.set_default_dtype(t.float32)
            t.set_grad_enabled(True)
            t.set_printoptions(profile="default")
    seen["warnings"] = sorted({(w.category.__name__, sentence(t, w.message)) for w in raised})
    return seen


def sentence(t: ModuleType, error: Any) -> str:
    """Drop what torch adds about its own source, its lists of overloads, and the module's name in what to type."""
    message = re.sub(r" \(Triggered internally at .*", "", str(error), flags=re.DOTALL)
    message = re.sub(rf"\b{t.__name__}\b(?=\.(?!(u?int|float|bool|dtype)\d*\b)[a-z]|')", "t", message)
    return "..." if "invalid combination of arguments" in message else message.strip()


def described(t: ModuleType, value: Any) -> Any:
    if isinstance(value, t.Tensor):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return {
                "printed": repr(value),
                "dtype": str(value.dtype),
                "shape": repr(value.shape),
                "values": value.detach().tolist(),
                "requires_grad": value.requires_grad,
                "is_leaf": value.is_leaf,
                "node": value.grad_fn and value.grad_fn.name(),
                "number": value.output_nr,
                "grad": described(t, value.grad),
            }
    if type(value) is dict:
        return {key: described(t, each) for key, each in value.items()}
    if isinstance(value, (tuple, list)) and not isinstance(value, t.Size):
        named = [] if type(value) in (tuple, list) else [repr(value)]
        return [*named, *(described(t, each) for each in value)]
    if isinstance(value, np.ndarray):
        return "array", str(value.dtype), value.tolist()
    return value if isinstance(value, (int, float, str)) else re.sub(r" at 0x\w+", "", repr(value))


def close(ours: Any, theirs: Any, tolerance: float = 1e-15) -> bool:
    """Compare two descriptions: numbers within the tolerance of their dtype, the rest exactly."""
    if type(ours) is not type(theirs):
        return False
    if isinstance(ours, dict):
        tolerance = TOLERANCE.get(ours.get("dtype", ""), tolerance)
        return ours.keys() == theirs.keys() and all(close(ours[k], theirs[k], tolerance) for k in ours)
    if isinstance(ours, (list, tuple)):
        return len(ours) == len(theirs) and all(close(a, b, tolerance) for a, b in zip(ours, theirs, strict=True))
    if isinstance(ours, float):
        both_nan = math.isnan(ours) and math.isnan(theirs)
        return both_nan or math.isclose(ours, theirs, rel_tol=tolerance, abs_tol=tolerance / 10)
    return bool(ours == theirs)


@pytest.mark.parametrize("snippet", table(different=False))
def test_the_same_code_does_the_same(snippet: str) -> None:
    ours, theirs = outcome(gradcli, snippet), outcome(torch, snippet)
    if theirs.get("error", ("", ""))[1] == "...":
        ours["error"] = ours["error"][0], "..."
    assert ours == theirs or close(ours, theirs)


@pytest.mark.parametrize("snippet", table(different=True))
def test_what_differs_on_purpose_still_differs(snippet: str) -> None:
    assert not close(outcome(gradcli, snippet), outcome(torch, snippet))


def test_the_page_of_differences_tells_them_all() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "reference" / "differences.md").read_text()
    told = "\n".join(snippets("\n\n".join(re.findall(r"```text\n(.*?)```", page, flags=re.DOTALL))))
    assert told == "\n".join(snippets((SNIPPETS / "different.txt").read_text()))
