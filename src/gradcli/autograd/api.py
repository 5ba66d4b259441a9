"""`backward` and `grad`: the two ways of asking the engine for gradients."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .dtypes import get_default_dtype
from .engine import Flow, run
from .graph import LEAF, Node, accumulator
from .tensor import Tensor, as_array, wrap

Several = Tensor | Sequence[Tensor]


def tensor(data: Any, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """Make a leaf Tensor from numbers, nested sequences or an array, copying the data.

    Python floats become the default dtype (float32, as in torch), arrays keep theirs.

    >>> import gradcli as t
    >>> t.tensor([[1.0, 2.0]], requires_grad=True).shape
    (1, 2)
    """
    made = wrap(as_array(data, get_default_dtype(), dtype))
    return made.requires_grad_() if requires_grad else made


def backward(
    tensors: Several,
    grad_tensors: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    inputs: Several | None = None,
) -> None:
    """Add the gradients of some tensors to the `grad` of the leaves they were made from.

    `grad_tensors`, one for each tensor and of its shape, are the vectors of the vector-Jacobian
    products; scalars need none. `inputs` limits the leaves. Raises RuntimeError where nothing
    requires a gradient, a shape does not fit, or the graph was freed.

    >>> import gradcli as t
    >>> x = t.tensor(2.0, requires_grad=True)
    >>> t.autograd.backward([x * x, 3 * x])
    >>> x.grad.item()
    7.0
    """
    keep = create_graph if retain_graph is None else retain_graph
    roots = _roots(_several(tensors), grad_tensors, create_graph)
    if inputs is None:
        run(roots, keep=keep, recorded=create_graph)
        return
    chosen = _several(inputs)
    if not chosen:
        raise RuntimeError("'inputs' argument to backward() cannot be empty.")
    found = run(roots, keep=keep, recorded=create_graph, targets=_targets(chosen))
    for leaf, value in zip(chosen, found, strict=True):
        if value is not None:
            value = value if isinstance(value, Tensor) else wrap(np.array(value))
            leaf.grad = value if leaf.grad is None else leaf.grad + value


def grad(
    outputs: Several,
    inputs: Several,
    grad_outputs: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    allow_unused: bool | None = None,
    materialize_grads: bool = False,
) -> tuple[Tensor | None, ...]:
    """Return the gradients of the outputs with respect to the inputs, leaving `grad` alone.

    Several outputs are summed, each weighted by its `grad_outputs`. `create_graph` makes the result
    differentiable. An input that the outputs do not depend on raises RuntimeError, or gives None
    with `allow_unused`, or zeros with `materialize_grads`.

    >>> import gradcli as t
    >>> x = t.tensor(2.0, requires_grad=True)
    >>> (dx,) = t.autograd.grad(x**3, x, create_graph=True)
    >>> t.autograd.grad(dx, x)[0].item()
    12.0
    """
    if materialize_grads and allow_unused is False:
        raise ValueError("Expected allow_unused to be True or not passed when materialize_grads=True, but got: False.")
    keep = create_graph if retain_graph is None else retain_graph
    chosen = _several(inputs)
    roots = _roots(_several(outputs), grad_outputs, create_graph)
    found = run(roots, keep=keep, recorded=create_graph, targets=_targets(chosen))
    results: list[Tensor | None] = []
    for leaf, value in zip(chosen, found, strict=True):
        if value is None and materialize_grads:
            value = np.zeros(leaf.shape, leaf.dtype)
        if value is None and not allow_unused:
            raise RuntimeError(
                "One of the differentiated Tensors appears to not have been used in the graph. "
                "Set allow_unused=True if this is the desired behavior."
            )
        results.append(value if value is None or isinstance(value, Tensor) else wrap(value))
    return tuple(results)


def _several(tensors: Several) -> tuple[Tensor, ...]:
    return (tensors,) if isinstance(tensors, Tensor) else tuple(tensors)


def _targets(tensors: Sequence[Tensor]) -> list[tuple[Node, int]]:
    for each in tensors:
        if not each.requires_grad:
            raise RuntimeError("One of the differentiated Tensors does not require grad")
    return [(accumulator(t) if t._node is LEAF else t._node, t.output_nr) for t in tensors]


def _roots(tensors: Sequence[Tensor], vectors: Any, recorded: bool) -> list[Flow]:
    """Pair each output with the gradient that it starts from."""
    if vectors is None:
        return [_root(each, None, recorded) for each in tensors]
    if isinstance(vectors, Tensor) or not isinstance(vectors, Sequence):
        vectors = (vectors,) * len(tensors)
    if len(vectors) != len(tensors):
        raise RuntimeError(f"got {len(tensors)} tensors and {len(vectors)} gradients")
    return [_root(each, vector, recorded) for each, vector in zip(tensors, vectors, strict=True)]


def _root(output: Tensor, vector: Any, recorded: bool) -> Flow:
    node = output._node
    if node is None:
        raise RuntimeError("element 0 of tensors does not require grad and does not have a grad_fn")
    if node is LEAF:
        node = accumulator(output)
    data = output._data
    if vector is None:
        if data.size != 1:
            raise RuntimeError("grad can be implicitly created only for scalar outputs")
        vector = np.ones(data.shape, data.dtype) if data.ndim else data.dtype.type(1)
    elif not (recorded and isinstance(vector, Tensor)):
        vector = vector._data if isinstance(vector, Tensor) else np.asarray(vector, data.dtype)
    if vector.shape != data.shape:
        raise RuntimeError(
            f"Mismatch in shape: grad_output[0] has a shape of {_size(vector.shape)} "
            f"and output[0] has a shape of {_size(data.shape)}."
        )
    return node, output.output_nr, wrap(vector) if recorded and not isinstance(vector, Tensor) else vector


def _size(shape: tuple[int, ...]) -> str:
    return f"torch.Size({list(shape)})"
