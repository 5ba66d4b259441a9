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

from .partition import Arrays, Lengths, Partition, rows, slabs
from .threads import share
from .totals import combined

BLOCK_BYTES = 1 << 19
_SMALLEST_BLOCK = 1 << 12

# What buffers take: at most so much for a thread, and for all of them.
_SCRATCH_BYTES = 1 << 22
_ALL_SCRATCH_BYTES = 48 << 20


@dataclass
class Kernel:
    """A function of one block, and what it needs beside its arrays.

    `function(*inputs, *outputs, *scratch)` returns a partial result for each of `reducers`. `gathered`
    are the inputs that must not be strided: those that are read more than once, or summed. `by_block`
    are those of which a block of rows is taken, not all.
    """

    function: Callable[..., Any]
    scratch: tuple[np.dtype, ...]
    reducers: tuple[np.ufunc, ...]
    gathered: frozenset[int]
    by_block: tuple[bool, ...]
    block: int
    _idle: list[tuple[tuple[Lengths, ...], list[np.ndarray]]] = field(default_factory=list)

    def __call__(self, inputs: Arrays, outputs: Arrays, scratch: Sequence[np.ndarray]) -> Any:
        """Run the function on a block, or on arrays that are small enough to be one."""
        if self.gathered:
            inputs = tuple(
                np.ascontiguousarray(array) if index in self.gathered and array.ndim else array
                for index, array in enumerate(inputs)
            )
        return self.function(*inputs, *outputs, *scratch)

    def borrow(self, shapes: tuple[Lengths, ...]) -> list[np.ndarray]:
        """Return scratch of some shapes, which `give_back` takes again."""
        try:
            had, arrays = self._idle.pop()
        except IndexError:
            had, arrays = (), []
        if had != shapes:
            arrays = [np.empty(shape, dtype) for shape, dtype in zip(shapes, self.scratch, strict=True)]
        return arrays

    def give_back(self, shapes: tuple[Lengths, ...], arrays: list[np.ndarray]) -> None:
        """Keep scratch for the next run."""
        self._idle.append((shapes, arrays))


def block_length(scratch: Sequence[np.dtype], dtypes: Sequence[np.dtype]) -> int:
    """Return how many elements a block has: as many as keep its arrays in cache, and scratch small."""
    widest = max((dtype.itemsize for dtype in (*scratch, *dtypes)), default=8)
    length = BLOCK_BYTES // widest
    while length > _SMALLEST_BLOCK and length * sum(dtype.itemsize for dtype in scratch) > _SCRATCH_BYTES:
        length //= 2
    return length


def sweep(kernel: Kernel, threads: int, shape: Lengths, inputs: Arrays, outputs: Arrays) -> Arrays:
    """Run a kernel over arrays that broadcast to a shape; return its results, one for each reducer."""
    if math.prod(shape) <= kernel.block:
        return _at_once(kernel, (shape,) * len(kernel.scratch), inputs, outputs)
    return _by_blocks(kernel, threads, slabs(shape, kernel.block, inputs, outputs, len(kernel.scratch)))


def sweep_rows(
    kernel: Kernel, threads: int, length: int, row_shapes: tuple[Lengths, ...], inputs: Arrays, outputs: Arrays
) -> Arrays:
    """Run a kernel over arrays of as many rows, with scratch of rows of some shapes; return its results."""
    partition = rows(length, kernel.block, inputs, kernel.by_block, outputs, row_shapes)
    if length <= partition.places:
        return _at_once(kernel, tuple((length, *row) for row in row_shapes), inputs, outputs)
    return _by_blocks(kernel, threads, partition)


def _at_once(kernel: Kernel, shapes: tuple[Lengths, ...], inputs: Arrays, outputs: Arrays) -> Arrays:
    scratch = kernel.borrow(shapes)
    result = kernel(inputs, outputs, scratch)
    kernel.give_back(shapes, scratch)
    return result


def _by_blocks(kernel: Kernel, threads: int, partition: Partition) -> Arrays:
    count, shapes = partition.count, partition.scratch
    partials: list[Arrays] = [()] * count
    numbers = iter(range(count))
    stopped: list[bool] = []

    def work() -> None:
        scratch = kernel.borrow(shapes)
        for number in numbers:
            if stopped:
                return
            partials[number] = kernel(*partition.block(number, scratch))
        kernel.give_back(shapes, scratch)

    own = sum(math.prod(shape) * dtype.itemsize for shape, dtype in zip(shapes, kernel.scratch, strict=True))
    share(work, min(threads, count, max(1, _ALL_SCRATCH_BYTES // max(own, 1))), stopped)
    return tuple(
        combined(reducer, [partial[index] for partial in partials]) for index, reducer in enumerate(kernel.reducers)
    )
