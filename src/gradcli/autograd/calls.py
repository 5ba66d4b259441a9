"""A function called at a point, for `functional`: tuples in and out, vectors that fit, passes backward.

In strict mode a derivative that is zero because nothing depends on an input is an error; the sentences,
torch's, are in the tables.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..ops.shape import view
from . import api
from .grad_mode import enable_grad, is_grad_enabled, set_grad_enabled
from .size import Size
from .tensor import Tensor, wrap

Tensors = Tensor | tuple[Tensor, ...]
NOT_STRICT = "This is not allowed in strict mode"

# What strict mode says of a derivative that is zero because nothing depends on input `i`, by the kind of
# derivative; and of one that is a constant although it was to be differentiated further.
INDEPENDENT = {
    "vjp": f"The output of the user-provided function is independent of input {{i}}. {NOT_STRICT}.",
    "jvp": "The gradient with respect to the input is independent of entry {i} in the grad_outputs when using the "
    f"double backward trick to compute forward mode gradients. {NOT_STRICT}.",
    "vhp": f"The jacobian of the user-provided function is independent of input {{i}}. {NOT_STRICT}.",
    "hvp": "The hessian of the user-provided function is independent of entry {i} in the grad_jacobian. "
    f"{NOT_STRICT} as it prevents from using the double backward trick to replace forward mode AD.",
}
CONSTANT = {
    name: f"The {what} of the user-provided function is independent of input {{i}}. {NOT_STRICT} when "
    "create_graph=True."
    for name, what in {"vjp": "jacobian", "jvp": "jacobian", "vhp": "hessian", "hvp": "hessian"}.items()
}
_UNCONNECTED = {
    "outputs": "Output {i} of the user-provided function does not require gradients. The outputs must be computed in a "
    "differentiable manner from the input when running in strict mode.",
    "gradients": "The gradient with respect to input {i} is independent of the inputs of the user-provided function. "
    f"{NOT_STRICT}.",
    "jacobian": "While computing the hessian, found that the jacobian of the user-provided function with respect to "
    f"input {{i}} is independent of the input. {NOT_STRICT}. You should ensure that your function is twice "
    "differentiable and that the jacobian depends on the inputs (this would be violated by a linear function for "
    "example).",
}


class Call:
    """A function called at fresh copies of its inputs, so that they are told from what it captured."""

    def __init__(self, name: str, func: Callable[..., Any], inputs: Any, create_graph: bool, strict: bool) -> None:
        self.several_inputs, given = tuple_of(inputs, "inputs", name)
        self.inputs = fresh(given, create_graph, True)
        with enable_grad():
            outputs = func(*self.inputs)
        self.several_outputs, self.outputs = tuple_of(outputs, "outputs of the user-provided function", name)
        if strict:
            require(self.outputs, "outputs")

    def like_inputs(self, values: Sequence[Any]) -> Any:
        """Return a value for each input, as a tuple where the inputs were one."""
        return tuple(values) if self.several_inputs else values[0]

    def like_outputs(self, values: Sequence[Any]) -> Any:
        """Return a value for each output, as a tuple where the outputs were one."""
        return tuple(values) if self.several_outputs else values[0]

    def scalar(self, name: str) -> Call:
        """Return the call, if its result is one number; else raise RuntimeError."""
        if self.several_outputs:
            raise RuntimeError(f"The function given to {name} should return a single Tensor")
        if self.outputs[0]._data.size != 1:
            raise RuntimeError(f"The Tensor returned by the function given to {name} should contain a single element")
        return self


# Tuples in, tuples out


def tuple_of(value: Any, what: str, name: str) -> tuple[bool, tuple[Tensor, ...]]:
    """Tell whether a value is a tuple, and return it as one; raise TypeError unless it holds Tensors only."""
    several = isinstance(value, tuple)
    found = value if several else (value,)
    for i, each in enumerate(found):
        if not isinstance(each, Tensor):
            where = f"value at index {i}" if several else f"given {what}"
            raise TypeError(
                f"The {what} given to {name} must be either a Tensor or a tuple of Tensors but the {where} has type "
                f"{type(each)}."
            )
    return several, found


def fresh(given: tuple[Tensor, ...], create_graph: bool, needed: bool) -> tuple[Tensor, ...]:
    """Return Tensors of the same data that nothing has used yet, connected to those given with `create_graph`."""
    with enable_grad():
        return tuple(
            view(each, *each._data.shape)
            if create_graph and each.requires_grad
            else each.detach().requires_grad_(needed)
            for each in given
        )


def finished(found: Sequence[Tensor], create_graph: bool) -> tuple[Tensor, ...]:
    """Return what was found, cut off from the graph unless that was asked for."""
    return tuple(found) if create_graph else tuple(each.detach() for each in found)


def zeros(like: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """Return leaves of zeros like some Tensors."""
    return tuple(wrap(np.zeros_like(each._data)).requires_grad_() for each in like)


# Vectors


def given_vectors(name: str, v: Any, inputs: Any, create_graph: bool) -> tuple[Any, ...]:
    """Return the vectors that belong to some inputs; raise RuntimeError where they do not fit, or are missing."""
    several, given = tuple_of(inputs, "inputs", name)
    if v is None and (len(given) != 1 or given[0]._data.size != 1):
        raise RuntimeError(
            "The vector v can only be None if the input to the user-provided function is a single Tensor with a single "
            "element."
        )
    return vectors_like(v, given, several, name, create_graph)


def vectors_like(v: Any, like: tuple[Tensor, ...], several: bool, name: str, create_graph: bool) -> tuple[Any, ...]:
    """Return the vectors, `(None,)` if there is none; raise RuntimeError unless they have the shapes of `like`."""
    if v is None:
        return (None,)
    _, given = tuple_of(v, "v", name)
    if len(given) != len(like):
        raise RuntimeError(
            f"v is a tuple of invalid length: should be {len(like)} but got {len(given)}."
            if several
            else "The given v should contain a single Tensor."
        )
    for i, (vector, each) in enumerate(zip(given, like, strict=True)):
        if vector._data.shape != each._data.shape:
            raise RuntimeError(
                f"{f'Entry {i} in ' if several else ''}v has invalid size: should be {Size(each._data.shape)} "
                f"but got {Size(vector._data.shape)}."
            )
    return fresh(given, create_graph, False)


# Passes


def gradients(outputs: Any, inputs: Any, vectors: Any, create_graph: bool, keep: bool | None = None) -> tuple[Any, ...]:
    """Return gradients, None where an input does not matter; skip outputs that depend on nothing."""
    pairs = [(o, v) for o, v in zip(outputs, vectors, strict=True) if o is not None and o.requires_grad]
    if not pairs:
        return (None,) * len(inputs)
    ends, weights = zip(*pairs, strict=True)
    return api.grad(ends, inputs, weights, retain_graph=keep, create_graph=create_graph, allow_unused=True)


def slope_of(call: Call, strict: bool) -> tuple[Any, ...]:
    """Return the gradient of a call, to be differentiated again."""
    with enable_grad():
        slope = gradients(call.outputs, call.inputs, (None,), True)
    if strict:
        require(slope, "jacobian")
    return slope


def product(
    name: str, outputs: Any, inputs: Any, vectors: Any, like: Any, create_graph: bool, strict: bool
) -> tuple[Tensor, ...]:
    """Run the pass that gives a product, in the structure of `like`, with zeros for what has no gradient."""
    if vectors == (None,):
        vectors = (None,) * len(outputs)
    with set_grad_enabled(create_graph or is_grad_enabled()):
        found = list(gradients(outputs, inputs, vectors, create_graph))
    for i, grad in enumerate(found):
        if grad is None:
            if strict:
                raise RuntimeError(INDEPENDENT[name].format(i=i))
            found[i] = wrap(np.zeros_like(like[i]._data))
        elif strict and create_graph and not grad.requires_grad:
            raise RuntimeError(CONSTANT[name].format(i=i))
    return finished(found, create_graph)


def require(values: Sequence[Tensor | None], what: str) -> None:
    """Raise RuntimeError where strict mode does not accept that a value depends on no input."""
    for i, value in enumerate(values):
        if value is None:
            raise RuntimeError(INDEPENDENT["vjp"].format(i=i))
        if not value.requires_grad:
            raise RuntimeError(_UNCONNECTED[what].format(i=i))
