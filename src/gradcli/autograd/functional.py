"""Derivatives of functions: Jacobians, Hessians, and their products with vectors.

Each takes a function of tensors and the point, a tensor or a tuple of them, and answers in the same
structure. All are made of passes backward: a product with a vector from the right is the derivative of
the product from the left, which is linear in its own vector.

>>> import gradcli as t
>>> from gradcli.autograd.functional import hessian, jacobian
>>> x = t.tensor([1.0, 2.0])
>>> jacobian(lambda x: x**2, x)
tensor([[2., 0.],
        [0., 4.]])
>>> hessian(lambda x: (x**3).sum(), x)
tensor([[ 6.,  0.],
        [ 0., 12.]])
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..ops.joining import stack
from ..ops.shape import squeeze, view
from .calls import (
    CONSTANT,
    NOT_STRICT,
    Call,
    Tensors,
    finished,
    given_vectors,
    gradients,
    product,
    require,
    slope_of,
    tuple_of,
    vectors_like,
    zeros,
)
from .grad_mode import enable_grad
from .tensor import Tensor, wrap

__all__ = ["hessian", "hvp", "jacobian", "jvp", "vhp", "vjp"]


def vjp(
    func: Callable[..., Tensors], inputs: Tensors, v: Tensors | None = None, create_graph: bool = False,
    strict: bool = False,
) -> tuple[Any, Any]:  # fmt: skip
    """Return the value of a function and the product of a vector with its Jacobian.

    `v` is like the output, the product like `inputs`; a single number needs no `v`. With `create_graph`
    both can be differentiated. An input that does not matter gets zeros; with `strict`, RuntimeError.

    >>> import gradcli as t
    >>> t.autograd.functional.vjp(lambda x: x.exp().sum(), t.zeros(2))
    (tensor(2.), tensor([1., 1.]))
    """
    call = Call("vjp", func, inputs, create_graph, strict)
    if v is None and (len(call.outputs) != 1 or call.outputs[0]._data.size != 1):
        raise RuntimeError(
            "The vector v can only be None if the user-provided function returns a single Tensor with a single element."
        )
    vectors = vectors_like(v, call.outputs, call.several_outputs, "vjp", create_graph)
    found = product("vjp", call.outputs, call.inputs, vectors, call.inputs, create_graph, strict)
    return call.like_outputs(finished(call.outputs, create_graph)), call.like_inputs(found)


def jvp(
    func: Callable[..., Tensors], inputs: Tensors, v: Tensors | None = None, create_graph: bool = False,
    strict: bool = False,
) -> tuple[Any, Any]:  # fmt: skip
    """Return the value of a function and the product of its Jacobian with a vector.

    `v` is like `inputs`, the product like the output. The rest is as in `vjp`.

    >>> import gradcli as t
    >>> t.autograd.functional.jvp(lambda x: x**2, t.tensor([1.0, 2.0]), t.tensor([1.0, 10.0]))
    (tensor([1., 4.]), tensor([ 2., 40.]))
    """
    vectors = given_vectors("jvp", v, inputs, create_graph)
    call = Call("jvp", func, inputs, create_graph, strict)
    weights = zeros(call.outputs)
    with enable_grad():
        weighted = gradients(call.outputs, call.inputs, weights, True)
    if strict:
        require(weighted, "gradients")
    found = product("jvp", weighted, weights, vectors, call.outputs, create_graph, strict)
    return call.like_outputs(finished(call.outputs, create_graph)), call.like_outputs(found)


def vhp(
    func: Callable[..., Tensor], inputs: Tensors, v: Tensors | None = None, create_graph: bool = False,
    strict: bool = False,
) -> tuple[Any, Any]:  # fmt: skip
    """Return the value of a function of one number and the product of a vector with its Hessian.

    `v` and the product are like `inputs`. The rest is as in `vjp`.
    """
    vectors = given_vectors("vhp", v, inputs, create_graph)
    call = Call("vhp", func, inputs, create_graph, strict).scalar("vhp")
    slope = slope_of(call, strict)
    found = product("vhp", slope, call.inputs, vectors, call.inputs, create_graph, strict)
    return call.like_outputs(finished(call.outputs, create_graph)), call.like_inputs(found)


def hvp(
    func: Callable[..., Tensor], inputs: Tensors, v: Tensors | None = None, create_graph: bool = False,
    strict: bool = False,
) -> tuple[Any, Any]:  # fmt: skip
    """Return the value of a function of one number and the product of its Hessian with a vector.

    The same as `vhp`, by way of one more pass; a Hessian is symmetric.
    """
    vectors = given_vectors("hvp", v, inputs, create_graph)
    call = Call("hvp", func, inputs, create_graph, strict).scalar("hvp")
    slope = slope_of(call, strict)
    weights = zeros(call.inputs)
    with enable_grad():
        weighted = gradients(slope, call.inputs, weights, True)
    found = product("hvp", weighted, weights, vectors, call.inputs, create_graph, strict)
    return call.like_outputs(finished(call.outputs, create_graph)), call.like_inputs(found)


def jacobian(
    func: Callable[..., Tensors], inputs: Tensors, create_graph: bool = False, strict: bool = False,
    vectorize: bool = False, strategy: str = "reverse-mode",
) -> Any:  # fmt: skip
    """Return the derivative of each element of the output by each element of the inputs.

    For one output and one input it is a Tensor of the output's shape followed by the input's; tuples make
    tuples, outputs first. `create_graph` and `strict` are as in `vjp`. One pass is made for each element of
    the output, with `vectorize` and with the `strategy` "forward-mode" too.
    """
    if strategy not in ("forward-mode", "reverse-mode"):
        raise AssertionError(
            'Expected strategy to be either "forward-mode" or "reverse-mode". Hint: If your function has more outputs '
            'than inputs, "forward-mode" tends to be more performant. Otherwise, prefer to use "reverse-mode".'
        )
    call = Call("jacobian", func, inputs, create_graph, strict)
    if vectorize and strict:
        raise RuntimeError(
            "gradcli.autograd.functional.jacobian: `strict=True` and `vectorized=True` are not supported together. "
            "Please either set `strict=False` or `vectorize=False`."
        )
    found = []
    for i, output in enumerate(call.outputs):
        rows = [_row(i, output, j, call.inputs, create_graph, strict) for j in range(output._data.size)]
        columns = [_stacked(list(column), output, call.inputs[k]) for k, column in enumerate(zip(*rows, strict=True))]
        found.append(call.like_inputs(finished(columns or _empty(output, call.inputs), create_graph)))
    return call.like_outputs(found)


def hessian(
    func: Callable[..., Tensor], inputs: Tensors, create_graph: bool = False, strict: bool = False,
    vectorize: bool = False, outer_jacobian_strategy: str = "reverse-mode",
) -> Any:  # fmt: skip
    """Return the second derivatives of a function of one number: a Tensor, or a tuple of tuples for several inputs.

    The arguments are as in `jacobian`.
    """
    several, _ = tuple_of(inputs, "inputs", "hessian")
    if outer_jacobian_strategy not in ("forward-mode", "reverse-mode"):
        raise AssertionError('Expected strategy to be either "forward-mode" or "reverse-mode".')

    def number(*point: Tensor) -> Tensor:
        output = func(*point)
        is_tuple, outputs = tuple_of(output, "outputs of the user-provided function", "hessian")
        if strict:
            require(outputs, "outputs")
        if is_tuple:
            raise RuntimeError("The function given to hessian should return a single Tensor")
        if outputs[0]._data.size != 1:
            raise RuntimeError("The Tensor returned by the function given to hessian should contain a single element")
        return squeeze(outputs[0])

    def slope(*point: Tensor) -> tuple[Tensor, ...]:
        found = jacobian(number, point, create_graph=True)
        if strict:
            require(found, "jacobian")
        return found if several else found[0]

    return jacobian(slope, inputs, create_graph, strict, vectorize, outer_jacobian_strategy)


def _row(i: int, output: Tensor, j: int, inputs: Any, create_graph: bool, strict: bool) -> list[Tensor]:
    """Return the derivatives of one element of output `i`."""
    unit = np.zeros_like(output._data)
    unit[np.unravel_index(j, unit.shape)] = 1
    with enable_grad():
        found = gradients((output,), inputs, (wrap(unit),), create_graph, True)
    row = []
    for k, (grad, each) in enumerate(zip(found, inputs, strict=True)):
        if grad is None and strict:
            raise RuntimeError(f"Output {i} of the user-provided function is independent of input {k}. {NOT_STRICT}.")
        if grad is not None and strict and create_graph and not grad.requires_grad:
            raise RuntimeError(CONSTANT["vjp"].format(i=k))
        row.append(wrap(np.zeros_like(each._data)) if grad is None else grad)
    return row


def _stacked(column: list[Tensor], output: Tensor, of: Tensor) -> Tensor:
    return view(stack(column), *output._data.shape, *of._data.shape)


def _empty(output: Tensor, inputs: Any) -> list[Tensor]:
    return [wrap(np.zeros((*output._data.shape, *each._data.shape), each._data.dtype)) for each in inputs]
