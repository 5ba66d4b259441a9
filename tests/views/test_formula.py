"""Rules as formulas: what is shown is what is computed."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from gradcli.ops import REGISTRY, Case, Op
from gradcli.views import formula


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        ("mul", {"input": 1.0, "other": 2.0}, {"input": "g*other", "other": "g*input"}),
        ("sub", {"input": 1.0, "other": 2.0}, {"input": "g", "other": "-g"}),
        ("sigmoid", {"input": 1.0}, {"input": "g*out*sigmoid(-input)"}),
        ("sum", {"input": np.ones(3)}, {"input": "expand(g, input.shape)"}),
        ("mean", {"input": np.ones((3, 4)), "dim": 0}, {"input": "expand(reshape(g, [1, m])/n, input.shape)"}),
        ("matmul", {"input": np.eye(2), "other": np.eye(2)},
         {"input": "g @ transpose(other)", "other": "transpose(input) @ g"}),
        ("leaky_relu", {"input": 1.0, "negative_slope": 0.2}, {"input": "where(input > 0, g, g*negative_slope)"}),
    ],
)  # fmt: skip
def test_formulas(name: str, given: dict[str, Any], expected: dict[str, str]) -> None:
    assert formula.derivatives(REGISTRY[name], {k: np.asarray(v) if k in REGISTRY[name].tensors else v
                                                for k, v in given.items()}) == expected  # fmt: skip


# Names of a formula that Python would not find among the operations.
CONSTANTS = {"pi": math.pi, "nan": math.nan, "inf": math.inf}
POINTWISE = [op for op in REGISTRY.values() if op.pointwise and op.rules]


@pytest.mark.parametrize("op", POINTWISE, ids=lambda op: op.name)
def test_a_formula_computes_what_the_rule_does(
    op: Op, cases: Callable[[Op], Iterator[Case]], sample: Callable[..., Any]
) -> None:
    case = next(case for case in cases(op) if None not in case.shapes)
    call = sample(op, case, np.random.default_rng(5))
    given = op.defaults | call.given
    operations = {name: each for name, each in REGISTRY.items() if name not in given}
    for argument, text in formula.derivatives(op, call.given).items():
        rule = op.rules[argument]
        values = (
            given | {"g": np.float64(0.7), "out": call()[0]} | {f"{n}_shape": np.shape(given[n]) for n in op.tensors}
        )
        expected = rule.function(*(values[need] for need in rule.needs))
        found = eval(text, operations | CONSTANTS, values)
        np.testing.assert_allclose(found, expected, rtol=1e-12, err_msg=text)
