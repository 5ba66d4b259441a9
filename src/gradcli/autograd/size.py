"""Size: the shape of a tensor, a tuple that prints as torch's does."""

from __future__ import annotations

import math
import operator
from collections.abc import Iterable
from typing import Any


class Size(tuple[int, ...]):
    """The lengths of the axes of a tensor.

    >>> import gradcli as t
    >>> size = t.zeros(2, 3).shape
    >>> size, size[1:], size.numel(), size == (2, 3)
    (torch.Size([2, 3]), torch.Size([3]), 6, True)
    """

    __slots__ = ()

    def __new__(cls, lengths: Iterable[Any] = ()) -> Size:
        return tuple.__new__(cls, map(operator.index, lengths))

    def numel(self) -> int:
        """Return the number of elements of a tensor of that size."""
        return math.prod(self)

    def __getitem__(self, key: Any) -> Any:
        found = tuple.__getitem__(self, key)
        return Size(found) if isinstance(key, slice) else found

    def __add__(self, other: Any) -> Any:
        if not isinstance(other, tuple):
            raise TypeError(f"can only concatenate tuple (not {type(other).__name__}) to torch.Size")
        return Size(tuple.__add__(self, other))

    def __radd__(self, other: Any) -> Any:
        return Size(tuple.__add__(other, self))

    def __mul__(self, times: Any) -> Any:
        return Size(tuple.__mul__(self, times))

    __rmul__ = __mul__

    def __repr__(self) -> str:
        return f"torch.Size({list(self)})"
