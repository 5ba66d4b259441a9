"""Which elements of an output depend on which elements of the inputs: the sparsity that a program shows.

Each element of a value has the set of the input elements that it varies with. Many elements may have the
same set, so a value holds the sets that occur, as the rows of a sparse matrix, and for each element the
number of its set; set 0 is empty.

>>> from .ssa import parse
>>> block = parse("inputs %0 x : f64[3]\\n%1 = index %0 {key=(slice(1, 3, None),)} : f64[2]\\noutputs value %1")
>>> sparsity(block)[0].toarray().astype(int).tolist()
[[0, 1, 0], [0, 0, 1]]
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import reduce
from typing import Any, NamedTuple

import numpy as np
from scipy import sparse

from .passes.walk import is_elementwise
from .ssa import Block, Instruction, Operand, Ref
from .structured import TABLE

# Elementwise functions that are flat wherever they have a derivative.
_FLAT = frozenset(("sign", "floor", "ceil", "rint", "trunc", "floordiv"))

# What moves elements, and so their sets.
_MOVES = frozenset(("broadcast", "reshape", "transpose", "index", "scatter"))


class Dependence(NamedTuple):
    """For each element of a value the number of its set, and the sets, a row each."""

    ids: np.ndarray
    sets: Any


def sparsity(block: Block, wrt: Sequence[str] | None = None) -> list[Any]:
    """Return for each output a boolean matrix: a row for each of its elements, a column for each input element.

    The columns are the elements of the inputs that `wrt` names (None: all), one input after the other. All
    lengths in the block must be numbers.
    """
    sizes: list[Any] = [math.prod(type.shape) if wrt is None or name in wrt else 0 for name, type in block.inputs]
    starts = np.cumsum([0, *sizes])
    width = int(starts[-1])
    empty = sparse.csr_array((1, width), dtype=bool)
    known = [_variables(type.shape, size, start, empty)
             for (_, type), size, start in zip(block.inputs, sizes, starts, strict=False)]  # fmt: skip

    def of(operand: Operand) -> Dependence:
        return known[operand.number] if isinstance(operand, Ref) else Dependence(_none(()), empty)

    for made in block.instructions:
        if made.type.dtype.kind != "f" or made.name in _FLAT or not made.args:
            known.append(Dependence(_none(made.type.shape), empty))
        else:
            known.append(_of_instruction(made, [of(arg) for arg in made.args]))
    return [_rows(of(output.operand)) for output in block.outputs]


def _none(shape: Any) -> np.ndarray:
    return np.zeros(shape, np.intp)


def _variables(shape: Any, size: int, start: int, empty: Any) -> Dependence:
    """Return the dependence of an input: of each element on itself, or on nothing if it is no variable."""
    if not size:
        return Dependence(_none(shape), empty)
    own = sparse.csr_array((np.ones(size, bool), (np.arange(size), start + np.arange(size))), (size, empty.shape[1]))
    return Dependence(1 + np.arange(size).reshape(shape), sparse.vstack([empty, own], "csr"))


def _of_instruction(made: Instruction, args: list[Dependence]) -> Dependence:
    if made.name in _MOVES:
        return Dependence(TABLE[made.name](args[0].ids, **made.facts), args[0].sets)
    if made.name == "concatenate":
        return _concatenated(made, args)
    if made.name == "matmul":
        return _matmul(args)
    if made.name in TABLE and made.facts.keys() >= {"dim"}:
        return _union(args[0], made.facts["dim"])
    if is_elementwise(made):
        varying = {"where": args[1:], "copysign": args[:1]}.get(made.name, args)
    else:  # any element may depend on all
        varying = [_union(arg, None) for arg in args]
    joined = reduce(_joined, varying)
    shape: Any = made.type.shape
    return joined._replace(ids=np.broadcast_to(joined.ids, shape))


def _joined(a: Dependence, b: Dependence) -> Dependence:
    """Return what elements depend on that are made of two, elementwise."""
    count = b.sets.shape[0]
    pairs, ids = np.unique(a.ids * count + b.ids, return_inverse=True)
    if pairs[:1].tolist() != [0]:  # the empty set stays the first
        pairs, ids = np.concatenate([[0], pairs]), ids + 1
    shape = np.broadcast_shapes(a.ids.shape, b.ids.shape)
    return Dependence(ids.reshape(shape), a.sets[pairs // count] + b.sets[pairs % count])


def _union(a: Dependence, dim: Any) -> Dependence:
    """Return what elements depend on that are made of all that lie along some axes."""
    ids = a.ids
    axes = tuple(range(ids.ndim)) if dim is None else dim
    kept = [axis for axis in range(ids.ndim) if axis not in axes]
    shape = tuple(ids.shape[axis] for axis in kept)
    flat = np.transpose(ids, (*kept, *axes)).reshape(math.prod(shape), -1)
    rows = np.repeat(1 + np.arange(len(flat)), flat.shape[1])
    members = sparse.csr_array((np.ones(flat.size, bool), (rows, flat.ravel())), (1 + len(flat), a.sets.shape[0]))
    return Dependence(1 + np.arange(len(flat)).reshape(shape), members @ a.sets)


def _concatenated(made: Instruction, args: list[Dependence]) -> Dependence:
    starts = np.cumsum([0, *(arg.sets.shape[0] for arg in args)])
    ids = np.concatenate([arg.ids + start for arg, start in zip(args, starts, strict=False)], made.facts["axis"])
    return Dependence(ids, sparse.vstack([arg.sets for arg in args], "csr"))


def _matmul(args: list[Dependence]) -> Dependence:
    """Return the dependence of a matrix product: on the row of the first and the column of the second."""
    a, b = args
    if b.ids.ndim == 1:
        column = _union(b, None)
    else:
        column = _union(b, (b.ids.ndim - 2,))
        column = column._replace(ids=column.ids[..., None, :] if a.ids.ndim > 1 else column.ids)
    row = _union(a, (a.ids.ndim - 1,))
    if b.ids.ndim > 1:
        row = row._replace(ids=row.ids[..., None])
    return _joined(row, column)


def _rows(found: Dependence) -> Any:
    """Return a row for each element."""
    rows = found.sets[found.ids.ravel()]
    rows.sum_duplicates()
    return rows
