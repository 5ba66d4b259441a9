"""What users type: the operators and methods of Tensor, put in place by name.

A method that is an operation of the registry is generated when it is first used; one that lives in
another module is imported then. So the tables here cost nothing until they are needed.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from typing import Any

from ..ops import ALIASES, REGISTRY, Op
from . import api
from .generate import compiled
from .tensor import Tensor

OPERATORS = {
    "add": "add", "sub": "sub", "mul": "mul", "truediv": "div", "floordiv": "floor_divide", "mod": "remainder",
    "pow": "pow", "matmul": "matmul", "and": "logical_and", "or": "logical_or", "xor": "logical_xor",
}  # fmt: skip
UNARY = {"neg": "neg", "abs": "abs", "invert": "logical_not"}
COMPARISONS = ("eq", "ne", "lt", "le", "gt", "ge")

# Methods that live elsewhere, and the module that is imported when one is first used.
ELSEWHERE = {
    "register_hook": "hooks", "register_post_accumulate_grad_hook": "hooks", "retain_grad": "hooks",
}  # fmt: skip


class _Late:
    """A method that is found on first use and then stands on the class itself."""

    def __init__(self, name: str, find: Callable[[], Callable[..., Any]]) -> None:
        self._name = name
        self._find = find

    def __get__(self, instance: Any, owner: type) -> Any:
        function = self._find()
        setattr(Tensor, self._name, function)
        return function if instance is None else function.__get__(instance, owner)


def backward(
    self: Tensor,
    gradient: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    inputs: Sequence[Tensor] | None = None,
) -> None:
    """Add the gradient of this tensor to the `grad` of the leaves it was made from.

    `gradient`, of this tensor's shape, is the vector of the vector-Jacobian product; a scalar
    needs none. Raises RuntimeError where nothing requires a gradient, where the shape does not
    fit, and where the graph was freed by an earlier pass without `retain_graph`.
    """
    api.backward(self, gradient, retain_graph, create_graph, inputs)


def _operation(op: Op) -> Callable[[], Callable[..., Any]]:
    return lambda: compiled(op).apply


def _reflected(op: Op) -> Callable[[], Callable[..., Any]]:
    def find() -> Callable[..., Any]:
        apply = compiled(op).apply
        return lambda self, other: apply(other, self)

    return find


def _in_place(op: Op) -> Callable[[], Callable[..., Any]]:
    def find() -> Callable[..., Any]:
        from .inplace import apply_in_place

        return lambda self, *args, **kwargs: apply_in_place(op, self, *args, **kwargs)

    return find


def _imported(module: str, name: str) -> Callable[[], Callable[..., Any]]:
    return lambda: getattr(importlib.import_module(f".{module}", __package__), name)


def _writes(op: Op) -> bool:
    """Tell whether an operation has an in-place form: what keeps the shape of its first argument."""
    return bool(op.tensors) and (op.pointwise or op.family == "writing")


def _methods() -> dict[str, Callable[[], Callable[..., Any]]]:
    found = {
        name: _operation(op) for name, op in REGISTRY.items() if op.public and op.tensors and not op.sequence
    }
    found |= {alias: found[name] for alias, name in ALIASES.items() if name in found}
    for python, name in OPERATORS.items():
        found[f"__{python}__"] = _operation(REGISTRY[name])
        found[f"__r{python}__"] = _reflected(REGISTRY[name])
        found[f"__i{python}__"] = _in_place(REGISTRY[name])
    found |= {f"{name}_": _in_place(op) for name, op in REGISTRY.items() if _writes(op)}
    found |= {f"__{python}__": _operation(REGISTRY[name]) for python, name in UNARY.items()}
    found |= {f"__{name}__": _operation(REGISTRY[name]) for name in COMPARISONS}
    return found | {name: _imported(module, name) for name, module in ELSEWHERE.items()}


Tensor.backward = backward  # type: ignore[method-assign]
for _name, _find in _methods().items():
    if _name not in vars(Tensor):
        setattr(Tensor, _name, _Late(_name, _find))
