"""By-products: what a forward hands to its rules besides the result is what their formulas say, at every size."""

from __future__ import annotations

import numpy as np
import pytest

import gradcli as t
from gradcli.ops import REGISTRY, Op

WITH = [pytest.param(op, id=name) for name, op in REGISTRY.items() if op.byproducts]
FAR = [0.0, 1.0, -1.0, 5.0, -5.0, 40.0, -40.0, 80.0, -80.0, 700.0, -700.0, 1e4, -1e4, np.inf, -np.inf, np.nan]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("op", WITH)
def test_a_byproduct_is_what_its_formula_says(op: Op, dtype: type) -> None:
    assert op.forward_with_byproducts is not None
    with np.errstate(all="ignore"):
        for point in (np.array(FAR, dtype), *(dtype(v) for v in FAR)):
            known = {op.tensors[0]: point, "out": op(point)}
            out, *found = op.forward_with_byproducts(point)
            np.testing.assert_array_equal(out, known["out"])
            for value, formula in zip(found, op.byproducts.values(), strict=True):
                expected = formula.function(*(known[need] for need in formula.needs))
                np.testing.assert_allclose(value, expected, rtol=8 * np.finfo(dtype).eps, atol=0)
                assert value.dtype == dtype


def test_a_changed_argument_is_missed_by_the_second_derivative_alone() -> None:
    """As in torch, which saves the result."""
    for order in (1, 2):
        x = t.tensor([0.5, -2.0], dtype=t.float64, requires_grad=True)
        y = x * 1
        z = y.sigmoid()
        y.add_(1)
        if order == 1:
            (slope,) = t.autograd.grad(z.sum(), x)
            np.testing.assert_allclose(slope.numpy(), (z * (1 - z)).detach().numpy(), rtol=1e-15)
        else:
            with pytest.raises(RuntimeError, match="modified by an inplace operation"):
                t.autograd.grad(z.sum(), x, create_graph=True)
