"""What several tests make Tensors with, and put them through."""

from __future__ import annotations

from typing import Any

import numpy as np

import gradcli as t
from gradcli.autograd import Function
from gradcli.autograd.tensor import wrap


def leaf(values: Any) -> t.Tensor:
    """Return a Tensor of float64 that is differentiated by."""
    return t.tensor(np.array(values, dtype=np.float64), requires_grad=True)


def weighted(results: tuple[Any, ...]) -> Any:
    """Return one number of all floating results, in which no element counts like another."""
    total: Any = 0.0
    for result in results:
        if result.dtype.is_floating_point:
            weights = np.cos(np.arange(result.numel())).reshape(tuple(result.shape)) if result.numel() else 1.0
            total = total + (result * wrap(np.asarray(weights))).sum()
    return total


class Square(Function):
    """A Function of a user that saves its argument and its result."""

    @staticmethod
    def forward(ctx: Any, x: t.Tensor) -> t.Tensor:
        out = x * x
        ctx.save_for_backward(x, out)
        return out

    @staticmethod
    def backward(ctx: Any, g: t.Tensor) -> t.Tensor:
        return g * 2 * ctx.saved_tensors[0]
