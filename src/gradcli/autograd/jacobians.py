"""Jacobians twice over, for `gradcheck`: from finite differences, from passes backward, and how far apart.

A Jacobian here is a matrix with a row for each element of the input and a column for each of the output.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from . import api
from .tensor import Tensor, wrap


class GradcheckError(RuntimeError):
    """What `gradcheck` and `gradgradcheck` raise where gradients are wrong."""

    __module__ = f"{__package__}.gradcheck"  # where users know it from


class Tolerance(NamedTuple):
    """How far two Jacobians may be apart: `|a - n| <= atol + rtol * |n|`, and repeated ones `nondet`."""

    atol: float
    rtol: float
    nondet: float

    def misses(self, analytical: np.ndarray, numerical: np.ndarray) -> np.ndarray:
        """Return by how much each entry exceeds what is allowed; NaN is never allowed."""
        with np.errstate(invalid="ignore"):
            excess = np.abs(analytical - numerical) - (self.atol + self.rtol * np.abs(numerical))
        excess = np.where(analytical == numerical, -np.inf, excess)
        return np.where(np.isnan(excess), np.inf, excess)


def as_tuple(value: Any) -> tuple[Any, ...]:
    """Return one value, or several, as a tuple."""
    return tuple(value) if isinstance(value, (tuple, list)) else (value,)


def numerical_jacobian(func: Any, point: Sequence[Any], of: Tensor, number: int, eps: float) -> np.ndarray:
    """Return a Jacobian from central differences; `of` is the input, `number` that of the output."""
    rows = [
        (shifted(func, point, of, k, eps, number) - shifted(func, point, of, k, -eps, number)) / (2 * eps)
        for k in range(of._data.size)
    ]
    return np.stack(rows) if rows else np.zeros((0, 0))


def shifted(func: Any, point: Sequence[Any], of: Tensor, k: int, step: float, number: int) -> np.ndarray:
    """Return an output, flat, where one element of an input is shifted."""
    data = np.array(of._data)
    data[np.unravel_index(k, data.shape)] += step
    moved = wrap(data).requires_grad_()
    output = as_tuple(func(*(moved if each is of else each for each in point)))[number]
    return np.ravel(np.array(output._data, np.float64))


def analytical_jacobians(output: Tensor, wanted: list[Tensor], check_dtypes: bool) -> list[np.ndarray]:
    """Return the Jacobian by each input, from one pass for each element of the output."""
    found = [np.zeros((each._data.size, output._data.size)) for each in wanted]
    for k in range(output._data.size):
        unit = np.zeros_like(output._data)
        unit[np.unravel_index(k, unit.shape)] = 1
        for jacobian, grad, each in zip(found, pulled(output, wanted, unit), wanted, strict=True):
            if grad is not None:
                if check_dtypes and grad._data.dtype != each._data.dtype:
                    raise GradcheckError("Gradient has dtype mismatch")
                jacobian[:, k] = np.ravel(grad._data)
    return found


def pulled(output: Tensor, wanted: list[Tensor], vector: np.ndarray) -> tuple[Tensor | None, ...]:
    """Return what a vector becomes at each input, in a pass that may be followed by others."""
    return api.grad(output, wanted, wrap(vector), retain_graph=True, allow_unused=True)


def mismatch(i: int, j: int, numerical: Any, analytical: Any) -> str:
    """Say that two Jacobians of output i by input j are too far apart, and show both."""
    return (
        f"Jacobian mismatch for output {i} with respect to input {j},\n"
        f"numerical:{wrap(np.asarray(numerical))}\nanalytical:{wrap(np.asarray(analytical))}\n"
    )


def worst(misses: np.ndarray, numerical: np.ndarray, analytical: np.ndarray, output: Tensor, of: Tensor) -> str:
    """Say which entry is the farthest off, and both numbers."""
    row, column = (int(n) for n in np.unravel_index(np.argmax(misses), misses.shape))
    return (
        f"The worst entry is the derivative of {element('output', column, output)} by {element('input', row, of)}: "
        f"numerical {float(numerical[row, column])!r}, analytical {float(analytical[row, column])!r}."
    )


def element(what: str, flat: int, of: Tensor) -> str:
    """Name an element by its indices, from its place in flat order."""
    index = np.unravel_index(flat, of._data.shape)
    return what + (str([int(n) for n in index]) if index else "")
