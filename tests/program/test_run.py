"""A program gives what its instructions give one by one, over the whole registry."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gradcli.errors import EvaluationError
from gradcli.ops import REGISTRY, Op
from gradcli.program.executable import Executable
from gradcli.program.lengths import Length
from gradcli.program.ssa import Input, Type
from gradcli.program.trace import joint

RULED = [pytest.param(op, id=name) for name, op in REGISTRY.items() if op.rules]


def total(call: Any) -> Any:
    return lambda leaves, _: sum(r.sum() for r in call(list(leaves.values())) if r.dtype.is_floating_point)


def symbolic(shape: tuple[int, ...], n: int) -> tuple[Any, ...]:
    return tuple(Length(1, 0) if length == n else length for length in shape)


@pytest.mark.parametrize("op", RULED)
def test_a_program_runs_as_it_reads(op: Op, cases, sample, interpret):
    for case in cases(op):
        call = sample(op, case, np.random.default_rng(4))
        for n in (4, 0):  # with an open length, or the very lengths of the case
            shapes = [symbolic(v.shape, n) if n else v.shape for v in call.variables]
            inputs = [
                Input(f"x{i}", Type(v.dtype, shape))
                for i, (v, shape) in enumerate(zip(call.variables, shapes, strict=True))
            ]
            try:
                block = joint(total(call), inputs, [each.name for each in inputs])
            except (ValueError, RuntimeError, TypeError, EvaluationError):
                continue  # a length that depends on n, or no result to differentiate
            wanted = interpret(block, call.variables, n)
            for got, want in zip(Executable(block).run(call.variables), wanted.values(), strict=True):
                assert np.asarray(got).dtype == want.dtype
                np.testing.assert_allclose(got, want, rtol=1e-14, atol=1e-14)
            break
