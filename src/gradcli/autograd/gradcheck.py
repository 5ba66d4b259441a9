"""Gradients held against finite differences: `gradcheck`, and `gradgradcheck` for second derivatives.

For each output the whole Jacobian is computed twice over: from passes backward, and from the function
alone, by central differences. The module may itself be called: `autograd.gradcheck(f, x)`.
"""

from __future__ import annotations

import sys
import types
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from . import api
from .function import Function
from .jacobians import (
    GradcheckError,
    Tolerance,
    analytical_jacobians,
    as_tuple,
    mismatch,
    numerical_jacobian,
    pulled,
    worst,
)
from .tensor import Tensor, wrap
from .views import repeats

Outputs = Tensor | Sequence[Tensor]


def gradcheck(
    func: Callable[..., Outputs],
    inputs: Outputs,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_batched_forward_grad: bool = False,
    check_forward_ad: bool = False,
    check_backward_ad: bool = True,
    fast_mode: bool = False,
    masked: bool | None = None,
) -> bool:
    """Compare the gradients of a function with finite differences, for every input that requires one.

    The inputs should be float64: a difference over `eps` has half the digits that they have. `fast_mode`
    compares one random combination of the entries of each Jacobian. With `raise_exception` off, False is
    returned where GradcheckError would be raised. `nondet_tol` is for gradients that are not the same each
    time, `check_undefined_grad` sends no gradient at all backward, and `check_grad_dtypes`,
    `check_batched_grad` look at what they name; there is no forward mode to check.

    >>> import gradcli as t
    >>> x = t.tensor([1.0, 2.0], dtype=t.float64, requires_grad=True)
    >>> t.autograd.gradcheck(lambda x: (x.sin() * x).sum(), x)
    True
    """
    if not (check_forward_ad or check_backward_ad):
        raise AssertionError("Expected at least one of check_forward_ad or check_backward_ad to be True")
    if check_forward_ad or check_batched_forward_grad:
        raise NotImplementedError("gradcheck: there is no forward mode to check")
    tolerance = Tolerance(atol, rtol, nondet_tol)
    try:
        point = _checked_inputs(inputs)
        results = as_tuple(func(*point))
        ends = tuple(each for each in results if each.requires_grad)
        if not ends:
            _check_constant(func, point, results, eps)
        for i, output in enumerate(results):
            if output.requires_grad:
                compare = _compare_fast if fast_mode else _compare
                compare(func, point, i, output, eps, tolerance, check_grad_dtypes)
        if ends:
            _check_linear(point, ends)
        if ends and check_batched_grad:
            _check_batched(point, ends)
        if ends and check_undefined_grad:
            _check_undefined(func, point, ends)
    except GradcheckError:
        if raise_exception:
            raise
        return False
    return True


def gradgradcheck(
    func: Callable[..., Outputs],
    inputs: Outputs,
    grad_outputs: Outputs | None = None,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    gen_non_contig_grad_outputs: bool = False,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_fwd_over_rev: bool = False,
    check_rev_over_rev: bool = True,
    fast_mode: bool = False,
    masked: bool = False,
) -> bool:
    """Compare the gradients of a function's gradients with finite differences.

    The first gradients are taken as functions of the inputs and of `grad_outputs`, random ones unless they
    are given. The rest is as in `gradcheck`.

    >>> import gradcli as t
    >>> x = t.tensor([1.0, 2.0], dtype=t.float64, requires_grad=True)
    >>> t.autograd.gradgradcheck(lambda x: x.exp() * x, x)
    True
    """
    if not (check_fwd_over_rev or check_rev_over_rev):
        raise AssertionError("Expected at least one of check_fwd_over_rev or check_rev_over_rev to be True")
    point = as_tuple(inputs)
    if grad_outputs is None:
        ends = [each for each in as_tuple(func(*point)) if each.requires_grad]
        drawn = np.random.default_rng(0)
        weights = tuple(_drawn(drawn, each, gen_non_contig_grad_outputs) for each in ends)
    else:
        weights = as_tuple(grad_outputs)
    return gradcheck(
        _gradients_of(func, point), (*point, *weights), eps=eps, atol=atol, rtol=rtol, raise_exception=raise_exception,
        nondet_tol=nondet_tol, check_undefined_grad=check_undefined_grad, check_grad_dtypes=check_grad_dtypes,
        check_batched_grad=check_batched_grad, check_forward_ad=check_fwd_over_rev,
        check_backward_ad=check_rev_over_rev, fast_mode=fast_mode, masked=masked,
    )  # fmt: skip


def _gradients_of(func: Callable[..., Any], point: tuple[Any, ...]) -> Callable[..., tuple[Tensor, ...]]:
    """Return the function from arguments like those of a point, and vectors behind them, to the gradients."""
    wanted = [i for i, each in enumerate(point) if isinstance(each, Tensor) and each.requires_grad]

    def gradients(*args: Any) -> tuple[Tensor, ...]:
        given, vectors = args[: len(point)], args[len(point) :]
        ends = [each for each in as_tuple(func(*given)) if each.requires_grad]
        found = api.grad(ends, [given[i] for i in wanted], vectors, create_graph=True, allow_unused=True)
        return tuple(each for each in found if each is not None)

    return gradients


def _drawn(rng: np.random.Generator, like: Tensor, scattered: bool) -> Tensor:
    shape = like._data.shape
    data = rng.uniform(-1, 1, (*shape, 2))[..., 0] if scattered else rng.uniform(-1, 1, shape)
    return wrap(np.asarray(data, like._data.dtype)).requires_grad_()


def _checked_inputs(inputs: Any) -> tuple[Any, ...]:
    point = as_tuple(inputs)
    for i, each in enumerate(point):
        if not (isinstance(each, Tensor) and each.requires_grad):
            continue
        data = each._data
        if data.dtype != np.float64:
            warnings.warn(
                f"Input #{i} requires gradient and is not a double precision floating point or complex. This check "
                "will likely fail if all the inputs are not of double precision floating point or complex. ",
                stacklevel=3,
            )
        if repeats(data):
            raise RuntimeError(
                f"The {i}th input has a dimension with stride 0. gradcheck only supports inputs that are "
                "non-overlapping to be able to compute the numerical gradients correctly. You should call .contiguous "
                "on the input before passing it to gradcheck."
            )
    if not _wanted(point):
        raise ValueError(
            "gradcheck expects at least one input tensor to require gradient, but none of them have requires_grad=True."
        )
    return point


def _wanted(point: Sequence[Any]) -> list[Tensor]:
    return [each for each in point if isinstance(each, Tensor) and each.requires_grad]


def _compare(
    func: Any, point: Any, i: int, output: Tensor, eps: float, tolerance: Tolerance, check_dtypes: bool
) -> None:
    wanted = _wanted(point)
    first, second = (analytical_jacobians(output, wanted, check_dtypes) for _ in range(2))
    for j, (analytical, again, of) in enumerate(zip(first, second, wanted, strict=True)):
        if analytical.size and np.max(np.abs(analytical - again)) > tolerance.nondet:
            raise GradcheckError(
                "Backward is not reentrant, i.e., running backward with same input and grad_output multiple times "
                "gives different values, although analytical gradient matches numerical gradient."
                f"The tolerance for nondeterminism was {tolerance.nondet}."
            )
        numerical = numerical_jacobian(func, point, of, i, eps).reshape(analytical.shape)
        misses = tolerance.misses(analytical, numerical)
        if np.any(misses > 0):
            said = mismatch(i, j, numerical, analytical)
            raise GradcheckError(said + worst(misses, numerical, analytical, output, of))


def _compare_fast(
    func: Any, point: Any, i: int, output: Tensor, eps: float, tolerance: Tolerance, check_dtypes: bool
) -> None:
    """Compare `v @ J @ u` for random positive vectors; where they differ, compare the Jacobians themselves."""
    rng = np.random.default_rng(0)
    v = rng.random(output._data.shape)
    for j, of in enumerate(_wanted(point)):
        u = rng.random(of._data.shape)
        u /= np.sqrt(np.sum(u * u)) or 1.0
        (grad,) = pulled(output, [of], np.asarray(v, output._data.dtype))
        analytical = 0.0 if grad is None else float(np.sum(grad._data * u))
        moved = [wrap(np.asarray(of._data + step * u, of._data.dtype)).requires_grad_() for step in (eps, -eps)]
        up, down = (as_tuple(func(*(m if each is of else each for each in point)))[i]._data for m in moved)
        numerical = float(np.sum((np.float64(1) * up - down) * v)) / (2 * eps)
        allowed = tolerance._replace(atol=tolerance.atol * float(np.sum(u)) * float(np.sum(v)))
        if np.any(allowed.misses(np.asarray(analytical), np.asarray(numerical)) > 0):
            _compare(func, point, i, output, eps, tolerance, check_dtypes)
            raise GradcheckError(
                mismatch(i, j, numerical, analytical)
                + "These are combinations of the entries, in fast mode; entry by entry the Jacobians agree."
            )


def _check_constant(func: Any, point: Any, results: tuple[Tensor, ...], eps: float) -> None:
    for number in range(len(results)):
        for of in _wanted(point):
            if np.any(numerical_jacobian(func, point, of, number, eps)):
                raise GradcheckError("Numerical gradient for function expected to be zero")


def _check_linear(point: Any, ends: tuple[Tensor, ...]) -> None:
    """Send zeros backward, of which nothing else may come."""
    zeros = [wrap(np.zeros_like(each._data)) for each in ends]
    for grad in api.grad(ends, _wanted(point), zeros, retain_graph=True, allow_unused=True):
        if grad is not None and np.any(grad._data != 0):
            raise GradcheckError("backward not multiplied by grad_output")


def _check_batched(point: Any, ends: tuple[Tensor, ...]) -> None:
    for end in ends:
        batch = wrap(np.stack([np.ones_like(end._data), np.zeros_like(end._data)]))
        api.grad(end, _wanted(point), batch, retain_graph=True, allow_unused=True, is_grads_batched=True)


class _Unsent(Function):
    """The identity, through which no gradient comes back."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        return x.clone()

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> None:
        return None


def _check_undefined(func: Any, point: Any, ends: tuple[Tensor, ...]) -> None:
    """Send no gradient to all outputs, then to one after the other, and zeros to the rest."""
    for unsent in [set(range(len(ends))), *({i} for i in range(len(ends)) if len(ends) > 1)]:
        fresh = [each for each in as_tuple(func(*point)) if each.requires_grad]
        fresh = [_Unsent.apply(each) if i in unsent else each for i, each in enumerate(fresh)]
        zeros = [wrap(np.zeros_like(each._data)) for each in fresh]
        try:
            found = api.grad(fresh, _wanted(point), zeros, allow_unused=True)
        except RuntimeError as error:
            raise GradcheckError(
                "Expected backward function to handle undefined output grads: where no gradient arrives, backward is "
                "given None, or zeros unless set_materialize_grads(False) was called."
            ) from error
        if any(grad is not None and np.any(grad._data != 0) for grad in found):
            raise GradcheckError(
                "Expected all input grads to be undefined or zero when all output grads are undefined or zero."
            )


class _CallableModule(types.ModuleType):
    """This module, which may be called where torch has a function of its name."""

    def __call__(self, *args: Any, **kwargs: Any) -> bool:
        return gradcheck(*args, **kwargs)


sys.modules[__name__].__class__ = _CallableModule
