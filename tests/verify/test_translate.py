"""Programs as SymPy's expressions: what they mean is what reverse mode computes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from gradcli import Expression
from gradcli.ops import REGISTRY, Op
from gradcli.verify import tasks, translate

# What SymPy has no word for, and what it raises then.
WORDLESS = {"cholesky", "median"}

RULED = [op for op in REGISTRY.values() if op.rules and op.public and not op.outputs]

# Whose arguments, truth values and places, are not variables. They are typed below.
UNTYPED = {"index", "masked_fill"} | {op.name for op in RULED if set(op.tensors) - set(op.rules)}

# Elements of a call that is differentiated.
MOST = 24


def typed(op: Op, call: Any, named: dict[str, Any]) -> tuple[str, dict[str, Any]] | None:
    """Return a call as a text, and the values of its variables; None if it cannot be typed."""
    parts: list[str] = []
    at: dict[str, Any] = {}
    last = max(op.parameters.index(name) for name in op.tensors)
    for i, name in enumerate(op.parameters):
        value = call.given.get(name, op.defaults.get(name))
        shown = repr(list(value) if isinstance(value, tuple) else value)
        if name == op.sequence:
            names = [f"{name}{i}" for i in range(len(value))]
            at |= dict(zip(names, value, strict=True))
            parts.append(f"[{', '.join(names)}]")
        elif name in op.tensors:
            at |= {} if value is None else {name: value}
            parts.append("None" if value is None else name)
        elif name == op.collects:
            parts += map(repr, call.given.get(name, ()))
        elif i < last or name in named:
            parts.append(shown if i < last else f"{name}={shown}")
    typable = not any(word in part for part in parts for word in ("slice", "array", "Ellipsis", "'"))
    return (f"{op.name}({', '.join(parts)})", at) if typable else None


def calls(op: Op, cases: Any, sample: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    rng = np.random.default_rng(7)
    for case in cases:
        found = typed(op, sample(op, case, rng), case.attributes)
        values = list(found[1].values()) if found else []
        if all(v.size and v.dtype == float for v in values) and 0 < sum(v.size for v in values) <= MOST:
            yield found


def assert_same(text: str, at: dict[str, Any]) -> None:
    """Compare the value and the gradient of an expression with reverse mode's."""
    expression = Expression.parse(text)
    value, gradient = expression.value_and_grad(at)
    ours = [float(np.sum(value)), *(float(v) for name in at for v in np.ravel(gradient[name]))]
    theirs = list(tasks.testify(text, {n: np.asarray(v).tolist() for n, v in at.items()}, list(at), 1))
    assert [a.get("gave_up") for a in theirs] == [None] * len(ours), text
    np.testing.assert_allclose(ours, [float(a["value"]) for a in theirs], rtol=1e-9, atol=1e-12, err_msg=text)


@pytest.mark.parametrize("op", [pytest.param(op, id=op.name) for op in RULED])
def test_an_operation(op: Op, cases: Any, cases_of_shape: Any, sample: Any) -> None:
    found = [*calls(op, cases_of_shape(op, ()) if op.pointwise else cases(op), sample)][: 3 if op.pointwise else 1]
    if op.name in WORDLESS:
        with pytest.raises(translate.Unable, match=f"SymPy cannot compute `{op.name}`"):
            assert_same(*found[0])
        return
    assert found or op.name in UNTYPED
    for text, at in found:
        assert_same(text, at)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("where(x > 1, x**2, y)", {"x": 1.5, "y": 2.0}),
        ("where([1, 0] > 0.5, x, x*y)", {"x": [1.5, 0.5], "y": 2.0}),
        ("x[1]*x[-1] + sum(x[::2]**2)", {"x": [1.5, 0.5, 2.5]}),
        ("x[1, [0, 0]] @ x[[True, False], 1:][0]", {"x": [[1.5, 0.5, 2.0], [1.0, 3.0, 4.0]]}),
        ("sum(gather(x, 0, [1, 1]))", {"x": [1.5, 0.5, 2.5]}),
        ("sum(take(x, [2, 2])*index_select(x, 0, [0, 1])) + expand_as(y, x)[0]", {"x": [1.5, 0.5, 2.5], "y": 2.0}),
        ("masked_fill(x, [1, 0] > 0, 0)*x", {"x": [1.5, 0.5]}),
        ("masked_scatter(x, [0, 1] > 0, x*y)*x", {"x": [1.5, 0.5], "y": 2.0}),
        ("scatter(x, 0, [1], [y]) + scatter_add(x, 0, [1, 1], x*y)", {"x": [1.5, 0.5], "y": 2.0}),
        (
            "index_add(x, 0, [1, 1], x*y) * index_copy(x, 0, [0], [y]) - index_fill(x, 0, [1], y)",
            {"x": [1.5, 0.5], "y": 2.0},
        ),
        # the larger of two, to a base, chained comparisons, truth as a number
        ("max(x, y, 1)*min(x, y)", {"x": 1.5, "y": 2.0}),
        ("log(x, 3)", {"x": 1.5}),
        ("x**2 if 1 < x <= 2 and not x == 3 else x", {"x": 1.5}),
        ("(x > 1)*x**2", {"x": 1.5}),
        # the side of a conditional that is not taken is never looked at
        ("sqrt(x) if x > 0 else 0*x", {"x": -1.0}),
        ("sin(x)/x if x != 0 else 1", {"x": [0.5, 2.0]}),
        ("x*exp(x) if x < 1 else log(x) if x < 2 else x**3", {"x": [0.5, 1.5, 2.5]}),
        # names: of values, functions, and what they are differentiated by
        ("y = w*x; z = y**2 + y; z*x", {"w": 1.5, "x": 2.0}),
        ("f(t) = t*exp(t); g(a, b) = f(a)*b; g(x, g(x, 2))", {"x": 0.5}),
        ("f(t, u) = t**2*u", {"t": 1.5, "u": 2.0}),
        ("diff(x**3*y, x, 2)*x", {"x": 1.5, "y": 2.0}),
        ("y = x**2; diff(y*x, y) + diff(y*sin(y), x)", {"x": 1.5}),
        ("f(t) = diff(t**3, t); f(x**2)", {"x": 1.5}),
        ("sum(diff(x**3, x)*x)", {"x": [1.5, 2.0]}),
        ("a = [[1, 2], [3, x]]; det(a @ a.T)", {"x": 1.5}),
        # numbers that SymPy must take for what they are in a float
        ("0.1*x**0.3 + 1e-300*x/1e-300", {"x": 1.5}),
        ("cos(pi*x) + e**x + tau*x", {"x": 1.0}),
        ("12345678.9*x**100", {"x": 1.01}),
        ("exp2(70)*x**2", {"x": 1.5}),
        ("n = 2; reshape([x, x**2, 3, 4], [n, n])[1, 0]*x**n", {"x": 1.5}),
    ],
)
def test_a_program(text: str, at: dict[str, Any]) -> None:
    assert_same(text, {name: np.asarray(value) for name, value in at.items()})
