"""Determinants, with derivatives that are right for singular matrices too.

The gradient of a determinant is the matrix of cofactors, a polynomial of the elements. The textbook
writes it `det(A)*inv(A).T`, which a singular matrix does not have; here it comes from the singular
value decomposition `A = U @ diag(s) @ V.T`, in which a cofactor is a product of the other singular
values (Stewart, "On the adjugate matrix", Linear Algebra and its Applications 283, 1998). So do the
second derivatives. Third ones need the inverse.

>>> from gradcli.ops.determinant import cofactors, det
>>> float(det(np.array([[1.0, 2.0], [3.0, 4.0]])).round(12))
-2.0
>>> cofactors(np.array([[1.0, 2.0], [2.0, 4.0]])).round(12).tolist()
[[4.0, -2.0], [-2.0, 1.0]]
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ._registry import family
from ._sampling import case
from .indexing import diagonal
from .linalg import REGULAR, SQUARE, inv, matrixwise, or_nan, square
from .reduction import sum
from .shape import transpose, unsqueeze

op = family("linalg", dtype="float", domain=REGULAR, cases=SQUARE)


def _each(g: Any) -> Any:
    """Give one number for each matrix of a batch the shape of a matrix."""
    return unsqueeze(unsqueeze(g, -1), -1)


class SignAndLog(NamedTuple):
    """A determinant as `sign * exp(logabsdet)`."""

    sign: Any
    logabsdet: Any


@op(node="LinalgDetBackward0", sympy=matrixwise("(n,n)->()", lambda s, a: s.Matrix(a).det()))
def det(input):
    """Determinant of a square matrix."""
    sign, logabsdet = slogdet.forward(square("det", input))
    return np.multiply(sign, np.exp(logabsdet))  # what np.linalg.det does, but overflow is reported in our name


@op(node="LinalgSlogdetBackward0", outputs=("sign", "logabsdet"))
def slogdet(input):
    """Sign of the determinant of a square matrix, and the logarithm of its magnitude."""
    # NumPy makes of NaN what pivoting happens to meet, and warns.
    lost = np.isnan(square("slogdet", input)).any(axis=(-2, -1), keepdims=True)
    sign, logabsdet = np.linalg.slogdet(np.where(lost, 1.0, input))
    lost = lost[..., 0, 0]
    return SignAndLog(np.where(lost, np.nan, sign), np.where(lost, np.nan, logabsdet))


# torch has the sign depend on the argument too, if only with derivative zero.
slogdet.grad(input=lambda g_sign, g_logabsdet, input: _each(g_logabsdet) * transpose(inv(input)))


def _decomposed(input: Any) -> tuple[Any, Any, Any, Any]:
    """Return u, s, vt of the decomposition, and the sign of det(u)*det(vt)."""
    u, s, vt = np.linalg.svd(input)
    return u, s, vt, np.rint(np.linalg.det(u) * np.linalg.det(vt))[..., None, None]


def _before(values: Any) -> Any:
    """Multiply, for each value, those before it; no division, for there may be zeros."""
    return np.multiply.accumulate(np.concatenate([np.ones_like(values[..., :1]), values[..., :-1]], axis=-1), axis=-1)


def _after(values: Any) -> Any:
    return np.flip(_before(np.flip(values, -1)), -1)


def _without_two(s: Any) -> Any:
    """Multiply, for each pair of values, all others: those before, between and after them; 0 on the diagonal."""
    above = np.triu(np.ones(s.shape[-1:] * 2, bool), 1)
    between = _before(np.where(above, s[..., None, :], 1.0))
    upper = np.where(above, _before(s)[..., :, None] * between * _after(s)[..., None, :], 0.0)
    return upper + np.swapaxes(upper, -2, -1)


@op(public=False)
def cofactors(input):
    """Cofactors of a square matrix, singular or not: the gradient of its determinant."""
    return or_nan(_cofactors, input)


def _cofactors(input: Any) -> Any:
    u, s, vt, sign = _decomposed(input)
    return sign * (u * (_before(s) * _after(s))[..., None, :]) @ vt


@op(public=False, domain={"input": REGULAR, "direction": REGULAR}, cases=(
    case((3, 3), (3, 3)), case((2, 3, 3), (2, 3, 3)), case((1, 1), (1, 1)), case((0, 0), (0, 0)),
))  # fmt: skip
def cofactors_along(input, direction):
    """Derivative of the cofactors in a direction, which is its own adjoint: the Hessian of the determinant."""
    return or_nan(lambda matrices: _cofactors_along(matrices, direction), input)


def _cofactors_along(input: Any, direction: Any) -> Any:
    u, s, vt, sign = _decomposed(input)
    turned = np.swapaxes(u, -2, -1) @ direction @ np.swapaxes(vt, -2, -1)
    pairs = _without_two(s)
    core = -pairs * np.swapaxes(turned, -2, -1)
    places = np.arange(s.shape[-1])
    core[..., places, places] = (pairs @ np.diagonal(turned, 0, -2, -1)[..., None])[..., 0]
    return sign * u @ core @ vt


def _third(g: Any, input: Any, direction: Any) -> Any:
    b = transpose(inv(input))
    p, q = b @ transpose(g), b @ transpose(direction)
    pq = p @ q
    trace_p, trace_q, trace_pq = (_each(sum(diagonal(m, 0, -2, -1), -1)) for m in (p, q, pq))
    outer = (trace_p * trace_q - trace_pq) * b
    return _each(det(input)) * (outer + (pq + q @ p - trace_q * p - trace_p * q) @ b)


det.grad(input=lambda g, input: _each(g) * cofactors(input))
cofactors.grad(input=lambda g, input: cofactors_along(input, g))
cofactors_along.grad(
    input=lambda g, input, direction: _third(g, input, direction),
    direction=lambda g, input: cofactors_along(input, g),
)
