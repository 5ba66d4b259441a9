"""Write the page of accuracy, `reference/accuracy.md`: elementwise operations measured against fifty digits.

Run `python docs/make_accuracy.py` after a change to `src/gradcli/ops`; it takes some minutes.
"""

from __future__ import annotations

import math
import textwrap
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import sympy
from mpmath import mp

from gradcli import tensor
from gradcli.autograd import grad
from gradcli.errors import Span
from gradcli.ops import REGISTRY, Op
from gradcli.ops._sampling import BOOLEANS, Case, reals
from gradcli.verify import digits, symbols, translate
from gradcli.verify import reals as real_functions

PAGE = Path(__file__).parent / "reference" / "accuracy.md"
POINTS = 500

HEAD = """# How accurate the operations are

The worst error found of elementwise operations and their derivatives in float64, in units in the last place (ulp),
against SymPy's derivatives at 50 digits, at random points of each operation's domain. A bar is two blocks an ulp,
and 4 ulp are the aim. This page is written by `docs/make_accuracy.py`.

```text
"""

# Why an operation is further off than 4 ulp somewhere.
REASONS = {
    "lerp": "the two ends cancel where the result is near zero",
    "logaddexp": "the terms cancel where the result is near zero, and the slopes round the difference of the arguments",
    "logaddexp2": "as `logaddexp`; where nothing cancels, the value is within 2.7",
    "beta": "its slopes are products of five rounded factors, three of them gamma functions, SciPy's from 3.5 on",
    "erfinv": "the slope grows with exp(out**2), which magnifies the last place of out toward the ends: were it "
    "rounded perfectly, at four times the cost, 4.0 would be left",
    "gelu": "its slope crosses zero near -0.75, where two terms cancel; the approximation is `exp` of a rounded "
    "polynomial",
    "i0": "SciPy's forward; the series that `i1` has would take twice the time",
    "rsqrt": "its slope is torch's, the cube of a result that was rounded twice; a quotient by the input would have "
    "another sign at -0.0",
    "silu": "its slope crosses zero near -1.28, where two terms cancel",
    "sinc": "its slope crosses zero near 1.43, where two terms cancel",
}


def worst(op: Op, case: Case, rng: np.random.Generator) -> dict[str, float]:
    """Return the largest errors of the value and of each derivative, in ulp."""
    names = [
        n for i, n in enumerate(op.tensors) if not case.shapes or (i < len(case.shapes) and case.shapes[i] is not None)
    ]
    variables = {name: sympy.Symbol(name, real=True) for name in names}
    given = op.defaults | dict.fromkeys(op.tensors) | case.attributes
    interpreter = translate.SympyInterpreter(symbols.as_float)
    arguments = tuple(variables.get(name, given.get(name)) for name in op.parameters)
    exact = {"value": interpreter.apply(op, arguments, {}, Span(0, 0))}
    exact |= {n: real_functions.differentiate(exact["value"], variables[n]) for n in names if n in op.rules}
    found: dict[str, float] = {}
    for _ in range(POINTS):
        point = {name: float(_domain(op, name).sample(rng, ())) for name in names}
        for name, error in _errors(op, given, point, exact, variables):
            found[name] = max(found.get(name, 0.0), error)
    return found


def _errors(
    op: Op, given: dict[str, Any], point: dict[str, float], exact: dict[str, Any], variables: dict[str, Any]
) -> Iterator[tuple[str, float]]:
    tensors = {name: tensor(np.float64(value), requires_grad=name in op.rules) for name, value in point.items()}
    out = op(*((given | tensors)[name] for name in op.parameters))
    leaves = [name for name in point if name in op.rules]
    slopes = grad(out, [tensors[name] for name in leaves], materialize_grads=True)
    ours = {"value": float(out.detach().numpy())} | {n: float(s.numpy()) for n, s in zip(leaves, slopes, strict=True)}
    for name, expression in exact.items():
        literals = {s: symbols.value_of(s) for s in expression.free_symbols}
        values = {s: v for s, v in literals.items() if v is not None} | {variables[n]: v for n, v in point.items()}
        try:
            truth = digits.evaluate(expression, values).value
        except digits.Undefined:
            continue
        yield name, float(abs(mp.mpf(ours[name]) - truth) / mp.mpf(math.ulp(float(truth))))


def _domain(op: Op, name: str) -> Any:
    return op.domain.get(name, reals()) if isinstance(op.domain, dict) else op.domain


def measured() -> list[Op]:
    """Return the operations that the page is about."""
    by_position = (op for op in REGISTRY.values() if op.public and not op.keyword_only)
    public = (op for op in by_position if op.pointwise and op.rules and op.sympy)
    return [op for op in public if all(_domain(op, name) is not BOOLEANS for name in op.tensors)]


def page() -> str:
    """Return the text of the page."""
    lines: list[str] = []
    for op in sorted(measured(), key=lambda op: op.name):
        rng = np.random.default_rng(zlib.crc32(op.name.encode()))  # so that no change of one moves the points of others
        found: dict[str, float] = {}
        for case in op.cases or (Case((), {}),):
            for name, error in worst(op, case, rng).items():
                found[name] = max(found.get(name, 0.0), error)
        for name, error in found.items():
            label = op.name if name == "value" else f"  by {name}"
            over = "+" if error > 8 else ""
            lines.append(f"{label:<18} {error:>8.2f}  {'█' * min(16, round(2 * error))}{over}".rstrip())
    reasons = [textwrap.fill(f"- `{name}`: {reason}.", 120, subsequent_indent="  ") for name, reason in REASONS.items()]
    return HEAD + "\n".join(lines) + "\n```\n\n## What is further off\n\n" + "\n".join(reasons) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
