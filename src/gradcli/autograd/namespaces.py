"""`gradcli.linalg` and `gradcli.special`: operations under the names by which torch groups them.

>>> import gradcli as t
>>> t.linalg.norm(t.tensor([3.0, 4.0])), t.special.expit(t.tensor(0.0))
(tensor(5.), tensor(0.5000))
"""

from __future__ import annotations

import types
from typing import Any

from ..ops import factors
from . import surface
from .tensor import Tensor


def vector_norm(x: Tensor, ord: float = 2, dim: Any = None, keepdim: bool = False) -> Tensor:
    """Return the norm of all elements, or of those along dimensions."""
    return x.norm(ord, dim, keepdim)


def norm(A: Tensor, ord: float | None = None, dim: Any = None, keepdim: bool = False) -> Tensor:
    """Return the norm of all elements, or of those along dimensions; a matrix's own norms, by `ord`, are missing."""
    of_matrices = A._data.ndim == 2 if dim is None else isinstance(dim, (tuple, list)) and len(dim) == 2
    if ord is not None and of_matrices:
        raise NotImplementedError(f"linalg.norm: no norm of order {ord} for matrices, only that of all their elements")
    return vector_norm(A, 2 if ord is None else ord, dim, keepdim)


def eigvalsh(A: Tensor) -> Tensor:
    """Return the eigenvalues of a symmetric matrix, in ascending order."""
    return factors.eigh(A).eigenvalues


def svdvals(A: Tensor) -> Tensor:
    """Return the singular values of a matrix, in descending order."""
    return factors.svd(A, False).S


class Namespace(types.ModuleType):
    """A group of functions of the surface, found when they are first used."""

    def __init__(self, name: str, names: str, **own: Any) -> None:
        super().__init__(f"gradcli.{name}", f"Operations that torch groups under `{name}`.")
        self.__all__ = sorted([*names.split(), *own])
        vars(self).update(own)

    def __getattr__(self, name: str) -> Any:
        found = surface.function(name) if name in self.__all__ else None
        if found is None:
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        setattr(self, name, found)
        return found

    def __dir__(self) -> list[str]:
        return self.__all__


linalg = Namespace(
    "linalg", "cholesky cross det diagonal eigh inv matmul matrix_power qr slogdet solve",
    eigvalsh=eigvalsh, norm=norm, svd=factors.svd, svdvals=svdvals, vector_norm=vector_norm,
)  # fmt: skip
special = Namespace(
    "special",
    "digamma erf erfc erfinv exp2 expit expm1 gammaln i0 i1 log1p log_softmax logit logsumexp ndtr polygamma psi round "
    "sinc softmax xlogy",
)
