"""Sums of products over dimensions: `einsum`, `tensordot`, `inner`.

They are made of operations that have rules already: dimensions are put in order, and two tensors at a
time multiplied as batches of matrices, so that there is nothing here to differentiate.
"""

from __future__ import annotations

import math
from typing import Any

from ..ops.arithmetic import mul
from ..ops.indexing import diagonal, select
from ..ops.products import bmm
from ..ops.reduction import sum
from ..ops.shape import permute, reshape, unsqueeze
from .equations import Equation, Labels, from_lists, read
from .tensor import Tensor


def einsum(*args: Any) -> Tensor:
    """Sum products of tensors over the labels of an equation that its result does not have.

    A label stands for a dimension of each operand in which it occurs, twice in one for its diagonal, and
    `...` for all dimensions without a label. Without `->` the result has the labels that occur once, in
    the order of the alphabet. Operands with lists of numbers in the place of an equation will do, too.
    Raises RuntimeError where equation and operands do not fit.

    >>> import gradcli as t
    >>> a = t.tensor([[1.0, 2.0], [3.0, 4.0]])
    >>> t.einsum("ij,j->i", a, t.tensor([1.0, 10.0]))
    tensor([21., 43.])
    >>> t.einsum("ii", a)
    tensor(5.)
    """
    if len(args) < 2:
        raise ValueError(
            "einsum(): must specify the equation string and at least one operand, or at least one operand and its "
            "subscripts list"
        )
    equation, operands = (args[0], list(args[1:])) if isinstance(args[0], str) else from_lists(args)
    if len(operands) == 1 and isinstance(operands[0], (list, tuple)):
        operands = list(operands[0])
    for position, operand in enumerate(operands):
        if not isinstance(operand, Tensor):
            raise TypeError(f"expected Tensor as element {position} in argument 1, but got {type(operand).__name__}")
    return _contracted(read(equation, [operand._data.shape for operand in operands]), operands)


def _contracted(equation: Equation, operands: list[Tensor]) -> Tensor:
    """Multiply the operands from left to right, each time summing over what is not needed any more."""
    labelled = [_distinct(*pair) for pair in zip(operands, equation.operands, strict=True)]
    result, labels = labelled[0]
    for i, (operand, others) in enumerate(labelled[1:], 1):
        later = {label for _, each in labelled[i + 1 :] for label in each} | set(equation.output)
        result, labels = _product(result, labels, operand, others, equation.output, later)
    dropped = [label for label in labels if label not in equation.output]
    kept = [label for label in equation.output if label in labels]
    order = [labels.index(label) for label in (*kept, *dropped)]
    if len(operands) == 1:
        result = permute(result, order)
        return sum(result, list(range(len(kept), len(labels)))) if dropped else result
    if {label for each in equation.operands for label in each} == set(kept):
        return result  # a mere product, in order already
    result = permute(result, order)
    return reshape(result, result._data.shape)


def _distinct(operand: Tensor, labels: Labels) -> tuple[Tensor, Labels]:
    """Take the diagonals of dimensions with the same label, which becomes the last."""
    for label in dict.fromkeys(labels):
        while labels.count(label) > 1:
            first = labels.index(label)
            second = labels.index(label, first + 1)
            operand = diagonal(operand, 0, first, second)
            labels = (*(each for i, each in enumerate(labels) if i not in (first, second)), label)
    return operand, labels


def _product(
    a: Tensor, ours: Labels, b: Tensor, theirs: Labels, output: Labels, later: set[str]
) -> tuple[Tensor, Labels]:
    """Multiply two tensors, and sum over the labels that are not needed later."""
    # A length of 1 that meets a longer one is repeated: as if the dimension were not there.
    for label in set(ours).intersection(theirs):
        n, m = a._data.shape[ours.index(label)], b._data.shape[theirs.index(label)]
        if n == 1 != m:
            a, ours = _without(a, ours, label)
        elif m == 1 != n:
            b, theirs = _without(b, theirs, label)
    a, ours = _summed(a, ours, later.union(theirs))
    b, theirs = _summed(b, theirs, later.union(ours))
    both = [label for label in ours if label in theirs]
    batch, inner = [label for label in both if label in later], [label for label in both if label not in later]
    rows, columns = [label for label in ours if label not in both], [label for label in theirs if label not in both]
    labels = (*batch, *rows, *columns)
    if not inner:
        labels = (*(each for each in output if each in labels), *(each for each in labels if each not in output))
        return mul(_spread(a, ours, labels), _spread(b, theirs, labels)), labels
    lengths = dict(zip(ours, a._data.shape, strict=True)) | dict(zip(theirs, b._data.shape, strict=True))
    left = _grouped(a, ours, (batch, rows, inner), lengths)
    right = _grouped(b, theirs, (batch, inner, columns), lengths)
    return reshape(bmm(left, right), [lengths[label] for label in labels]), labels


def _without(tensor: Tensor, labels: Labels, label: str) -> tuple[Tensor, Labels]:
    place = labels.index(label)
    return select(tensor, place, 0), (*labels[:place], *labels[place + 1 :])


def _summed(tensor: Tensor, labels: Labels, needed: set[str]) -> tuple[Tensor, Labels]:
    gone = [place for place, label in enumerate(labels) if label not in needed]
    kept = tuple(label for label in labels if label in needed)
    return (sum(tensor, gone), kept) if gone else (tensor, kept)


def _spread(tensor: Tensor, labels: Labels, wanted: Labels) -> Tensor:
    """Put dimensions in the order of some labels, with length 1 for those that are missing."""
    tensor = permute(tensor, [labels.index(label) for label in wanted if label in labels])
    for place, label in enumerate(wanted):
        if label not in labels:
            tensor = unsqueeze(tensor, place)
    return tensor


def _grouped(tensor: Tensor, labels: Labels, groups: tuple[list[str], ...], lengths: dict[str, int]) -> Tensor:
    """Put dimensions in the order of groups of labels, and make one dimension of each group."""
    ordered = permute(tensor, [labels.index(label) for group in groups for label in group])
    return reshape(ordered, [math.prod(lengths[label] for label in group) for group in groups])


def tensordot(a: Tensor, b: Tensor, dims: Any = 2) -> Tensor:
    """Sum products over the last `dims` dimensions of one tensor and the first of another, or over two lists of them.

    >>> import gradcli as t
    >>> a, b = t.ones(2, 3), t.ones(3, 4)
    >>> t.tensordot(a, b, dims=1).shape
    torch.Size([2, 4])
    """
    rank, other = a._data.ndim, b._data.ndim
    if isinstance(dims, int):
        if dims < 0:
            raise RuntimeError(f"tensordot expects dims >= 0, but got dims={dims}")
        if dims > min(rank, other):
            raise RuntimeError(f"tensordot expects dims < ndim_a or ndim_b, but got dims={dims}")
        dims = list(range(-dims, 0)), list(range(dims))
    ours, theirs = ([d] if isinstance(d, int) else list(d) for d in dims)
    if len(ours) != len(theirs):
        raise RuntimeError("both dimension lists should have same length")
    for d, e in zip(ours, theirs, strict=True):
        if a._data.shape[d] != b._data.shape[e]:
            raise RuntimeError(
                f"contracted dimensions need to match, but first has size {a._data.shape[d]} in dim {d} and second "
                f"has size {b._data.shape[e]} in dim {e}"
            )
    left = [f"a{d}" for d in range(rank)]
    right = [f"b{d}" for d in range(other)]
    for d, e in zip(ours, theirs, strict=True):
        right[e] = left[d]
    output = [label for label in left if label not in right] + [label for label in right if label not in left]
    return _contracted(Equation((tuple(left), tuple(right)), tuple(output)), [a, b])


def inner(input: Tensor, other: Tensor) -> Tensor:
    """Sum products over the last dimensions of two tensors; multiply where either has none."""
    if not input._data.ndim or not other._data.ndim:
        return mul(input, other)
    if input._data.shape[-1] != other._data.shape[-1]:
        raise RuntimeError(
            "inner() the last dimension must match on both input tensors but got shapes "
            f"{list(input._data.shape)} and {list(other._data.shape)}"
        )
    return tensordot(input, other, ([-1], [-1]))
