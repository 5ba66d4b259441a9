"""gradcheck and gradgradcheck: they pass what is right, catch what is wrong, and say where it is."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import gradcli as t
from gradcli.autograd import Function, gradcheck, gradgradcheck
from gradcli.autograd.generate import _compiled
from gradcli.autograd.gradcheck import GradcheckError
from gradcli.ops import REGISTRY, Op
from gradcli.ops._registry import Rule

SMOOTH = [op for op in REGISTRY.values() if op.pointwise and op.rules and op.public and not op.kinks]
# The hundredth part is far beyond the tolerances, and not so far that any tolerance would do.
PLANTED = 1.01


def function(forward: Any, backward: Any) -> Any:
    return type("Made", (Function,), {"forward": staticmethod(forward), "backward": staticmethod(backward)}).apply


def double(x: Any) -> t.Tensor:
    return t.tensor(x, dtype=t.float64, requires_grad=True)


@pytest.mark.parametrize("fast_mode", [False, True])
@pytest.mark.parametrize("op", SMOOTH, ids=lambda op: op.name)
def test_rules_pass_and_a_planted_wrong_one_does_not(
    op: Op, fast_mode: bool, sample: Any, cases_of_shape: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = sample(op, next(cases_of_shape(op, (3,))), np.random.default_rng(1))
    point = [double(v) for v in call.variables]
    assert gradcheck(lambda *v: call(v), point, fast_mode=fast_mode)
    argument, rule = next(iter(op.rules.items()))
    monkeypatch.setitem(op.rules, argument, Rule(lambda *args: rule.function(*args) * PLANTED, rule.needs))
    monkeypatch.delitem(_compiled, op.name)
    try:
        assert not gradcheck(lambda *v: call(v), point, fast_mode=fast_mode, raise_exception=False)
    finally:
        monkeypatch.undo()
        _compiled.pop(op.name, None)


def test_the_error_has_torch_s_name_and_place() -> None:
    assert GradcheckError is t.autograd.gradcheck.GradcheckError
    assert f"{GradcheckError.__module__}.{GradcheckError.__qualname__}" == "gradcli.autograd.gradcheck.GradcheckError"


def test_the_failure_shows_both_jacobians_and_the_worst_entry() -> None:
    weights = t.tensor([[2.0, 2.0], [2.0, 2.5]], dtype=t.float64)
    wrong = function(lambda ctx, x: x * 2, lambda ctx, g: g * weights)
    with pytest.raises(GradcheckError) as caught:
        gradcheck(wrong, double([[1.0, 2.0], [3.0, 4.0]]))
    assert str(caught.value) == (
        "Jacobian mismatch for output 0 with respect to input 0,\n"
        "numerical:tensor([[2.0000, 0.0000, 0.0000, 0.0000],\n"
        "        [0.0000, 2.0000, 0.0000, 0.0000],\n"
        "        [0.0000, 0.0000, 2.0000, 0.0000],\n"
        "        [0.0000, 0.0000, 0.0000, 2.0000]], dtype=torch.float64)\n"
        "analytical:tensor([[2.0000, 0.0000, 0.0000, 0.0000],\n"
        "        [0.0000, 2.0000, 0.0000, 0.0000],\n"
        "        [0.0000, 0.0000, 2.0000, 0.0000],\n"
        "        [0.0000, 0.0000, 0.0000, 2.5000]], dtype=torch.float64)\n"
        "The worst entry is the derivative of output[1, 1] by input[1, 1]: "
        f"numerical {numerical_slope(4.0)!r}, analytical 2.5."
    )


def numerical_slope(x: float, eps: float = 1e-6) -> float:
    return ((x + eps) * 2 - (x - eps) * 2) / (2 * eps)


@pytest.mark.parametrize(
    ("backward", "sentence"),
    [
        (lambda ctx, g: g * 0 + 2, "backward not multiplied by grad_output"),
        (lambda ctx, g: g * float("nan"), "Jacobian mismatch"),
        (lambda ctx, g: None, "Jacobian mismatch"),
    ],
)
def test_planted_wrong_functions(backward: Any, sentence: str) -> None:
    wrong = function(lambda ctx, x: x * 2, backward)
    with pytest.raises(GradcheckError, match=sentence):
        gradcheck(wrong, double([1.0]))


def test_a_wrong_second_derivative() -> None:
    def forward(ctx: Any, x: t.Tensor) -> t.Tensor:
        ctx.save_for_backward(x)
        return x**3

    def backward(ctx: Any, g: t.Tensor) -> t.Tensor:
        (x,) = ctx.saved_tensors
        return g * 3 * x * x.detach()

    x = double([1.0, 2.0])
    assert gradcheck(function(forward, backward), x)
    with pytest.raises(GradcheckError, match="Jacobian mismatch for output 0 with respect to input 0"):
        gradgradcheck(function(forward, backward), x)


def test_gradients_that_change_from_time_to_time() -> None:
    calls: list[int] = []

    def backward(ctx: Any, g: t.Tensor) -> t.Tensor:
        calls.append(1)
        return g * (2 + 1e-9 * len(calls))

    with pytest.raises(GradcheckError, match="Backward is not reentrant"):
        gradcheck(function(lambda ctx, x: x * 2, backward), double([1.0]))
    assert gradcheck(function(lambda ctx, x: x * 2, backward), double([1.0]), nondet_tol=1e-6)


def test_gradients_that_do_not_arrive() -> None:
    def forward(ctx: Any, x: t.Tensor) -> t.Tensor:
        ctx.set_materialize_grads(False)
        return x * 2

    careless = function(forward, lambda ctx, g: g * 2)
    x = double([1.0])
    with pytest.raises(TypeError):
        gradcheck(careless, x)
    assert gradcheck(careless, x, check_undefined_grad=False)
    inventive = function(forward, lambda ctx, g: t.ones(1, dtype=t.float64) if g is None else g * 2)
    with pytest.raises(GradcheckError, match="Expected all input grads to be undefined or zero"):
        gradcheck(inventive, x)


def test_a_function_that_hides_what_it_depends_on() -> None:
    with pytest.raises(GradcheckError, match="Numerical gradient for function expected to be zero"):
        gradcheck(lambda x: x.detach() * 2, double([1.0]))
    assert gradcheck(lambda x: (x * 2, x.max(0)[1]), double([1.0, 2.0]))


def test_inputs_that_cannot_be_judged() -> None:
    with pytest.warns(UserWarning, match="Input #1 requires gradient and is not a double precision floating point"):
        gradcheck(lambda x, y: x * y, (double([1.0]), t.ones(1, requires_grad=True)), eps=1e-2, atol=1e-2)
    with pytest.raises(ValueError, match="gradcheck expects at least one input tensor to require gradient"):
        gradcheck(lambda x: x, t.ones(1, dtype=t.float64))
    with pytest.raises(RuntimeError, match="The 0th input has a dimension with stride 0"):
        gradcheck(lambda x: x, double([1.0]).expand(3))
    with pytest.raises(NotImplementedError, match="no forward mode"):
        gradcheck(lambda x: x, double([1.0]), check_forward_ad=True)


def test_shapes_and_numbers_beside_tensors() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert gradcheck(lambda x, k: x * k, (double(2.0), 3))
        assert gradcheck(lambda x: x.exp(), double(np.zeros((0, 2))))
        assert gradgradcheck(
            lambda x, y: x @ y, (double([[1.0, 2.0]]), double([[3.0], [4.0]])), check_batched_grad=True
        )
        assert gradgradcheck(
            lambda x: x.sin() * x, double([1.0, 2.0]), gen_non_contig_grad_outputs=True, fast_mode=True
        )


def test_the_module_may_be_called_like_the_function() -> None:
    import gradcli.autograd.gradcheck as module

    assert module(lambda x: x**2, double([1.0]))
