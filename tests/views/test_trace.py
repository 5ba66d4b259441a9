"""A run told step by step: its numbers are the engine's, and its formulas are what they say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from gradcli import Expression
from gradcli.autograd.graph import walk
from gradcli.errors import GradcliError
from gradcli.ops import REGISTRY, Op
from gradcli.views import operation, trace
from gradcli.views.local import LONGEST

Record = Callable[..., Any]

SCALARS = [
    "x**2*exp(x)", "y = w*x; y*sin(y)", "(1-x)**2 + 100*(y-x**2)**2", "1/(1+exp(-(w*x+b)))", "x/y - y/x", "x**y",
    "2**x + log(x)/x", "tanh(-x/(y+1))", "relu(x) + max(x, y) - sqrt(x)**0.5", "-(-x)*(-y)", "abs(x - 3)", "x*-y",
    "diff(sin(x*w), x)*2*pi", "x if x > 1 else y", "f(u) = u*u*w; f(f(x))", "x - -y", "-x**2",
]  # fmt: skip
ARRAYS = [
    "sum(x**2*w)", "mean((w*x - b)**2)", "x[1:]@[pi, 2]", "max(x, axis=0)[0]*mean(x)", "norm(x) + std(x)",
    "sum(concatenate([x, x**2])) + stack([x, x])[0, 1] - x[1]", "where(x > 1.5, x, -x)*abs(x)", "x.T@x",
    "exp(x) if x > 2 else x**2", "softmax(x, 0)[0]", "cumsum(x)[1]", "prod(x)/w",
]  # fmt: skip
ARRAY = [1.0, 2.0, 3.0]


def told(record: Record, text: str, **values: Any) -> trace.Trace:
    run, passage = record(text, values)
    turns, chains = trace.backward(run, passage)
    return trace.Trace(text, values, run.point.value, trace.forward(run), turns, chains, [])


def test_the_whole_of_a_trace(record: Record) -> None:
    found = told(record, "x**2*exp(x)", x=1.0)
    e = np.e
    assert [(step.id, step.operation, step.value, step.saved, step.node) for step in found.forward] == [
        (1, None, 1.0, {}, None),
        (2, "pow", 1.0, {"input": 1.0, "exponent": 2}, "PowBackward0"),
        (3, "exp", e, {"out": e}, "ExpBackward0"),
        (4, "mul", e, {"input": 1.0, "other": e}, "MulBackward0"),
    ]
    assert [(turn.id, turn.name, turn.gradient, [flow[0:1] + flow[2:] for flow in turn.flows])
            for turn in found.backward] == [
        (4, "MulBackward0", 1.0, [(2, "g4*exp(x)", "exp(x)", e, e), (3, "g4*x**2", "x**2", 1.0, 1.0)]),
        (3, "ExpBackward0", 1.0, [(1, "g3*exp(x)", "exp(x)", e, e)]),
        (2, "PowBackward0", e, [(1, "g2*2*x", "2*x", 2.0, 2 * e)]),
        (1, "AccumulateGrad", 3 * e, []),
    ]  # fmt: skip
    assert found.chain == [trace.Chain("x", True, ["2*x*exp(x)", "x**2*exp(x)"], [2 * e, e], 3 * e)]


@pytest.mark.parametrize("x", [0.3, 0.7, 1.0, -1.3, 40.0])
def test_a_by_product_of_the_forward_is_in_the_local_derivative(record: Record, x: float) -> None:
    """The chain comes to the very digits of the gradient, where the text, computed anew, may not."""
    found = told(record, "sigmoid(x)", x=x)
    (flow,) = found.backward[0].flows
    gradient = found.backward[-1].gradient
    assert found.chain == [trace.Chain("x", True, ["sigmoid(x)*sigmoid(-x)"], [gradient], gradient)]
    assert flow.local == gradient


@pytest.mark.parametrize(("text", "x"), [*((text, 1.5) for text in SCALARS), *((text, ARRAY) for text in ARRAYS)])
def test_what_flows_adds_up(record: Record, text: str, x: Any) -> None:
    found = told(record, text, x=x)
    arriving: dict[int, list[Any]] = {}
    for turn in found.backward:
        if turn.id in arriving:
            np.testing.assert_allclose(sum(arriving[turn.id]), turn.gradient, rtol=1e-14, atol=1e-14)
        for flow in turn.flows:
            arriving.setdefault(flow.to, []).append(flow.gradient)
            if flow.local is not None and np.shape(flow.local) == np.shape(flow.gradient):
                np.testing.assert_allclose(turn.gradient * flow.local, flow.gradient, rtol=1e-14, atol=1e-14)
    expected = Expression.parse(text).grad({name: value for name, value in values_of(found).items()})
    for chain in found.chain:
        np.testing.assert_array_equal(chain.grad, expected[chain.variable])
        np.testing.assert_allclose(sum(chain.values), chain.grad, rtol=1e-13, atol=1e-13)
    assert [chain.variable for chain in found.chain] == [name for name in expected if name in
                                                         {turn.variable for turn in found.backward}]  # fmt: skip


def values_of(found: trace.Trace) -> dict[str, Any]:
    return {step.variable: step.value for step in found.forward if step.variable}


@pytest.mark.parametrize("text", SCALARS)
def test_formulas_compute_what_is_said_of_them(record: Record, text: str) -> None:
    """They are expressions of the language themselves, in variables, bound names and the gradients that arrive."""
    found = told(record, text, x=1.5)
    names = {name: float(value) for name, value in record(text).run.point.names.items()} | values_of(found)
    names |= {f"g{turn.id}": turn.gradient for turn in found.backward}
    checked = 0
    flows = [flow for turn in found.backward for flow in turn.flows]
    said = [(flow.formula, flow.gradient) for flow in flows] + [(flow.derivative, flow.local) for flow in flows]
    said += [pair for chain in found.chain for pair in zip(chain.terms, chain.values, strict=True)]
    for formula, value in said:
        try:
            parsed = Expression.parse(formula) if formula else None
        except GradcliError:
            continue  # a rule's own operation, or a step by its number
        if parsed and set(parsed.variables) <= names.keys():
            assert parsed({name: names[name] for name in parsed.variables}) == pytest.approx(value, rel=1e-13)
            checked += 1
    assert checked >= len(found.chain)


def test_the_order_is_the_engines(record: Record) -> None:
    text = "y = w*x; y*sin(y) + exp(x)*w"
    root = Expression.parse(text).graph(w=1.5, x=1.5)
    order: list[str] = []
    for node in walk([root.grad_fn]):
        node.register_prehook(lambda grads, node=node: order.append(node.name().rpartition("::")[2]))
    root.backward()
    assert [turn.name for turn in told(record, text).backward] == order


def test_many_paths_are_told_by_what_arrives(record: Record) -> None:
    (chain,) = told(record, "y = x*x; z = y*y; z*z", x=2.0).chain
    assert (chain.by_paths, chain.terms, chain.grad) == (False, ["g2*x", "g2*x"], 8 * 2.0**7)
    (chain,) = told(record, "sin(" * 20 + "x" + ")" * 20).chain
    assert (chain.by_paths, chain.terms) == (False, ["g2*cos(x)"])


def test_long_texts_are_called_by_their_numbers(record: Record) -> None:
    inner = "x + " * 8 + "x"
    assert len(inner) > LONGEST
    assert [flow.formula for flow in told(record, f"sin({inner})*cos({inner})").backward[0].flows] == [
        "g20*#19",
        "g20*#10",
    ]


@pytest.mark.parametrize("op", [op for op in REGISTRY.values() if op.public and op.rules], ids=lambda op: op.name)
def test_every_operation_can_be_traced(record: Record, op: Op) -> None:
    """The rules run on texts and numbers at once, and give the numbers that the engine gives."""
    example = operation.describe(op, lambda name, text, values: text).example
    if example is None or not hasattr(example.result, "grad"):
        return
    found = told(record, example.result.expression, **example.result.at)
    for chain in found.chain:
        np.testing.assert_array_equal(chain.grad, example.result.grad[chain.variable])
        np.testing.assert_allclose(sum(chain.values), chain.grad, rtol=1e-12, atol=1e-12)
    assert any(flow.formula for turn in found.backward for flow in turn.flows)
