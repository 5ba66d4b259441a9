"""Several gradients in one call: `grad` with `is_grads_batched`, one pass for each."""

from __future__ import annotations

from typing import Any

from ..ops.joining import stack
from . import api
from .size import Size
from .tensor import Tensor


def grad_of_each(ends: tuple[Any, ...], inputs: tuple[Any, ...], vectors: Any, keep: bool, **options: Any) -> Any:
    """Return `grad` for each entry of the first dimension of the vectors, stacked along a new one.

    Raises RuntimeError where the other dimensions of a vector are not those of its output.
    """
    vectors = (vectors,) if isinstance(vectors, Tensor) else tuple(vectors)
    for position, (end, vector) in enumerate(zip(ends, vectors, strict=False)):
        if vector is not None:
            _check(position, vector, end)
    count = min(len(vector) for vector in vectors if vector is not None)
    rows = []
    for i in range(count):
        row = [None if vector is None else vector[i] for vector in vectors]
        rows.append(api.grad(ends, inputs, row, retain_graph=keep or i < count - 1, **options))
    return tuple(None if column[0] is None else stack(list(column)) for column in zip(*rows, strict=True))


def _check(position: int, vector: Tensor, end: Any) -> None:
    shape = end._data.shape if isinstance(end, Tensor) else api.facts(end.node, end.output_nr)[0]
    found = vector._data.shape
    if not found:
        raise ValueError(f"grad_outputs[{position}] has no dimension, and so no batch of gradients")
    if found[1:] != shape:
        raise RuntimeError(
            "If `is_grads_batched=True`, we interpret the first dimension of each grad_output as the batch dimension. "
            "The sizes of the remaining dimensions are expected to match the shape of corresponding output, but a "
            f"mismatch was detected: grad_output[{position}] has a shape of {Size(found[1:])} and output[{position}] "
            f"has a shape of {Size(shape)}. If you only want some tensors in `grad_output` to be considered batched, "
            "consider using vmap."
        )
