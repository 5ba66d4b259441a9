"""What users type: the operators and methods of Tensor, put in place by name.

A method that is an operation of the registry is generated when it is first used; one that lives in
another module is imported then. So the tables here cost nothing until they are needed.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from typing import Any

from ..ops import ALIASES, REGISTRY, Op, lookup
from . import api
from .generate import compiled
from .tensor import Tensor

# Python's operators, by the names of their methods without the underscores.
OPERATORS = {
    "add": "add", "sub": "sub", "mul": "mul", "truediv": "div", "floordiv": "floor_divide", "mod": "remainder",
    "pow": "pow", "matmul": "matmul", "and": "bitwise_and", "or": "bitwise_or", "xor": "bitwise_xor",
    "lshift": "bitwise_left_shift", "rshift": "bitwise_right_shift",
    "neg": "neg", "abs": "abs",
    "eq": "eq", "ne": "ne", "lt": "lt", "le": "le", "gt": "gt", "ge": "ge", "rsub": "rsub",
}  # fmt: skip
_REFLECTED = ("floordiv", "mod", "matmul", "and", "or", "xor", "lshift", "rshift")
_COMMUTING = ("add", "mul")
_IN_PLACE = (*_REFLECTED, *_COMMUTING, "sub", "truediv", "pow")

# Operations that the language does not offer, and Python does.
_PYTHON_ONLY = (
    "rsub", "clone", "bitwise_and", "bitwise_or", "bitwise_xor", "bitwise_not", "bitwise_left_shift",
    "bitwise_right_shift",
)  # fmt: skip

# What is not an operation of the registry, or more than one: the module that is imported with the first. What
# stands in these modules is a function, too.
_FUNCTIONS = ("overloads", "pieces", "contraction", "composed", "finding")
MODULES = {
    "hooks": "register_hook register_post_accumulate_grad_hook retain_grad",
    "overloads": "add add_ sub sub_ div sum mean prod var std max min masked_fill masked_fill_ index_put index_put_"
    " masked_select masked_scatter masked_scatter_ scatter scatter_ positive",
    "pieces": "unbind split split_with_sizes chunk tensor_split hsplit vsplit dsplit",
    "contraction": "inner",
    "composed": "diff diagflat fill_diagonal_ fliplr flipud float_power logdet matrix_power msort nanmean"
    " repeat_interleave sum_to_size svd take_along_dim",
    "finding": "argwhere bincount count_nonzero nonzero unique unique_consecutive",
    "chance": "uniform_ normal_",
    "making": "new_zeros new_ones new_empty new_full new_tensor",
    "reading": "size dim numel element_size stride data_ptr storage_offset is_contiguous contiguous is_floating_point"
    " is_inference is_nonzero is_same_size is_signed get_device equal isclose allclose to type_as cpu detach_ view_as"
    " reshape_as",
}
ELSEWHERE = {name: (module, name) for module, names in MODULES.items() for name in names.split()} | {
    "nelement": ("reading", "numel"), "ndimension": ("reading", "dim"), "type": ("reading", "type_"),
    "adjoint": ("properties", "transposed"), "subtract": ("overloads", "sub"), "subtract_": ("overloads", "sub_"),
    "divide": ("overloads", "div"), "true_divide": ("overloads", "div"),
    "__rtruediv__": ("overloads", "rtruediv"), "__rpow__": ("overloads", "rpow"),
    "__invert__": ("overloads", "invert"), "__pos__": ("overloads", "positive"),
    "__getitem__": ("picking", "getitem"),
    "__setitem__": ("picking", "setitem"), "__deepcopy__": ("reading", "deep_copy"),
    "__reduce_ex__": ("reading", "reduce"), "__contains__": ("reading", "contains"),
    "__reversed__": ("composed", "backwards"),
}  # fmt: skip
PROPERTIES = {
    "retains_grad": ("hooks", "retains_grad"), "device": ("properties", "place"), "T": ("properties", "reversed_axes"),
    "mT": ("properties", "transposed"), "mH": ("properties", "transposed"),
    "H": ("properties", "conjugate_transposed"), "nbytes": ("properties", "nbytes"),
    "itemsize": ("properties", "itemsize"), "is_cpu": ("properties", "is_cpu"),
}  # fmt: skip
RESHAPERS = ("squeeze", "unsqueeze", "transpose", "swapaxes", "swapdims", "t")
CONVERTERS = ("half", "float", "double", "byte", "char", "short", "int", "long", "bool")


class _Late:
    """A method or property that is found on first use and then stands on the class itself."""

    def __init__(self, name: str, find: Callable[[], Any]) -> None:
        self._name = name
        self._find = find

    def __get__(self, instance: Any, owner: type) -> Any:
        found = self._find()
        setattr(Tensor, self._name, found)
        return found if instance is None else found.__get__(instance, owner)


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
    api.backward(self, gradient, retain_graph, create_graph, inputs=inputs)


def _operation(op: Op) -> Callable[[], Callable[..., Any]]:
    return lambda: compiled(op).apply


def _operator(op: Op) -> Callable[[], Callable[..., Any]]:
    return lambda: compiled(op).operator()


def _reflected(op: Op) -> Callable[[], Callable[..., Any]]:
    def find() -> Callable[..., Any]:
        apply = compiled(op).operator()
        return lambda self, other: apply(other, self)

    return find


def _in_place(op: Op) -> Callable[[], Callable[..., Any]]:
    def find() -> Callable[..., Any]:
        from .inplace import apply_in_place

        return lambda self, *args, **kwargs: apply_in_place(op, self, *args, **kwargs)

    return find


def _imported(module: str, name: str) -> Callable[[], Callable[..., Any]]:
    return lambda: getattr(importlib.import_module(f".{module}", __package__), name)


def _property(module: str, name: str) -> Callable[[], Any]:
    return lambda: property(_imported(module, name)())


def _made(module: str, maker: str, name: str) -> Callable[[], Callable[..., Any]]:
    return lambda: _imported(module, maker)()(name)


def _methods() -> dict[str, Callable[[], Any]]:
    shown = {name: op for name, op in REGISTRY.items() if op.public or name in _PYTHON_ONLY}
    found: dict[str, Callable[[], Any]]
    found = {name: _operation(op) for name, op in shown.items() if op.tensors and not op.sequence}
    found |= {alias: found[name] for alias, name in ALIASES.items() if name in found}
    found |= {f"{name}_": _in_place(op) for name, op in REGISTRY.items() if op.writes}
    found |= {f"{alias}_": found[f"{name}_"] for alias, name in ALIASES.items() if f"{name}_" in found}
    found |= {f"__{python}__": _operator(REGISTRY[name]) for python, name in OPERATORS.items()}
    found |= {f"__r{python}__": _reflected(REGISTRY[OPERATORS[python]]) for python in _REFLECTED}
    found |= {f"__r{python}__": _operator(REGISTRY[OPERATORS[python]]) for python in _COMMUTING}
    found |= {f"__i{python}__": _in_place(REGISTRY[OPERATORS[python]]) for python in _IN_PLACE}
    found |= {name: _made("reading", "converter", name) for name in CONVERTERS}
    found |= {f"{name}_": _made("reshaping", "reshaper", name) for name in RESHAPERS}
    found |= {spelt: _imported(module, name) for spelt, (module, name) in ELSEWHERE.items()}
    return found | {spelt: _property(module, name) for spelt, (module, name) in PROPERTIES.items()}


def function(name: str) -> Callable[..., Any] | None:
    """Return what `gradcli.exp(x)` calls: the operation of a name on Tensors; None where there is none."""
    module, spelt = ELSEWHERE.get(name, ("", ""))
    if module in _FUNCTIONS and not name.startswith("_"):
        return _imported(module, spelt)()
    op = lookup(name)
    if op is not None and op.tensors and (op.public or op.name in _PYTHON_ONLY):
        return compiled(op).apply
    op = lookup(name.removesuffix("_"))
    return _in_place(op)() if op is not None and name.endswith("_") and op.writes else None


Tensor.backward = backward
for _name, _find in _methods().items():
    if _name not in vars(Tensor):
        setattr(Tensor, _name, _Late(_name, _find))
