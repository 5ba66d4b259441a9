"""Products of matrices and vectors that are added to a tensor: `beta*input + alpha*(a @ b)`.

Where `beta` is 0 the tensor counts for its shape alone, so that NaN in it does not spread.

>>> from gradcli.ops.updates import addmm, addmv
>>> addmm(np.ones((1, 1)), np.array([[1.0, 2.0]]), np.array([[3.0], [4.0]])).tolist()
[[12.0]]
>>> addmv(np.ones(2), np.eye(2), np.array([3.0, 4.0]), beta=10).tolist()
[13.0, 14.0]
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ._registry import family
from ._sampling import case
from .expansion import expand
from .products import bmm, mm, mv, outer
from .shape import transpose, unsqueeze

op = family("linalg", dtype="common", writes=True)


def _updated(input: Any, product: Any, beta: float, alpha: float) -> Any:
    kept = expand.forward(input, *np.shape(product))
    scaled = np.multiply(product, alpha)
    return scaled if beta == 0 else np.add(np.multiply(kept, beta), scaled)


def _size(input: Any, a: Any, b: Any, beta: float = 1, alpha: float = 1) -> int:
    return math.prod((*np.shape(a)[:-1], np.shape(b)[-1]))


@op(size=_size, cases=(
    case((2, 4), (2, 3), (3, 4)), case((4,), (2, 3), (3, 4), beta=0.5, alpha=2.0), case((), (2, 0), (0, 3)),
    case((2, 4), (2, 3), (3, 4), beta=0),
))  # fmt: skip
def addmm(input, mat1, mat2, *, beta=1, alpha=1):
    """`beta*input + alpha*(mat1 @ mat2)`, of matrices."""
    return _updated(input, mm.forward(mat1, mat2), beta, alpha)


addmm.grad(
    input=lambda g, beta: g * beta,
    mat1=lambda g, mat2, alpha: (g @ transpose(mat2)) * alpha,
    mat2=lambda g, mat1, alpha: (transpose(mat1) @ g) * alpha,
)


@op(cases=(case((2,), (2, 3), (3,)), case((), (2, 3), (3,), beta=0.5, alpha=2.0), case((2,), (2, 0), (0,))))
def addmv(input, mat, vec, *, beta=1, alpha=1):
    """`beta*input + alpha*(mat @ vec)`, of a matrix and a vector."""
    return _updated(input, mv.forward(mat, vec), beta, alpha)


addmv.grad(
    input=lambda g, beta: g * beta,
    mat=lambda g, vec, alpha: unsqueeze(g, -1) * vec * alpha,
    vec=lambda g, mat, alpha: (transpose(mat) @ g) * alpha,
)


@op(size=lambda input, vec1, vec2, beta=1, alpha=1: np.size(vec1) * np.size(vec2), cases=(
    case((3, 4), (3,), (4,)), case((4,), (3,), (4,), beta=0.5, alpha=2.0), case((), (0,), (2,)),
))  # fmt: skip
def addr(input, vec1, vec2, *, beta=1, alpha=1):
    """`beta*input + alpha*outer(vec1, vec2)`, of vectors."""
    return _updated(input, outer.forward(vec1, vec2), beta, alpha)


addr.grad(
    input=lambda g, beta: g * beta,
    vec1=lambda g, vec2, alpha: (g @ vec2) * alpha,
    vec2=lambda g, vec1, alpha: (vec1 @ g) * alpha,
)


_BATCHES = (
    case((2, 2, 1), (2, 2, 3), (2, 3, 1)), case((4,), (2, 2, 3), (2, 3, 4), beta=0.5, alpha=2.0),
    case((), (2, 3, 0), (2, 0, 3)),
)  # fmt: skip


@op(size=_size, cases=_BATCHES)
def baddbmm(input, batch1, batch2, *, beta=1, alpha=1):
    """`beta*input + alpha*(batch1 @ batch2)`, matrix by matrix."""
    return _updated(input, bmm.forward(batch1, batch2), beta, alpha)


baddbmm.grad(
    input=lambda g, beta: g * beta,
    batch1=lambda g, batch2, alpha: (g @ transpose(batch2)) * alpha,
    batch2=lambda g, batch1, alpha: (transpose(batch1) @ g) * alpha,
)


@op(size=lambda input, batch1, batch2, beta=1, alpha=1: np.shape(batch1)[1] * np.shape(batch2)[2],
    cases=(case((2, 1), (2, 2, 3), (2, 3, 1)), *_BATCHES[1:]))  # fmt: skip
def addbmm(input, batch1, batch2, *, beta=1, alpha=1):
    """`beta*input + alpha*sum(batch1 @ batch2, dim=0)`: the products of a batch of matrices, added up."""
    return _updated(input, np.add.reduce(bmm.forward(batch1, batch2), axis=0), beta, alpha)


addbmm.grad(
    input=lambda g, beta: g * beta,
    batch1=lambda g, batch2, alpha: (g @ transpose(batch2)) * alpha,
    batch2=lambda g, batch1, alpha: (transpose(batch1) @ g) * alpha,
)
