"""Matrices: parts of them, inverses, systems, Cholesky factors.

A matrix is the last two dimensions, what stands before them a batch. The rules are those of Giles,
"Collected matrix derivative results for forward and reverse mode algorithmic differentiation" (2008).

>>> from gradcli.ops.linalg import inv, trace
>>> trace(np.array([[1.0, 2.0], [3.0, 4.0]]))
np.float64(5.0)
>>> inv(np.array([[2.0, 0.0], [0.0, 4.0]])).tolist()
[[0.5, 0.0], [0.0, 0.25]]
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from ._registry import family
from ._sampling import Interval, case, reals
from .expansion import expand
from .indexing import diagonal as pick_diagonal
from .indexing import diagonal_backward
from .products import by
from .shape import Shape, transpose, unsqueeze, wrap

op = family("linalg", dtype=None)


class Dominant(Interval):
    """Where a square matrix may be sampled that has an inverse: its diagonal outweighs the rest."""

    __slots__ = ()

    def sample(self, rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        """Draw matrices with entries from the interval, and add or take their number of rows on the diagonals."""
        signs = rng.choice([-1.0, 1.0], shape[:-1])
        return super().sample(rng, shape) + shape[-1] * signs[..., None] * np.eye(shape[-1])


class Definite(Interval):
    """Where a symmetric, positive definite matrix may be sampled."""

    __slots__ = ()

    def sample(self, rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        """Draw matrices with entries from the interval, multiply them by their transposes and add the identity."""
        drawn = super().sample(rng, shape)
        return drawn @ np.swapaxes(drawn, -2, -1) + np.eye(shape[-1])


def matrixwise(signature: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """Make a SymPy twin, for object arrays of expressions, of a function of `(sympy, matrix, ...)`."""

    def twin(sympy: Any, *matrices: np.ndarray) -> np.ndarray:
        return np.vectorize(partial(function, sympy), otypes=[object], signature=signature)(*matrices)

    return twin


REGULAR = Dominant(-1.0, 1.0)
SQUARE = (case((3, 3)), case((2, 3, 3)), case((1, 1)), case((0, 0)), case((0, 2, 2)))


# Parts


@op(cases=(case((3, 3)), case((2, 4)), case((0, 3))), sympy=lambda s, input: s.Add(*np.diagonal(input)))
def trace(input):
    """Sum of the diagonal of a matrix."""
    if np.ndim(input) != 2:
        raise RuntimeError(f"trace: expected a matrix, but got tensor with dim {np.ndim(input)}")
    return np.add.reduce(np.diagonal(input))


trace.grad(input=lambda g, input_shape: diagonal_backward(expand(g, min(input_shape)), input_shape))


def _diag_size(input: Any, diagonal: int = 0) -> int:
    if np.ndim(input) == 1:
        return (np.size(input) + abs(diagonal)) ** 2
    return np.diagonal(np.broadcast_to(0, np.shape(input)), diagonal).size


def _diag_node(input: Any, diagonal: int = 0) -> str:
    return "DiagEmbedBackward0" if np.ndim(input) == 1 else "DiagonalBackward0_copy"


@op(size=_diag_size, node=_diag_node, cases=(
    case((3,)), case((3,), diagonal=-1), case((3, 4)), case((3, 4), diagonal=1), case((0,)), case((2, 0)),
))  # fmt: skip
def diag(input, diagonal=0):
    """Make a matrix with a vector on its diagonal, or pick the diagonal of a matrix; `diagonal` counts upwards."""
    if np.ndim(input) not in (1, 2):
        raise RuntimeError(f"diag(): Supports 1D or 2D tensors. Got {np.ndim(input)}D")
    return np.copy(np.diag(input, diagonal))


diag.grad(
    input=lambda g, input_shape, diagonal: (
        pick_diagonal(g, diagonal) if len(input_shape) == 1 else diagonal_backward(g, input_shape, diagonal)
    )
)


def _embedded(input_shape: Shape, offset: int, dim1: int, dim2: int) -> Shape:
    """Return the shape that grows when the last dimension becomes the diagonal of two."""
    rank, length = len(input_shape) + 1, input_shape[-1] + abs(offset)
    first, second = sorted((wrap(dim1, rank), wrap(dim2, rank)))
    if first == second:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    shape = list(input_shape[:-1])
    shape.insert(first, length)
    shape.insert(second, length)
    return tuple(shape)


def _embedded_size(input: Any, offset: int = 0, dim1: int = -2, dim2: int = -1) -> int:
    return math.prod(_embedded(np.shape(input), offset, dim1, dim2))


@op(size=_embedded_size, cases=(
    case((3,)), case((2, 3), offset=1), case((2, 3), offset=-1, dim1=0, dim2=2), case((0,)),
    case((2, 2), dim1=1, dim2=0),
))  # fmt: skip
def diag_embed(input, offset=0, dim1=-2, dim2=-1):
    """Make matrices with the last dimension on their diagonals; `offset` counts upwards."""
    return diagonal_backward.forward(input, _embedded(np.shape(input), offset, dim1, dim2), offset, dim1, dim2)


diag_embed.grad(input=lambda g, offset, dim1, dim2: pick_diagonal(g, offset, dim1, dim2))

_TRIANGLES = (case((3, 3)), case((2, 3, 4), diagonal=1), case((4, 3), diagonal=-1), case((0, 3)))


def _matrices(name: str, input: Any) -> Any:
    if np.ndim(input) < 2:
        raise RuntimeError(f"{name}: input tensor must have at least 2 dimensions")
    return input


@op(writes=True, cases=_TRIANGLES)
def tril(input, diagonal=0):
    """Keep the lower triangle of a matrix, up to a diagonal, and put zeros elsewhere."""
    return np.tril(_matrices("tril", input), diagonal)


tril.grad(input=lambda g, diagonal: tril(g, diagonal))


@op(writes=True, cases=_TRIANGLES)
def triu(input, diagonal=0):
    """Keep the upper triangle of a matrix, from a diagonal on, and put zeros elsewhere."""
    return np.triu(_matrices("triu", input), diagonal)


triu.grad(input=lambda g, diagonal: triu(g, diagonal))


# Inverses, systems, factors


def square(name: str, A: Any) -> Any:
    """Return A, a square matrix or a batch of them; raise RuntimeError, in torch's words, if it is not."""
    shape = np.shape(A)
    if len(shape) < 2:
        raise RuntimeError(f"linalg.{name}: The input tensor A must have at least 2 dimensions.")
    if shape[-2] != shape[-1]:
        raise RuntimeError(
            f"linalg.{name}: A must be batches of square matrices, but they are {shape[-2]} by {shape[-1]} matrices"
        )
    return A


def or_nan(routine: Callable[[Any], Any], matrices: Any) -> Any:
    """Run a routine of LAPACK, which fails for NaN and infinity; where they are, the answer is NaN instead."""
    try:
        return routine(matrices)
    except np.linalg.LinAlgError:
        lost = ~np.isfinite(matrices).all(axis=(-2, -1), keepdims=True)
        if not lost.any():
            raise
        instead = np.eye(np.shape(matrices)[-1], dtype=matrices.dtype)
        return np.where(lost, np.nan, routine(np.where(lost, instead, matrices)))


@op(dtype="float", domain=REGULAR, aliases=("inverse",), node="LinalgInvExBackward0", cases=SQUARE,
    sympy=matrixwise("(n,n)->(n,n)", lambda s, a: np.array(s.Matrix(a).inv(), object)))  # fmt: skip
def inv(input):
    """Inverse of a square matrix; raises LinAlgError if there is none."""
    return or_nan(np.linalg.inv, square("inv", input))


inv.grad(input=lambda g, out: -(transpose(out) @ g @ transpose(out)))


def _is_vector(A_shape: Shape, B_shape: Shape) -> bool:
    """Tell whether B is a vector, or a batch of vectors that matches the batch of A."""
    return len(B_shape) == 1 or B_shape == A_shape[:-1]


def _solve_size(A: Any, B: Any) -> int:
    a, b = np.shape(A), np.shape(B)
    columns = (*b, 1) if _is_vector(a, b) else b
    return math.prod(np.broadcast_shapes(a[:-2], columns[:-2])) * math.prod(columns[-2:])


def _solve_twin(sympy: Any, A: np.ndarray, B: np.ndarray) -> np.ndarray:
    vector = _is_vector(A.shape, B.shape)
    solved = matrixwise("(n,n),(n,k)->(n,k)", lambda s, a, b: np.array(s.Matrix(a).LUsolve(s.Matrix(b)), object))
    return solved(sympy, A, B[..., None])[..., 0] if vector else solved(sympy, A, B)


@op(dtype="float", domain={"A": REGULAR, "B": reals()}, node="LinalgSolveExBackward0", size=_solve_size,
    sympy=_solve_twin,
    cases=(
        case((3, 3), (3,)), case((3, 3), (3, 2)), case((2, 3, 3), (2, 3)), case((2, 3, 3), (3,)),
        case((2, 3, 3), (3, 2)), case((3, 3), (2, 3, 1)), case((0, 0), (0,)), case((2, 2), (2, 0)),
    ))  # fmt: skip
def solve(A, B):
    """Solve `A @ X = B` for X, where B is a matrix or a vector; raises LinAlgError if A is singular."""
    a, b = np.shape(square("solve", A)), np.shape(B)
    vector = _is_vector(a, b)
    if not b or (b[-1] if vector else b[-2]) != a[-1]:
        raise RuntimeError(
            f"linalg.solve: Incompatible shapes of A and B for the equation AX = B ({by(a)} and {by(b)})"
        )
    columns = np.expand_dims(B, -1) if vector else B
    solved = or_nan(lambda matrices: np.linalg.solve(matrices, columns), A)
    return solved[..., 0] if vector else solved


def _solve_slope(g: Any, A: Any, out: Any, A_shape: Shape, B_shape: Shape) -> Any:
    slope = -solve(transpose(A), g)
    if _is_vector(A_shape, B_shape):
        return unsqueeze(slope, -1) * unsqueeze(out, -2)
    return slope @ transpose(out)


solve.grad(
    A=lambda g, A, out, A_shape, B_shape: _solve_slope(g, A, out, A_shape, B_shape),
    B=lambda g, A: solve(transpose(A), g),
)


@op(dtype="float", domain=Definite(-1.0, 1.0), node="LinalgCholeskyExBackward0", cases=SQUARE)
def cholesky(input):
    """Lower triangular L with `L @ L.T` equal to a symmetric, positive definite matrix.

    Raises LinAlgError if the matrix is not definite; its symmetric part is what counts. The rule is
    that of Murray, "Differentiation of the Cholesky decomposition" (2016).
    """
    return np.linalg.cholesky((square("cholesky", input) + np.swapaxes(input, -2, -1)) / 2.0)


def _cholesky_slope(g: Any, out: Any) -> Any:
    inner = transpose(out) @ g
    lower = tril(inner) + tril(inner, -1)  # twice the lower triangle, but once its diagonal
    inverse = inv(out)
    slope = transpose(inverse) @ lower @ inverse
    return 0.25 * (slope + transpose(slope))


cholesky.grad(input=lambda g, out: _cholesky_slope(g, out))
