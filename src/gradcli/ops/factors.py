"""Factors of matrices: eigenvectors, singular vectors, orthogonal and triangular factors.

A matrix is the last two dimensions, what stands before them a batch. Eigenvalues and singular values have their
derivatives everywhere; those of the vectors divide by the distances of the values, and are not finite where two are
equal. The rules are those of Giles, "Collected matrix derivative results for forward and reverse mode algorithmic
differentiation" (2008), and, for QR, of Walter and Lehmann, "Algorithmic differentiation of linear algebra functions"
(2018).

>>> from gradcli.ops.factors import eigh, svd
>>> eigh(np.array([[2.0, 0.0], [0.0, 1.0]])).eigenvalues.tolist()
[1.0, 2.0]
>>> svd(np.array([[3.0, 0.0], [0.0, -4.0]])).S.tolist()
[4.0, 3.0]
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ._registry import family
from ._sampling import Interval, case
from .creation import zeros_like
from .indexing import diagonal, narrow
from .joining import cat
from .linalg import SQUARE, diag_embed, inv, square, tril, triu
from .piecewise import where
from .shape import Shape, transpose, unsqueeze

op = family("linalg", dtype="float")


class Graded(Interval):
    """Where matrices may be sampled whose eigenvalues, and singular values, are apart from each other and from zero."""

    __slots__ = ()

    def sample(self, rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        """Draw matrices with entries from the interval, and add 2, 4, 6, ... on the diagonals."""
        steps = np.minimum(np.arange(shape[-2])[:, None], np.arange(shape[-1]))
        return super().sample(rng, shape) + np.where(np.eye(shape[-2], shape[-1]), 2.0 * (steps + 1), 0.0)


_APART = Graded(-0.5, 0.5)


class Spectrum(NamedTuple):
    """Eigenvalues in ascending order, and eigenvectors as columns."""

    eigenvalues: Any
    eigenvectors: Any


class Singular(NamedTuple):
    """Left singular vectors as columns, singular values in descending order, right singular vectors as rows."""

    U: Any
    S: Any
    Vh: Any


class Triangular(NamedTuple):
    """A matrix with orthogonal columns, and an upper triangular one."""

    Q: Any
    R: Any


def _finite(routine: Callable[[Any], Any], matrices: Any) -> list[Any]:
    """Run a routine of LAPACK, which knows no NaN and no infinity: what comes of these is NaN."""
    lost = ~np.isfinite(matrices).all(axis=(-2, -1), keepdims=True)
    if not lost.any():
        return list(routine(matrices))
    found = routine(np.where(lost, 0.0, matrices))
    return [np.where(lost if np.ndim(each) == np.ndim(lost) else lost[..., 0], np.nan, each) for each in found]


def _over(dividend: Any, divisor: Any) -> Any:
    """Divide, and leave zeros zero: what is not asked for has no derivative to be infinite."""
    still = dividend == 0
    return where(still, 0.0, dividend) / where(still, 1.0, divisor)


def _gaps(values: Any) -> Any:
    """Return, in row i and column j, value j less value i."""
    return unsqueeze(values, -2) - unsqueeze(values, -1)


@op(node="LinalgEighBackward0", outputs=("eigenvalues", "eigenvectors"), domain=_APART, cases=SQUARE)
def eigh(input):
    """Eigenvalues and eigenvectors of a symmetric matrix; its symmetric part is what counts."""
    return Spectrum(*_finite(np.linalg.eigh, (square("eigh", input) + np.swapaxes(input, -2, -1)) / 2.0))


def _eigh_slope(g_values: Any, g_vectors: Any, values: Any, vectors: Any) -> Any:
    turned = transpose(vectors) @ g_vectors
    inner = _over(tril(turned, -1) + triu(turned, 1), _gaps(values)) + diag_embed(g_values)
    slope = vectors @ inner @ transpose(vectors)
    return 0.5 * (slope + transpose(slope))


eigh.grad(
    input=lambda g_eigenvalues, g_eigenvectors, eigenvalues, eigenvectors: _eigh_slope(
        g_eigenvalues, g_eigenvectors, eigenvalues, eigenvectors
    )
)


def _matrices(name: str, input: Any) -> Any:
    if np.ndim(input) < 2:
        raise RuntimeError(f"linalg.{name}: The input tensor A must have at least 2 dimensions.")
    return input


def _svd_size(input: Any, full_matrices: bool = True) -> int:
    *batch, rows, columns = np.shape(_matrices("svd", input))
    least = min(rows, columns)
    vectors = rows**2 + columns**2 if full_matrices else (rows + columns) * least
    return math.prod(batch) * (vectors + least)


def _qr_size(input: Any, mode: str = "reduced") -> int:
    *batch, rows, columns = np.shape(_matrices("qr", input))
    return math.prod(batch) * (rows + columns) * (rows if mode == "complete" else min(rows, columns))


_REDUCED = ((4, 2), (2, 3), (2, 3, 2), (1, 2, 4), (0, 2), (2, 0))


@op(node="LinalgSvdBackward0", outputs=("U", "S", "Vh"), domain=_APART, size=_svd_size,
    cases=(*SQUARE, *(case(shape, full_matrices=False) for shape in _REDUCED)))  # fmt: skip
def svd(input, full_matrices=True):
    """Singular value decomposition `U @ diag(S) @ Vh`, as torch.linalg has it.

    With `full_matrices` U and Vh are square; no gradient comes from the columns and rows that this adds.
    """
    return Singular(*_finite(lambda matrices: np.linalg.svd(matrices, full_matrices), _matrices("svd", input)))


def _svd_slope(g_U: Any, g_S: Any, g_Vh: Any, U: Any, S: Any, Vh: Any, shape: Shape) -> Any:
    least = min(shape[-2:])
    g_U, U = narrow(g_U, -1, 0, least), narrow(U, -1, 0, least)
    g_Vh, Vh = narrow(g_Vh, -2, 0, least), narrow(Vh, -2, 0, least)
    left, right = transpose(U) @ g_U, Vh @ transpose(g_Vh)
    gaps, columns, rows = _gaps(S * S), unsqueeze(S, -2), unsqueeze(S, -1)
    inner = _over(left - transpose(left), gaps) * columns + rows * _over(right - transpose(right), gaps)
    slope = U @ (inner + diag_embed(g_S)) @ Vh
    if shape[-2] > least:
        slope = slope + _over(g_U - U @ left, columns) @ Vh
    if shape[-1] > least:
        slope = slope + U @ _over(g_Vh - transpose(right) @ Vh, rows)
    return slope


svd.grad(
    input=lambda g_U, g_S, g_Vh, U, S, Vh, input_shape: _svd_slope(g_U, g_S, g_Vh, U, S, Vh, input_shape),
)


@op(node="LinalgQrBackward0", outputs=("Q", "R"), domain=_APART, size=_qr_size,
    cases=(*SQUARE, *map(case, _REDUCED), case((3, 3), mode="complete"), case((2, 3), mode="complete")))  # fmt: skip
def qr(input, mode="reduced"):
    """Orthogonal Q and upper triangular R with `Q @ R` equal to a matrix; in mode "complete" Q is square."""
    if mode not in ("reduced", "complete"):
        raise RuntimeError(f"linalg.qr: there is no mode {mode!r} here, but 'reduced' and 'complete'")
    return Triangular(*_finite(lambda matrices: np.linalg.qr(matrices, mode), _matrices("qr", input)))


def _qr_slope(g_Q: Any, g_R: Any, Q: Any, R: Any, shape: Shape, mode: str) -> Any:
    rows, columns = shape[-2:]
    if rows > columns and mode == "complete":
        raise RuntimeError("The QR decomposition is not differentiable when mode='complete' and nrows > ncols.")
    if rows >= columns:
        return _tall_slope(g_Q, g_R, Q, R)
    # What is wide is a square matrix, and columns that Q turns.
    (g_first, first), (g_rest, rest) = (
        [narrow(each, -1, start, length) for each in (g_R, R)] for start, length in ((0, rows), (rows, columns - rows))
    )
    slope = _tall_slope(g_Q + Q @ rest @ transpose(g_rest), g_first, Q, first)
    return cat([slope, Q @ g_rest], -1)


def _tall_slope(g_Q: Any, g_R: Any, Q: Any, R: Any) -> Any:
    inner = R @ transpose(g_R) - transpose(g_Q) @ Q
    symmetric = tril(inner) + transpose(tril(inner, -1))
    # R is singular where a zero is on its diagonal, and then there is no derivative.
    regular = where(unsqueeze(diagonal(R, 0, -2, -1), -1) == 0, zeros_like(R) + math.nan, R)
    return (g_Q + Q @ symmetric) @ transpose(inv(regular))


qr.grad(input=lambda g_Q, g_R, Q, R, input_shape, mode: _qr_slope(g_Q, g_R, Q, R, input_shape, mode))
