"""Reverse-mode differentiation over NumPy arrays, with torch's semantics.

>>> from gradcli import autograd, tensor
>>> x = tensor(3.0, requires_grad=True)
>>> autograd.grad(x * x, x)[0].item()
6.0
"""

from __future__ import annotations

from . import surface
from .api import backward, grad, tensor
from .grad_mode import enable_grad, is_grad_enabled, no_grad, set_grad_enabled
from .graph import AccumulateGrad, Node
from .tensor import Tensor

__all__ = [
    "AccumulateGrad", "Node", "Tensor", "backward", "enable_grad", "grad", "is_grad_enabled", "no_grad",
    "set_grad_enabled", "tensor",
]  # fmt: skip
