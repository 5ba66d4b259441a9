"""Single precision, over the registry: dtypes are kept, and results and gradients are as good as the arguments.

How good that is, is measured: what the same computation in double precision makes of a change of its
arguments in their last single-precision place.
"""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from gradcli import tensor
from gradcli.autograd import Tensor, grad
from gradcli.ops import REGISTRY

EPS = float(np.finfo(np.float32).eps)
NUDGES = 8
# Roundings that may add up on the way to a result, each as large as one of an argument.
ROUNDINGS = 16.0


def computed(call: Any, weights: list[np.ndarray]) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Return the results of a call, and the gradients of those that have one, weighted."""
    inputs = [tensor(a, requires_grad=True) for a in call.variables]
    results = call(inputs)
    arrays = [np.asarray(r.detach() if isinstance(r, Tensor) else r) for r in results]
    live = [i for i, r in enumerate(results) if getattr(r, "requires_grad", False)]
    if not live:
        return arrays, []
    vectors = [tensor(weights[i].astype(arrays[i].dtype)) for i in live]
    return arrays, [g.numpy() for g in grad([results[i] for i in live], inputs, vectors)]


def nudged(arrays: list[np.ndarray], rng: np.random.Generator) -> list[np.ndarray]:
    """Return arrays changed in their last single-precision place."""
    return [a * (1 + EPS * rng.uniform(-1, 1, a.shape)) for a in map(np.asarray, arrays)]


@pytest.mark.parametrize("op", [pytest.param(op, id=name) for name, op in REGISTRY.items() if op.tensors])
def test_single_precision_keeps_dtype_and_digits(op, cases, sample):
    rng = np.random.default_rng(32)
    for case in cases(op):
        single = sample(op, case, rng).cast(np.float32)
        double = single.cast(np.float64)
        weights = [np.float32(rng.standard_normal(np.shape(r))) for r in double()]
        results, gradients = computed(single, weights)
        truth, true_gradients = computed(double, weights)
        kept = case.attributes.get("dtype", np.float32)
        assert [r.dtype for r in results] == [kept if t.dtype == np.float64 else t.dtype for t in truth], case
        assert [g.dtype for g in gradients] == [v.dtype for v in single.variables][: len(gradients)], case
        others = []
        for _ in range(NUDGES):
            near = replace(double, given=double.at(nudged(double.variables, rng)))
            others.append([*itertools.chain(*computed(near, nudged(weights, rng)))])
        for found, true, *moved in zip(results + gradients, truth + true_gradients, *others, strict=True):
            if true.dtype.kind != "f" or not np.all(np.isfinite(true)):
                np.testing.assert_array_equal(found, true)
                continue
            conditioning = np.max([abs(m - true) for m in moved], axis=0)
            wrong = abs(found - true) > ROUNDINGS * (EPS * abs(true) + conditioning)
            assert not np.any(wrong), f"{case}: {found} is not {true}, the arguments being worth +-{conditioning}"
