"""Blocks of rows that are asked for again and again: held in memory while they are few, else read anew each time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

import numpy as np

Block = Mapping[str, np.ndarray]
Blocks = Callable[[], Iterable[Block]]

# Numbers that are held, at most: 128 MiB.
MOST = 2**24


class Held:
    """A source of blocks that reads another one once, if it is not too long.

    >>> reads = []
    >>> def source():
    ...     reads.append("once more")
    ...     yield {"x": np.zeros(5)}
    >>> blocks = Held(source)
    >>> [len(list(blocks())) for _ in range(3)], len(reads)
    ([1, 1, 1], 1)
    """

    def __init__(self, source: Blocks) -> None:
        self._source = source
        self._held: list[Block] | None = None
        self._many = False

    def __call__(self) -> Iterator[Block]:
        """Yield the blocks."""
        return iter(self._held) if self._held is not None else self._read()

    def _read(self) -> Iterator[Block]:
        held: list[Block] = []
        numbers = 0
        for block in self._source():
            if not self._many:
                held.append(block)
                numbers += sum(column.size for column in block.values())
                self._many = numbers > MOST
                if self._many:
                    held.clear()
            yield block
        if not self._many:
            self._held = held
