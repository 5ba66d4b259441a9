"""Reverse-mode differentiation over NumPy arrays, with torch's semantics.

>>> from gradcli import autograd, tensor
>>> x = tensor(3.0, requires_grad=True)
>>> autograd.grad(x * x, x)[0].item()
6.0
"""

from __future__ import annotations

import importlib
from typing import Any

from . import surface  # noqa: F401  gives Tensor its methods
from .api import backward, grad
from .grad_mode import (
    enable_grad,
    inference_mode,
    is_grad_enabled,
    is_inference_mode_enabled,
    no_grad,
    set_grad_enabled,
)
from .graph import AccumulateGrad, Node
from .tensor import Tensor

# What is imported when it is first used, and from which module here; `gradcheck` is a module that may be called.
_HOME = {
    "Variable": "variable", "Function": "function", "detect_anomaly": "anomaly", "set_detect_anomaly": "anomaly",
    "gradgradcheck": "gradcheck",
}  # fmt: skip

__all__ = [
    "AccumulateGrad", "Node", "Tensor", "backward", "enable_grad", "grad", "gradcheck", "inference_mode",
    "is_grad_enabled", "is_inference_mode_enabled", "no_grad", "set_grad_enabled", *_HOME,
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name in ("function", "functional", "gradcheck"):
        return importlib.import_module(f".{name}", __name__)
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(importlib.import_module(f".{_HOME[name]}", __name__), name)
    return value
