"""The bounds of the language, and the account that is kept of them.

No text can hang the machine or fill its memory: what passes a bound is a LimitError that names it.
"""

from __future__ import annotations

import weakref
from typing import Any

import numpy as np

from ..errors import LimitError, Span
from .interpreter import Interpreter

CHARACTERS = 4_000_000
DIGITS = 400
OPERATIONS = 5_000_000
BYTES = 2**28

# Arrays of no more elements are not counted: the bound on operations covers them.
SMALL = 2**13


def check_length(text: str) -> None:
    """Raise LimitError for a text that is too long to be parsed."""
    if len(text) > CHARACTERS:
        raise LimitError(
            f"the expression has {len(text):,} characters, and the bound is {CHARACTERS:,}",
            hint="give long data as values of variables",
        )


def check_digits(span: Span) -> None:
    """Raise LimitError for a number with too many digits."""
    length = span.end - span.start
    if length > DIGITS:
        raise LimitError(f"the number has {length:,} digits, and the bound is {DIGITS}", span=span)


class Account:
    """What one evaluation has used: operations, and bytes of the arrays that are alive.

    Arrays no larger than the largest that was given from outside are not counted. While nothing but
    scalars is about, `watching` is false and nothing is measured.
    """

    def __init__(self, given: int) -> None:
        self.operations = 0
        self.live = 0
        self.watching = given > 1
        self._free = max(given, SMALL)
        self._held: dict[int, tuple[weakref.ref[Any], int]] = {}

    def spend(self, operations: int, span: Span) -> None:
        """Count operations; raise LimitError beyond the bound."""
        self.operations += operations
        if self.operations > OPERATIONS:
            raise LimitError(
                f"the evaluation takes more than {OPERATIONS:,} operations", span=span,
                hint="a function that calls another twice takes twice its time",
            )  # fmt: skip

    def foresee(self, elements: float, span: Span) -> None:
        """Raise LimitError if an array of so many elements would pass the bound."""
        needed = elements * 8
        if elements > self._free and self.live + needed > BYTES:
            beside = f" beside {_megabytes(self.live)} in use" if self.live >= 2**20 else ""
            raise LimitError(
                f"the result takes {_megabytes(needed)}{beside}, and the bound is {_megabytes(BYTES)}", span=span,
                hint="arrays that are given as values are not bounded",
            )  # fmt: skip

    def enter(self, interpreter: Interpreter, value: Any) -> None:
        """Count the array behind a value for as long as it lives."""
        if not self.watching:
            return
        array = interpreter.array(value)
        while isinstance(array, np.ndarray) and isinstance(array.base, np.ndarray):
            array = array.base
        if not isinstance(array, np.ndarray) or array.size <= self._free or id(array) in self._held:
            return
        key = id(array)
        self.live += array.nbytes
        self._held[key] = weakref.ref(array, lambda _: self._leave(key)), array.nbytes

    def _leave(self, key: int) -> None:
        self.live -= self._held.pop(key)[1]


def _megabytes(size: float) -> str:
    return f"{size / 2**20:,.0f} MB" if size < 2**60 else f"{size / 2**20:.0e} MB"
