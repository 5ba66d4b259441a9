"""gradcli: derivatives of expressions, with the graph they came from.

>>> import gradcli
>>> f = gradcli.Expression.parse("x**2*exp(x)")
>>> f.grad(x=1.0)
{'x': 8.154845485377136}

The Python API speaks torch: `gradcli.tensor`, `gradcli.exp`, `gradcli.autograd.grad`. Every operation
of the rule book is a function here, `import gradcli as t` is all the change that a tutorial needs.
"""

from __future__ import annotations

import importlib
import math
import warnings
from typing import Any

__version__ = "0.1.0"

# NaN and infinity are answers here: the operations' own divisions by zero are not worth a warning.
warnings.filterwarnings("ignore", category=RuntimeWarning, module=r"gradcli\.")

# Where each public name lives; a module is imported when one of its names is first used.
_MODULES = {
    "expression": "Expression",
    "errors": "GradcliError Span",
    "autograd": "Tensor no_grad enable_grad set_grad_enabled is_grad_enabled inference_mode is_inference_mode_enabled",
    "autograd.making": "tensor as_tensor from_numpy zeros ones empty full eye arange linspace logspace zeros_like"
    " ones_like empty_like full_like device",
    "autograd.chance": "manual_seed rand randn randint randperm normal bernoulli rand_like randn_like",
    "autograd.dtypes": "dtype float16 float32 float64 half double uint8 int8 int16 int32 int64 short long"
    " get_default_dtype set_default_dtype result_type promote_types can_cast",
    "autograd.size": "Size",
    "autograd.anomaly": "is_anomaly_enabled is_anomaly_check_nan_enabled",
    "autograd.printing": "set_printoptions",
    "program.compiled": "Program",
    "autograd.limits": "finfo iinfo",
    "autograd.namespaces": "linalg special",
    "autograd.contraction": "einsum tensordot",
    "autograd.composed": "atleast_1d atleast_2d atleast_3d broadcast_shapes broadcast_tensors cartesian_prod"
    " combinations meshgrid",
    "autograd.finding": "bucketize isin searchsorted",
    "autograd.reading": "is_tensor is_floating_point is_nonzero is_same_size is_signed numel equal isclose allclose"
    " is_inference",
}
# Names that Python or NumPy users have other uses for: `from gradcli import *` leaves them alone.
_KEPT = {
    "autograd.dtypes": "float int bool",
    "autograd.making": "FloatTensor DoubleTensor HalfTensor IntTensor LongTensor ShortTensor CharTensor ByteTensor"
    " BoolTensor",
    "program.compiled": "compile",
}
_HOME = {name: module for table in (_MODULES, _KEPT) for module, names in table.items() for name in names.split()}

_CONSTANTS = ("e", "inf", "nan", "newaxis", "pi")

__all__ = ["autograd", "ops", *_CONSTANTS, *(name for names in _MODULES.values() for name in names.split())]

pi, e, inf, nan, newaxis = math.pi, math.e, math.inf, math.nan, None


def __getattr__(name: str) -> Any:
    if name in ("autograd", "ops"):
        return importlib.import_module(f".{name}", __name__)
    if name in _HOME:
        value = getattr(importlib.import_module(f".{_HOME[name]}", __name__), name)
    elif name.startswith("_"):
        value = None
    else:
        value = importlib.import_module(".autograd.surface", __name__).function(name)
    if value is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    from .ops import ALIASES, REGISTRY

    operations = (name for name in (*REGISTRY, *ALIASES) if REGISTRY[ALIASES.get(name, name)].public)
    return sorted({*__all__, *_HOME, *operations})
