"""Sparse Hessians and Jacobians: in as many passes as a colouring of the sparsity has colours.

>>> from gradcli import lang
>>> second = Hessian(lang.parse("sum((x[1:] - x[:-1])**2)"), {"x": (9,)}, ("x",))
>>> second.colours
3
>>> second([np.arange(9.0)])["x"]["x"].toarray()[:2, :4].tolist()
[[2.0, -2.0, 0.0, 0.0], [-2.0, 4.0, -2.0, 0.0]]
"""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from scipy import sparse

from .. import lang
from ..autograd.tensor import Tensor
from ..errors import GradcliError
from ..point import Point
from . import colouring
from .batching import CannotBatch, batched
from .executable import Executable
from .passes import optimise
from .sparsity import sparsity
from .ssa import Block, Input, Type
from .trace import joint, of_program
from .traced import Tracer

Shapes = Mapping[str, tuple[int, ...]]

_F64 = np.dtype(np.float64)

# Plans for so many kinds of arguments are kept.
_KEPT = 16

# A pass computes about so many numbers at once.
_AT_ONCE = 1 << 22

# The input that weighs the elements of the result; no variable has such a name.
_WEIGHTS = "weights of the result"


class Part(NamedTuple):
    """A part of a sparse matrix: its form, and where its entries stand in what the passes compute."""

    form: Any
    places: np.ndarray

    def filled(self, computed: np.ndarray) -> Any:
        """Return the matrix with its entries; to construct it anew would take as long as to compute it."""
        made = copy.copy(self.form)
        made.data, made.indices, made.indptr = computed[self.places], made.indices.copy(), made.indptr.copy()
        return made


class _Sparse:
    """What Hessian and Jacobian share: a block that is run once for each colour, and the parts of the result."""

    def __init__(self, program: lang.Program, shapes: Shapes, wrt: Sequence[str]) -> None:
        self.wrt = tuple(wrt)
        self._function = of_program(program, _F64, self.wrt)
        self._inputs = [Input(name, Type(_F64, shape)) for name, shape in shapes.items()]
        self._shapes = [shapes[name] for name in self.wrt]
        ends = np.cumsum([0, *map(math.prod, self._shapes)]).tolist()
        self._ranges = [slice(start, end) for start, end in pairwise(ends)]
        self._size = ends[-1]

    def _prepare(self, block: Block, colours: np.ndarray, seeds: Sequence[Input]) -> None:
        """Make the block ready to run for the colours of its seeds: for as many at once as memory allows."""
        self.colours = int(colours.max(initial=-1)) + 1
        self._coloured = colours
        shapes: list[Any] = [type.shape for _, type in seeds]
        ends = np.cumsum([0, *map(math.prod, shapes)]).tolist()
        self._seeds = [(slice(a, b), shape) for (a, b), shape in zip(pairwise(ends), shapes, strict=True)]
        passes = -(-self.colours * max(self._size, len(colours)) // _AT_ONCE)
        self._at_once = -(-self.colours // max(passes, 1))
        try:
            block = batched(block, {name for name, _ in seeds}, self._at_once)
        except CannotBatch:
            self._at_once = 0
        self._executable = Executable(block)
        self._all_seeds = self._marks(0) if self._at_once == self.colours else None

    def _marks(self, first: int) -> list[np.ndarray]:
        """Return the seeds of a pass, which begins with that colour: ones where the colour is its own."""
        numbers = np.arange(first, first + self._at_once)[:, None] if self._at_once else first
        marks = np.equal(self._coloured, numbers).astype(float)
        front = marks.shape[:-1]
        return [marks[..., place].reshape(*front, *shape) for place, shape in self._seeds]

    def _parts(self, pattern: Any, places: np.ndarray, rows: Sequence[slice]) -> list[list[Part]]:
        """Cut a pattern, of whose entries the places are given, into parts."""
        numbered = sparse.csr_array((1 + places, pattern.indices, pattern.indptr), shape=pattern.shape)

        def cut(row: slice, column: slice) -> Part:
            part = numbered[row, column].tocsr()
            return Part(part, part.data - 1)

        return [[cut(row, column) for column in self._ranges] for row in rows]

    def _run(self, values: Sequence[np.ndarray]) -> np.ndarray:
        """Return the results for all colours, one after the other, each of a length of all variables."""
        step = self._at_once or 1
        computed = np.empty((-(-self.colours // step) * step, self._size))
        for first in range(0, self.colours, step):
            rows = computed[first : first + step]
            results = self._executable.run([*values, *(self._all_seeds or self._marks(first))])
            for place, result in zip(self._ranges, results, strict=True):
                rows[:, place] = np.reshape(result, (step, -1))
        return computed.reshape(-1)


class Hessian(_Sparse):
    """The Hessian of a program (of its sum, if it is no scalar) for variables of some shapes, by the names `wrt`.

    Called with the values, it returns the second partials by two names, as sparse arrays with a row and a
    column for each element. Raises what a trace raises.
    """

    def __init__(self, program: lang.Program, shapes: Shapes, wrt: Sequence[str]) -> None:
        super().__init__(program, shapes, wrt)
        gradient, _ = optimise(joint(self._function, self._inputs, self.wrt))
        seen = _sorted(sparse.vstack(sparsity(gradient, self.wrt)[1:], "csr"))
        pattern = _sorted(seen + seen.T)
        colours = _each(self._size) if _is_dense(pattern) else colouring.of_symmetric(pattern)
        rows, columns = colouring.found_in(pattern, colours)
        products = joint(self._function, self._inputs, self.wrt, hvp=True)
        self._prepare(_last(products, len(self.wrt)), colours, products.inputs[len(self._inputs) :])
        self._blocks = self._parts(pattern, columns * self._size + rows, self._ranges)

    def __call__(self, values: Sequence[np.ndarray]) -> dict[str, dict[str, Any]]:
        computed = self._run(values)
        return {
            name: {other: part.filled(computed) for other, part in zip(self.wrt, row, strict=True)}
            for name, row in zip(self.wrt, self._blocks, strict=True)
        }


class Jacobian(_Sparse):
    """The Jacobian of a program, for variables of some shapes, by the names `wrt`.

    Called with the values, it returns the partials by name, as sparse arrays with a row for each element of
    the result and a column for each of the variable. Raises what a trace raises.
    """

    def __init__(self, program: lang.Program, shapes: Shapes, wrt: Sequence[str]) -> None:
        super().__init__(program, shapes, wrt)
        forward, _ = optimise(joint(self._function, self._inputs, self.wrt, order=0))
        result: Any = forward.type_of(forward.outputs[0].operand).shape
        pattern = _sorted(sparsity(forward, self.wrt)[0])
        colours = _each(pattern.shape[0]) if _is_dense(pattern) else colouring.of_rows(pattern)
        weights = Input(_WEIGHTS, Type(_F64, result))
        products = joint(self._weighted, [*self._inputs, weights], self.wrt)
        self._prepare(_last(products, len(self.wrt)), colours, [weights])
        of_entry = np.repeat(colours, np.diff(pattern.indptr))
        (self._row,) = self._parts(pattern, of_entry * self._size + pattern.indices, [slice(None)])

    def _weighted(self, values: dict[str, Any], tracer: Tracer) -> tuple[Any, Mapping[str, Any]]:
        weights = values[_WEIGHTS]
        result, names = self._function({x: value for x, value in values.items() if x != _WEIGHTS}, tracer)
        return (result * weights).sum() if isinstance(result, Tensor) else result, names

    def __call__(self, values: Sequence[np.ndarray]) -> dict[str, Any]:
        computed = self._run(values)
        return {name: part.filled(computed) for name, part in zip(self.wrt, self._row, strict=True)}


class _Dense:
    """Stands in for Hessian and Jacobian where there is no program: from the graph, all entries, zeros left out."""

    def __init__(self, kind: type[_Sparse], program: lang.Program, names: Sequence[str], wrt: Sequence[str]) -> None:
        self._kind, self._program, self._names, self._wrt = kind, program, names, wrt

    def __call__(self, values: Sequence[np.ndarray]) -> dict[str, Any]:
        point = Point(self._program, dict(zip(self._names, values, strict=True)), self._wrt, _F64, 0)
        sizes = {name: math.prod(np.shape(point.names[name])) for name in self._wrt}
        if self._kind is Jacobian:
            return {x: _compressed(part, sizes[x]) for x, part in point.jacobian(self._wrt).items()}
        found = point.hessian(self._wrt)
        return {x: {y: _compressed(part, sizes[y]) for y, part in row.items()} for x, row in found.items()}


class Derivatives:
    """The sparse derivatives of a program, planned for each kind of arguments when it is first met."""

    def __init__(self, program: lang.Program) -> None:
        self._program = program
        self._plans: dict[Any, Hessian | Jacobian | _Dense] = {}

    def at(self, kind: type[_Sparse], values: Mapping[str, Any], wrt: Sequence[str] | None) -> Any:
        """Return the derivatives of a kind at a point; raise what the evaluation raises."""
        names = self._program.free_names(values)
        by = names if wrt is None else tuple(wrt)
        arrays = [np.asarray(getattr(value, "_data", value), _F64) for value in map(values.__getitem__, names)]
        key = (kind, by, names, tuple(array.shape for array in arrays))
        plan = self._plans.get(key)
        if plan is None:
            if len(self._plans) >= _KEPT:
                self._plans.pop(next(iter(self._plans)))
            plan = self._plans[key] = self._planned(kind, names, [array.shape for array in arrays], by)
        return plan(arrays)

    def _planned(self, kind: type[_Sparse], names: Sequence[str], shapes: Any, wrt: Sequence[str]) -> Any:
        if set(wrt) <= set(names):  # else a bound name, which is no input
            try:
                return kind(self._program, dict(zip(names, shapes, strict=True)), wrt)
            except (GradcliError, RuntimeError, ValueError, TypeError, IndexError):
                pass  # what is wrong with it, if anything, the graph will tell
        return _Dense(kind, self._program, names, wrt)


def _compressed(part: Any, columns: int) -> Any:
    return sparse.csr_array(np.reshape(part, (-1, columns)))


def _sorted(matrix: Any) -> Any:
    made = matrix.tocsr()
    made.sum_duplicates()
    return made


def _is_dense(pattern: Any) -> bool:
    """Tell whether a pattern is too full for a colouring to save passes."""
    return 2 * pattern.nnz > math.prod(pattern.shape)


def _each(count: int) -> np.ndarray:
    """Return a colour for each row."""
    return np.arange(count)


def _last(block: Block, count: int) -> Block:
    """Return a block for its last outputs alone."""
    return Block(block.inputs, block.instructions, block.outputs[-count:])
