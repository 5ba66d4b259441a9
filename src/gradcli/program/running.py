"""Running a segment's function over arrays: block by block, on several threads.

The blocks are a fixed partition of the elements, and partial results are combined in the order of the
blocks, so that no result depends on the number of threads. NumPy lets other threads run while a ufunc
works, and a block is long enough for that to be nearly all of the time.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .threads import share

BLOCK_BYTES = 1 << 19
_SCRATCH_BYTES = 1 << 23
_SMALLEST_BLOCK = 1 << 12

Arrays = tuple[Any, ...]
Lengths = tuple[int, ...]


@dataclass
class Kernel:
    """A function of one block, and what it needs beside its arrays.

    `function(*inputs, *outputs, *scratch)` returns a partial result for each of `reducers`. `gathered`
    are the inputs that must not be strided: those that are read more than once, or summed.
    """

    function: Callable[..., Any]
    scratch: tuple[np.dtype, ...]
    reducers: tuple[np.ufunc, ...]
    gathered: frozenset[int]
    block: int
    _idle: list[tuple[Lengths, list[np.ndarray]]] = field(default_factory=list)

    def borrow(self, shape: Lengths) -> list[np.ndarray]:
        """Return scratch of a shape, which `give_back` takes again."""
        try:
            had, arrays = self._idle.pop()
        except IndexError:
            had, arrays = (-1,), []
        return arrays if had == shape else [np.empty(shape, dtype) for dtype in self.scratch]

    def give_back(self, shape: Lengths, arrays: list[np.ndarray]) -> None:
        """Keep scratch for the next run."""
        self._idle.append((shape, arrays))

    def straightened(self, inputs: Arrays) -> Arrays:
        """Return inputs with those copied that are strided and must not be."""
        if not self.gathered:
            return inputs
        return tuple(
            np.ascontiguousarray(array) if index in self.gathered and array.ndim else array
            for index, array in enumerate(inputs)
        )


def block_length(scratch: Sequence[np.dtype], dtypes: Sequence[np.dtype]) -> int:
    """Return how many elements a block has: as many as keep its arrays in cache, and scratch small."""
    widest = max((dtype.itemsize for dtype in (*scratch, *dtypes)), default=8)
    length = BLOCK_BYTES // widest
    while length > _SMALLEST_BLOCK and length * sum(dtype.itemsize for dtype in scratch) > _SCRATCH_BYTES:
        length //= 2
    return length


def sweep(kernel: Kernel, threads: int, shape: Lengths, inputs: Arrays, outputs: Arrays) -> Arrays:
    """Run a kernel over arrays that broadcast to a shape; return its results combined, one for each reducer."""
    if math.prod(shape) > kernel.block:
        return _sweep_blocks(kernel, threads, shape, inputs, outputs)
    buffers = kernel.borrow(shape)
    result = kernel.function(*kernel.straightened(inputs), *outputs, *buffers)
    kernel.give_back(shape, buffers)
    return result


def _sweep_blocks(kernel: Kernel, threads: int, shape: Lengths, inputs: Arrays, outputs: Arrays) -> Arrays:
    partition = divide(shape, kernel.block, inputs, outputs)
    partials: list[Arrays] = [()] * partition.count
    numbers = iter(range(partition.count))
    stopped: list[bool] = []

    def work() -> None:
        size = (partition.rows * partition.width,)
        buffers = kernel.borrow(size)
        for number in numbers:
            if stopped:
                return
            ins, outs, scratch = partition.block(number, buffers)
            partials[number] = kernel.function(*kernel.straightened(ins), *outs, *scratch)
        kernel.give_back(size, buffers)

    share(work, min(threads, partition.count), stopped)
    return tuple(
        reducer.reduce(np.array([partial[index] for partial in partials]))
        for index, reducer in enumerate(kernel.reducers)
    )


@dataclass
class Partition:
    """A division of arrays into blocks: of `rows` places along an axis, each `width` elements.

    `repeated` arrays are the same in every block; None stands where the array is divided.
    """

    shape: Lengths
    axis: int
    rows: int
    inputs: Arrays
    outputs: Arrays
    repeated: list[Any]

    @property
    def width(self) -> int:
        """How many elements one place along the axis has."""
        return math.prod(self.shape) // self.shape[self.axis]

    @property
    def count(self) -> int:
        """The number of blocks."""
        return -(-self.shape[self.axis] // self.rows)

    def block(self, number: int, buffers: list[np.ndarray]) -> tuple[Arrays, Arrays, list[np.ndarray]]:
        """Return the inputs, outputs and scratch of one block."""
        start = number * self.rows
        stop = min(start + self.rows, self.shape[self.axis])
        part = (slice(None),) * self.axis + (slice(start, stop),)
        inputs = tuple(
            array[part] if fixed is None else fixed for array, fixed in zip(self.inputs, self.repeated, strict=True)
        )
        outputs = tuple(array[part] for array in self.outputs)
        if stop - start < self.rows:
            buffers = [buffer[: (stop - start) * self.width] for buffer in buffers]
        if len(self.shape) > 1:
            shape = (*self.shape[: self.axis], stop - start, *self.shape[self.axis + 1 :])
            buffers = [buffer.reshape(shape) for buffer in buffers]
        return inputs, outputs, buffers


def divide(shape: Lengths, length: int, inputs: Arrays, outputs: Arrays) -> Partition:
    """Divide arrays of a shape, and what broadcasts to it, into blocks of about `length` elements.

    Arrays without gaps are taken as one long axis; others are divided along their longest.
    """
    whole = [array for array in (*inputs, *outputs) if array.shape == shape]
    dense = all(array.flags.c_contiguous for array in whole)
    if dense and all(array.shape == shape or not array.ndim for array in inputs):
        shape = (math.prod(shape),)
        inputs = tuple(array.reshape(-1) if array.ndim else array for array in inputs)
        outputs = tuple(array.reshape(-1) for array in outputs)
    axis = max(range(len(shape)), key=shape.__getitem__)
    rows = max(1, length // (math.prod(shape) // shape[axis]))
    inputs = tuple(
        array.reshape((1,) * (len(shape) - array.ndim) + array.shape) if array.ndim else array for array in inputs
    )
    repeated = [array if not array.ndim or array.shape[axis] == 1 else None for array in inputs]
    return Partition(shape, axis, rows, inputs, outputs, repeated)
