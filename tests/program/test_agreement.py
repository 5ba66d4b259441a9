"""Programs as they run and the eager graph agree: over the registry, and over expressions at random."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradcli import Expression, tensor
from gradcli.autograd import grad
from gradcli.ops import REGISTRY, Op
from gradcli.program.executable import Executable
from gradcli.program.lengths import Length
from gradcli.program.lowering import lower
from gradcli.program.passes import optimise
from gradcli.program.segments import Whole, form
from gradcli.program.ssa import Block, Input, Type
from gradcli.program.trace import joint
from tensors import weighted

RULED = [pytest.param(op, id=name) for name, op in REGISTRY.items() if op.rules]


@pytest.mark.parametrize("op", RULED)
def test_every_operation(op: Op, cases, sample):
    for case in cases(op):
        call = sample(op, case, np.random.default_rng(7))
        names = [f"x{i}" for i in range(len(call.variables))]
        inputs = [Input(n, Type(v.dtype, v.shape)) for n, v in zip(names, call.variables, strict=True)]

        def function(leaves: Any, _: Any, call: Any = call) -> Any:
            return weighted(call(list(leaves.values()))), leaves

        found = Executable(joint(function, inputs, names)).run(call.variables)
        leaves = [tensor(v, requires_grad=True) for v in call.variables]
        root = weighted(call(leaves))
        wanted = [root._data, *(g._data for g in grad(root, leaves, materialize_grads=True))]
        for got, expected in zip(found, wanted, strict=True):
            size = np.abs(expected).max(initial=1.0, where=np.isfinite(expected))
            np.testing.assert_allclose(got, expected, rtol=1e-14, atol=1e-14 * size)


def traced(call: Any, shape: Any) -> Block:
    """Return a call traced with its derivatives, its variables of some shape."""
    names = [f"x{i}" for i in range(len(call.variables))]
    inputs = [Input(n, Type(v.dtype, shape)) for n, v in zip(names, call.variables, strict=True)]
    return joint(lambda leaves, _: (call(list(leaves.values()))[0], leaves), inputs, names)


@pytest.mark.parametrize(
    "op", [pytest.param(op, id=name) for name, op in REGISTRY.items() if op.pointwise and op.rules]
)
def test_pointwise_operations_run_in_blocks(op: Op, cases_of_shape, sample):
    """Value and gradient take no step on whole arrays, and of numbers they are one function of floats."""
    for case in cases_of_shape(op, ()):
        call = sample(op, case, np.random.default_rng(7))
        block, _ = optimise(traced(call, (Length(1, 0),)))
        wholes = [s.instruction for s in form(lower(block)) if isinstance(s, Whole) and s.instruction.type.shape]
        wholes = [made for made in wholes if made.name != "broadcast"]  # of a slope that is a number
        assert not wholes, "\n".join(map(str, wholes))
        assert Executable(traced(call, ())).scalar is not None


# Expressions at random: any elementwise operation, at arguments made safe for it by a smooth squeeze.

_UNARY = ["sin", "cos", "exp", "tanh", "atan", "sigmoid", "erf", "square", "abs", "relu", "floor", "log1p", "sqrt"]
_SAFE = {"exp": "tanh({})", "log1p": "exp(-({})**2)", "sqrt": "1 + ({})**2"}
_BINARY = ["{} + {}", "{} - {}", "{}*{}", "{}/(1 + {}**2)", "max({}, {})", "hypot({}, 1 + {})", "{} if x > y else {}"]


def _call(name: str, argument: str) -> str:
    return f"{name}({_SAFE.get(name, '{}').format(argument)})"


TEXTS = st.recursive(
    st.sampled_from(["x", "y", "w", "2", "0.5", "pi"]),
    lambda inner: st.one_of(
        st.builds(_call, st.sampled_from(_UNARY), inner),
        st.builds(lambda form, a, b: form.format(f"({a})", f"({b})"), st.sampled_from(_BINARY), inner, inner),
        st.builds(lambda a, k: f"({a})**{k}", inner, st.sampled_from([2, 3, 0])),
    ),
    max_leaves=12,
)


@given(TEXTS, st.integers(0, 2**31))
def test_expressions_at_random(text: str, seed: int):
    if not re.search(r"\b[xyw]\b", text):
        return
    f, rng = Expression.parse(text), np.random.default_rng(seed)
    arrays = {name: np.float64(0.75) if name == "w" else rng.normal(size=11) for name in f.variables}
    for values in (arrays, {name: float(np.ravel(value)[0]) for name, value in arrays.items()}):
        value, slopes = f.compile()(values)
        wanted, gradients = f.at(values).value, f.at(values).grad()
        np.testing.assert_allclose(value, wanted, rtol=1e-12, atol=1e-12)
        for name, slope in slopes.items():
            size = np.abs(gradients[name]).max(initial=1.0)
            np.testing.assert_allclose(slope, gradients[name], rtol=1e-12, atol=1e-11 * size)
