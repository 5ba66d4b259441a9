"""What is read of a tensor without a call: `device`, `T` and its relatives, `nbytes`.

Those that every program reads (`shape`, `dtype`, `grad`) are in `tensor`.
"""

from __future__ import annotations

import warnings

from ..ops import REGISTRY
from . import making
from .generate import compiled
from .tensor import Tensor


def nbytes(input: Tensor) -> int:
    """The bytes of all elements."""
    return input._data.nbytes


def itemsize(input: Tensor) -> int:
    """The bytes of one element."""
    return input._data.itemsize


def is_cpu(input: Tensor) -> bool:
    """Whether the tensor lives on the CPU: always."""
    return True


def place(input: Tensor) -> making.device:
    """Where the tensor lives: on the CPU."""
    return making.device()


def reversed_axes(input: Tensor) -> Tensor:
    """The tensor with its axes in reverse order: a matrix transposed."""
    if input._data.ndim != 2:
        warnings.warn(
            "The use of `x.T` on tensors of dimension other than 2 to reverse their shape is deprecated and it will "
            "throw an error in a future release. Consider `x.mT` to transpose batches of matrices or "
            "`x.permute(*gradcli.arange(x.ndim - 1, -1, -1))` to reverse the dimensions of a tensor.",
            stacklevel=2,
        )
    return compiled(REGISTRY["T"]).apply(input)


def transposed(input: Tensor) -> Tensor:
    """The tensor with its last two axes swapped: each matrix of a batch transposed."""
    if input._data.ndim < 2:
        raise RuntimeError(
            f"tensor.mT is only supported on matrices or batches of matrices. Got {input._data.ndim}-D tensor."
        )
    return input.transpose(-2, -1)


def conjugate_transposed(input: Tensor) -> Tensor:
    """The matrix transposed; no element is complex."""
    if input._data.ndim != 2:
        raise RuntimeError(
            f"tensor.H is only supported on matrices (2-D tensors). Got {input._data.ndim}-D tensor."
            + (" For batches of matrices, consider using tensor.mH" if input._data.ndim > 2 else "")
        )
    return input.transpose(0, 1)
