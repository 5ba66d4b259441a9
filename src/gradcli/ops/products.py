"""Products of vectors and matrices.

>>> from gradcli.ops.products import matmul, outer
>>> matmul(np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([1.0, 1.0])).tolist()
[3.0, 7.0]
>>> outer(np.array([1.0, 2.0]), np.array([3.0, 4.0])).tolist()
[[3.0, 4.0], [6.0, 8.0]]
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ._registry import family
from ._sampling import case
from .expansion import sum_to_shape
from .shape import Shape, reshape, squeeze, transpose, unsqueeze, wrap

op = family("linalg", dtype="common")


def by(shape: Shape) -> str:
    """Write a shape as messages do: 2x3."""
    return "x".join(map(str, shape)) or "a scalar"


def _multiply(input: Any, other: Any) -> Any:
    """Multiply as matrices; explain in torch's words why shapes do not fit."""
    try:
        return np.matmul(input, other)
    except ValueError:
        a, b = np.shape(input), np.shape(other)
    if not a or not b:
        raise RuntimeError(f"both arguments to matmul need to be at least 1D, but they are {len(a)}D and {len(b)}D")
    if a[-1] != b[-2 if len(b) > 1 else 0]:
        raise RuntimeError(f"mat1 and mat2 shapes cannot be multiplied ({by(a)} and {by(b)})")
    raise RuntimeError(f"the batches of shapes {by(a)} and {by(b)} do not match")


def _matmul_size(input: Any, other: Any) -> int:
    a, b = np.shape(input), np.shape(other)
    columns = b[-1:] if len(b) > 1 else ()
    return math.prod((*np.broadcast_shapes(a[:-2], b[:-2]), *a[-2:-1], *columns))


# By the ranks of the arguments; with a batch it is a product of batches.
_NODES = {(1, 1): "DotBackward0", (2, 1): "MvBackward0", (1, 2): "MmBackward0", (2, 2): "MmBackward0"}


@op(node=lambda input, other: _NODES.get((np.ndim(input), np.ndim(other)), "BmmBackward0"), size=_matmul_size, cases=(
    case((3,), (3,)), case((2, 3), (3,)), case((3,), (3, 2)), case((2, 3), (3, 4)), case((5, 2, 3), (5, 3, 4)),
    case((5, 2, 3), (3, 4)), case((2, 3), (5, 3, 4)), case((3,), (5, 3, 4)), case((5, 2, 3), (3,)),
    case((5, 1, 2, 3), (2, 3, 1)), case((0,), (0,)), case((2, 0), (0, 3)), case((0, 3), (3, 2)),
))  # fmt: skip
def matmul(input, other):
    """Matrix product, `input @ other`: of vectors the inner product, of more dimensions a product of batches."""
    return _multiply(input, other)


def _left(g: Any, other: Any, input_shape: Shape, other_shape: Shape) -> Any:
    if len(input_shape) == len(other_shape) == 1:
        return g * other
    if len(other_shape) == 1:
        return unsqueeze(g, -1) * other
    if len(input_shape) == 1:
        return squeeze(other @ unsqueeze(g, -1), -1)
    return g @ transpose(other)


def _right(g: Any, input: Any, input_shape: Shape, other_shape: Shape) -> Any:
    if len(input_shape) == len(other_shape) == 1:
        return g * input
    if len(input_shape) == 1:
        return unsqueeze(g, -2) * unsqueeze(input, -1)
    if len(other_shape) == 1:
        return squeeze(transpose(input) @ unsqueeze(g, -1), -1)
    return transpose(input) @ g


matmul.grad(
    input=lambda g, other, input_shape, other_shape: _left(g, other, input_shape, other_shape),
    other=lambda g, input, input_shape, other_shape: _right(g, input, input_shape, other_shape),
)


@op(size=_matmul_size, cases=(case((2, 3), (3, 4)), case((2, 0), (0, 3))))
def mm(input, mat2):
    """Product of two matrices."""
    for name, matrix in (("self", input), ("mat2", mat2)):
        if np.ndim(matrix) != 2:
            raise RuntimeError(f"{name} must be a matrix")
    return _multiply(input, mat2)


mm.grad(input=lambda g, mat2: g @ transpose(mat2), mat2=lambda g, input: transpose(input) @ g)


@op(size=_matmul_size, cases=(case((2, 2, 3), (2, 3, 1)), case((2, 3, 0), (2, 0, 3)), case((0, 2, 3), (0, 3, 2))))
def bmm(input, mat2):
    """Products of two batches of matrices, matrix by matrix."""
    a, b = np.shape(input), np.shape(mat2)
    for number, shape in enumerate((a, b), 1):
        if len(shape) != 3:
            raise RuntimeError(f"batch{number} must be a 3D tensor")
    if b[:2] != (a[0], a[2]):
        raise RuntimeError(
            f"Expected size for first two dimensions of batch2 tensor to be: [{a[0]}, {a[2]}] but got: "
            f"[{b[0]}, {b[1]}]."
        )
    return _multiply(input, mat2)


bmm.grad(input=lambda g, mat2: g @ transpose(mat2), mat2=lambda g, input: transpose(input) @ g)


@op(cases=(case((2, 3), (3,)), case((2, 0), (0,))))
def mv(input, vec):
    """Product of a matrix and a vector."""
    if np.ndim(input) != 2 or np.ndim(vec) != 1:
        raise RuntimeError(f"mv: expected a matrix and a vector, but got {np.ndim(input)}D and {np.ndim(vec)}D tensors")
    return _multiply(input, vec)


mv.grad(input=lambda g, vec: unsqueeze(g, -1) * vec, vec=lambda g, input: transpose(input) @ g)


@op(aliases=("vdot",), cases=(case((3,), (3,)), case((0,), (0,))))
def dot(input, tensor):
    """Inner product of two vectors."""
    if np.ndim(input) != 1 or np.ndim(tensor) != 1:
        raise RuntimeError(f"1D tensors expected, but got {np.ndim(input)}D and {np.ndim(tensor)}D tensors")
    if np.size(input) != np.size(tensor):
        raise RuntimeError(
            f"inconsistent tensor size, expected tensor [{np.size(input)}] and src [{np.size(tensor)}] to have the "
            f"same number of elements, but got {np.size(input)} and {np.size(tensor)} elements respectively"
        )
    return np.matmul(input, tensor)


dot.grad(input=lambda g, tensor: g * tensor, tensor=lambda g, input: g * input)


@op(node="MulBackward0", aliases=("ger",), size=lambda input, vec2: np.size(input) * np.size(vec2),
    cases=(case((3,), (4,)), case((0,), (2,))))  # fmt: skip
def outer(input, vec2):
    """Outer product of two vectors: the matrix of all products."""
    for name, vector in (("self", input), ("vec2", vec2)):
        if np.ndim(vector) != 1:
            raise RuntimeError(f"outer: Expected 1-D argument {name}, but got {np.ndim(vector)}-D")
    return np.multiply.outer(input, vec2)


outer.grad(input=lambda g, vec2: g @ vec2, vec2=lambda g, input: input @ g)


def _broadcast_size(input: Any, other: Any, dim: int = -1) -> int:
    return math.prod(np.broadcast_shapes(np.shape(input), np.shape(other)))


@op(node="LinalgCrossBackward0", size=_broadcast_size, cases=(
    case((3,), (3,)), case((2, 3), (2, 3)), case((3, 2), (3, 2), dim=0), case((2, 3), (1, 3)), case((0, 3), (0, 3)),
))  # fmt: skip
def cross(input, other, dim=-1):
    """Cross product of vectors of three elements, which lie along `dim`."""
    a, b = np.shape(input), np.shape(other)
    if len(a) != len(b) or not a:
        raise RuntimeError("linalg.cross: inputs must have the same number of dimensions.")
    along = wrap(dim, len(a))
    if a[along] != 3 or b[along] != 3:
        raise RuntimeError(f"linalg.cross: inputs dimension {dim} must have length 3. Got {a[along]} and {b[along]}")
    a0, a1, a2 = np.moveaxis(input, along, 0)
    b0, b1, b2 = np.moveaxis(other, along, 0)
    return np.stack([a1 * b2 - a2 * b1, a2 * b0 - a0 * b2, a0 * b1 - a1 * b0], axis=along)


cross.grad(input=lambda g, other, dim: cross(other, g, dim), other=lambda g, input, dim: cross(g, input, dim))


def _woven(shape: Shape, other_shape: Shape) -> Shape:
    """Put the lengths of two shapes in turn, after filling up the shorter one with ones in front."""
    rank = max(len(shape), len(other_shape))
    filled = ((1,) * (rank - len(lengths)) + lengths for lengths in (shape, other_shape))
    return tuple(n for pair in zip(*filled, strict=True) for n in pair)


@op(node="UnsafeViewBackward0", size=lambda input, other: np.size(input) * np.size(other), cases=(
    case((2, 3), (3, 2)), case((3,), (2,)), case((2, 2), (3,)), case((), (3,)), case((), ()), case((2, 0), (3, 2)),
))  # fmt: skip
def kron(input, other):
    """Kronecker product: every element of `input` times the whole of `other`."""
    a, b = np.shape(input), np.shape(other)
    product = np.multiply(np.reshape(input, _woven(a, ())), np.reshape(other, _woven((), b)))
    lengths = _woven(a, b)
    return np.reshape(product, [n * m for n, m in zip(lengths[::2], lengths[1::2], strict=True)])


def _kron_input(g: Any, other: Any, a: Shape, b: Shape) -> Any:
    product = reshape(g, _woven(a, b)) * reshape(other, _woven((), b))
    return reshape(sum_to_shape(product, _woven(a, (1,) * len(b))), a)


def _kron_other(g: Any, input: Any, a: Shape, b: Shape) -> Any:
    product = reshape(g, _woven(a, b)) * reshape(input, _woven(a, ()))
    return reshape(sum_to_shape(product, _woven((1,) * len(a), b)), b)


kron.grad(
    input=lambda g, other, input_shape, other_shape: _kron_input(g, other, input_shape, other_shape),
    other=lambda g, input, input_shape, other_shape: _kron_other(g, input, input_shape, other_shape),
)
