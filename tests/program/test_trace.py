"""A traced program and the eager graph give the same numbers, over the whole registry."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gradcli import Expression, tensor
from gradcli.autograd import grad
from gradcli.errors import EvaluationError
from gradcli.lang import parse
from gradcli.ops import REGISTRY, Op
from gradcli.ops._registry import Untraceable
from gradcli.program.lengths import Length
from gradcli.program.ssa import Input, Type
from gradcli.program.trace import joint, of_program
from tensors import weighted

RULED = [pytest.param(op, id=name) for name, op in REGISTRY.items() if op.rules]


def eager(function: Any, variables: list[np.ndarray]) -> list[np.ndarray]:
    leaves = [tensor(v, requires_grad=v.dtype.kind == "f") for v in variables]
    root = function(leaves)
    return [root._data, *(g._data for g in grad(root, leaves, materialize_grads=True))]


@pytest.mark.parametrize("op", RULED)
def test_every_operation_is_traced_with_its_rules(op: Op, cases, sample, interpret):
    for case in cases(op):
        call = sample(op, case, np.random.default_rng(3))
        names = [f"x{i}" for i in range(len(call.variables))]
        inputs = [Input(n, Type(v.dtype, v.shape)) for n, v in zip(names, call.variables, strict=True)]

        def total(variables: list[Any], call: Any = call) -> Any:
            return weighted(call(variables))

        block = joint(lambda leaves, _, f=total: (f(list(leaves.values())), leaves), inputs, names)
        found = interpret(block, call.variables)
        for got, wanted in zip(found.values(), eager(total, call.variables), strict=True):
            np.testing.assert_array_equal(got, wanted, strict=True)


def symbolic(shape: tuple[int, ...], n: int) -> tuple[Any, ...]:
    return tuple(Length(1, 0) if length == n else length for length in shape)


@pytest.mark.parametrize("op", RULED)
def test_a_length_may_be_left_open(op: Op, cases, sample, interpret):
    traced, n = 0, 4
    for case in cases(op):
        call = sample(op, case, np.random.default_rng(4))
        if not any(n in v.shape for v in call.variables) or any(
            n in np.shape(call.given[name]) for name in op.tensors if name not in op.rules
        ):
            continue
        inputs = [Input(f"x{i}", Type(v.dtype, symbolic(v.shape, n))) for i, v in enumerate(call.variables)]
        names = [each.name for each in inputs]

        def total(leaves: Any, _: Any, call: Any = call) -> Any:
            return sum(r.sum() for r in call(list(leaves.values())) if r.dtype.is_floating_point), leaves

        try:
            block = joint(total, inputs, names)
        except (ValueError, RuntimeError, TypeError):
            continue  # the program is made for the lengths of the call
        traced += 1
        for got, wanted in zip(
            interpret(block, call.variables, n).values(),
            eager(lambda leaves, t=total: t({str(i): v for i, v in enumerate(leaves)}, None)[0], call.variables),
            strict=True,
        ):
            np.testing.assert_array_equal(got, wanted, strict=True)
    assert traced or not op.pointwise or op.family == "writing"


@pytest.mark.parametrize("op", [p for p in RULED if p.values[0].pointwise])
def test_second_derivatives_are_traced(op: Op, cases_of_shape, sample, interpret):
    for case in cases_of_shape(op, ()):
        call = sample(op, case, np.random.default_rng(5))
        names = [f"x{i}" for i in range(len(call.variables))]
        inputs = [Input(n, Type(v.dtype, ())) for n, v in zip(names, call.variables, strict=True)]
        found = interpret(
            joint(lambda leaves, _, c=call: (c(list(leaves.values()))[0], leaves), inputs, names, 2), call.variables
        )
        leaves = [tensor(v, requires_grad=True) for v in call.variables]
        (root,) = call(leaves)
        firsts = grad(root, leaves, create_graph=True, materialize_grads=True)
        for name, first in zip(names, firsts, strict=True):
            np.testing.assert_array_equal(found[f"d_{name}"], first._data)
            if not first.requires_grad:
                continue
            seconds = grad(first, leaves, retain_graph=True, materialize_grads=True)
            for other, second in zip(names, seconds, strict=True):
                np.testing.assert_array_equal(found[f"d_{name}_{other}"], second._data)


# Expressions


@pytest.mark.parametrize(
    "text",
    [
        "x**2*exp(x)", "sum(100*(x[1:] - x[:-1]**2)**2 + (1 - x[:-1])**2)", "mean((w*x + b)**2)", "std(x)",
        "softmax(x, 0)", "sqrt(x) if x > 0 else x**2", "log(x - 1) if x > 1 else (sqrt(-x) if x < 0 else x)",
        "logsumexp(x)", "sum(x[::-1]*x**2)",
        "f(u) = u*sin(u); f(x) + diff(f(x), x)", "max(x, w)", "x @ x", "[x[0], x[-1]] @ [w, b]", "w/x if x != 0 else b",
    ],
)  # fmt: skip
def test_an_expression_is_worth_the_same(text: str, interpret):
    f, rng = Expression.parse(text), np.random.default_rng(6)
    x = np.sort(rng.normal(size=9))
    values = {name: x if name == "x" else np.float64(rng.normal()) for name in f.variables}
    inputs = [Input(n, Type(np.dtype(float), symbolic(v.shape, 9))) for n, v in values.items()]
    found = interpret(joint(of_program(parse(text)), inputs, f.variables), list(values.values()), 9)
    value, slopes = f.value_and_grad(values)
    np.testing.assert_allclose(found["value"], value, rtol=1e-14)
    for name, slope in slopes.items():
        np.testing.assert_allclose(found[f"d_{name}"], slope, rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sum(x, axis=x)", "`dim` of `sum` has no derivative, and this depends on what is differentiated by"),
        ("x[argmax(x)]", "an index must be known, and this depends on the values"),
        ("x*rand(3)", "`rand` draws other numbers at each run, which a program cannot"),
    ],
)
def test_what_depends_on_a_value_is_refused_with_its_place(text: str, said: str):
    with pytest.raises(EvaluationError) as caught:
        joint(of_program(parse(text)), [Input("x", Type(np.dtype(float), ()))], ("x",))
    assert caught.value.message == said


def test_a_decision_in_a_function_is_refused():
    def function(leaves: Any, _: Any) -> Any:
        return (leaves["x"] if leaves["x"] > 0 else -leaves["x"]), leaves

    with pytest.raises(Untraceable, match="a decision needs a value, and while a program is traced there is none"):
        joint(function, [Input("x", Type(np.dtype(float), ()))], ("x",))
