"""How arrays are divided into blocks: along one long axis, or by rows."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

Arrays = tuple[Any, ...]
Lengths = tuple[int, ...]


class Partition(Protocol):
    """A division into `count` blocks, the last of which may be shorter."""

    @property
    def count(self) -> int: ...

    @property
    def scratch(self) -> tuple[Lengths, ...]:
        """The shapes of the buffers that a block needs."""
        ...

    def block(self, number: int, scratch: list[np.ndarray]) -> tuple[Arrays, Arrays, list[np.ndarray]]:
        """Return the inputs, outputs and buffers of one block."""
        ...


@dataclass
class Slabs:
    """Arrays of one shape, and what broadcasts to it, divided along an axis: `places` of it to a block.

    `fixed` holds what is the same in every block, and None for an array that is divided.
    """

    shape: Lengths
    axis: int
    places: int
    inputs: Arrays
    outputs: Arrays
    fixed: list[Any]
    buffers: int

    @property
    def count(self) -> int:
        return -(-self.shape[self.axis] // self.places)

    @property
    def scratch(self) -> tuple[Lengths, ...]:
        return ((self.places * self._width,),) * self.buffers

    @property
    def _width(self) -> int:
        return math.prod(self.shape) // self.shape[self.axis]

    def block(self, number: int, scratch: list[np.ndarray]) -> tuple[Arrays, Arrays, list[np.ndarray]]:
        start = number * self.places
        stop = min(start + self.places, self.shape[self.axis])
        part = (slice(None),) * self.axis + (slice(start, stop),)
        inputs = tuple(
            array[part] if same is None else same for array, same in zip(self.inputs, self.fixed, strict=True)
        )
        outputs = tuple(array[part] for array in self.outputs)
        if stop - start < self.places:
            scratch = [buffer[: (stop - start) * self._width] for buffer in scratch]
        if len(self.shape) > 1:
            shape = (*self.shape[: self.axis], stop - start, *self.shape[self.axis + 1 :])
            scratch = [buffer.reshape(shape) for buffer in scratch]
        return inputs, outputs, scratch


def slabs(shape: Lengths, length: int, inputs: Arrays, outputs: Arrays, buffers: int) -> Slabs:
    """Divide arrays of a shape, and what broadcasts to it, into blocks of about `length` elements.

    Arrays without gaps are taken as one long axis; others are divided along their longest.
    """
    whole = [array for array in (*inputs, *outputs) if array.shape == shape]
    if all(array.flags.c_contiguous for array in whole) and all(a.shape == shape or not a.ndim for a in inputs):
        shape = (math.prod(shape),)
        inputs = tuple(array.reshape(-1) if array.ndim else array for array in inputs)
        outputs = tuple(array.reshape(-1) for array in outputs)
    axis = max(range(len(shape)), key=shape.__getitem__)
    places = max(1, length // (math.prod(shape) // shape[axis]))
    rank = len(shape)
    inputs = tuple(a.reshape((1,) * (rank - a.ndim) + a.shape) if a.ndim else a for a in inputs)
    fixed = [array if not array.ndim or array.shape[axis] == 1 else None for array in inputs]
    return Slabs(shape, axis, places, inputs, outputs, fixed, buffers)


@dataclass
class Rows:
    """Arrays of as many rows, of different shapes, divided by rows: `places` of them to a block."""

    length: int
    places: int
    inputs: Arrays
    by_block: tuple[bool, ...]
    outputs: Arrays
    row_shapes: tuple[Lengths, ...]

    @property
    def count(self) -> int:
        return -(-self.length // self.places)

    @property
    def scratch(self) -> tuple[Lengths, ...]:
        return tuple((self.places, *row) for row in self.row_shapes)

    def block(self, number: int, scratch: list[np.ndarray]) -> tuple[Arrays, Arrays, list[np.ndarray]]:
        start = number * self.places
        stop = min(start + self.places, self.length)
        inputs = tuple(
            array[start:stop] if by_block else array for array, by_block in zip(self.inputs, self.by_block, strict=True)
        )
        outputs = tuple(array[start:stop] for array in self.outputs)
        return inputs, outputs, [buffer[: stop - start] for buffer in scratch]


def rows(
    length: int, block: int, inputs: Arrays, by_block: tuple[bool, ...], outputs: Arrays,
    row_shapes: tuple[Lengths, ...],
) -> Rows:  # fmt: skip
    """Divide arrays by rows, so that the widest has two blocks of elements at most, and the others one."""
    shapes = [array.shape[1:] for array, divided in zip(inputs, by_block, strict=True) if divided]
    shapes += [array.shape[1:] for array in outputs]
    widest = max(map(math.prod, (*shapes, *row_shapes)), default=1)
    return Rows(length, max(1, min(block, 2 * block // max(widest, 1))), inputs, by_block, outputs, row_shapes)
