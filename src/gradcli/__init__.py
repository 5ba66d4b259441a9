"""gradcli: derivatives of expressions, with the graph they came from.

>>> import gradcli
>>> f = gradcli.Expression.parse("x**2*exp(x)")
>>> f.grad(x=1.0)
{'x': 8.154845485377136}
"""

from __future__ import annotations

import importlib
import warnings
from typing import Any

__version__ = "0.1.0"

# NaN and infinity are answers here: the operations' own divisions by zero are not worth a warning.
warnings.filterwarnings("ignore", category=RuntimeWarning, module=r"gradcli\.")

# Where each public name lives; a module is imported when one of its names is first used.
_HOME = {
    "Expression": "expression",
    "GradcliError": "errors",
    "Span": "errors",
    "Tensor": "autograd",
    "tensor": "autograd",
    "no_grad": "autograd",
    "enable_grad": "autograd",
    "set_grad_enabled": "autograd",
    "is_grad_enabled": "autograd",
}

__all__ = [*_HOME, "autograd", "ops"]


def __getattr__(name: str) -> Any:
    if name in ("autograd", "ops"):
        return importlib.import_module(f".{name}", __name__)
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(importlib.import_module(f".{_HOME[name]}", __name__), name)
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
