"""`backward` and `grad`: the two ways of asking the engine for gradients."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from .engine import Flow, Target, run
from .graph import Node
from .size import Size
from .tensor import Tensor, wrap
from .views import edge_of


class GradientEdge(NamedTuple):
    """A place in the graph that a gradient flows to: a result of a node. It stands for that tensor."""

    node: Node
    output_nr: int
    ownership_token: Any = None


def get_gradient_edge(tensor: Tensor) -> GradientEdge:
    """Return the place in the graph at which the gradient of a tensor is known.

    Raises RuntimeError where the tensor does not require a gradient.

    >>> import gradcli as t
    >>> x = t.tensor(3.0, requires_grad=True)
    >>> y = x * x
    >>> edge = t.autograd.graph.get_gradient_edge(y)
    >>> t.autograd.grad(y * 2, edge)[0].item()
    2.0
    """
    node = edge_of(tensor)
    if node is None:
        raise RuntimeError("It is not possible to get the gradient edge for a Tensor that does not require gradients")
    return GradientEdge(node, tensor.output_nr)


Several = Tensor | GradientEdge | Sequence[Tensor | GradientEdge]


_CYCLE = (
    "Using backward() with create_graph=True will create a reference cycle between the parameter and its gradient "
    "which can cause a memory leak. We recommend using autograd.grad when creating the graph to avoid this. If you "
    "have to use this function, make sure to reset the .grad fields of your parameters to None after use to break the "
    "cycle and avoid the leak."
)


def backward(
    tensors: Several,
    grad_tensors: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    grad_variables: Any = None,
    inputs: Several | None = None,
) -> None:
    """Add the gradients of some tensors to the `grad` of the leaves they were made from.

    `grad_tensors`, one for each tensor and of its shape, are the vectors of the vector-Jacobian
    products; scalars need none (`grad_variables` is the old name). `inputs` limits the leaves, and may
    name tensors that are not leaves. Raises RuntimeError where nothing requires a gradient, a shape
    does not fit, or the graph was freed.

    >>> import gradcli as t
    >>> x = t.tensor(2.0, requires_grad=True)
    >>> t.autograd.backward([x * x, 3 * x])
    >>> x.grad.item()
    7.0
    """
    if grad_variables is not None:
        warnings.warn("`grad_variables` is deprecated. Use `grad_tensors` instead.", FutureWarning, stacklevel=2)
        if grad_tensors is not None:
            raise RuntimeError(
                "`grad_tensors` and `grad_variables` (deprecated) arguments both passed to `backward()`. "
                "Please only use `grad_tensors`."
            )
        grad_tensors = grad_variables
    keep = create_graph if retain_graph is None else retain_graph
    chosen = None if inputs is None else _several(inputs)
    if chosen == ():
        raise RuntimeError("`inputs` argument to `backward()` cannot be empty.")
    if create_graph:
        warnings.warn(_CYCLE, stacklevel=3)
    roots = _roots(tensors, grad_tensors, create_graph)
    run(roots, keep=keep, recorded=create_graph, targets=None if chosen is None else _kept(chosen))


def grad(
    outputs: Several,
    inputs: Several,
    grad_outputs: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    only_inputs: bool = True,
    allow_unused: bool | None = None,
    is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> tuple[Tensor, ...]:
    """Return the gradients of the outputs with respect to the inputs, leaving `grad` alone.

    Several outputs are summed, each weighted by its `grad_outputs`. `create_graph` makes the result
    differentiable. An input that the outputs do not depend on raises RuntimeError, or gives None
    with `allow_unused`, or zeros with `materialize_grads`. With `is_grads_batched` each of the
    `grad_outputs` has one more dimension in front, and so has each result.

    >>> import gradcli as t
    >>> x = t.tensor(2.0, requires_grad=True)
    >>> (dx,) = t.autograd.grad(x**3, x, create_graph=True)
    >>> t.autograd.grad(dx, x)[0].item()
    12.0
    """
    if materialize_grads and allow_unused is False:
        raise ValueError(
            "Expected allow_unused to be True or not passed when materialize_grads=True, but got: allow_unused=False."
        )
    if not only_inputs:
        warnings.warn(
            "only_inputs argument is deprecated and is ignored now (defaults to True). To accumulate gradient for "
            "other parts of the graph, please use gradcli.autograd.backward.",
            FutureWarning,
            stacklevel=2,
        )
    keep = create_graph if retain_graph is None else retain_graph
    chosen = _several(inputs)
    if not chosen:
        raise RuntimeError("`inputs` argument to `grad()` cannot be empty.")
    if is_grads_batched and grad_outputs is not None:
        from .batched import grad_of_each

        options = {"allow_unused": allow_unused, "materialize_grads": materialize_grads}
        return grad_of_each(_several(outputs), chosen, grad_outputs, keep, create_graph=create_graph, **options)
    roots = _roots(outputs, grad_outputs, create_graph)
    found = run(roots, keep=keep, recorded=create_graph, targets=_targets(chosen), accumulate=False)
    return tuple(
        _given(position, each, value, bool(allow_unused), materialize_grads)
        for position, (each, value) in enumerate(zip(chosen, found, strict=True))
    )


def _given(position: int, of: Tensor | GradientEdge, value: Any, allow_unused: bool, materialize: bool) -> Any:
    """Return the gradient that arrived as a Tensor, or what stands for one where none did."""
    if value is None and materialize:
        if isinstance(of, GradientEdge):
            raise RuntimeError("materialize_grads cannot be used when the given input is a GradientEdge")
        value = np.zeros(of._data.shape, of._data.dtype)
    if value is None and not allow_unused:
        raise RuntimeError(
            f"The differentiated Tensor at index {position} appears to not have been used in the graph. "
            "Set allow_unused=True if this is the desired behavior."
        )
    return value if value is None or isinstance(value, Tensor) else wrap(value)


def _several(tensors: Any) -> tuple[Any, ...]:
    return (tensors,) if isinstance(tensors, (Tensor, GradientEdge)) else tuple(tensors)


def _target(each: Any) -> Target:
    if isinstance(each, GradientEdge):
        return each.node, each.output_nr
    if not isinstance(each, Tensor):
        raise RuntimeError(f"all inputs have to be Tensors or GradientEdges, but got {type(each).__name__}")
    node = edge_of(each)
    if node is None:
        raise RuntimeError("One of the differentiated Tensors does not require grad")
    return node, each.output_nr


def _targets(inputs: Sequence[Any]) -> list[Target]:
    return [_target(each) for each in inputs]


def _kept(inputs: Sequence[Any]) -> list[Target]:
    """Return the targets of a pass that leaves gradients in the tensors themselves, leaves or not."""
    from .hooks import retain_grad

    for each in inputs:
        if isinstance(each, Tensor):
            retain_grad(each)
    return _targets(inputs)


def _roots(ends: Several, vectors: Any, recorded: bool) -> list[Flow]:
    """Pair each output with the gradient that it starts from."""
    if type(ends) is Tensor and (vectors is None or type(vectors) is Tensor):
        return [_root(0, ends, vectors, recorded)]
    tensors = _several(ends)
    if vectors is None:
        return [_root(position, output, None, recorded) for position, output in enumerate(tensors)]
    if isinstance(vectors, Tensor):
        vectors = (vectors,)
    elif not isinstance(vectors, Iterable):
        raise TypeError(f"{type(vectors).__name__!r} object is not iterable")
    vectors = tuple(vectors)
    for vector in vectors:
        if vector is not None and not isinstance(vector, Tensor):
            raise TypeError(f"gradients can be either Tensors or None, but got {type(vector).__name__}")
    if len(vectors) != len(tensors):
        raise RuntimeError(f"got {len(tensors)} tensors and {len(vectors)} gradients")
    return [
        _root(position, output, vector, recorded)
        for position, (output, vector) in enumerate(zip(tensors, vectors, strict=True))
    ]


# The gradient of a scalar with respect to itself.
_UNITS = {np.dtype(kind): kind(1) for kind in (np.float16, np.float32, np.float64)}


def _root(position: int, output: Any, vector: Any, recorded: bool) -> Flow:
    if isinstance(output, GradientEdge):
        node, nr = output.node, output.output_nr
        shape, dtype = facts(node, nr)
    else:
        found = edge_of(output)
        if found is None:
            raise RuntimeError(f"element {position} of tensors does not require grad and does not have a grad_fn")
        node, nr, shape, dtype = found, output.output_nr, output._data.shape, output._data.dtype
    if vector is None:
        if shape and np.prod(shape) != 1:
            raise RuntimeError("grad can be implicitly created only for scalar outputs")
        data = np.ones(shape, dtype) if shape else _UNITS[dtype]
        return node, nr, wrap(data) if recorded else data
    if vector._data.shape != shape:
        raise RuntimeError(
            f"Mismatch in shape: grad_output[{position}] has a shape of {Size(vector._data.shape)} "
            f"and output[{position}] has a shape of {Size(shape)}."
        )
    return node, nr, vector if recorded else vector._data


def facts(node: Node, nr: int) -> tuple[tuple[int, ...], np.dtype]:
    """Return the shape and dtype of a result of a node."""
    if node._shapes is None or node._dtypes is None:
        return node._shape, node._dtype
    return node._shapes[nr], node._dtypes[nr]
